"""The words of foreign exchange: pairs, rates, quotes, conversions, positions, orders.

A rate counts units of the pair's quote currency for one of its base currency: USD/LKR 300 is 300 rupees for a dollar.
Rates are exact decimals; amounts are whole numbers, in ISO 4217's smallest unit where a field ends in `_minor`, and in
the ledger asset's smallest unit where it ends in `_units`.
"""

import enum
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import msgspec

TRANSFER_CODE = 700
"""What ledger transfers of a conversion are marked with; a hedge's with the next."""
HEDGE_CODE = 701
RATE_PLACES_MAX = 12
"""A finer rate is refused: what it is multiplied with must stay exact within a price's 18 places."""


class Side(enum.StrEnum):
    """Which of the two amounts the customer named."""

    SELL = "sell"
    BUY = "buy"


class QuoteState(enum.StrEnum):
    ACTIVE = "active"
    USED = "used"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class QuoteEvent(enum.StrEnum):
    USE = "use"
    EXPIRE = "expire"
    CANCEL = "cancel"


class HedgeState(enum.StrEnum):
    PLANNED = "planned"
    SENDING = "sending"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"


class HedgeEvent(enum.StrEnum):
    SEND = "send"
    FILL = "fill"
    REFUSE = "refuse"
    LOSE = "lose"
    MISS = "miss"


class Kind(enum.StrEnum):
    """Who converts, as far as the price depends on it."""

    INDIVIDUAL = "individual"
    BUSINESS = "business"


class Pair(msgspec.Struct, frozen=True, order=True):
    """Two currencies, in the order in which the market names them."""

    base: str
    quote: str

    def __str__(self) -> str:
        return f"{self.base}/{self.quote}"

    @property
    def code(self) -> str:
        """As vendors write it."""
        return self.base + self.quote


def pair(text: str) -> Pair:
    base, _, quote = text.partition("/")
    return Pair(base, quote)


class Source(msgspec.Struct, frozen=True, order=True):
    """Where a rate comes from: the adapter that reads it, and the origin (scheme, host and port) that said it.

    Whatever an operator may call it, this is what it is: two sources are two only if both parts differ.
    """

    adapter: str
    origin: str


class Observation(msgspec.Struct, frozen=True):
    """What a source said of a pair. `as_of` is the source's own time; `payload` the digest of the bytes it stood in."""

    pair: Pair
    bid: Decimal
    ask: Decimal
    as_of: datetime
    payload: bytes


class Stored(msgspec.Struct, frozen=True):
    """A rate on record. `previous` is the middle of the one that the same source said before."""

    id: int
    source: Source
    pair: Pair
    bid: Decimal
    ask: Decimal
    as_of: datetime
    fetched_at: datetime
    payload: bytes
    previous: Decimal | None = None

    @property
    def mid(self) -> Decimal:
        return (self.bid + self.ask) / 2


class Priced(msgspec.Struct, frozen=True):
    """A pair that the board answers for: the rate that prices it, and the one that confirms it."""

    pair: Pair
    reference: Stored
    witness: Stored


class Tier(msgspec.Struct, frozen=True):
    """What a customer pays above the reference rate, and why."""

    name: str
    spread_bp: int


class Computed(msgspec.Struct, frozen=True):
    """A price, every part of it. `fee_minor` is part of what is sold.

    What rounding moved stays exact: `residue` is the fraction of the rounded side's smallest ISO unit that the house
    keeps, `residue_units` as much of it as the ledger can count.
    """

    sell: str
    buy: str
    side: Side
    sell_minor: int
    buy_minor: int
    fee_minor: int
    sell_units: int
    buy_units: int
    fee_units: int
    residue_units: int
    residue_of: Side
    residue: str
    reference_rate: Decimal
    client_rate: Decimal
    tier: Tier
    base_units: int
    """How much of the pair's base currency is at stake: what limits count."""


class Quote(msgspec.Struct, frozen=True):
    """A quote as it stands. `document` is what was signed."""

    id: UUID
    account: UUID
    pair: Pair
    side: Side
    sell: str
    buy: str
    sell_units: int
    buy_units: int
    fee_units: int
    residue_units: int
    residue_of: Side
    base_units: int
    quote_units: int
    volume: int
    sell_account: UUID
    buy_account: UUID
    document: bytes
    signature: bytes
    created_at: datetime
    expires_at: datetime
    state: QuoteState
    ended_at: datetime | None = None


class Conversion(msgspec.Struct, frozen=True):
    """A quote that was used. `receipt` is the document that says so; its digest stands in the audit log."""

    id: UUID
    quote: UUID
    account: UUID
    verdict: UUID
    at: datetime
    receipt: bytes


class OperationKind(enum.StrEnum):
    """The word that clearance knows this by."""

    CONVERSION = "conversion"


class Operation(msgspec.Struct, frozen=True):
    """What clearance is asked about: one debit of a customer's account, exactly as the ledger will see it.

    Its id is the quote's: however often its use is tried, it is the same operation, so what was held and released once
    is found again. A conversion has nobody on the other side and crosses no border.
    """

    id: UUID
    kind: OperationKind
    account: UUID
    ledger_account: UUID
    amount: int
    asset: int
    counterparty: UUID | None = None
    destination: str = ""
    travel: None = None


class Worth(NamedTuple):
    """So many smallest units of a currency for one smallest unit of an asset, as a fraction."""

    numerator: int
    denominator: int


class Position(msgspec.Struct, frozen=True):
    """What the house holds because of a pair: positive is long. In units of the two ledger assets."""

    pair: Pair
    base_units: int
    quote_units: int
    hedging_units: int
    """Of the base currency, in orders whose end is not known yet; with their sign."""


class Exposure(msgspec.Struct, frozen=True):
    """What active quotes put at stake in a pair, in the base currency's units."""

    pair: Pair
    open_units: int


class HedgeOrder(msgspec.Struct, frozen=True):
    """An order to buy (or, below zero, sell) an amount of the base currency. Its id is our reference at the provider."""

    id: UUID
    pair: Pair
    provider: str
    base_minor: int
    state: HedgeState
    handle: str
    attempts: int
    created_at: datetime
    changed_at: datetime
    quote_minor: int | None = None


class PairInfo(NamedTuple):
    """What a provider says of a pair that it trades."""

    pair: Pair
    bid: Decimal
    ask: Decimal
    tradable: bool


class ProviderQuote(NamedTuple):
    """A provider's price now, for a stated time."""

    pair: Pair
    bid: Decimal
    ask: Decimal
    at: datetime

    @property
    def mid(self) -> Decimal:
        return (self.bid + self.ask) / 2


class ProviderRate(NamedTuple):
    """How much of `quote` one `base` is."""

    base: str
    quote: str
    rate: Decimal
    at: datetime

    @property
    def inverse(self) -> Decimal:
        return 1 / self.rate


class ProviderPosition(NamedTuple):
    """What we have with the provider in a currency."""

    currency: str
    amount: Decimal


class Wanted(NamedTuple):
    """An order as a provider is asked for it. The reference is ours: the provider takes it once."""

    reference: UUID
    sell: str
    buy: str
    side: Side
    amount: Decimal


class Fill(NamedTuple):
    """What became of an order: how much was sold and bought, and the provider's own number for it."""

    reference: UUID
    handle: str
    sold: Decimal
    bought: Decimal
