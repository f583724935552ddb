"""What customers do with their applications."""

from typing import Any
from uuid import UUID

import litestar
from litestar import openapi, params, response

from boundary.kernel import errors
from boundary.kernel.runtime import etags, idempotency, transaction
from customer_stack.access import api as access
from customer_stack.access import rules
from customer_stack.kyc import model
from customer_stack.kyc.api import views
from customer_stack.kyc.model import refusals
from customer_stack.kyc.service import applying, freezing, uploading, wiring

Request = litestar.Request[Any, Any, Any]
_OWN = {"rule": rules.signed_in()}


def _kyc(request: Request) -> wiring.Kyc:
    found: wiring.Kyc = request.app.state.kyc
    return found


async def _view(tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application) -> views.ApplicationView:
    """Whether screening is what an application waits for, or why an account is frozen, is not its owner's to know."""
    frozen = row.state is model.State.REJECTED and await freezing.frozen(tx, row.account)
    text = await applying.customer_text(tx, kyc, row)
    return views.application(row, text, await uploading.of(tx, row.id), frozen=frozen)


@litestar.post(
    "/api/v1/kyc/applications",
    operation_id="create_kyc_application",
    summary="Begin an application for a level",
    tags=["kyc"],
    status_code=201,
    responses={201: openapi.ResponseSpec(views.ApplicationView, description="The draft")},
    opt=_OWN,
)
async def create(
    request: Request, data: params.JSONBody[views.Wanted], key: idempotency.Key = None
) -> response.Response[bytes]:
    account, kyc = access.caller(request).account, _kyc(request)

    async def work(tx: transaction.Tx) -> tuple[int, Any]:
        return 201, await _view(tx, kyc, await applying.create(tx, kyc, account, data.level))

    claim = await idempotency.claim(request, account, key)
    return await idempotency.run(request.app.state.db, "kyc.create", claim, work)


@litestar.get(
    "/api/v1/kyc/applications",
    operation_id="list_kyc_applications",
    summary="My applications, newest first",
    tags=["kyc"],
    opt=_OWN,
)
async def mine(request: Request) -> list[views.ApplicationView]:
    account, kyc = access.caller(request).account, _kyc(request)

    async def work(tx: transaction.Tx) -> list[views.ApplicationView]:
        return [await _view(tx, kyc, row) for row in await applying.mine(tx, account)]

    found: list[views.ApplicationView] = await request.app.state.db.read("kyc.mine", work)
    return found


@litestar.get(
    "/api/v1/kyc/applications/{application:uuid}",
    operation_id="show_kyc_application",
    summary="One of my applications; its ETag is what submitting it asks for",
    tags=["kyc"],
    opt=_OWN,
)
async def show(request: Request, application: params.FromPath[UUID]) -> response.Response[views.ApplicationView]:
    account, kyc = access.caller(request).account, _kyc(request)

    async def work(tx: transaction.Tx) -> tuple[views.ApplicationView, str]:
        row = await applying.own(tx, account, application)
        return await _view(tx, kyc, row), applying.tag(row)

    view, tag = await request.app.state.db.read("kyc.show", work)
    return response.Response(view, headers={etags.HEADER: tag})


@litestar.post(
    "/api/v1/kyc/applications/{application:uuid}/submit",
    operation_id="submit_kyc_application",
    summary="Submit an application, or submit it again after it was returned",
    tags=["kyc"],
    status_code=200,
    opt=_OWN,
)
async def submit(
    request: Request,
    application: params.FromPath[UUID],
    data: params.JSONBody[model.Form],
    if_match: etags.IfMatch = None,
) -> response.Response[views.ApplicationView]:
    account, kyc, match = access.caller(request).account, _kyc(request), etags.required(if_match)

    async def work(tx: transaction.Tx) -> tuple[views.ApplicationView, str]:
        row = await applying.submit(tx, kyc, account, application, data, match)
        return await _view(tx, kyc, row), applying.tag(row)

    view, tag = await request.app.state.db.run("kyc.submit", work)
    return response.Response(view, headers={etags.HEADER: tag})


@litestar.get(
    "/api/v1/kyc/applications/{application:uuid}/link",
    operation_id="show_kyc_link",
    summary="Where I go on, if files are not uploaded here",
    tags=["kyc"],
    opt=_OWN,
)
async def link(request: Request, application: params.FromPath[UUID]) -> views.Page:
    """The provider is asked outside any transaction, and nothing depends on its answer."""
    account, kyc = access.caller(request).account, _kyc(request)
    if not kyc.provider.hosted:
        await request.app.state.db.read("kyc.link", lambda tx: applying.own(tx, account, application))
        raise refusals.NoLink("files are uploaded here")
    row: model.Application = await request.app.state.db.read(
        "kyc.link", lambda tx: applying.linked(tx, account, application)
    )
    return views.Page(await kyc.provider.link(row.id, row.level))


@litestar.post(
    "/api/v1/kyc/applications/{application:uuid}/uploads",
    operation_id="announce_kyc_upload",
    summary="Announce a file, which is then sent in parts",
    tags=["kyc"],
    status_code=201,
    opt=_OWN,
)
async def announce(
    request: Request, application: params.FromPath[UUID], data: params.JSONBody[views.WantedUpload]
) -> views.UploadView:
    account, kyc = access.caller(request).account, _kyc(request)
    found = await request.app.state.db.run(
        "kyc.announce", lambda tx: uploading.announce(tx, kyc, account, application, data.kind, data.size)
    )
    return views.upload(found)


@litestar.put(
    "/api/v1/kyc/uploads/{upload:uuid}/parts/{part:int}",
    operation_id="put_kyc_upload_part",
    summary="Send one part of a file, as application/octet-stream",
    tags=["kyc"],
    status_code=204,
    opt=_OWN,
)
async def put(request: Request, upload: params.FromPath[UUID], part: params.FromPath[int]) -> None:
    account, kyc = access.caller(request).account, _kyc(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/octet-stream":
        raise errors.Invalid("send the part as application/octet-stream")
    data = await request.body()
    await request.app.state.db.run("kyc.put", lambda tx: uploading.put(tx, kyc, account, upload, part, data))


@litestar.post(
    "/api/v1/kyc/uploads/{upload:uuid}/complete",
    operation_id="complete_kyc_upload",
    summary="Say that a file is whole",
    tags=["kyc"],
    status_code=200,
    opt=_OWN,
)
async def complete(request: Request, upload: params.FromPath[UUID]) -> views.UploadView:
    account, kyc = access.caller(request).account, _kyc(request)
    found: model.Upload | errors.Refusal = await request.app.state.db.run(
        "kyc.complete", lambda tx: uploading.complete(tx, kyc, account, upload)
    )
    if isinstance(found, errors.Refusal):
        raise found
    return views.upload(found)


HANDLERS = (create, mine, show, submit, link, announce, put, complete)
