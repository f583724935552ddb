"""A customer's quotes and conversions: asked for, shown, accepted, cancelled."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import litestar
import msgspec
from litestar import params

from boundary.kernel import errors
from boundary.kernel.runtime import idempotency, pages, transaction
from customer_stack.access import api as access
from customer_stack.access import model as access_model
from customer_stack.access import rules
from customer_stack.fx import model
from customer_stack.fx.api import views
from customer_stack.fx.service import board, converting, quotes
from customer_stack.ledger.api import moving

Request = litestar.Request[Any, Any, Any]
_OWN = {"rule": rules.signed_in(machines=True)}
State = Annotated[model.QuoteState | None, params.QueryParameter(name="state", description="in this state only")]


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page ends."""

    number: UUID


@litestar.post(
    "/api/v1/fx/quotes",
    operation_id="create_fx_quote",
    summary="A signed price for an exchange, good for minutes and for one use",
    tags=["fx"],
    status_code=201,
    opt=_OWN,
)
async def create(
    request: Request, data: params.JSONBody[views.WantedQuote], key: idempotency.Key = None
) -> litestar.Response[views.QuoteView]:
    """Needs an Idempotency-Key."""
    caller, state = access.caller(request), request.app.state
    claim = await idempotency.claim(request, caller.account, key)
    wanted = quotes.Wanted(caller.account, _kind(caller), data.sell, data.buy, data.fixed_side, data.amount)

    async def work(tx: transaction.Tx) -> tuple[int, views.QuoteView]:
        made = await quotes.create(tx, state.fx, wanted)
        return 201, views.quote(made, made.created_at, {})

    answer: litestar.Response[Any] = await idempotency.run(state.db, "fx.quote", claim, work)
    return answer


def _kind(caller: access_model.Caller) -> model.Kind:
    """A company that issues is a business; everybody else is priced as an individual."""
    return model.Kind.BUSINESS if caller.role is access_model.Role.ISSUER else model.Kind.INDIVIDUAL


@litestar.get(
    "/api/v1/fx/quotes", operation_id="list_fx_quotes", summary="My quotes, newest first", tags=["fx"], opt=_OWN
)
async def listed(
    request: Request, of_state: State = None, limit: pages.Limit = pages.LIMIT, cursor: pages.Cursor = None
) -> pages.Page[views.QuoteView]:
    account = access.caller(request).account
    asked = pages.read(request, Position, cursor, limit, of_state)
    before = asked.after.number if asked.after else None

    async def work(tx: transaction.Tx) -> list[views.QuoteView]:
        found = await quotes.listed(tx, account, of_state, before, asked.limit + 1)
        used = await converting.of_quotes(tx, [each.id for each in found])
        now = await board.moment(tx)
        return [views.quote(each, now, used) for each in found]

    rows = await request.app.state.db.read("fx.quotes", work)
    return pages.cut(asked, rows, lambda row: Position(row.quote))


@litestar.get(
    "/api/v1/fx/quotes/{quote:uuid}", operation_id="show_fx_quote", summary="A quote of mine", tags=["fx"], opt=_OWN
)
async def show(request: Request, quote: params.FromPath[UUID]) -> views.QuoteView:
    account = access.caller(request).account

    async def work(tx: transaction.Tx) -> views.QuoteView:
        found = await quotes.one(tx, account, quote)
        return views.quote(found, await board.moment(tx), await converting.of_quotes(tx, [quote]))

    shown: views.QuoteView = await request.app.state.db.read("fx.quote.show", work)
    return shown


@moving.post(
    "/api/v1/fx/quotes/{quote:uuid}/accept",
    rule=rules.signed_in(machines=True),
    operation_id="accept_fx_quote",
    summary="Convert at the quote's price; it is used up",
    tags=["fx"],
    status_code=200,
)
async def accept(request: Request, quote: params.FromPath[UUID], key: idempotency.Key = None) -> views.ConversionView:
    """Needs an Idempotency-Key; the same one again gets the same conversion."""
    caller, state = access.caller(request), request.app.state
    claim = await idempotency.claim(request, caller.account, key)
    assert claim is not None, "it is required"
    seed = state.fx.key
    command = converting.Command(caller.account, quote, claim.slot, claim.input)
    made: model.Conversion = await state.fx_converter.submit(command, moving.clearance(request))
    return await _shown(request, caller.account, made.id, seed)


@litestar.post(
    "/api/v1/fx/quotes/{quote:uuid}/cancel",
    operation_id="cancel_fx_quote",
    summary="Give a quote back",
    tags=["fx"],
    status_code=200,
    opt=_OWN,
)
async def cancel(request: Request, quote: params.FromPath[UUID]) -> views.QuoteView:
    """May be repeated: what is cancelled stays cancelled."""
    account, state = access.caller(request).account, request.app.state

    async def work(tx: transaction.Tx) -> tuple[model.Quote | errors.Refusal, datetime]:
        return await quotes.cancel(tx, account, quote), await board.moment(tx)

    found, now = await state.db.run("fx.cancel", work)
    if isinstance(found, errors.Refusal):
        raise found
    return views.quote(found, now, {})


@litestar.get(
    "/api/v1/fx/conversions",
    operation_id="list_fx_conversions",
    summary="My conversions, newest first",
    tags=["fx"],
    opt=_OWN,
)
async def conversions(
    request: Request, limit: pages.Limit = pages.LIMIT, cursor: pages.Cursor = None
) -> pages.Page[views.ConversionView]:
    account, state = access.caller(request).account, request.app.state
    asked = pages.read(request, Position, cursor, limit)
    before = asked.after.number if asked.after else None
    rows = await state.db.read("fx.conversions", lambda tx: converting.listed(tx, account, before, asked.limit + 1))
    shown = [views.conversion(made, used, state.fx.key) for made, used in rows]
    return pages.cut(asked, shown, lambda row: Position(row.conversion))


@litestar.get(
    "/api/v1/fx/conversions/{conversion:uuid}",
    operation_id="show_fx_conversion",
    summary="A conversion of mine: what happened when, its transfers, and its receipt",
    tags=["fx"],
    opt=_OWN,
)
async def conversion(request: Request, conversion: params.FromPath[UUID]) -> views.ConversionView:
    return await _shown(request, access.caller(request).account, conversion, request.app.state.fx.key)


async def _shown(request: Request, account: UUID, number: UUID, seed: bytes) -> views.ConversionView:
    made, used = await request.app.state.db.read("fx.conversion", lambda tx: converting.one(tx, account, number))
    return views.conversion(made, used, seed)


HANDLERS = (create, listed, show, accept, cancel, conversions, conversion)
