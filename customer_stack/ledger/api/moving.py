"""The one constructor of routes that move a customer's money, and the only door to clearance.

    @moving.post("/api/v1/withdrawals", rule=rules.signed_in(fresh=True), operation_id="withdraw", …)
    async def withdraw(request, …):
        clearance = moving.clearance(request)

It marks the route in the API's description (`x-moves-money`), so that a test finds all of them there and calls each with
a customer who may not. A route that was made otherwise is handed no clearance, has therefore no verdict, and without one
the database lets nothing leave a customer's account.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import litestar
from litestar import handlers
from litestar.openapi import spec

from customer_stack.access import api as access
from customer_stack.access import rules

MARK = "x-moves-money"
_MOVES = "moves_money"


@dataclasses.dataclass
class Moves(spec.Operation):
    """An operation of the description that says what it does to money."""

    moves_money: bool = dataclasses.field(default=True, metadata={"alias": MARK})


class NoDoor(Exception):  # noqa: N818 -- a defect of the route, never an answer to a caller
    """A route asks for clearance that does not say that it moves money."""


def post(path: str, *, rule: rules.Rule, **more: Any) -> Callable[[Any], handlers.HTTPRouteHandler]:
    """A route that moves money. Whatever else a route takes, it takes."""
    return litestar.post(path, opt={access.RULE: rule, _MOVES: True}, operation_class=Moves, **more)


def marked(handler: Any) -> bool:
    return bool(handler.opt.get(_MOVES))


def clearance(request: "litestar.Request[Any, Any, Any]") -> Any:
    """What judges operations: `evaluate(tx, operations, now)`."""
    if not marked(request.route_handler):
        raise NoDoor("make the route with moving.post")
    return request.app.state.clearance
