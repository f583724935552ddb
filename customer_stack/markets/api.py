"""What anybody may know of the markets: instruments, and the documents that say what they are about."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import litestar
import msgspec
from litestar import params, response

from boundary.kernel.runtime import pages
from customer_stack.access import rules as access_rules
from customer_stack.markets import model, rules, service

PREFIX = "/api/v1/markets"
MAX_AGE_SECONDS = 60
_FIRST = UUID(int=0)
_PUBLIC = {"rule": access_rules.public()}

Asked = litestar.Request[Any, Any, Any]


class DocumentView(msgspec.Struct, frozen=True):
    """`available` tells whether the bytes are here; their SHA-256 is the hash."""

    sha256: str
    available: bool
    kind: str | None
    media_type: str | None
    size: int | None


class BandView(msgspec.Struct, frozen=True):
    """From this price on, up to the next band, a price is a multiple of the step."""

    from_ticks: int
    step_ticks: int


class InstrumentView(msgspec.Struct, frozen=True):
    """Prices are whole ticks, quantities whole lots. A lot is worth `tick_value_usd` per tick; amounts are decimals.

    Prices go from 1 to `price_max`; the bands of `grid` thin them out, and with none every tick is a price.
    """

    ref: UUID
    route: str
    product: str
    state: str
    tradable: bool
    reason: str | None
    tick_value_usd: str
    lot_size: str
    price_max: int
    grid: list[BandView]
    cap_lots: int
    opens_at: str
    closes_at: str
    document: DocumentView


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ends."""

    ref: UUID


class LevelView(msgspec.Struct, frozen=True):
    ticks: int
    lots: int


class TradeView(msgspec.Struct, frozen=True):
    ticks: int
    lots: int
    at: str


class QuoteView(msgspec.Struct, frozen=True):
    """Null is "not known". `reference_ticks` is stated by an operator; nobody need trade at it."""

    instrument: UUID
    state: str | None
    reference_ticks: int | None
    bid: LevelView | None
    ask: LevelView | None
    last_trade: TradeView | None
    bids: list[LevelView]
    asks: list[LevelView]


class QuotesPage(msgspec.Struct, frozen=True):
    as_of: str | None
    stale: bool
    items: list[QuoteView]
    next: str | None


@litestar.get(
    f"{PREFIX}/instruments", operation_id="instruments", summary="What is listed", tags=["markets"], opt=_PUBLIC
)
async def instruments(
    request: Asked,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
    route: Annotated[model.Route | None, params.QueryParameter(description="how it is traded")] = None,
    product: Annotated[model.Product | None, params.QueryParameter(description="what it is")] = None,
    in_state: Annotated[
        model.State | None, params.QueryParameter(name="state", description="any but `delisted` if not given")
    ] = None,
) -> pages.Page[InstrumentView]:
    """Instruments of a route, a product, a state, in an order that does not change while somebody turns pages."""
    search = model.Search(route, product, in_state)
    asked = pages.read(request, Position, cursor, limit, route, product, in_state)
    after = asked.after.ref if asked.after else _FIRST
    found = await request.app.state.db.read("markets.page", lambda tx: service.page(tx, search, after, asked.limit + 1))
    return pages.cut(asked, [_shown(each) for each in found], lambda view: Position(view.ref))


@litestar.get(f"{PREFIX}/quotes", operation_id="quotes", summary="The newest prices", tags=["markets"], opt=_PUBLIC)
async def quotes(
    request: Asked,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> QuotesPage:
    """What was heard last. Prices are indications; `stale` says that nothing was heard of them for a while."""
    state = request.app.state
    asked = pages.read(request, Position, cursor, limit)
    after = asked.after.ref if asked.after else _FIRST
    heard_at, found = await state.db.read("markets.quotes", lambda tx: service.quotes(tx, after, asked.limit + 1))
    page = pages.cut(asked, [_quote(each) for each in found], lambda view: Position(view.instrument))
    return QuotesPage(
        as_of=_moment(heard_at) if heard_at else None,
        stale=rules.is_stale(heard_at, state.clock.now()),
        items=page.items,
        next=page.next,
    )


@litestar.get(
    f"{PREFIX}/instruments/{{ref:uuid}}",
    operation_id="instrument",
    summary="One instrument",
    tags=["markets"],
    opt=_PUBLIC,
)
async def instrument(request: Asked, ref: params.FromPath[UUID]) -> InstrumentView:
    return _shown(await request.app.state.db.read("markets.one", lambda tx: service.one(tx, ref)))


@litestar.get(
    f"{PREFIX}/instruments/{{ref:uuid}}/document",
    operation_id="instrument_document",
    summary="Its public document",
    tags=["markets"],
    opt=_PUBLIC,
)
async def document(request: Asked, ref: params.FromPath[UUID]) -> response.Response[bytes | None]:
    """The bytes whose SHA-256 the instrument carries, as they were recomputed here."""
    found = await request.app.state.db.read("markets.document", lambda tx: service.document_of(tx, ref))
    name = found.hash.hex()
    headers = {"cache-control": f"public, max-age={MAX_AGE_SECONDS}", "etag": f'"{name}"'}
    if f'"{name}"' in request.headers.get("if-none-match", ""):
        return response.Response(None, status_code=304, headers=headers)
    return response.Response(found.content, media_type=found.media_type, headers=headers)


HANDLERS = (instruments, instrument, document, quotes)


def _shown(listed: model.Listed) -> InstrumentView:
    of, shelf = listed.instrument, listed.shelf
    reason = rules.untradable(listed)
    return InstrumentView(
        ref=of.ref,
        route=of.route,
        product=of.product,
        state=of.state.value,
        tradable=reason is None,
        reason=reason.value if reason else None,
        tick_value_usd=_millionths(of.tick_size),
        lot_size=_millionths(of.lot_size),
        price_max=of.price_max,
        grid=[BandView(*band) for band in of.grid],
        cap_lots=of.cap_lots,
        opens_at=_moment(of.opens_at),
        closes_at=_moment(of.closes_at),
        document=DocumentView(
            shelf.hash.hex(), shelf.state is model.DocumentState.HELD, shelf.kind, shelf.media_type, shelf.size
        ),
    )


def _quote(of: model.Quote) -> QuoteView:
    trade = None
    if of.trade_ticks is not None and of.trade_lots is not None and of.traded_at is not None:
        trade = TradeView(of.trade_ticks, of.trade_lots, _moment(of.traded_at))
    return QuoteView(
        instrument=of.instrument,
        state=of.state.value if of.state else None,
        reference_ticks=of.reference_ticks,
        bid=LevelView(of.bid_ticks, of.bid_lots) if of.bid_ticks and of.bid_lots else None,
        ask=LevelView(of.ask_ticks, of.ask_lots) if of.ask_ticks and of.ask_lots else None,
        last_trade=trade,
        bids=[LevelView(*level) for level in of.bids],
        asks=[LevelView(*level) for level in of.asks],
    )


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _millionths(number: int) -> str:
    return f"{number // 1_000_000}.{number % 1_000_000:06d}"
