"""What this side knows of its orders at a venue, as durable rows: each order, what is asked about it, what it brought.

Units are those of `model`: prices micro-USD per contract of YES, counts hundredths of a contract, money micro-USD. An
order has one reference here for ever, and a client order id towards the venue, which an amendment may replace; every
id that was ever sent is kept.
"""

import enum
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import errors
from execution_stack.venues import model


class Name(enum.StrEnum):
    """The venues that there are adapters for; one account at each."""

    KALSHI = "kalshi"


class State(enum.StrEnum):
    RECORDED = "recorded"
    SENDING = "sending"
    WORKING = "working"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Event(enum.StrEnum):
    BEGIN = "begin"
    """The row says so before a byte leaves."""
    ACCEPT = "accept"
    PART = "part"
    COMPLETE = "complete"
    CANCEL = "cancel"
    REFUSE = "refuse"
    EXPIRE = "expire"
    LOSE = "lose"
    """Sent, and no clear answer: it may have happened."""
    POSTPONE = "postpone"
    """Known not to have happened: again later, under the same id."""
    MISS = "miss"
    """The venue says that it never took it and no longer can."""


OPEN = frozenset({State.RECORDED, State.SENDING, State.UNKNOWN, State.WORKING, State.PARTIALLY_FILLED})
AT_VENUE = frozenset({State.WORKING, State.PARTIALLY_FILLED})


class CommandKind(enum.StrEnum):
    CANCEL = "cancel"
    DECREASE = "decrease"
    AMEND = "amend"


class CommandState(enum.StrEnum):
    RECORDED = "recorded"
    SENDING = "sending"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"


class CommandEvent(enum.StrEnum):
    BEGIN = "begin"
    FINISH = "finish"
    REFUSE = "refuse"
    LOSE = "lose"
    POSTPONE = "postpone"
    MISS = "miss"


class AccountState(enum.StrEnum):
    OPEN = "open"
    KILLED = "killed"


class Cause(enum.StrEnum):
    """Why nothing new is sent."""

    OPERATOR = "operator"
    CONTRADICTION = "contradiction"


class FindingKind(enum.StrEnum):
    """What our record and the venue's disagree about."""

    ORDER_DIFFERS = "order_differs"
    ORDER_MISSING = "order_missing"
    ORDER_STRAY = "order_stray"
    FILL_DIFFERS = "fill_differs"
    FILL_STRAY = "fill_stray"
    FILL_MISSING = "fill_missing"
    OVERFILLED = "overfilled"
    POSITION_DIFFERS = "position_differs"
    BALANCE_DIFFERS = "balance_differs"
    SETTLEMENT_DIFFERS = "settlement_differs"


class SnapshotKind(enum.StrEnum):
    BALANCE = "balance"
    POSITIONS = "positions"
    ORDERS = "orders"
    FILLS = "fills"
    SETTLEMENTS = "settlements"


class Instruction(msgspec.Struct, frozen=True, kw_only=True):
    """An order that somebody here wants, in ticks and lots of the instrument, under a reference of theirs if they say."""

    ref: UUID | None = None
    instrument: UUID
    side: model.Side
    ticks: int
    lots: int
    time_in_force: model.TimeInForce = model.TimeInForce.GOOD_TILL_CANCELED
    expires_at: datetime | None = None
    post_only: bool = False
    reduce_only: bool = False


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`filled` is what fills brought and busts took back again; `reserved` what may still have to be paid."""

    ref: UUID
    client: UUID
    venue: Name
    instrument: UUID
    market: str
    side: model.Side
    price: int
    count: int
    time_in_force: model.TimeInForce
    expires_at: datetime | None
    post_only: bool
    reduce_only: bool
    state: State
    venue_id: UUID | None
    filled: int
    reserved: int
    attempts: int
    checked: bool
    refusal: model.Code | None
    sent_at: datetime | None
    due_at: datetime | None
    recorded_at: datetime
    changed_at: datetime

    def wanted(self) -> model.Wanted:
        """As the port takes it. Without a clock of its own, and the same however often it is made."""
        return model.Wanted(
            client=self.client,
            market=self.market,
            side=self.side,
            price=self.price,
            count=self.count,
            time_in_force=self.time_in_force,
            expires_at=self.expires_at,
            post_only=self.post_only,
            reduce_only=self.reduce_only,
        )


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Something asked about an order: `count` is what may rest at most (decrease) or the new total (amend)."""

    order: UUID
    number: int
    kind: CommandKind
    price: int | None
    count: int | None
    client: UUID | None
    state: CommandState
    attempts: int
    sent_at: datetime | None
    due_at: datetime | None


class Held(NamedTuple):
    """A position by our own record: what was bought and sold, and for how much; a bust is taken off again."""

    instrument: UUID
    market: str
    bought: int
    sold: int
    cost: int
    proceeds: int
    fees: int

    @property
    def net(self) -> int:
        return self.bought - self.sold


class Account(msgspec.Struct, frozen=True):
    """An account at a venue. `cash` is what was there before our first order, and what was put in or taken out since."""

    venue: Name
    state: AccountState
    cause: Cause | None
    killed_at: datetime | None
    fills_read_to: datetime
    settlements_read_to: datetime
    cash: int | None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that our record and the venue's do not agree about; `ours` and `theirs` are the figures, none if absent."""

    kind: FindingKind
    order: UUID | None = None
    fill: UUID | None = None
    market: str = ""
    ours: int | None = None
    theirs: int | None = None


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """A market of the catalogue and the instrument that stands for it here."""

    venue: Name
    market: str
    instrument: UUID
    event: str
    series: str
    status: model.MarketStatus
    grid: model.Grid
    document: bytes
    opens_at: datetime
    closes_at: datetime


class QuoteLevel(NamedTuple):
    ticks: int
    lots: int


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A market's newest prices, best first. `source_at` is the venue's time; torn prices are not to be believed."""

    instrument: UUID
    bids: tuple[QuoteLevel, ...]
    asks: tuple[QuoteLevel, ...]
    last: int | None
    torn: bool
    source_at: datetime | None
    heard_at: datetime


class Killed(errors.Conflict):
    """Nothing new is sent to this venue until an operator revives it."""

    code = "venue_killed"


class UnknownOrder(errors.NotFound):
    """There is no such order here."""

    code = "venue_order_unknown"


class UnknownMarket(errors.NotFound):
    """No market of the venue stands behind this instrument."""

    code = "venue_market_unknown"


class NotTrading(errors.Conflict):
    """The market is not open for orders."""

    code = "venue_market_not_trading"


class OrderOver(errors.Conflict):
    """The order is over: there is nothing left of it to change."""

    code = "venue_order_over"


class BadInstruction(errors.Invalid):
    """An order at a venue has a price between nothing and all, and a quantity above zero."""

    code = "venue_instruction_invalid"


class NoAccount(errors.NotFound):
    """Nothing is set up for this venue yet: the worker has not reached it."""

    code = "venue_account_unknown"


class Unsettled(errors.Conflict):
    """Findings are open: reconcile, or accept them by name."""

    code = "venue_findings_open"
