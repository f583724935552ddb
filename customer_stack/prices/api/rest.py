"""Books, tickers, trades and candles as pictures and pages, for anybody."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import litestar
import msgspec
from litestar import params

from boundary.kernel.runtime import pages
from customer_stack.access import rules as access_rules
from customer_stack.prices import model
from customer_stack.prices.formats import views
from customer_stack.prices.service import reading

PREFIX = "/api/v1/markets"
DEPTH_MAX = 20
_FIRST = UUID(int=0)
_PUBLIC = {"rule": access_rules.public()}

Asked = litestar.Request[Any, Any, Any]
Depth = Annotated[int, params.QueryParameter(ge=1, le=DEPTH_MAX, description="levels of either side")]
Span = Annotated[model.Span, params.QueryParameter(description="how long a candle lasts")]


class After(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of tickers ends."""

    instrument: UUID


class Before(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of trades or candles ends: the number of a trade."""

    number: int


@litestar.get(
    f"{PREFIX}/instruments/{{ref:uuid}}/book",
    operation_id="book",
    summary="A book by price",
    tags=["markets"],
    opt=_PUBLIC,
)
async def book(request: Asked, ref: params.FromPath[UUID], depth: Depth = DEPTH_MAX) -> views.BookView:
    """Its newest state. The WebSocket's channel `book` goes on from its `sequence`."""
    return views.book(await request.app.state.db.read("prices.book", lambda tx: reading.book(tx, ref)), depth)


@litestar.get(
    f"{PREFIX}/instruments/{{ref:uuid}}/ticker",
    operation_id="ticker",
    summary="The figures of a day",
    tags=["markets"],
    opt=_PUBLIC,
)
async def ticker(request: Asked, ref: params.FromPath[UUID]) -> views.TickerView:
    """The newest price, the best of either side, and the last 24 hours."""
    return views.ticker(await request.app.state.db.read("prices.book", lambda tx: reading.book(tx, ref)))


@litestar.get(f"{PREFIX}/tickers", operation_id="tickers", summary="All tickers", tags=["markets"], opt=_PUBLIC)
async def tickers(
    request: Asked, limit: pages.Limit = pages.LIMIT, cursor: pages.Cursor = None
) -> pages.Page[views.TickerView]:
    """Of every instrument that has a book, in the order of their references."""
    asked = pages.read(request, After, cursor, limit)
    after = asked.after.instrument if asked.after else _FIRST
    found = await request.app.state.db.read("prices.page", lambda tx: reading.page(tx, after, asked.limit + 1))
    return pages.cut(asked, [views.ticker(each) for each in found], lambda view: After(view.instrument))


@litestar.get(
    f"{PREFIX}/instruments/{{ref:uuid}}/trades",
    operation_id="trades",
    summary="Its trades",
    tags=["markets"],
    opt=_PUBLIC,
)
async def trades(
    request: Asked, ref: params.FromPath[UUID], limit: pages.Limit = pages.LIMIT, cursor: pages.Cursor = None
) -> pages.Page[views.TradeView]:
    """The newest first."""
    asked = pages.read(request, Before, cursor, limit)
    number = _before(asked)
    found = await request.app.state.db.read(
        "prices.trades", lambda tx: reading.trades(tx, ref, number, asked.limit + 1)
    )
    return pages.cut(asked, [views.trade(each) for each in found], lambda view: Before(view.number))


@litestar.get(
    f"{PREFIX}/instruments/{{ref:uuid}}/candles",
    operation_id="candles",
    summary="Its candles",
    tags=["markets"],
    opt=_PUBLIC,
)
async def candles(
    request: Asked,
    ref: params.FromPath[UUID],
    span: Span = model.Span.HOUR,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[views.CandleView]:
    """The newest first, the running one before all. Where nothing was traded there is no candle."""
    asked = pages.read(request, Before, cursor, limit, span)
    first = _before(asked)
    found = await request.app.state.db.read(
        "prices.candles", lambda tx: reading.candles(tx, ref, span, first, asked.limit + 1)
    )
    place: Callable[[views.CandleView], Before] = lambda view: Before(view.first)  # noqa: E731 -- as above, for a line's length
    return pages.cut(asked, [views.candle(each) for each in found], place)


HANDLERS = (book, ticker, tickers, trades, candles)


def _before(asked: pages.Asked[Before]) -> int:
    """A cursor is its reader's to write: whatever number it holds, the database can take it."""
    return min(max(asked.after.number, 0), reading.NEWEST) if asked.after else reading.NEWEST
