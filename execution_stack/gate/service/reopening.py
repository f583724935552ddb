"""Opens a halted channel again, once two operators here have decided it and the customer stack says what is common.

What the customer stack has lost is withdrawn here: its open intents are cancelled, whom it activated is closed. What it
lacks of ours is chained anew. Nothing is believed that our own transcript does not show.
"""

from collections.abc import Sequence
from uuid import UUID

from boundary.channel import reopening, transcript
from boundary.kernel.runtime import approvals, audit, epoch_store, reopening_commands, transaction
from boundary.wire import control, words
from execution_stack.gate import model
from execution_stack.gate.service import halting
from execution_stack.intents import ports as lanes
from execution_stack.intents import service as intents
from execution_stack.operators import service as operators
from execution_stack.participants import service as participants

Question = control.Compare | control.Reopen


async def answer(
    tx: transaction.Tx,
    channel: UUID,
    asked: Question,
    digest: bytes,
    at_micros: int,
    routes: lanes.Lanes = lanes.NO_LANES,
) -> control.Compared | control.Seen | control.Nack:
    """To a question about a halted channel, asked by a frame of this digest."""
    if isinstance(asked, control.Compare):
        return await _compare(tx, channel, asked, digest)
    here = await epoch_store.ends(tx, channel, lock=True)
    if here is None:
        raise model.UnknownChannel("no operator has admitted this channel")
    common = epoch_store.Junction(asked.compared, asked.to_customer.sequence, asked.to_execution.sequence)
    if here.epoch == asked.epoch and await epoch_store.opened_after(tx, channel, asked.epoch) == common:
        return control.Seen(digest, at_micros)  # our answer got lost
    if not here.halted or not await epoch_store.is_decided(tx, channel, here):
        return _nack(here, digest, words.NackCode.HALTED)
    if asked.epoch <= here.epoch or not await _is_common(tx, channel, asked):
        return _nack(here, digest, words.NackCode.OTHER_EPOCH)
    await intents.withdraw(tx, channel, common.epoch, common.received, routes)
    await _reopen(tx, channel, here, common, asked.epoch)
    return control.Seen(digest, at_micros)


async def _compare(tx: transaction.Tx, channel: UUID, asked: control.Compare, digest: bytes) -> control.Compared:
    here = await epoch_store.ends(tx, channel)
    if here is None:
        raise model.UnknownChannel("no operator has admitted this channel")
    sent, received = await epoch_store.lasts(tx, channel, asked.epoch)
    return control.Compared(
        digest,
        here.epoch,
        control.Held(
            received, await epoch_store.received_core(tx, channel, asked.epoch, min(asked.to_execution, received))
        ),
        control.Held(sent, await epoch_store.sent_core(tx, channel, asked.epoch, min(asked.to_customer, sent))),
    )


async def _is_common(tx: transaction.Tx, channel: UUID, asked: control.Reopen) -> bool:
    """Whether what is said to be common is so, and nothing after it is."""
    sent, received = await epoch_store.lasts(tx, channel, asked.compared)
    for said, last, core in (
        (asked.to_execution, received, epoch_store.received_core),
        (asked.to_customer, sent, epoch_store.sent_core),
    ):
        if said.sequence > last:
            return False
        if not reopening.are_same(await core(tx, channel, asked.compared, said.sequence), said.core):
            return False
        following = await core(tx, channel, asked.compared, said.sequence + 1)
        if said.sequence < last and following == said.following:
            return False
    return True


async def _reopen(
    tx: transaction.Tx, channel: UUID, here: epoch_store.Ends, common: epoch_store.Junction, following: int
) -> None:
    await participants.withdraw(tx, channel, common.epoch, common.received)
    moved = await epoch_store.reopen(
        tx, channel, here, common, following, lambda left, _: left.body, transcript.core_hash
    )
    entry = model.ChannelReopened(
        channel, here.epoch, following, here.sent_last, here.sent_head, here.received_last, here.received_head,
        common.epoch, common.sent, common.received, len(moved),
    )  # fmt: skip
    await audit.write(tx, entry)


def _nack(here: epoch_store.Ends, digest: bytes, code: words.NackCode) -> control.Nack:
    due = here.received_last + 1
    return control.Nack(here.epoch, due, digest, code, here.epoch, due, here.received_head)


async def halt(tx: transaction.Tx, channel: UUID) -> bool:
    """By an operator: standing still needs no second person."""
    here = await reopening_commands.ends(tx, channel)
    return await halting.halt(tx, channel, here.epoch, here.received_last, here.received_head, "operator")


async def decide(
    tx: transaction.Tx,
    channel: UUID,
    made: approvals.Statement,
    given: Sequence[approvals.Approval],
    now: int,
) -> None:
    """Two operators decide that the channel goes on from where this side stands."""
    here = await reopening_commands.ends(tx, channel)
    if not here.halted:
        raise model.NotHalted("only a halted channel is opened again")
    facts = reopening_commands.facts_of(here)
    approvals.expect(
        made, stack=operators.STACK, purpose=reopening_commands.PURPOSE, subject=channel, facts=facts, now=now
    )
    statement = approvals.statement_hash(made)
    await operators.require_two(tx, statement, given)
    if await epoch_store.decide(tx, channel, here, statement):
        await audit.write(tx, model.ReopeningDecided(channel, here.epoch, statement))


COMMANDS = reopening_commands.Service(operators.STACK, halt, decide)
