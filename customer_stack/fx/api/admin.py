"""What finance looks at: positions and their result, exposure, quotes of everybody, hedge orders."""

from typing import Annotated, Any
from uuid import UUID

import litestar
import msgspec
from litestar import params

from boundary.kernel.runtime import pages, transaction
from customer_stack.access import model as access_model
from customer_stack.access import rules
from customer_stack.fx.api import quoting, views
from customer_stack.fx.service import board, finance, quotes

Request = litestar.Request[Any, Any, Any]
_LOOK = {"rule": rules.may(access_model.Permission.PLATFORM_FINANCES)}
Of = Annotated[UUID | None, params.QueryParameter(description="of this account only")]


class OrderPosition(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of orders ends."""

    number: UUID


@litestar.get(
    "/api/v1/admin/fx/positions",
    operation_id="admin_fx_positions",
    summary="The house's position in each pair, what it is worth, and whether the ledger agrees",
    tags=["admin"],
    opt=_LOOK,
)
async def positions(request: Request) -> list[views.HoldingView]:
    state = request.app.state
    held = await state.db.read("fx.admin.positions", lambda tx: finance.holdings(tx, state.fx.policy))
    return [views.holding(each) for each in held]


@litestar.get(
    "/api/v1/admin/fx/exposure",
    operation_id="admin_fx_exposure",
    summary="What active quotes promise in each pair",
    tags=["admin"],
    opt=_LOOK,
)
async def exposure(request: Request) -> list[views.ExposureView]:
    state = request.app.state
    found = await state.db.read("fx.admin.exposure", lambda tx: finance.exposures(tx, state.fx.policy))
    return [views.exposure(each, each.terms) for each in found]


@litestar.get(
    "/api/v1/admin/fx/quotes",
    operation_id="admin_list_fx_quotes",
    summary="Everybody's quotes, newest first",
    tags=["admin"],
    opt=_LOOK,
)
async def listed(
    request: Request,
    of_state: quoting.State = None,
    account: Of = None,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[views.AnyQuoteView]:
    asked = pages.read(request, quoting.Position, cursor, limit, of_state, account)
    before = asked.after.number if asked.after else None

    async def work(tx: transaction.Tx) -> list[views.AnyQuoteView]:
        found = await quotes.listed(tx, account, of_state, before, asked.limit + 1)
        now = await board.moment(tx)
        return [views.anybodys(each, now) for each in found]

    rows = await request.app.state.db.read("fx.admin.quotes", work)
    return pages.cut(asked, rows, lambda row: quoting.Position(row.quote))


@litestar.get(
    "/api/v1/admin/fx/hedges",
    operation_id="admin_list_fx_hedges",
    summary="Orders that even positions; one whose fate is unknown waits to be read back",
    tags=["admin"],
    opt=_LOOK,
)
async def orders(
    request: Request, limit: pages.Limit = pages.LIMIT, cursor: pages.Cursor = None
) -> pages.Page[views.OrderView]:
    asked = pages.read(request, OrderPosition, cursor, limit)
    before = asked.after.number if asked.after else None
    rows = await request.app.state.db.read("fx.admin.hedges", lambda tx: finance.orders(tx, before, asked.limit + 1))
    return pages.cut(asked, [views.order(row) for row in rows], lambda row: OrderPosition(row.order))


HANDLERS = (positions, exposure, listed, orders)
