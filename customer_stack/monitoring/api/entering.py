"""How a route of an officer gets behind the wall: the rule of the route, and the word to the database."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import litestar

from boundary.kernel.runtime import transaction
from customer_stack.access import api as access
from customer_stack.access import model as access_model
from customer_stack.access import rules
from customer_stack.monitoring.service import cases

T = TypeVar("T")
Request = litestar.Request[Any, Any, Any]
LOOK = {"rule": rules.may(access_model.Permission.COMPLIANCE_VIEW)}
ACT = {"rule": rules.may(access_model.Permission.COMPLIANCE_VIEW, access_model.Permission.COMPLIANCE_MANAGE)}
DECIDE = {
    "rule": rules.may(access_model.Permission.COMPLIANCE_VIEW, access_model.Permission.COMPLIANCE_MANAGE, fresh=True)
}


def inside(
    request: Request, work: Callable[[transaction.Tx], Awaitable[T]]
) -> Callable[[transaction.Tx], Awaitable[T]]:
    """The same work, by a transaction that said first for whom it looks."""
    officer = access.caller(request).account

    async def entered(tx: transaction.Tx) -> T:
        await cases.enter(tx, officer)
        return await work(tx)

    return entered


async def look(request: Request, name: str, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
    found: T = await request.app.state.db.read(name, inside(request, work))
    return found


async def act(request: Request, name: str, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
    done: T = await request.app.state.db.run(name, inside(request, work))
    return done
