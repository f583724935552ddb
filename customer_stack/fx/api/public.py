"""What anybody may know: which pairs are exchanged, what the board says, and the key that quotes are signed with."""

from typing import Any

import litestar

from boundary.kernel import primitives
from customer_stack.access import rules as access_rules
from customer_stack.fx.api import views
from customer_stack.fx.service import board

Request = litestar.Request[Any, Any, Any]
_PUBLIC = {"rule": access_rules.public()}


@litestar.get("/api/v1/fx/pairs", operation_id="fx_pairs", summary="What is exchanged", tags=["fx"], opt=_PUBLIC)
async def pairs(request: Request) -> list[views.PairView]:
    return [views.pair(terms) for terms in request.app.state.fx.policy.pairs]


@litestar.get(
    "/api/v1/fx/board",
    operation_id="fx_board",
    summary="Each pair's rate and its source, or why there is none",
    tags=["fx"],
    opt=_PUBLIC,
)
async def shown(request: Request) -> list[views.BoardView]:
    state = request.app.state
    lines = await state.db.read("fx.board", lambda tx: board.lines(tx, state.fx.policy))
    return [views.line(each) for each in lines]


@litestar.get(
    "/api/v1/fx/quote-key",
    operation_id="fx_quote_key",
    summary="The key that quotes and receipts are signed with",
    tags=["fx"],
    opt=_PUBLIC,
)
async def quote_key(request: Request) -> views.KeyView:
    return views.KeyView(primitives.ed25519_public(request.app.state.fx.key).hex())


HANDLERS = (pairs, shown, quote_key)
