"""Limits, what is counted against them, what a judgement finds, and stops."""

import enum
from collections.abc import Hashable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import errors, records
from execution_stack.participants import model as participants

SLOTS = 7
SLOT_SECONDS = 10
"""Seven slots of ten seconds, the newest unfinished, cover every minute that ends now."""


class Side(enum.StrEnum):
    BUY = "buy"
    SELL = "sell"


class Limits(msgspec.Struct, frozen=True):
    """None is no limit. Values are micro-USD."""

    order_value: int | None = None
    daily_volume: int | None = None
    open_orders: int | None = None
    open_notional: int | None = None
    position_value: int | None = None
    orders_per_minute: int | None = None
    cooldown_after: int | None = None
    """Refusals in a row after which nothing more is taken for a while."""
    cooldown_seconds: int | None = None


FIGURES = Limits.__struct_fields__
OF_INSTRUMENT = ("order_value", "open_orders", "open_notional", "position_value")
"""What can be limited of each participant's part in one instrument."""


class Scope(enum.StrEnum):
    """What a stop is about."""

    ALL = "all"
    CHANNEL = "channel"
    INSTRUMENT = "instrument"
    PARTICIPANT = "participant"


class Listing(enum.StrEnum):
    """A participant with allowed instruments trades those alone; a blocked one never."""

    ALLOW = "allow"
    BLOCK = "block"


class Cause(enum.StrEnum):
    """In the order of judgement: the first that refuses is the one that crosses."""

    ALL_STOPPED = "all_stopped"
    CHANNEL_STOPPED = "channel_stopped"
    INSTRUMENT_STOPPED = "instrument_stopped"
    PARTICIPANT_STOPPED = "participant_stopped"
    BLOCKED = "blocked"
    NOT_ALLOWED = "not_allowed"
    COOLING_DOWN = "cooling_down"
    ORDER_VALUE = "order_value"
    DAILY_VOLUME = "daily_volume"
    OPEN_ORDERS = "open_orders"
    OPEN_ORDERS_HERE = "open_orders_here"
    OPEN_NOTIONAL = "open_notional"
    OPEN_NOTIONAL_HERE = "open_notional_here"
    POSITION_VALUE = "position_value"
    ORDERS_PER_MINUTE = "orders_per_minute"


STOPS = frozenset({Cause.ALL_STOPPED, Cause.CHANNEL_STOPPED, Cause.INSTRUMENT_STOPPED, Cause.PARTICIPANT_STOPPED})
UNCOUNTED = STOPS | {Cause.COOLING_DOWN}
"""Refusals that are no fault of the participant's, or would make a cooldown feed itself."""


class Finding(NamedTuple):
    """One thing that was found: what the order would come to, and the limit; zeros where nothing is measured."""

    cause: Cause
    refuses: bool
    value: int = 0
    limit: int = 0


class Order(NamedTuple):
    """What an order may come to. `value` is the most that its lots can cost or bring at its own limit, and at the
    instrument's highest price where it has none.
    """

    participant: UUID
    instrument: UUID
    side: Side
    lots: int
    value: int


class Wanted(NamedTuple):
    """An order to be judged, with whose it is. `refused` is one that was refused already and is counted for the cooldown
    alone. `before` is what stands now where this is an amendment; of two of one batch with the same name the later
    replaces what the earlier left.
    """

    order: Order
    standing: participants.Standing
    refused: bool = False
    before: Order | None = None
    name: Hashable = None


class Ended(NamedTuple):
    """So many lots will not trade any more, and so many orders have nothing left that is open. Several orders of one side
    may be said as one.
    """

    order: Order
    orders: int = 1


class Filled(NamedTuple):
    """So many lots have traded for so much in all. `order` is that part, valued as it was judged; several orders of one
    side may be said as one.
    """

    order: Order
    paid: int
    orders: int


class Account(NamedTuple):
    """What is counted of one participant. Day and slot are numbers of UTC days and of ten seconds since 1970."""

    day: int = 0
    traded: int = 0
    open_orders: int = 0
    open_value: int = 0
    refusals: int = 0
    cooling_until: int = 0
    slot: int = 0
    placed: tuple[int, ...] = (0,) * SLOTS
    """By slots, the newest first."""


class Holding(NamedTuple):
    """What is counted of one participant in one instrument: what is held, at cost, and what is open on either side."""

    long_lots: int = 0
    long_value: int = 0
    short_lots: int = 0
    short_value: int = 0
    buy_lots: int = 0
    buy_value: int = 0
    sell_lots: int = 0
    sell_value: int = 0
    open_orders: int = 0


class Bounds(NamedTuple):
    """All that an order of one participant in one instrument is compared with."""

    limits: Limits = Limits()
    here: Limits = Limits()
    causes: tuple[Cause, ...] = ()
    """Stops and lists that refuse it whatever it is."""


class Stop(msgspec.Struct, frozen=True):
    """Trading stopped: of everything, or of one channel, instrument or participant."""

    id: UUID
    scope: Scope
    subject: UUID | None
    at: datetime


class Kept(msgspec.Struct, frozen=True):
    """A finding as it is kept for operators."""

    channel: UUID
    participant: UUID
    instrument: UUID
    cause: Cause
    refuses: bool
    value: int
    bound: int
    at: datetime


class BadLimit(errors.Invalid):
    """The limit makes no sense: not of this scope, or without a bound that it needs."""

    code = "risk_limit_invalid"


class UnknownSubject(errors.NotFound):
    """There is no such participant, instrument or channel here."""

    code = "risk_subject_unknown"


class AlreadyStopped(errors.Conflict):
    """The same is stopped already."""

    code = "already_stopped"


class NotStopped(errors.NotFound):
    """There is no such stop in force."""

    code = "not_stopped"


class DefaultSet(records.Entry, frozen=True, tag="risk.default_set.v1"):
    """A default limit of a category and level, as numbers of their enums from 1; the figure by its place in `Limits`."""

    category: records.Count
    level: records.Count
    figure: records.Count
    limited: bool
    value: records.Count


class ParticipantLimitSet(records.Entry, frozen=True, tag="risk.participant_limit_set.v1"):
    """A limit of one participant; not limited means that the default applies again."""

    participant: UUID
    figure: records.Count
    limited: bool
    value: records.Count


class InstrumentLimitSet(records.Entry, frozen=True, tag="risk.instrument_limit_set.v1"):
    """A limit on each participant's part in one instrument."""

    instrument: UUID
    figure: records.Count
    limited: bool
    value: records.Count


class SymbolListed(records.Entry, frozen=True, tag="risk.symbol_listed.v1"):
    """An instrument was put on a participant's list: 1 allowed, 2 blocked, 0 taken off."""

    participant: UUID
    instrument: UUID
    listing: records.Count


class Stopped(records.Entry, frozen=True, tag="risk.stopped.v1"):
    """An operator stopped trading; the scope counts its enum from 1. What is stopped names itself, or the stop does."""

    stop: UUID
    scope: records.Count
    subject: UUID


class Revived(records.Entry, frozen=True, tag="risk.revived.v1"):
    """Two operators signed the statement with this hash, and a stop was lifted."""

    stop: UUID
    statement: records.Hash32
