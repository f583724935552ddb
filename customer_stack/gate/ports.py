"""What the gate needs from outside, and what it offers to capabilities that hear of outcomes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from boundary.kernel.runtime import transaction


class Exchange(Protocol):
    """One request to the execution stack's only door, one answer. Anything but an answer raises `Unavailable`."""

    async def post(self, body: bytes) -> bytes: ...


class Listing(msgspec.Struct, frozen=True):
    """An instrument as the execution stack describes it. `grid` are (from, step) in ticks; without one each is a price."""

    instrument: UUID
    route: str
    product: str
    tick_size: int
    lot_size: int
    price_max: int
    cap_lots: int
    opens_at: datetime
    closes_at: datetime
    document: bytes
    grid: tuple[tuple[int, int], ...] = ()


class Published(msgspec.Struct, frozen=True):
    """A public document that can be fetched by its hash."""

    document: bytes
    size: int
    kind: str


class Fetched(msgspec.Struct, frozen=True):
    """What was handed out, and what it claims to be."""

    data: bytes
    media_type: str


class Documents(Protocol):
    """Asks the execution stack's door for a document. Anything but bytes raises `Unavailable`."""

    async def fetch(self, hashed: bytes, size: int) -> Fetched: ...


class Quote(msgspec.Struct, frozen=True):
    """The newest that was heard of an instrument's price; none where nothing was said. Levels are (ticks, lots)."""

    instrument: UUID
    state: str | None = None
    reference_ticks: int | None = None
    bid_ticks: int | None = None
    bid_lots: int | None = None
    ask_ticks: int | None = None
    ask_lots: int | None = None
    trade_ticks: int | None = None
    trade_lots: int | None = None
    traded_at: datetime | None = None
    bids: tuple[tuple[int, int], ...] = ()
    asks: tuple[tuple[int, int], ...] = ()


class BookHeard(msgspec.Struct, frozen=True):
    """The newest that was heard of an instrument's book, and of its trades and its day; 0 is none."""

    instrument: UUID
    sequence: int = 0
    phase: str = "open"
    indicative_ticks: int = 0
    indicative_lots: int = 0
    bids: tuple[tuple[int, int], ...] = ()
    asks: tuple[tuple[int, int], ...] = ()
    trade_number: int = 0
    trade_ticks: int = 0
    trade_at: datetime | None = None
    day_open: int = 0
    day_high: int = 0
    day_low: int = 0
    day_lots: int = 0
    day_trades: int = 0


class TradeHeard(msgspec.Struct, frozen=True):
    """One trade, by its number in its book."""

    number: int
    ticks: int
    lots: int
    side: str
    auction: bool
    at: datetime


class CandleHeard(msgspec.Struct, frozen=True):
    """A candle, and which trades are in it."""

    opens_at: datetime
    open: int
    high: int
    low: int
    close: int
    lots: int
    first: int
    last: int


class TradesHeard(msgspec.Struct, frozen=True):
    """Trades that follow each other without a gap; the one before the first has the number `after`."""

    instrument: UUID
    after: int
    trades: tuple[TradeHeard, ...]


class CandlesHeard(msgspec.Struct, frozen=True):
    """Candles of a span that follow each other without a gap. `span` is a word of `words.CandleSpan` in small letters."""

    instrument: UUID
    span: str
    candles: tuple[CandleHeard, ...]


class Heard(msgspec.Struct, frozen=True):
    """What is to be written at once. `anew`: whatever is not among the quotes is no more."""

    quotes: tuple[Quote, ...] = ()
    anew: bool = False
    books: tuple[BookHeard, ...] = ()
    trades: tuple[TradesHeard, ...] = ()
    candles: tuple[CandlesHeard, ...] = ()


class Missed(msgspec.Struct, frozen=True):
    """What follows this trade in a history is not known. `series` is a word of `words.Series` in small letters."""

    instrument: UUID
    series: str
    after: int


class Trading(Protocol):
    """What an intent must pass before it leaves."""

    async def require_tradable(self, tx: transaction.Tx, instrument: UUID) -> None:
        """Raises with a stable code if customers may not trade it now."""
        ...


class Prices(Protocol):
    """Keeps what is heard of prices where every process of this stack can read it."""

    async def heard(self, tx: transaction.Tx, place: tuple[int, int], heard: Heard, now: datetime) -> frozenset[UUID]:
        """`place` is run and sequence of the feed. Of which instruments nothing was kept: the transcript has not brought
        them yet, and what was heard of them is to be told again.
        """
        ...

    async def missed(self, tx: transaction.Tx, limit: int) -> list[Missed]:
        """What is to be asked for."""
        ...

    async def filled(self, tx: transaction.Tx, page: TradesHeard | CandlesHeard, after: int) -> bool:
        """What was asked for after this trade; whether any of it is new."""
        ...


class Markets(Protocol):
    """Hears of instruments and documents, in the transaction that applies the core."""

    async def published(self, tx: transaction.Tx, documents: Sequence[Published]) -> None: ...

    async def listed(self, tx: transaction.Tx, listings: Sequence[Listing]) -> None: ...

    async def state_changed(self, tx: transaction.Tx, instrument: UUID, state: str) -> None: ...
