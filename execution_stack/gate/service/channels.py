"""Which customer stacks may speak here, and whether each is heard."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import primitives
from boundary.kernel.runtime import audit, epoch_store, transaction, transcript_store
from execution_stack.gate import model, repo, rules
from execution_stack.gate.service import announcements


async def heard(tx: transaction.Tx, channel: UUID, digest: bytes, now: datetime) -> None:
    """A verified frame opens the link; only the opening is an event worth an audit entry, not every beat."""
    state = await repo.lock(tx, channel)
    if state is None:
        raise model.UnknownChannel("no operator has admitted this channel")
    if state.link is not model.Link.OPEN:
        await audit.write(tx, model.LinkOpened(channel, digest))
    await repo.save(tx, channel, rules.LINK.advance(state.link, model.LinkEvent.HEARD), now)


def public_keys(texts: Collection[str]) -> list[bytes]:
    """As people write them: 64 hexadecimal digits each."""
    try:
        return [bytes.fromhex(text) for text in texts]
    except ValueError:
        raise model.BadSigner("a public key is 32 bytes of Ed25519, as 64 hexadecimal digits") from None


async def register(tx: transaction.Tx, channel: UUID, signers: Collection[bytes] = ()) -> bool:
    """Admit a customer stack, with the keys that sign its heads; whether it is new. A key may be added later."""
    if not all(primitives.is_ed25519_public(key) for key in signers):
        raise model.BadSigner("a public key is 32 bytes of Ed25519")
    new = await repo.register(tx, channel)
    await transcript_store.register(tx, channel)
    if new:
        await audit.write(tx, model.ChannelRegistered(channel))
        await announcements.introduce(tx, channel)
    for key in signers:
        if await repo.add_signer(tx, channel, key):
            await audit.write(tx, model.SignerRegistered(channel, key))
    return new


class Admitted:
    """Which channels there are (`risk.ports.Subjects`)."""

    async def is_channel(self, tx: transaction.Tx, channel: UUID) -> bool:
        return any(each.channel == channel for each in await repo.channels(tx))


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
    return await transcript_store.forget_nonces(tx, rules.NONCE_KEPT)


async def status(tx: transaction.Tx) -> list[model.ChannelState]:
    """Every channel, with the state of its link, and whether and why it is halted."""
    return [await _with_halt(tx, each) for each in await repo.channels(tx)]


async def _with_halt(tx: transaction.Tx, state: model.ChannelState) -> model.ChannelState:
    here = await epoch_store.ends(tx, state.channel)
    if here is None:
        return state
    decided = here.halted and await epoch_store.is_decided(tx, state.channel, here)
    halted = (here.reason or "unknown") if here.halted else None
    return msgspec.structs.replace(state, epoch=here.epoch, halted=halted, decided=decided)
