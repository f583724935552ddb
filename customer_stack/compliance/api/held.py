"""The work list of held operations, and one verdict with everything behind it. For compliance staff alone: whoever
deals with the customer does not learn from here that somebody is being looked at.
"""

from typing import Annotated, Any
from uuid import UUID

import litestar
from litestar import openapi, params

from boundary.kernel import clock
from boundary.kernel.runtime import idempotency, pages, transaction
from customer_stack.access import api as access
from customer_stack.access import model as access_model
from customer_stack.access import rules
from customer_stack.compliance.api import views
from customer_stack.compliance.model import reviews
from customer_stack.compliance.service import replaying, reviewing
from customer_stack.ledger.service import accounts

Request = litestar.Request[Any, Any, Any]
_LOOK = {"rule": rules.may(access_model.Permission.COMPLIANCE_VIEW)}
_ACT = {"rule": rules.may(reviewing.NEEDS, fresh=True)}
_BASE = "/api/v1/admin/compliance/held"
_ONE = f"{_BASE}/{{verdict:uuid}}"
State = Annotated[reviews.State, params.QueryParameter(name="state", description="in this state")]


@litestar.get(
    _BASE,
    operation_id="list_held_operations",
    summary="Operations that are held, the oldest first",
    tags=["admin"],
    opt=_LOOK,
)
async def some(
    request: Request,
    in_state: State = reviews.State.OPEN,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[views.HeldView]:
    asked = pages.read(request, views.Position, cursor, limit, in_state)
    after = (clock.from_micros(asked.after.at), asked.after.verdict) if asked.after else None

    async def work(tx: transaction.Tx) -> pages.Page[views.HeldView]:
        assets = await accounts.assets(tx)
        rows = await reviewing.some(tx, in_state, after, asked.limit + 1)
        page = pages.cut(asked, rows, lambda row: views.Position(clock.to_micros(row.at), row.verdict))
        return pages.Page([views.held(each, assets) for each in page.items], page.next)

    found: pages.Page[views.HeldView] = await request.app.state.db.read("compliance.held", work)
    return found


@litestar.get(_ONE, operation_id="show_held_operation", summary="One held operation", tags=["admin"], opt=_LOOK)
async def show(request: Request, verdict: params.FromPath[UUID]) -> views.HeldView:
    async def work(tx: transaction.Tx) -> views.HeldView:
        return views.held(await reviewing.show(tx, verdict), await accounts.assets(tx))

    found: views.HeldView = await request.app.state.db.read("compliance.held.one", work)
    return found


@litestar.post(
    f"{_ONE}/release",
    operation_id="release_held_operation",
    summary="Let it be judged once more without the reasons that it is held for",
    tags=["admin"],
    status_code=200,
    opt=_ACT,
    responses={202: openapi.ResponseSpec(views.ProposedView, description="It takes a second person: approve the hash")},
)
async def release(
    request: Request, verdict: params.FromPath[UUID], data: params.JSONBody[views.DecisionWanted],
    key: idempotency.Key = None,
) -> litestar.Response[Any]:  # fmt: skip
    caller, state = access.caller(request), request.app.state
    claim = await idempotency.claim(request, caller.account, key)

    async def work(tx: transaction.Tx) -> tuple[int, views.HeldView | views.ProposedView]:
        done = await state.reviewing.release(tx, caller, verdict, data.ground, state.clock.now())
        if isinstance(done, access_model.Proposal):
            return 202, views.proposed(done)
        return 200, views.held(done, await accounts.assets(tx))

    return await idempotency.run(state.db, "compliance.release", claim, work)


@litestar.post(
    f"{_ONE}/refuse",
    operation_id="refuse_held_operation",
    summary="Say no to it",
    tags=["admin"],
    status_code=200,
    opt=_ACT,
)
async def refuse(
    request: Request, verdict: params.FromPath[UUID], data: params.JSONBody[views.DecisionWanted],
    key: idempotency.Key = None,
) -> litestar.Response[Any]:  # fmt: skip
    caller, state = access.caller(request), request.app.state
    claim = await idempotency.claim(request, caller.account, key)

    async def work(tx: transaction.Tx) -> tuple[int, views.HeldView]:
        done = await state.reviewing.refuse(tx, caller, verdict, data.ground, state.clock.now())
        return 200, views.held(done, await accounts.assets(tx))

    return await idempotency.run(state.db, "compliance.refuse", claim, work)


@litestar.get(
    "/api/v1/admin/compliance/verdicts/{verdict:uuid}",
    operation_id="show_verdict",
    summary="One verdict with the facts that it was reached on, judged again",
    tags=["admin"],
    opt=_LOOK,
)
async def shown(request: Request, verdict: params.FromPath[UUID]) -> views.VerdictView:
    found = await request.app.state.db.read("compliance.verdict", lambda tx: replaying.replay(tx, verdict))
    return views.verdict(found)


HANDLERS = (some, show, release, refuse, shown)
