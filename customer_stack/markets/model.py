"""An instrument as the execution stack describes it, its public document, and what customers are shown of both."""

import enum
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import errors, records


class Route(enum.StrEnum):
    OMNIBUS = "omnibus"
    CLOB = "clob"
    BROKER = "broker"


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
    """Past its window, for good."""
    RESOLVED = "resolved"


class DocumentState(enum.StrEnum):
    WANTED = "wanted"
    """Announced, and not here yet."""
    HELD = "held"
    """Here; its bytes hash to its name and passed the sweep."""
    REFUSED = "refused"
    """What came under its name was not to be shown. It is asked for again, with more and more patience."""


class Instrument(msgspec.Struct, frozen=True):
    """Prices are whole ticks, quantities whole lots; `tick_size` is micro-USD per lot and tick.

    `grid` are the bands of the tick table, (from, step) in ticks and in ascending order: from there on a price is a
    multiple of the step. Without one every tick is a price.
    """

    ref: UUID
    route: str
    product: str
    state: State
    tick_size: int
    lot_size: int
    price_max: int
    cap_lots: int
    opens_at: datetime
    closes_at: datetime
    document: bytes
    grid: tuple[tuple[int, int], ...] = ()


class Search(msgspec.Struct, frozen=True):
    """Which instruments are asked for; None is any, but of states only those that are not delisted."""

    route: Route | None = None
    product: Product | None = None
    state: State | None = None


class Wanted(msgspec.Struct, frozen=True):
    """A document that is to be pulled."""

    hash: bytes
    size: int
    attempts: int
    state: DocumentState


class Held(msgspec.Struct, frozen=True):
    """A document that is here."""

    hash: bytes
    media_type: str
    content: bytes


class Shelf(msgspec.Struct, frozen=True):
    """What is known of an instrument's document without its bytes; of one that was never announced only the hash."""

    hash: bytes
    state: DocumentState | None
    kind: str | None
    media_type: str | None
    size: int | None


class Listed(msgspec.Struct, frozen=True):
    """An instrument with the state of its document."""

    instrument: Instrument
    shelf: Shelf


class Quote(msgspec.Struct, frozen=True):
    """The newest that was heard of an instrument's price. Ticks and lots; levels are (ticks, lots), the best first."""

    instrument: UUID
    state: State | None
    reference_ticks: int | None
    bid_ticks: int | None
    bid_lots: int | None
    ask_ticks: int | None
    ask_lots: int | None
    trade_ticks: int | None
    trade_lots: int | None
    traded_at: datetime | None
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]


class Untradable(enum.StrEnum):
    """Why an intent for an instrument is refused before it leaves."""

    UNKNOWN = "instrument_unknown"
    HALTED = "instrument_halted"
    DELISTED = "instrument_delisted"
    CLOSED = "instrument_closed"
    DOCUMENT_UNAVAILABLE = "document_unavailable"
    DOCUMENT_REFUSED = "document_refused"


class UnknownInstrument(errors.NotFound):
    """There is no such instrument."""

    code = "instrument_unknown"


class NotTradable(errors.Conflict):
    """The instrument cannot be traded now; `reason` says why."""

    code = "instrument_not_tradable"


class NoDocument(errors.NotFound):
    """The instrument's public document is not here: it was not announced, not fetched yet, or not as announced."""

    code = "document_unavailable"


class DocumentHeld(records.Entry, frozen=True, tag="customer.markets.document_held.v1"):
    """A public document was pulled; its bytes hash to this name."""

    document: records.Hash32
    size: records.Count


class DocumentRefused(records.Entry, frozen=True, tag="customer.markets.document_refused.v1"):
    """What came under a document's name was not to be shown to anybody."""

    document: records.Hash32
    code: str
