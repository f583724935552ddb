"""An instrument: where it trades, on which grid, within which bounds."""

import enum
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import errors, records


class Route(enum.StrEnum):
    OMNIBUS = "omnibus"
    """Event contracts, pooled into omnibus orders at a regulated exchange."""
    CLOB = "clob"
    """Security tokens, on our own book."""
    BROKER = "broker"
    """Equities, options, futures and FX, routed to brokers."""


class Product(enum.StrEnum):
    EVENT_CONTRACT = "event_contract"
    SECURITY_TOKEN = "security_token"  # noqa: S105 -- a kind of instrument, not a secret
    EQUITY = "equity"
    OPTION = "option"
    FUTURE = "future"
    CURRENCY_PAIR = "currency_pair"


class State(enum.StrEnum):
    LISTED = "listed"
    HALTED = "halted"
    DELISTED = "delisted"
    CLOSED = "closed"
    """Past its window, for good: nothing trades, and what it pays is still to be decided, if it pays anything."""
    RESOLVED = "resolved"
    """What it pays was decided."""


class StateEvent(enum.StrEnum):
    HALT = "halt"
    RESUME = "resume"
    CLOSE = "close"
    RESOLVE = "resolve"
    DELIST = "delist"


class Band(NamedTuple):
    """From this price on, up to the next band, a price is a multiple of the step; all in ticks."""

    from_ticks: int
    step_ticks: int


class Instrument(msgspec.Struct, frozen=True):
    """`tick_size` is micro-USD per lot and tick, `lot_size` millionths of a unit; prices and quantities are whole.

    `grid` are the bands of its tick table, in ascending order; without one every tick is a price.
    """

    ref: UUID
    code: str
    route: Route
    product: Product
    state: State
    tick_size: int
    lot_size: int
    price_max: int
    cap_lots: int
    opens_at: datetime
    closes_at: datetime
    document: bytes
    grid: tuple[Band, ...] = ()


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What may be said anew of an instrument that is listed; the rest says what it is, and stays."""

    price_max: int
    cap_lots: int
    opens_at: datetime
    closes_at: datetime
    document: bytes
    grid: tuple[Band, ...]


class Quoted(msgspec.Struct, frozen=True):
    """What is said of an instrument's price: its state, and what an operator states where there is no book."""

    ref: UUID
    state: State
    reference_ticks: int | None


class BadPrice(errors.Invalid):
    """The price is none that this instrument can have."""

    code = "price_off_grid"


class BadInstrument(errors.Invalid):
    """The instrument's grid, bounds or window make no sense."""

    code = "instrument_invalid"


class BadChange(errors.Conflict):
    """These terms cannot change now; `field` says the first that cannot."""

    code = "instrument_change_refused"


class AlreadyListed(errors.Conflict):
    """An instrument with this reference or code is in the register."""

    code = "instrument_already_listed"


class UnknownInstrument(errors.NotFound):
    """There is no such instrument."""

    code = "instrument_unknown"


class Listed(records.Entry, frozen=True, tag="instruments.listed.v2"):
    """An instrument was put into the register. Route and product count their enums from 1; the last hash is the grid's."""

    instrument: UUID
    route: records.Count
    product: records.Count
    tick_size: records.Count
    lot_size: records.Count
    price_max: records.Count
    cap_lots: records.Count
    opens_at: records.Count
    closes_at: records.Count
    document: records.Hash32
    grid: records.Hash32


class Changed(records.Entry, frozen=True, tag="instruments.changed.v1"):
    """An instrument has other terms from now on: all that may change, as it is now."""

    instrument: UUID
    price_max: records.Count
    cap_lots: records.Count
    opens_at: records.Count
    closes_at: records.Count
    document: records.Hash32
    grid: records.Hash32


class StateChanged(records.Entry, frozen=True, tag="instruments.state_changed.v1"):
    """An instrument's state moved; `state` counts the states in the order of the enum, from 1."""

    instrument: UUID
    state: records.Count


class Priced(records.Entry, frozen=True, tag="instruments.priced.v1"):
    """An operator stated a reference price; 0 takes it back."""

    instrument: UUID
    ticks: records.Count
