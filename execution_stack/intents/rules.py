"""Whether an intent may enter, judged against what is registered here and nothing else."""

from datetime import datetime

from boundary.kernel import states
from execution_stack.instruments import model as instruments
from execution_stack.intents import model
from execution_stack.participants import model as participants

EXPIRY_SECONDS_MAX = 366 * 86_400
"""How far ahead an intent may expire: what the table of capacities counts on."""

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
    if terms.limit_ticks > instrument.price_max:
        return model.Refusal.OFF_GRID
    price = terms.limit_ticks or instrument.price_max
    if terms.lots > instrument.cap_lots:
        return model.Refusal.OVER_CAP
    if terms.side is model.Side.BUY and price * instrument.tick_size * terms.lots > terms.cost_cap:
        return model.Refusal.OVER_CAP
    if timed and terms.expires_at <= now_seconds:
        return model.Refusal.EXPIRED
    if terms.expires_at > now_seconds + EXPIRY_SECONDS_MAX:
        return model.Refusal.OUTSIDE_WINDOW
    return None
