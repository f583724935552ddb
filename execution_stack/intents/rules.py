"""Whether an intent may enter, judged against what is registered here and nothing else."""

from datetime import datetime

from boundary.kernel import states
from execution_stack.instruments import model as instruments
from execution_stack.intents import model
from execution_stack.participants import model as participants

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
    if not instrument.opens_at <= now < instrument.closes_at:
        return model.Refusal.OUTSIDE_WINDOW
    return _bounds(terms, instrument, now_seconds)


def _bounds(terms: model.Terms, instrument: instruments.Instrument, now_seconds: int) -> model.Refusal | None:
    timed = terms.time_in_force is model.TimeInForce.UNTIL_TIME
    if (terms.kind is model.Kind.MARKET) == (terms.limit_ticks > 0) or timed != (terms.expires_at > 0):
        return model.Refusal.INCONSISTENT
    if terms.kind is model.Kind.POST_ONLY and terms.time_in_force in _AT_ONCE:
        return model.Refusal.INCONSISTENT
    if terms.limit_ticks > instrument.price_max:
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
