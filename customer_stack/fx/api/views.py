"""What the routes of foreign exchange take and show. Amounts and rates are decimal texts."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec

from boundary.kernel import money
from customer_stack.fx import model
from customer_stack.fx.formats import documents, reading
from customer_stack.fx.model import policy
from customer_stack.fx.service import board, finance, quotes
from customer_stack.ledger.formats import amounts

_Code = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$", examples=["USD"])]


class WantedQuote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Exchange `sell` into `buy`. `amount` is of the side that `fixed_side` names; the other is what the quote says."""

    sell: _Code
    buy: _Code
    amount: Annotated[str, msgspec.Meta(max_length=40, examples=["30000.00"])]
    fixed_side: model.Side = model.Side.SELL


class PairView(msgspec.Struct, frozen=True):
    """A pair that is exchanged here. `single_max` is the most that one quote may be about, in the base currency."""

    pair: str
    base: str
    quote: str
    lifetime_seconds: int
    fee_bp: int
    single_max: str


class RateView(msgspec.Struct, frozen=True):
    """What a source said. `as_of` is its own time, `fetched_at` when we heard it."""

    source: str
    origin: str
    bid: str
    ask: str
    as_of: datetime
    fetched_at: datetime


class BoardView(msgspec.Struct, frozen=True):
    """A pair now: the rate that prices it and the one that confirms it, or the code of what is wrong."""

    pair: str
    reference: RateView | None
    witness: RateView | None
    refusal: str | None
    facts: dict[str, int | str | bool]


class KeyView(msgspec.Struct, frozen=True):
    """The Ed25519 key that quotes and receipts are signed with, as 64 hexadecimal digits."""

    public_key: str


class SignedView(msgspec.Struct, frozen=True):
    """A document exactly as it was signed, and the signature as hexadecimal digits: save it, and check it offline."""

    document: str
    signature: str


class QuoteView(msgspec.Struct, frozen=True):
    """`terms` is what the signed document says, for reading; what counts is the document."""

    quote: UUID
    state: str
    expires_at: datetime
    ended_at: datetime | None
    conversion: UUID | None
    terms: dict[str, Any]
    signed: SignedView


class EventView(msgspec.Struct, frozen=True):
    at: datetime
    what: str


class ConversionView(msgspec.Struct, frozen=True):
    """`transfers` are the ledger's; the first is the debit of the customer. The receipt is signed as the quote was."""

    conversion: UUID
    quote: UUID
    at: datetime
    sell: dict[str, str]
    buy: dict[str, str]
    client_rate: str
    timeline: list[EventView]
    transfers: list[UUID]
    receipt: SignedView


class HoldingView(msgspec.Struct, frozen=True):
    """The house's position in a pair. `result` is the profit in the quote currency if it were evened at `mid` now;
    `agrees` says that the ledger's position accounts hold the same.
    """

    pair: str
    base: str
    quote: str
    hedging: str
    mid: str | None
    as_of: datetime | None
    result: str | None
    agrees: bool


class ExposureView(msgspec.Struct, frozen=True):
    """What active quotes promise in a pair, in its base currency, and the most that they may."""

    pair: str
    open: str
    limit: str


class AnyQuoteView(msgspec.Struct, frozen=True):
    """Somebody's quote, for staff."""

    quote: UUID
    account: UUID
    pair: str
    state: str
    sell: dict[str, str]
    buy: dict[str, str]
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class OrderView(msgspec.Struct, frozen=True):
    """A hedge order: `amount` of the base currency, negative where it is sold. `unknown` waits to be read back."""

    order: UUID
    pair: str
    provider: str
    amount: str
    filled_for: str | None
    state: str
    attempts: int
    created_at: datetime
    changed_at: datetime


def pair(terms: policy.Terms) -> PairView:
    most = money.from_minor(terms.single_max, money.currency(terms.base)).text()
    return PairView(str(terms.pair), terms.base, terms.quote, terms.lifetime_seconds, terms.fee_bp, most)


def line(found: board.Line) -> BoardView:
    name = str(found.terms.pair)
    if found.priced is not None:
        return BoardView(name, _rate(found.priced.reference), _rate(found.priced.witness), None, {})
    assert found.refusal is not None, "a pair has a price or a reason"
    return BoardView(name, None, None, found.refusal.code, dict(found.refusal.facts))


def _rate(rate: model.Stored) -> RateView:
    return RateView(
        rate.source.adapter,
        rate.source.origin,
        reading.plain(rate.bid),
        reading.plain(rate.ask),
        rate.as_of,
        rate.fetched_at,
    )


def quote(found: model.Quote, now: datetime, used: Mapping[UUID, model.Conversion]) -> QuoteView:
    """A quote that is over and was not swept yet is over."""
    over = found.state is model.QuoteState.ACTIVE and found.expires_at <= now
    state = model.QuoteState.EXPIRED if over else found.state
    conversion = used.get(found.id)
    return QuoteView(
        found.id,
        state.value,
        found.expires_at,
        found.ended_at,
        conversion.id if conversion else None,
        quotes.content(found.document),
        SignedView(found.document.decode(), found.signature.hex()),
    )


def conversion(found: model.Conversion, used: model.Quote, seed: bytes) -> ConversionView:
    terms, receipt = quotes.content(used.document), quotes.content(found.receipt)
    signature = documents.sign(seed, documents.RECEIPT, found.receipt)
    return ConversionView(
        found.id,
        found.quote,
        found.at,
        terms["sell"],
        terms["buy"],
        terms["client_rate"],
        [EventView(used.created_at, "quoted"), EventView(found.at, "cleared"), EventView(found.at, "posted")],
        [UUID(each) for each in receipt["transfers"]],
        SignedView(found.receipt.decode(), signature.hex()),
    )


def holding(found: finance.Holding) -> HoldingView:
    position, scales = found.position, found.scales
    return HoldingView(
        str(position.pair),
        amounts.shown(position.base_units, scales.base),
        amounts.shown(position.quote_units, scales.quote),
        amounts.shown(position.hedging_units, scales.base),
        _text(found.mid),
        found.as_of,
        _text(found.result),
        found.agrees,
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else reading.plain(value)


def exposure(found: finance.Open, terms: policy.Terms) -> ExposureView:
    most = money.from_minor(terms.pair_open_max, money.currency(terms.base)).text()
    return ExposureView(str(terms.pair), amounts.shown(found.units, found.scale), most)


def anybodys(found: model.Quote, now: datetime) -> AnyQuoteView:
    shown = quote(found, now, {})
    return AnyQuoteView(
        found.id,
        found.account,
        str(found.pair),
        shown.state,
        shown.terms["sell"],
        shown.terms["buy"],
        found.created_at,
        found.expires_at,
        found.ended_at,
    )


def order(found: model.HedgeOrder) -> OrderView:
    base, other = money.currency(found.pair.base), money.currency(found.pair.quote)
    return OrderView(
        found.id,
        str(found.pair),
        found.provider,
        money.from_minor(found.base_minor, base).text(),
        None if found.quote_minor is None else money.from_minor(found.quote_minor, other).text(),
        found.state.value,
        found.attempts,
        found.created_at,
        found.changed_at,
    )
