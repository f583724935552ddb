"""What is put to a case: notes, evidence, alerts, other cases. Nothing of it is changed or taken away again."""

from typing import Any
from uuid import UUID

import litestar
from litestar import params

from boundary.kernel.runtime import idempotency, transaction
from customer_stack.access import api as access
from customer_stack.monitoring.api import entering, views
from customer_stack.monitoring.service import cases as service

Request = entering.Request
_CASE = "/api/v1/admin/compliance/cases/{case:uuid}"
_TAGS = ["compliance"]


@litestar.post(
    f"{_CASE}/notes",
    operation_id="add_case_note",
    summary="Write something into a case",
    tags=_TAGS,
    status_code=201,
    opt=entering.ACT,
)
async def note(
    request: Request, case: params.FromPath[UUID], data: params.JSONBody[views.NewNote], key: idempotency.Key = None
) -> litestar.Response[views.MadeView]:
    state, by = request.app.state, access.caller(request).account
    claim = await idempotency.claim(request, by, key, required=False)

    async def work(tx: transaction.Tx) -> tuple[int, views.MadeView]:
        made = await service.add_note(tx, state.vault, case, by, data.text, state.clock.now(), state.ids)
        return 201, views.MadeView(made)

    answer: litestar.Response[Any] = await idempotency.run(
        state.db, "compliance.note", claim, entering.inside(request, work)
    )
    return answer


@litestar.post(
    f"{_CASE}/evidence",
    operation_id="add_case_evidence",
    summary="Put a file to a case",
    tags=_TAGS,
    status_code=201,
    opt=entering.ACT,
)
async def put(
    request: Request,
    case: params.FromPath[UUID],
    data: params.JSONBody[views.NewEvidence],
    key: idempotency.Key = None,
) -> litestar.Response[views.EvidenceView]:
    state, by = request.app.state, access.caller(request).account
    claim = await idempotency.claim(request, by, key, required=False)

    async def work(tx: transaction.Tx) -> tuple[int, views.EvidenceView]:
        now = state.clock.now()
        each = await service.add_evidence(
            tx, state.vault, case, by, data.name, data.media_type, data.content, now, state.ids
        )
        return 201, views.EvidenceView(each.id, each.author, each.at, each.name, each.media_type, each.size)

    answer: litestar.Response[Any] = await idempotency.run(
        state.db, "compliance.evidence", claim, entering.inside(request, work)
    )
    return answer


@litestar.get(
    f"{_CASE}/evidence/{{evidence:uuid}}",
    operation_id="read_case_evidence",
    summary="The content of a piece of evidence",
    tags=_TAGS,
    opt=entering.LOOK,
)
async def read(
    request: Request, case: params.FromPath[UUID], evidence: params.FromPath[UUID]
) -> litestar.Response[bytes]:
    """Always as a download of unknown kind: whoever put it there does not choose what a browser makes of it."""
    vault, by = request.app.state.vault, access.caller(request).account
    _, _, content = await entering.act(
        request, "compliance.read_evidence", lambda tx: service.evidence(tx, vault, case, evidence, by)
    )
    headers = {"content-disposition": f'attachment; filename="{evidence}"', "x-content-type-options": "nosniff"}
    return litestar.Response(content, media_type="application/octet-stream", headers=headers)


@litestar.post(
    f"{_CASE}/links",
    operation_id="link_cases",
    summary="Say that two cases have to do with each other",
    tags=_TAGS,
    status_code=204,
    opt=entering.ACT,
)
async def link(request: Request, case: params.FromPath[UUID], data: params.JSONBody[views.LinkCase]) -> None:
    state, by = request.app.state, access.caller(request).account
    await entering.act(
        request,
        "compliance.link_cases",
        lambda tx: service.link(tx, state.vault, case, data.case, by, state.clock.now()),
    )


@litestar.post(
    f"{_CASE}/alerts",
    operation_id="attach_alert",
    summary="Put an alert to a case",
    tags=_TAGS,
    status_code=204,
    opt=entering.ACT,
)
async def attach(request: Request, case: params.FromPath[UUID], data: params.JSONBody[views.AttachAlert]) -> None:
    state, by = request.app.state, access.caller(request).account
    await entering.act(
        request,
        "compliance.attach_alert",
        lambda tx: service.attach(tx, state.vault, case, data.alert, by, state.clock.now()),
    )


HANDLERS = (note, put, read, link, attach)
