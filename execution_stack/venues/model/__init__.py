"""What a venue is told and what it tells, in whole numbers.

Three units, which hold for every market whatever its tick table is today (a tick table may change while orders rest):
prices are micro-USD per contract and always those of YES, counts are hundredths of a contract, money is micro-USD.
`Grid` turns them into the ticks and lots of an instrument and back, exactly or not at all.
"""

from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from boundary.kernel import errors
from execution_stack.venues.model.words import (
    Code,
    FeeType,
    LifecycleEvent,
    Loss,
    MarketStatus,
    OrderStatus,
    Result,
    SelfTrade,
    Side,
    TimeInForce,
)

__all__ = [
    "Code",
    "FeeType",
    "LifecycleEvent",
    "Loss",
    "MarketStatus",
    "OrderStatus",
    "Result",
    "SelfTrade",
    "Side",
    "TimeInForce",
]

T = TypeVar("T")

DOLLAR = 1_000_000
CONTRACT = 100


class Range(msgspec.Struct, frozen=True):
    """Prices from `start` to `end` are valid in steps of `step`, all in micro-USD per contract."""

    start: int
    end: int
    step: int


class Grid(msgspec.Struct, frozen=True):
    """A market's tick table: one tick is the finest step there is, and wider steps hold in some ranges.

    `lot` is the smallest quantity, in hundredths of a contract: 1 where fractions are traded, else 100.
    """

    ranges: tuple[Range, ...]
    tick: int
    lot: int
    payout: int = DOLLAR

    @property
    def tick_size(self) -> int:
        """Micro-USD per lot and tick, as the register of instruments has it; whole, as `rules.grids.read` sees to."""
        return self.tick * self.lot // CONTRACT

    @property
    def lot_size(self) -> int:
        """Millionths of a contract per lot, as the register of instruments has it."""
        return self.lot * (1_000_000 // CONTRACT)

    @property
    def price_max(self) -> int:
        """The highest price in ticks below a certain payout."""
        return self.payout // self.tick - 1


class Wanted(msgspec.Struct, frozen=True):
    """An order that we want. `client` is its idempotency key: one id, one order, for ever."""

    client: UUID
    market: str
    side: Side
    price: int
    count: int
    time_in_force: TimeInForce = TimeInForce.GOOD_TILL_CANCELED
    self_trade: SelfTrade = SelfTrade.TAKER_AT_CROSS
    expires_at: datetime | None = None
    post_only: bool = False
    reduce_only: bool = False
    cancel_on_pause: bool = False
    group: str | None = None


class Handle(msgspec.Struct, frozen=True):
    """What names an order towards the venue: its own id, and the market, by which it finds the engine that has it."""

    order: UUID
    market: str


class Placed(msgspec.Struct, frozen=True):
    """The venue took the order. What it filled at once is in its fills too, and those are the truth about fees."""

    client: UUID
    order: UUID
    filled: int
    remaining: int
    at: datetime


class Cancelled(msgspec.Struct, frozen=True):
    """What rested no longer rests; `reduced` is how much that was."""

    order: UUID
    client: UUID | None
    reduced: int
    at: datetime


class Reduced(msgspec.Struct, frozen=True):
    """An order rests with less than before."""

    order: UUID
    client: UUID | None
    remaining: int
    at: datetime


class Amended(msgspec.Struct, frozen=True):
    """An order has another price or size. None where the venue did not say: read back."""

    order: UUID
    client: UUID | None
    filled: int | None
    remaining: int | None
    at: datetime


class Order(msgspec.Struct, frozen=True):
    """An order as the venue keeps it. `client` is None where it is no id of ours."""

    order: UUID
    client: UUID | None
    market: str
    side: Side
    price: int
    status: OrderStatus
    initial: int
    filled: int
    remaining: int
    taker_cost: int
    maker_cost: int
    taker_fees: int
    maker_fees: int
    placed_at: datetime | None
    updated_at: datetime | None
    expires_at: datetime | None
    group: str | None


class Fill(msgspec.Struct, frozen=True):
    """One match of one of our orders. `fill` names it: the same name is the same fill, however often it is told."""

    fill: UUID
    order: UUID
    client: UUID | None
    market: str
    side: Side
    price: int
    count: int
    fee: int
    taker: bool
    at: datetime


class Position(msgspec.Struct, frozen=True):
    """Contracts held in a market: above zero YES, below zero NO."""

    market: str
    count: int
    traded: int
    exposure: int
    realised: int
    fees: int
    at: datetime | None


class Balance(msgspec.Struct, frozen=True):
    available: int
    portfolio: int
    at: datetime


class Settlement(msgspec.Struct, frozen=True):
    """What a settled market paid us. `value` is the payout of one YES contract."""

    market: str
    event: str
    result: Result
    yes_count: int
    yes_cost: int
    no_count: int
    no_cost: int
    revenue: int
    fee: int
    value: int | None
    at: datetime


class Source(msgspec.Struct, frozen=True):
    name: str
    url: str


class Series(msgspec.Struct, frozen=True):
    """A family of events under one contract. `fee_multiplier` is in millionths."""

    ticker: str
    title: str
    category: str
    frequency: str
    sources: tuple[Source, ...]
    contract_url: str
    terms_url: str
    prohibitions: tuple[str, ...]
    fee_type: FeeType
    fee_multiplier: int


class Event(msgspec.Struct, frozen=True):
    ticker: str
    series: str
    title: str
    subtitle: str
    mutually_exclusive: bool
    collateral_return: str


class Market(msgspec.Struct, frozen=True):
    ticker: str
    event: str
    status: MarketStatus
    grid: Grid
    title: str
    yes_means: str
    no_means: str
    rules: str
    rules_more: str
    opens_at: datetime
    closes_at: datetime
    expires_by: datetime
    can_close_early: bool
    result: Result | None
    value: int | None
    bid: int | None
    ask: int | None
    last: int | None
    open_interest: int
    volume: int
    settled_at: datetime | None


class Level(msgspec.Struct, frozen=True):
    price: int
    count: int


class Book(msgspec.Struct, frozen=True):
    """Best first on both sides."""

    market: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class ExchangeStatus(msgspec.Struct, frozen=True):
    exchange_active: bool
    trading_active: bool
    resumes_at: datetime | None


class Bucket(msgspec.Struct, frozen=True):
    """Tokens that come back per second, and how many there can be at most."""

    refill: int
    capacity: int


class Limits(msgspec.Struct, frozen=True):
    """What we may ask for, as the venue says today."""

    tier: str
    read: Bucket
    write: Bucket


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Part of a list; an empty cursor says that there is no more of it.

    `unread` counts rows of the catalogue that could not be read with certainty. In lists of what is ours there are none
    such: one unreadable row there makes the whole page `Silent`.
    """

    items: tuple[T, ...]
    cursor: str
    unread: int = 0


class Ticker(msgspec.Struct, frozen=True):
    """A market's prices at a moment; None where that side is empty or nothing was traded."""

    market: str
    last: int | None
    bid: int | None
    ask: int | None
    bid_count: int
    ask_count: int
    volume: int
    open_interest: int
    at: datetime


class BookSnapshot(msgspec.Struct, frozen=True):
    """A whole book, from which deltas go on. It mends a book that was torn."""

    sequence: int
    book: Book


class BookDelta(msgspec.Struct, frozen=True):
    """The count at one price changes by `change`, which may be negative."""

    sequence: int
    market: str
    side: Side
    price: int
    change: int
    at: datetime | None


class BookTorn(msgspec.Struct, frozen=True):
    """Something was missed: these books are not to be believed until their next snapshot."""

    markets: tuple[str, ...]


class OwnFill(msgspec.Struct, frozen=True):
    """News of a fill. News may be doubled, late or lost: fills that are read back are the record."""

    fill: Fill


class OwnOrder(msgspec.Struct, frozen=True):
    """News of an order, under the same reservation."""

    order: Order


class Lifecycle(msgspec.Struct, frozen=True):
    """News of a market's life. What changed is read back with `Venue.market`."""

    market: str
    event: LifecycleEvent
    at: datetime | None
    result: Result | None
    value: int | None


class Connected(msgspec.Struct, frozen=True):
    """The stream is there, or there again. What happened in between was not told: read back."""


class Disconnected(msgspec.Struct, frozen=True):
    """The stream is gone; it is being opened again. Every book is torn."""

    why: Loss


class Unreadable(msgspec.Struct, frozen=True):
    """A message could not be read with certainty and was dropped; only its digest is kept."""

    digest: bytes


News = (
    Ticker
    | BookSnapshot
    | BookDelta
    | BookTorn
    | OwnFill
    | OwnOrder
    | Lifecycle
    | Connected
    | Disconnected
    | Unreadable
)


class Refused(errors.Conflict):
    """The venue said no: it is known not to have happened."""

    code = "venue_refused"

    def __init__(self, reason: Code, said: str = "") -> None:
        super().__init__(f"the venue refused: {reason.value}", reason=reason.value)
        self.reason = reason
        self.said = said
        """The venue's own code, where it is one of its own words and not prose."""


class Limited(errors.RateLimited):
    """Too fast, or no token left: it is known not to have happened, and may be asked again after `retry_after`."""

    code = "venue_limited"

    def __init__(self, retry_after: timedelta) -> None:
        seconds = max(1, -(-int(retry_after / timedelta(microseconds=1)) // 1_000_000))
        super().__init__("the venue has no time for us now", retry_after_seconds=seconds)
        self.retry_after = retry_after


class Unreachable(errors.Unavailable):
    """No connection, so nothing left this process: it is known not to have happened."""

    code = "venue_unreachable"


class Silent(errors.Unavailable):
    """A question that changes nothing was not answered, or not readably; it may be asked again."""

    code = "venue_silent"


class Unknown(errors.OutcomeUnknown):
    """Sent, and not answered with a clear yes or no: it may have happened. Hold, and read back by client order id."""

    code = "venue_outcome_unknown"


class Duplicate(Unknown):
    """The venue has an order under this client order id already, so an earlier attempt arrived: read it back."""

    code = "venue_duplicate"


class Unauthorised(errors.Unauthenticated):
    """The venue does not accept our key or signature: known not to have happened, and nothing else will either."""

    code = "venue_unauthorised"


class ClockSkew(Unauthorised):
    """Our clock is not the venue's, by `skew` (ours less theirs); requests are refused until that is mended."""

    code = "venue_clock_skew"

    def __init__(self, skew: timedelta) -> None:
        super().__init__("our clock differs from the venue's", milliseconds=int(skew / timedelta(milliseconds=1)))
        self.skew = skew


class BadGrid(errors.Invalid):
    """A market's tick table makes no sense, or is finer than amounts here can say."""

    code = "venue_grid_invalid"


class OffGrid(errors.Invalid):
    """A price or a count is none that the market's tick table has."""

    code = "venue_off_grid"


class KeyUnfit(errors.Invalid):
    """The signing key is missing, unreadable or too weak."""

    code = "venue_key_unfit"
