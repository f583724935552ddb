"""Routes of rights: one's own, the catalogue, and the grid of somebody else's."""

from typing import Any
from uuid import UUID

import litestar
from litestar import openapi, params

from boundary.kernel.runtime import etags, transaction
from customer_stack.access import model, rules
from customer_stack.access.api import guarding, views
from customer_stack.access.service import rights as service

Request = litestar.Request[Any, Any, Any]
_MANAGE = model.Permission.PERMISSIONS_MANAGE
_GRID = "/api/v1/admin/accounts/{account:uuid}/permissions"


@litestar.get(
    "/api/v1/permissions",
    operation_id="own_permissions",
    summary="What I am and may",
    tags=["access"],
    opt={"rule": rules.signed_in(machines=True)},
)
async def own(request: Request) -> views.OwnRights:
    caller = guarding.caller(request)
    return views.OwnRights(caller.role, sorted(caller.permissions))


@litestar.get(
    "/api/v1/admin/permissions",
    operation_id="permission_catalogue",
    summary="Every permission and every preset",
    tags=["admin"],
    opt={"rule": rules.may(_MANAGE)},
)
async def catalogue() -> views.Catalogue:
    return views.CATALOGUE


@litestar.get(
    _GRID,
    operation_id="show_permissions",
    summary="What an account is and was given",
    tags=["admin"],
    opt={"rule": rules.may(_MANAGE)},
)
async def show(request: Request, account: params.FromPath[UUID]) -> litestar.Response[views.AccountRights]:
    """The ETag is what a change of it must carry in If-Match."""
    state = request.app.state
    standing = await state.db.read("access.show", lambda tx: service.shown(tx, account))
    return _shown(standing, state.clock.now())


@litestar.put(
    _GRID,
    operation_id="replace_permissions",
    summary="Give and take rights",
    tags=["admin"],
    opt={"rule": rules.may(_MANAGE, fresh=True)},
    responses={202: openapi.ResponseSpec(views.ProposalView, description="It takes a second person: approve the hash")},
)
async def replace(
    request: Request,
    account: params.FromPath[UUID],
    data: params.JSONBody[views.WantedRights],
    if_match: etags.IfMatch = None,
) -> litestar.Response[views.AccountRights | views.ProposalView]:
    """The whole is replaced. Whatever newly lets somebody hand out rights is not done but proposed."""
    match = etags.required(if_match)
    caller, state = guarding.caller(request), request.app.state
    now = state.clock.now()

    async def work(tx: transaction.Tx) -> model.Proposal | model.Standing:
        standing = await service.held(tx, account, by=caller.account)
        match.check(_tag(standing))
        proposal = await service.change(tx, caller, standing, data.plain(), now, state.ids, state.active)
        return proposal or await service.shown(tx, account)

    done = await state.db.run("access.replace", work)
    if isinstance(done, model.Proposal):
        return litestar.Response(views.proposal(done), status_code=202)
    return _shown(done, now)


HANDLERS = (own, catalogue, show, replace)


def _tag(standing: model.Standing) -> str:
    return etags.strong("access", str(standing.account), standing.version)


def _shown(standing: model.Standing, now: Any) -> litestar.Response[Any]:
    return litestar.Response(views.account_rights(standing, now), headers={etags.HEADER: _tag(standing)})
