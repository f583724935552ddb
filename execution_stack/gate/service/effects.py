"""What messages do here: runs of the same kind are handed to their capability as one set, outcomes come back in order.

A message that a rule refuses is consumed with its reason and never stops those behind it. A kind whose capability is
not built yet is consumed as `not_enabled`.
"""

import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from boundary.channel import witness
from boundary.kernel import ids
from boundary.kernel.runtime import epoch_store, transaction
from boundary.wire import messages, statements, to_customer, to_execution, values, words
from execution_stack.gate import repo
from execution_stack.gate.service import approving, checkpoints, heads
from execution_stack.intents import model as intents_model
from execution_stack.intents import service as intents
from execution_stack.participants import model as participants_model
from execution_stack.participants import service as participants

Outcomes = list[messages.Message]


class Context(NamedTuple):
    """Where and when messages are applied."""

    channel: UUID
    epoch: int
    sequence: int
    now: datetime
    ids: ids.Ids
    so_far: Sequence[messages.Message] = ()
    """What became of the messages before these in the same core."""

    def name(self, index: int) -> values.MessageName:
        return values.MessageName(self.epoch, self.sequence, index)


Handler = Callable[[transaction.Tx, Context, int, Sequence[Any]], Awaitable[Outcomes]]
"""Transaction, context, index of the first message, a run of messages of one kind -> one outcome for each."""


async def apply(tx: transaction.Tx, context: Context, received: Sequence[messages.Message]) -> Outcomes:
    """All messages of a core, in order; an outcome for each."""
    outcomes: Outcomes = []
    for kind, run in itertools.groupby(received, key=type):
        handler = HANDLERS.get(kind, _not_enabled)
        outcomes += await handler(tx, context._replace(so_far=tuple(outcomes)), len(outcomes), list(run))
    return outcomes


def _refused(context: Context, index: int, code: words.RefusalCode) -> messages.Message:
    return to_customer.MessageRefused(context.name(index), code)


def _applied(context: Context, index: int) -> messages.Message:
    return to_customer.MessageApplied(context.name(index))


async def _not_enabled(_tx: transaction.Tx, context: Context, first: int, run: Sequence[messages.Message]) -> Outcomes:
    return [_refused(context, first + offset, words.RefusalCode.NOT_ENABLED) for offset in range(len(run))]


async def _approved_not_enabled(
    tx: transaction.Tx, context: Context, first: int, run: Sequence[statements.Approved]
) -> Outcomes:
    """Decided by two or refused for that reason; what follows from a decision is not built yet."""
    verdicts = await approving.judge_all(tx, context.channel, run, context.now)
    return [
        _refused(context, index, verdict or words.RefusalCode.NOT_ENABLED)
        for index, verdict in enumerate(verdicts, start=first)
    ]


async def _reserve_refs(
    tx: transaction.Tx, context: Context, first: int, run: Sequence[to_execution.ReserveRefs]
) -> Outcomes:
    since = await epoch_store.opened_at(tx, context.channel)
    answers = await participants.mint(tx, context.channel, [each.count for each in run], context.ids, since)
    return [
        _refused(context, index, words.RefusalCode.TOO_MANY)
        if refs is None
        else to_customer.RefsIssued(context.name(index), refs)
        for index, refs in enumerate(answers, start=first)
    ]


_STATUS_EVENT = {
    words.ParticipantStatus.ELIGIBLE: participants_model.StatusEvent.ADMIT,
    words.ParticipantStatus.FROZEN: participants_model.StatusEvent.FREEZE,
    words.ParticipantStatus.CLOSED: participants_model.StatusEvent.CLOSE,
}
_CATEGORY = {each: participants_model.Category[each.name] for each in words.Category}
_PARTICIPANT_REFUSAL = {
    participants_model.Refusal.UNKNOWN: words.RefusalCode.UNKNOWN_REF,
    participants_model.Refusal.NOT_ACTIVE: words.RefusalCode.NOT_ACTIVE,
    participants_model.Refusal.ALREADY_ACTIVE: words.RefusalCode.ALREADY_ACTIVE,
    participants_model.Refusal.CLOSED: words.RefusalCode.CLOSED,
}


async def _activate(
    tx: transaction.Tx, context: Context, first: int, run: Sequence[to_execution.ActivateRef]
) -> Outcomes:
    activate = participants_model.StatusEvent.ACTIVATE
    changes = [participants_model.Change(each.participant, activate) for each in run]
    return await _change(tx, context, first, changes)


async def _set_status(
    tx: transaction.Tx, context: Context, first: int, run: Sequence[to_execution.SetParticipantStatus]
) -> Outcomes:
    changes = [
        participants_model.Change(
            each.participant, _STATUS_EVENT[each.status], int(each.level), _CATEGORY[each.category]
        )
        for each in run
    ]
    return await _change(tx, context, first, changes)


async def _change(
    tx: transaction.Tx, context: Context, first: int, changes: Sequence[participants_model.Change]
) -> Outcomes:
    answers = await participants.change(tx, context.channel, changes, (context.epoch, context.sequence))
    return [
        _refused(context, index, _PARTICIPANT_REFUSAL[answer])
        if isinstance(answer, participants_model.Refusal)
        else _applied(context, index)
        for index, answer in enumerate(answers, start=first)
    ]


