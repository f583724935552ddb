"""Whether an intent may enter, judged against what is registered here and nothing else."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import states
from execution_stack.instruments import model as instruments
from execution_stack.instruments import rules as instrument_rules
from execution_stack.intents import model
from execution_stack.participants import model as participants
from execution_stack.risk import model as risk

EXPIRY_SECONDS_MAX = 366 * 86_400
"""How far ahead an intent may expire: what the table of capacities counts on."""

FEES_FACTOR_MAX = 2
FEES_FLOOR = 10_000_000
"""A cap leaves room for fees: as much again as what is bought or sold costs, and ten dollars. More would say something
else than what the participant may be charged.
"""
_AT_ONCE = frozenset({model.TimeInForce.AT_ONCE_OR_CANCEL, model.TimeInForce.ALL_OR_NOTHING})
"""What is to trade at once or not at all cannot rest, and what must not trade at once has to."""
_STANDING = {
    participants.Status.ISSUED: model.Refusal.NOT_ACTIVE,
    participants.Status.FROZEN: model.Refusal.FROZEN,
    participants.Status.CLOSED: model.Refusal.CLOSED,
}

STATE: states.Machine[model.State, model.StateEvent] = states.Machine(
    name="intent",
    initial=model.State.OPEN,
    transitions={
        (model.State.OPEN, model.StateEvent.CANCEL): model.State.CANCELLED,
        (model.State.OPEN, model.StateEvent.EXPIRE): model.State.EXPIRED,
        (model.State.OPEN, model.StateEvent.CLOSE): model.State.CLOSED,
    },
    terminal=(model.State.CANCELLED, model.State.EXPIRED, model.State.CLOSED),
)


def judge(
    terms: model.Terms,
    standing: participants.Standing | None,
    instrument: instruments.Instrument | None,
    now: datetime,
    now_seconds: int,
) -> model.Refusal | None:
    """The first reason against it, in a fixed order: who, what, when, on which grid, within which bounds."""
    if standing is None:
        return model.Refusal.UNKNOWN_PARTICIPANT
    if standing.status is not participants.Status.ELIGIBLE:
        return _STANDING[standing.status]
    if instrument is None or instrument.state is instruments.State.DELISTED:
        return model.Refusal.UNKNOWN_INSTRUMENT
    if instrument.state is instruments.State.HALTED:
        return model.Refusal.HALTED
    if instrument.state is not instruments.State.LISTED:
        return model.Refusal.OUTSIDE_WINDOW
    if not instrument.opens_at <= now < instrument.closes_at:
        return model.Refusal.OUTSIDE_WINDOW
    return _bounds(terms, instrument, now_seconds)


def judge_amendment(
    found: tuple[model.Terms, model.State] | None,
    wanted: model.Amendment,
    standings: Mapping[UUID, participants.Standing],
    known: Mapping[UUID, instruments.Instrument],
    now: datetime,
    now_seconds: int,
) -> model.Terms | model.Refusal:
    """The new terms of an intent, or the first reason against them."""
    if found is None:
        return model.Refusal.UNKNOWN_INTENT
    old, state = found
    if state is not model.State.OPEN:
        return model.Refusal.TOO_LATE
    terms = msgspec.structs.replace(old, limit_ticks=wanted.limit_ticks, lots=wanted.lots, cost_cap=wanted.cost_cap)
    reason = judge(terms, standings.get(terms.participant), known.get(terms.instrument), now, now_seconds)
    return terms if reason is None else reason


def order(terms: model.Terms, instrument: instruments.Instrument) -> risk.Order:
    """What an intent may come to. Without a limit it is valued at the highest price there can be: none trades dearer."""
    value = (terms.limit_ticks or instrument.price_max) * instrument.tick_size * terms.lots
    return risk.Order(terms.participant, terms.instrument, risk.Side(terms.side.value), terms.lots, value)


_TOO_MANY = frozenset({risk.Cause.OPEN_ORDERS, risk.Cause.OPEN_ORDERS_HERE, risk.Cause.ORDERS_PER_MINUTE})


def of_risk(findings: Sequence[risk.Finding]) -> model.Refusal | None:
    """The first finding that refuses, as the reason that crosses."""
    cause = next((each.cause for each in findings if each.refuses), None)
    if cause is None:
        return None
    if cause in risk.STOPS:
        return model.Refusal.STOPPED
    return model.Refusal.TOO_MANY if cause in _TOO_MANY else model.Refusal.RISK_LIMIT


FAULTS = frozenset(
    {
        model.Refusal.INCONSISTENT,
        model.Refusal.OFF_GRID,
        model.Refusal.OVER_CAP,
        model.Refusal.EXPIRED,
    }
)
"""Refusals for what the intent itself says: risk counts them towards a cooldown."""


def _bounds(terms: model.Terms, instrument: instruments.Instrument, now_seconds: int) -> model.Refusal | None:
    timed = terms.time_in_force is model.TimeInForce.UNTIL_TIME
    if (terms.kind is model.Kind.MARKET) == (terms.limit_ticks > 0) or timed != (terms.expires_at > 0):
        return model.Refusal.INCONSISTENT
    if terms.kind is model.Kind.POST_ONLY and terms.time_in_force in _AT_ONCE:
        return model.Refusal.INCONSISTENT
    if terms.limit_ticks and not instrument_rules.is_price(instrument, terms.limit_ticks):
        return model.Refusal.OFF_GRID
    if terms.lots > instrument.cap_lots or not _caps_its_cost(terms, instrument):
        return model.Refusal.OVER_CAP
    if timed and terms.expires_at <= now_seconds:
        return model.Refusal.EXPIRED
    if terms.expires_at > now_seconds + EXPIRY_SECONDS_MAX:
        return model.Refusal.OUTSIDE_WINDOW
    return None


def _caps_its_cost(terms: model.Terms, instrument: instruments.Instrument) -> bool:
    """A buyer's cap covers the dearest outcome; a seller is charged fees at most. No cap is beyond all that could be."""
    cost = (terms.limit_ticks or instrument.price_max) * instrument.tick_size * terms.lots
    if terms.side is model.Side.BUY:
        return cost <= terms.cost_cap <= cost * FEES_FACTOR_MAX + FEES_FLOOR
    return terms.cost_cap <= cost + FEES_FLOOR
