"""Opens the halted channel again, once two operators have decided it here and two on the other side.

The execution stack is asked how far both histories are the same. What it has applied stays as it is; what it lacks is
chained anew, and each message keeps its subject under the new name. References that nobody stands behind are burnt,
since they may have been attached in a history that one side has lost.
"""

import asyncio
import functools
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from boundary.channel import reopening, transcript
from boundary.kernel import errors
from boundary.kernel.runtime import approvals, audit, epoch_store, reopening_commands, telemetry, transaction
from boundary.wire import control, frame, messages, to_execution, values
from customer_stack.gate import model, repo
from customer_stack.gate.service import exchanging, halting, references
from customer_stack.operators import service as operators

ASK_SECONDS = 1.0

NOT_REOPENED = telemetry.Event("gate.not_reopened", code=telemetry.Word)
REOPENED = telemetry.Event("gate.reopened", epoch=int, resent=int)
_NAMED = to_execution.AmendIntent | to_execution.CancelIntent


class Agreed(NamedTuple):
    """What both sides have in common, and the epoch that follows."""

    common: epoch_store.Junction
    following: int


class Reopener:
    """Works while the channel is halted; ends when it is not any more."""

    def __init__(self, db: transaction.Database, channel: UUID, line: exchanging.Line) -> None:
        self._db = db
        self._channel = channel
        self._line = line

    async def loop(self) -> None:
        while True:
            await asyncio.sleep(ASK_SECONDS)
            try:
                here = await self._db.read("gate.ends", self._decided)
                if here is not None and await self._reopen(here):
                    return
            except (errors.Refusal, errors.OutcomeUnknown) as refusal:
                telemetry.emit(NOT_REOPENED, "warning", code=telemetry.Word(refusal.code))

    async def _decided(self, tx: transaction.Tx) -> epoch_store.Ends | None:
        here = await epoch_store.ends(tx, self._channel)
        decided = here is not None and here.halted and await epoch_store.is_decided(tx, self._channel, here)
        return here if decided else None

    async def _reopen(self, here: epoch_store.Ends) -> bool:
        """Whether the other side has opened the next epoch too; it waits for its own people otherwise."""
        asked, agreed = await self._agree(here)
        said = await self._line.ask(self._line.sealer.reopen(asked))
        if not isinstance(said, control.Seen):
            telemetry.emit(NOT_REOPENED, "warning", code=telemetry.Word("not_decided_there"))
            return False
        work = functools.partial(switch, channel=self._channel, before=here, agreed=agreed)
        resent = await self._db.run("gate.reopen", work, seconds_max=300)
        telemetry.emit(REOPENED, "warning", epoch=agreed.following, resent=resent)
        return True

    async def _agree(self, here: epoch_store.Ends) -> tuple[control.Reopen, Agreed]:
        """Find what is common of each direction, by asking which core stands where."""
        there = await self._ask(here.epoch, 0, 0)
        epoch = min(here.epoch, there.epoch)
        there = await self._ask(epoch, 0, 0)
        sent, received = await self._db.read("gate.lasts", lambda tx: epoch_store.lasts(tx, self._channel, epoch))

        async def to_execution(sequence: int) -> bytes:
            return (await self._ask(epoch, sequence, 0)).to_execution.core

        async def to_customer(sequence: int) -> bytes:
            return (await self._ask(epoch, 0, sequence)).to_customer.core

        ours, theirs = self._core(epoch_store.sent_core, epoch), self._core(epoch_store.received_core, epoch)
        first = await reopening.last_common(min(sent, there.to_execution.last), ours, to_execution)
        second = await reopening.last_common(min(received, there.to_customer.last), theirs, to_customer)
        following = max(here.epoch, await self._epoch_there(epoch)) + 1
        asked = control.Reopen(
            following,
            epoch,
            control.Junction(first, await ours(first), await ours(first + 1) if first < sent else frame.GENESIS),
            control.Junction(
                second, await theirs(second), await theirs(second + 1) if second < received else frame.GENESIS
            ),
        )
        return asked, Agreed(epoch_store.Junction(epoch, first, second), following)

    async def _epoch_there(self, epoch: int) -> int:
        return (await self._ask(epoch, 0, 0)).epoch

    async def _ask(self, epoch: int, to_execution: int, to_customer: int) -> control.Compared:
        asked = control.Compare(epoch, to_execution, to_customer)
        said = await self._line.ask(self._line.sealer.reopen(asked))
        if not isinstance(said, control.Compared):
            raise exchanging.NotAnswered("the answer is no comparison")
        return said

    def _core(self, lookup: Any, epoch: int) -> reopening.Lookup:
        async def core(sequence: int) -> bytes:
            found: bytes = await self._db.read("gate.core", lambda tx: lookup(tx, self._channel, epoch, sequence))
            return found

        return core


async def switch(tx: transaction.Tx, *, channel: UUID, before: epoch_store.Ends, agreed: Agreed) -> int:
    """Close the epoch here too; how many cores are said again."""
    here = await epoch_store.ends(tx, channel, lock=True)
    if here != before:
        raise errors.Conflict("the channel was opened or changed meanwhile")
    places: dict[tuple[int, int], int] = {}

    def rewrite(left: epoch_store.Left, sequence: int) -> bytes:
        places[left.epoch, left.sequence] = sequence
        return _renamed(left.body, places, agreed.following)

    moved = await epoch_store.reopen(tx, channel, here, agreed.common, agreed.following, rewrite, transcript.core_hash)
    await repo.rename(tx, channel, moved, agreed.following)
    await references.burn_unattached(tx, channel)
    common = agreed.common
    entry = model.ChannelReopened(
        channel, here.epoch, agreed.following, here.sent_last, here.sent_head, here.received_last, here.received_head,
        common.epoch, common.sent, common.received, len(moved),
    )  # fmt: skip
    await audit.write(tx, entry)
    return len(moved)


def _renamed(body: bytes, places: dict[tuple[int, int], int], epoch: int) -> bytes:
    """The same messages; one that names an intent which moved names it where it stands now."""
    found = messages.decode_body(body, frame.Direction.TO_EXECUTION)
    changed = [_follow(each, places, epoch) for each in found]
    return body if changed == list(found) else messages.body([messages.encode(each) for each in changed])


def _follow(message: messages.Message, places: dict[tuple[int, int], int], epoch: int) -> messages.Message:
    if not isinstance(message, _NAMED):
        return message
    now = places.get((message.intent.epoch, message.intent.sequence))
    if now is None:
        return message
    return msgspec.structs.replace(message, intent=values.MessageName(epoch, now, message.intent.index))


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