_SIDE = {each: intents_model.Side[each.name] for each in words.Side}
_KIND = {each: intents_model.Kind[each.name] for each in words.IntentKind}
_TIME_IN_FORCE = {each: intents_model.TimeInForce[each.name] for each in words.TimeInForce}
_INTENT_REFUSAL: Mapping[intents_model.Refusal, words.RefusalCode] = {
    intents_model.Refusal.UNKNOWN_PARTICIPANT: words.RefusalCode.UNKNOWN_REF,
    intents_model.Refusal.NOT_ACTIVE: words.RefusalCode.NOT_ACTIVE,
    intents_model.Refusal.FROZEN: words.RefusalCode.FROZEN,
    intents_model.Refusal.CLOSED: words.RefusalCode.CLOSED,
    intents_model.Refusal.UNKNOWN_INSTRUMENT: words.RefusalCode.UNKNOWN_INSTRUMENT,
    intents_model.Refusal.HALTED: words.RefusalCode.HALTED,
    intents_model.Refusal.OUTSIDE_WINDOW: words.RefusalCode.OUTSIDE_WINDOW,
    intents_model.Refusal.OFF_GRID: words.RefusalCode.PRICE_OFF_GRID,
    intents_model.Refusal.OVER_CAP: words.RefusalCode.OVER_CAP,
    intents_model.Refusal.EXPIRED: words.RefusalCode.EXPIRED,
    intents_model.Refusal.INCONSISTENT: words.RefusalCode.INCONSISTENT,
    intents_model.Refusal.UNKNOWN_INTENT: words.RefusalCode.UNKNOWN_INTENT,
    intents_model.Refusal.TOO_LATE: words.RefusalCode.TOO_LATE,
}


async def _place(tx: transaction.Tx, context: Context, first: int, run: Sequence[to_execution.PlaceIntent]) -> Outcomes:
    wanted = [
        intents_model.Terms(
            participant=each.participant,
            instrument=each.instrument,
            side=_SIDE[each.side],
            kind=_KIND[each.kind],
            time_in_force=_TIME_IN_FORCE[each.time_in_force],
            limit_ticks=each.limit_ticks,
            lots=each.lots,
            cost_cap=each.cost_cap,
            expires_at=each.expires_at,
        )
        for each in run
    ]
    start = intents_model.Name(context.epoch, context.sequence, first)
    verdicts = await intents.place(tx, context.channel, start, wanted, context.now)
    return [
        to_customer.IntentAccepted(context.name(index))
        if verdict is None
        else to_customer.IntentRefused(context.name(index), _INTENT_REFUSAL[verdict])
        for index, verdict in enumerate(verdicts, start=first)
    ]


async def _amend(tx: transaction.Tx, context: Context, first: int, run: Sequence[to_execution.AmendIntent]) -> Outcomes:
    wanted = [intents_model.Amendment(_name(each.intent), each.limit_ticks, each.lots, each.cost_cap) for each in run]
    verdicts = await intents.amend(tx, context.channel, wanted, context.now)
    return [
        _applied(context, index) if verdict is None else _refused(context, index, _INTENT_REFUSAL[verdict])
        for index, verdict in enumerate(verdicts, start=first)
    ]


async def _cancel(
    tx: transaction.Tx, context: Context, first: int, run: Sequence[to_execution.CancelIntent]
) -> Outcomes:
    answers = await intents.cancel(tx, context.channel, [_name(each.intent) for each in run])
    return [
        _refused(context, index, _INTENT_REFUSAL[answer])
        if isinstance(answer, intents_model.Refusal)
        else to_customer.IntentCancelled(each.intent, answer, words.CancelReason.REQUESTED)
        for index, (each, answer) in enumerate(zip(run, answers, strict=True), start=first)
    ]


def _name(name: values.MessageName) -> intents_model.Name:
    return intents_model.Name(name.epoch, name.sequence, name.index)


_HEADS_REFUSAL: Mapping[witness.Fault, words.RefusalCode] = {
    witness.Fault.NOT_REGISTERED: words.RefusalCode.UNKNOWN_OPERATOR,
    witness.Fault.FORGED: words.RefusalCode.PROOF_INVALID,
    witness.Fault.OUT_OF_TIME: words.RefusalCode.OUTSIDE_WINDOW,
    witness.Fault.OTHER_EPOCH: words.RefusalCode.WRONG_STATE,
    witness.Fault.CONTRADICTS_TRANSCRIPT: words.RefusalCode.INCONSISTENT,
    witness.Fault.CONTRADICTS_ITSELF: words.RefusalCode.INCONSISTENT,
    witness.Fault.CONTRADICTS_AUDIT: words.RefusalCode.INCONSISTENT,
}


async def _signed_heads(
    tx: transaction.Tx, context: Context, first: int, run: Sequence[to_execution.SignedHeads]
) -> Outcomes:
    signers = await repo.signers(tx, context.channel)
    place = (context.epoch, context.sequence)
    faults = [await heads.hear(tx, context.channel, place, each, signers, context.now) for each in run]
    return [
        _applied(context, index) if fault is None else _refused(context, index, _HEADS_REFUSAL[fault])
        for index, fault in enumerate(faults, start=first)
    ]


async def _checkpoint(
    tx: transaction.Tx, context: Context, first: int, run: Sequence[to_execution.Checkpoint]
) -> Outcomes:
    found = [await checkpoints.hear(tx, context.channel, context.epoch, each, context.so_far) for each in run]
    return [
        _applied(context, index) if code is None else _refused(context, index, code)
        for index, code in enumerate(found, start=first)
    ]


HANDLERS: Mapping[type[messages.Message], Handler] = {
    to_execution.ReserveRefs: _reserve_refs,
    to_execution.ActivateRef: _activate,
    to_execution.SetParticipantStatus: _set_status,
    to_execution.PlaceIntent: _place,
    to_execution.AmendIntent: _amend,
    to_execution.CancelIntent: _cancel,
    to_execution.SignedHeads: _signed_heads,
    to_execution.Checkpoint: _checkpoint,
    to_execution.RestrictTransfer: _approved_not_enabled,
    to_execution.ForceTransfer: _approved_not_enabled,
    to_execution.AuthoriseSettlementBatch: _approved_not_enabled,
}
