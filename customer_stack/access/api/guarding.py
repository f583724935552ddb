"""The guard in front of every route, and where handlers find their caller."""

from typing import Any
from uuid import UUID

import litestar
from litestar import handlers

from boundary.kernel import errors
from boundary.kernel.runtime import telemetry
from customer_stack.access import model, ports, rules

RULE = "rule"
_CALLER = "access.caller"

REFUSED = telemetry.Event("access.refused", account=UUID, route=telemetry.Word, code=telemetry.Word)


async def guard(connection: ports.Connection, handler: handlers.BaseRouteHandler) -> None:
    """Refuse whoever does not meet the route's rule. Nobody is asked who they are where anybody may come: a stale
    cookie must not keep its owner from signing in again.
    """
    rule = handler.opt.get(RULE)
    if not isinstance(rule, rules.Rule):
        raise errors.Forbidden("the route does not say who may use it, so nobody may")
    if rule.public:
        return
    state = connection.app.state
    authenticator: ports.Authenticator | None = state.get("authenticator")
    found = await authenticator.authenticate(connection) if authenticator else None
    refusal = rules.decide(found, rule, state.clock.now())
    if refusal is not None:
        if found is not None:
            route, code = telemetry.Word(str(handler)), telemetry.Word(refusal.code)
            telemetry.emit(REFUSED, "warning", account=found.account, route=route, code=code)
        raise refusal
    connection.scope["state"][_CALLER] = found


def caller(request: "litestar.Request[Any, Any, Any]") -> model.Caller:
    """Who is asking, as the guard let them in. A public route has no caller, and asking for one is refused."""
    found = request.scope["state"].get(_CALLER)
    if not isinstance(found, model.Caller):
        raise errors.Unauthenticated("sign in first")
    return found
