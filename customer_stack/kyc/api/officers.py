"""What those who work here do: the queue, one application, its files and its log, decisions, and acts that take two."""

from typing import Annotated, Any
from uuid import UUID

import litestar
from litestar import params, response

from boundary.kernel.runtime import etags, pages, transaction
from customer_stack.access import api as access
from customer_stack.access import model as access_model
from customer_stack.access import rules
from customer_stack.kyc import model
from customer_stack.kyc.api import views
from customer_stack.kyc.service import applying, deciding, freezing, uploading, wiring

Request = litestar.Request[Any, Any, Any]
_LOOK = {"rule": rules.may(access_model.Permission.KYC_VIEW)}
_ACT = {"rule": rules.may(deciding.NEEDS)}
_OVERRIDE = {"rule": rules.may(deciding.NEEDS, fresh=True)}
_UNFREEZE = {"rule": rules.may(freezing.NEEDS, fresh=True)}


def _kyc(request: Request) -> wiring.Kyc:
    found: wiring.Kyc = request.app.state.kyc
    return found


def _whole(caller: access_model.Caller) -> bool:
    """Findings are for those who decide, and for those who oversee them."""
    return bool(caller.permissions & {deciding.NEEDS, access_model.Permission.COMPLIANCE_VIEW})


def _tagged(row: model.Application) -> response.Response[views.Row]:
    return response.Response(views.row(row), headers={etags.HEADER: applying.tag(row)})


