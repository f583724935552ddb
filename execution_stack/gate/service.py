"""Receives frames: verified first, then recorded and answered in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from boundary.channel import receiver
from boundary.kernel import clock, ids
from boundary.kernel.runtime import audit, transaction
from boundary.wire import frame, keys
from execution_stack.gate import model, repo, rules

BODY_BYTES_MAX = 2 * frame.SIZE_MAX


def rings(masters: Mapping[UUID, dict[int, bytes]]) -> dict[int, keys.Ring]:
    """The ring of each channel under each of its key ids, which name a channel without a word in the frame."""
    return {key_id: ring for ring in (keys.Ring(*item) for item in masters.items()) for key_id in ring.key_ids}


class Receiver:
    """What the one route needs: the database, the keys by key id, the time and chance."""

    def __init__(
        self, db: transaction.Database, rings: Mapping[int, keys.Ring], time: clock.Clock, random: ids.Ids
    ) -> None:
        self._db = db
        self._rings = rings
        self._clock = time
        self._ids = random

    async def exchange(self, body: bytes) -> bytes:
        """Everything that one request brings, and the answer to it."""
        frames = frame.split(body)
        if len(frames) != 1:
            raise frame.Malformed("an exchange carries one frame")
        return await self._receive(frames[0])

    async def _receive(self, data: bytes) -> bytes:
        now = self._clock.now()
        ring, received = receiver.verified(data, self._rings, now)
        if received.header.kind is not frame.Kind.HEARTBEAT or received.body or received.header.count:
            raise frame.Malformed("only heartbeats are understood here")
        header = received.header
        await self._db.run("gate.heard", lambda tx: heard(tx, ring.channel, header.nonce, frame.digest(data), now))
        return receiver.answer(data, header, ring, self._clock.now(), self._ids)


async def heard(tx: transaction.Tx, channel: UUID, nonce: UUID, digest: bytes, now: datetime) -> None:
    """A verified frame opens the link; only the opening is an event worth an audit entry, not every beat."""
    state = await repo.lock(tx, channel)
    if state is None:
        raise model.UnknownChannel("no operator has admitted this channel")
    if not await repo.spend_nonce(tx, channel, nonce):
        raise model.Replayed("this frame was received before")
    if state.link is not model.Link.OPEN:
        await audit.write(tx, model.LinkOpened(channel, digest))
    await repo.save(tx, channel, rules.LINK.advance(state.link, model.LinkEvent.HEARD), now)


async def register(tx: transaction.Tx, channel: UUID) -> bool:
    """Admit a customer stack; whether it is new."""
    new = await repo.register(tx, channel)
    if new:
        await audit.write(tx, model.ChannelRegistered(channel))
    return new


async def notice_silence(tx: transaction.Tx, now: datetime) -> int:
    """Mark every channel that has been silent too long; how many were found."""
    found = 0
    for channel in await repo.silent_since(tx, now - rules.SILENCE_MAX):
        state = await repo.lock(tx, channel)
        if state is None or state.link is not model.Link.OPEN or now - (state.heard_at or now) <= rules.SILENCE_MAX:
            continue
        await audit.write(tx, model.LinkLost(channel))
        await repo.save(tx, channel, rules.LINK.advance(state.link, model.LinkEvent.SILENT), state.heard_at)
        found += 1
    return found


async def forget_nonces(tx: transaction.Tx) -> int:
    """Nonces older than any frame that could still be accepted."""
    return await repo.purge_nonces(tx, rules.NONCE_KEPT)


async def status(tx: transaction.Tx) -> list[model.ChannelState]:
    return await repo.channels(tx)
