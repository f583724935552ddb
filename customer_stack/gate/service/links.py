"""The state of the link to the execution stack."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import primitives
from boundary.kernel.runtime import audit, epoch_store, transaction, transcript_store
from customer_stack.gate import model, repo, rules


def signers(texts: Collection[str]) -> frozenset[bytes]:
    """The keys with which the execution stack signs its heads, as its operator published them."""
    try:
        keys = frozenset(bytes.fromhex(text) for text in texts)
    except ValueError:
        keys = frozenset({b""})
    if not all(primitives.is_ed25519_public(key) for key in keys):
        raise model.BadSigner("a public key is 32 bytes of Ed25519, as 64 hexadecimal digits")
    return keys


async def register(tx: transaction.Tx, channel: UUID) -> None:
    """Make the rows of this stack's channel, if they are not there."""
    await repo.lock(tx, channel)
    await transcript_store.register(tx, channel)


async def answered(tx: transaction.Tx, channel: UUID, digest: bytes, now: datetime) -> None:
    """A verified answer opens the link; only the opening is an event worth an audit entry, not every answer."""
    state = await repo.lock(tx, channel)
    if state.link is not model.Link.OPEN:
        await audit.write(tx, model.LinkOpened(channel, digest))
    await repo.save(tx, channel, rules.LINK.advance(state.link, model.LinkEvent.ANSWERED), now)


async def check_silence(tx: transaction.Tx, channel: UUID, now: datetime) -> bool:
    """Whether the link was just found lost."""
    state = await repo.lock(tx, channel)
    if not rules.is_silent(state, now):
        return False
    await audit.write(tx, model.LinkLost(channel))
    await repo.save(tx, channel, rules.LINK.advance(state.link, model.LinkEvent.SILENT), state.answered_at)
    return True


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