@litestar.get(
    "/api/v1/admin/kyc/applications",
    operation_id="admin_list_kyc_applications",
    summary="Submitted applications, oldest first",
    tags=["admin"],
    opt=_LOOK,
)
async def queue(
    request: Request,
    in_state: Annotated[model.State | None, params.QueryParameter(name="state", description="in this state")] = None,
    level: Annotated[int | None, params.QueryParameter(ge=1, le=3, description="for this level")] = None,
    waiting: Annotated[model.Waiting | None, params.QueryParameter(description="waiting for this")] = None,
    mine: Annotated[bool, params.QueryParameter(description="only those that I have claimed")] = False,
    unclaimed: Annotated[bool, params.QueryParameter(description="only those that nobody has claimed")] = False,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[views.Row]:
    caller = access.caller(request)
    asked = pages.read(request, views.Position, cursor, limit, in_state, level, waiting, mine, unclaimed)
    after = (asked.after.at, asked.after.id) if asked.after else None
    wanted = deciding.Queue(
        state=in_state.value if in_state else None,
        level=level,
        waiting=waiting.value if waiting is not None else None,
        claimed_by=caller.account if mine else None,
        unclaimed=unclaimed,
    )
    rows = await request.app.state.db.read("kyc.queue", lambda tx: deciding.queue(tx, wanted, after, asked.limit + 1))
    return pages.cut(
        asked,
        [views.row(each, whole=_whole(caller)) for each in rows],
        lambda row: views.Position(row.submitted_at or row.changed_at, row.id),
    )


@litestar.get(
    "/api/v1/admin/kyc/applications/{application:uuid}",
    operation_id="admin_show_kyc_application",
    summary="One application with all that was said in it; that it was looked at is noted",
    tags=["admin"],
    opt=_LOOK,
)
async def show(request: Request, application: params.FromPath[UUID]) -> response.Response[views.Whole]:
    caller, kyc = access.caller(request), _kyc(request)

    async def work(tx: transaction.Tx) -> tuple[views.Whole, str]:
        row, form, told, private = await deciding.show(tx, kyc, caller.account, application)
        whole = views.Whole(
            row=views.row(row, whole=_whole(caller)),
            form=form,
            customer_text=told,
            private_text=private if _whole(caller) else "",
            uploads=[views.upload(each) for each in await uploading.of(tx, row.id)],
        )
        return whole, applying.tag(row)

    whole, tag = await request.app.state.db.run("kyc.admin.show", work)
    return response.Response(whole, headers={etags.HEADER: tag})


@litestar.post(
    "/api/v1/admin/kyc/applications/{application:uuid}/claim",
    operation_id="claim_kyc_application",
    summary="Take an application in review, so that nobody else decides it",
    tags=["admin"],
    status_code=200,
    opt=_ACT,
)
async def claim(
    request: Request, application: params.FromPath[UUID], if_match: etags.IfMatch = None
) -> response.Response[views.Row]:
    caller, kyc, match = access.caller(request), _kyc(request), etags.required(if_match)
    row = await request.app.state.db.run(
        "kyc.claim", lambda tx: deciding.claim(tx, kyc, caller.account, application, match)
    )
    return _tagged(row)


@litestar.post(
    "/api/v1/admin/kyc/applications/{application:uuid}/release",
    operation_id="release_kyc_application",
    summary="Give back an application that was claimed",
    tags=["admin"],
    status_code=200,
    opt=_ACT,
)
async def release(
    request: Request, application: params.FromPath[UUID], if_match: etags.IfMatch = None
) -> response.Response[views.Row]:
    caller, match = access.caller(request), etags.required(if_match)
    row = await request.app.state.db.run(
        "kyc.release", lambda tx: deciding.release(tx, caller.account, application, match)
    )
    return _tagged(row)


@litestar.post(
    "/api/v1/admin/kyc/applications/{application:uuid}/decision",
    operation_id="decide_kyc_application",
    summary="Approve, reject or return an application that I have claimed",
    tags=["admin"],
    status_code=200,
    opt=_ACT,
)
async def decide(
    request: Request,
    application: params.FromPath[UUID],
    data: params.JSONBody[views.Decision],
    if_match: etags.IfMatch = None,
) -> response.Response[views.Row]:
    caller, kyc, match = access.caller(request), _kyc(request), etags.required(if_match)
    decision = deciding.Decision(
        verdict=data.verdict,
        reasons=tuple(data.reasons),
        customer_text=data.customer_text,
        private_text=data.private_text,
    )
    row = await request.app.state.db.run(
        "kyc.decide", lambda tx: deciding.decide(tx, kyc, caller.account, application, decision, match)
    )
    return _tagged(row)


@litestar.post(
    "/api/v1/admin/kyc/applications/{application:uuid}/override",
    operation_id="propose_kyc_override",
    summary="Propose to decide against a decision; somebody else approves it",
    tags=["admin"],
    status_code=202,
    opt=_OVERRIDE,
)
async def override(
    request: Request,
    application: params.FromPath[UUID],
    data: params.JSONBody[views.WantedOverride],
    if_match: etags.IfMatch = None,
) -> views.ProposedView:
    caller, kyc, match = access.caller(request), _kyc(request), etags.required(if_match)
    proposal = await request.app.state.db.run(
        "kyc.override",
        lambda tx: deciding.propose_override(
            tx, kyc, caller, application, approve=data.approve, reason=data.reason, match=match
        ),
    )
    return views.ProposedView(proposal.hash.hex())


@litestar.get(
    "/api/v1/admin/kyc/applications/{application:uuid}/events",
    operation_id="admin_list_kyc_events",
    summary="All that happened to an application, in the order in which we heard of it",
    tags=["admin"],
    opt=_LOOK,
)
async def events(request: Request, application: params.FromPath[UUID]) -> list[views.EventView]:
    whole = _whole(access.caller(request))
    rows = await request.app.state.db.read("kyc.events", lambda tx: deciding.events(tx, application))
    return [views.event(*each, whole=whole) for each in rows]


@litestar.get(
    "/api/v1/admin/kyc/uploads/{upload:uuid}",
    operation_id="admin_view_kyc_upload",
    summary="A file that was found clean; that it was looked at is noted",
    tags=["admin"],
    opt=_LOOK,
)
async def view(request: Request, upload: params.FromPath[UUID]) -> response.Response[bytes]:
    caller, kyc = access.caller(request), _kyc(request)
    found, data = await request.app.state.db.run("kyc.view", lambda tx: uploading.view(tx, kyc, caller.account, upload))
    headers = {"content-disposition": "attachment", "content-security-policy": "sandbox; default-src 'none'"}
    return response.Response(data, media_type=found.media, headers=headers)


@litestar.post(
    "/api/v1/admin/kyc/accounts/{account:uuid}/unfreeze",
    operation_id="propose_kyc_unfreeze",
    summary="Propose to lift a freeze; somebody else approves it",
    tags=["admin"],
    status_code=202,
    opt=_UNFREEZE,
)
async def unfreeze(request: Request, account: params.FromPath[UUID]) -> views.ProposedView:
    caller, kyc = access.caller(request), _kyc(request)
    proposal = await request.app.state.db.run(
        "kyc.unfreeze", lambda tx: freezing.propose_unfreeze(tx, kyc, caller, account)
    )
    return views.ProposedView(proposal.hash.hex())


HANDLERS = (queue, show, claim, release, decide, override, events, view, unfreeze)
