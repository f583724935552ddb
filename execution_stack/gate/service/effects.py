"""What messages do here: runs of the same kind are handed to their capability as one set, outcomes come back in order.

A message that a rule refuses is consumed with its reason and never stops those behind it. A kind whose capability is
not built yet is consumed as `not_enabled`.
"""

import itertools
from collections.abc import Mapping, Sequence

from boundary.kernel.runtime import epoch_store, transaction
from boundary.wire import messages, statements, to_customer, to_execution, values, words
from execution_stack.gate.service import approving, leaving, wallet_effects, witness_effects
from execution_stack.gate.service import outcomes as outcomes_
from execution_stack.intents import model as intents_model
from execution_stack.intents import service as intents
from execution_stack.participants import model as participants_model
from execution_stack.participants import service as participants

Context = outcomes_.Context
Outcomes = outcomes_.Outcomes
_refused, _applied = outcomes_.refused, outcomes_.applied


async def apply(tx: transaction.Tx, context: Context, received: Sequence[messages.Message]) -> Outcomes:
    """All messages of a core, in order; an outcome for each, and the news that follow from it."""
    outcomes: Outcomes = []
    first = 0
    for kind, grouped in itertools.groupby(received, key=type):
        run = list(grouped)
        here = context._replace(so_far=tuple(outcomes))
        outcomes += await HANDLERS.get(kind, _not_enabled)(tx, here, first, run)
        first += len(run)
    return outcomes


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
    intake = leaving.Intake(context)
    answers = await participants.change(
        tx, context.channel, changes, (context.epoch, context.sequence), (intake, *context.leaving)
    )
    said: Outcomes = [
        _refused(context, index, _PARTICIPANT_REFUSAL[answer])
        if isinstance(answer, participants_model.Refusal)
        else _applied(context, index)
        for index, answer in enumerate(answers, start=first)
    ]
    return said + intake.news


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
    intents_model.Refusal.STOPPED: words.RefusalCode.TRADING_STOPPED,
    intents_model.Refusal.RISK_LIMIT: words.RefusalCode.RISK_LIMIT,
    intents_model.Refusal.TOO_MANY: words.RefusalCode.TOO_MANY,
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
    verdicts = await intents.place(tx, context.channel, start, wanted, context.now, context.desk, context.lanes)
    return [
        to_customer.IntentAccepted(context.name(index))
        if verdict is None
        else to_customer.IntentRefused(context.name(index), _INTENT_REFUSAL[verdict])
        for index, verdict in enumerate(verdicts, start=first)
    ]


async def _amend(tx: transaction.Tx, context: Context, first: int, run: Sequence[to_execution.AmendIntent]) -> Outcomes:
    wanted = [intents_model.Amendment(_name(each.intent), each.limit_ticks, each.lots, each.cost_cap) for each in run]
    verdicts = await intents.amend(tx, context.channel, wanted, context.now, context.desk, context.lanes)
    return [
        _applied(context, index) if verdict is None else _refused(context, index, _INTENT_REFUSAL[verdict])
        for index, verdict in enumerate(verdicts, start=first)
    ]


async def _cancel(
    tx: transaction.Tx, context: Context, first: int, run: Sequence[to_execution.CancelIntent]
) -> Outcomes:
    names = [_name(each.intent) for each in run]
    answers = await intents.cancel(tx, context.channel, names, context.now, context.desk, context.lanes)
    return [
        _refused(context, index, _INTENT_REFUSAL[answer])
        if isinstance(answer, intents_model.Refusal)
        else _applied(context, index)
        if answer is None
        else to_customer.IntentCancelled(each.intent, answer, words.CancelReason.REQUESTED)
        for index, (each, answer) in enumerate(zip(run, answers, strict=True), start=first)
    ]


def _name(name: values.MessageName) -> intents_model.Name:
    return intents_model.Name(name.epoch, name.sequence, name.index)


HANDLERS: Mapping[type[messages.Message], outcomes_.Handler] = {
    to_execution.ReserveRefs: _reserve_refs,
    to_execution.ActivateRef: _activate,
    to_execution.SetParticipantStatus: _set_status,
    to_execution.PlaceIntent: _place,
    to_execution.AmendIntent: _amend,
    to_execution.CancelIntent: _cancel,
    to_execution.RestrictTransfer: _approved_not_enabled,
    to_execution.ForceTransfer: _approved_not_enabled,
    to_execution.AuthoriseSettlementBatch: _approved_not_enabled,
    to_execution.SignedHeads: witness_effects.signed_heads,
    to_execution.Checkpoint: witness_effects.checkpoint,
    to_execution.RegisterWallet: wallet_effects.register,
    to_execution.RequestCustodyWallet: wallet_effects.request_custody,
}
