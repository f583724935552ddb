"""The inbox of cases, and what an officer does with one. Every change names the version that it is meant for."""

from typing import Annotated, Any
from uuid import UUID

import litestar
from litestar import params

from boundary.kernel.runtime import etags, idempotency, pages, transaction
from customer_stack.access import api as access
from customer_stack.monitoring import model
from customer_stack.monitoring.api import entering, views
from customer_stack.monitoring.model import cases
from customer_stack.monitoring.service import cases as service

Request = entering.Request
_CASES = "/api/v1/admin/compliance/cases"
_CASE = f"{_CASES}/{{case:uuid}}"
_TAGS = ["compliance"]


@litestar.get(
    _CASES,
    operation_id="list_cases",
    summary="The inbox: cases, newest first",
    tags=_TAGS,
    opt=entering.LOOK,
)
async def inbox(
    request: Request,
    in_state: Annotated[cases.State | None, params.QueryParameter(name="state")] = None,
    kind: Annotated[str | None, params.QueryParameter(max_length=32)] = None,
    subject: params.FromQuery[UUID | None] = None,
    mine: Annotated[bool, params.QueryParameter(description="those that I work on")] = False,
    unclaimed: Annotated[bool, params.QueryParameter(description="those that nobody works on")] = False,
    overdue: Annotated[bool, params.QueryParameter(description="those whose time is over")] = False,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[views.CaseView]:
    investigator = access.caller(request).account if mine else None
    asked = pages.read(
        request, model.Position, cursor, limit, in_state, kind, subject, investigator, unclaimed, overdue
    )
    wanted = cases.Filter(
        state=in_state, kind=kind, subject=subject, investigator=investigator, unclaimed=unclaimed, overdue=overdue
    )
    rows = await entering.look(
        request, "compliance.cases", lambda tx: service.some(tx, wanted, views.place(asked.after), asked.limit + 1)
    )
    page = pages.cut(asked, rows, lambda row: views.position(row.opened_at, row.id))
    return pages.Page([views.case(row) for row in page.items], page.next)


@litestar.post(
    _CASES,
    operation_id="open_case",
    summary="Open a case by hand",
    tags=_TAGS,
    status_code=201,
    opt=entering.ACT,
)
async def open_(
    request: Request, data: params.JSONBody[views.NewCase], key: idempotency.Key = None
) -> litestar.Response[views.CaseView]:
    state = request.app.state
    claim = await idempotency.claim(request, access.caller(request).account, key)

    async def work(tx: transaction.Tx) -> tuple[int, views.CaseView]:
        case = await service.open_(
            tx,
            kind=data.kind,
            subject=data.subject,
            reasons=tuple(data.reasons),
            link=data.link,
            now=state.clock.now(),
            random=state.ids,
        )
        return 201, views.case(await service.one(tx, case))

    answer: litestar.Response[Any] = await idempotency.run(
        state.db, "compliance.open_case", claim, entering.inside(request, work)
    )
    return answer


@litestar.get(
    _CASE,
    operation_id="show_case",
    summary="A case with its history, notes, evidence and alerts",
    tags=_TAGS,
    opt=entering.LOOK,
)
async def show(request: Request, case: params.FromPath[UUID]) -> litestar.Response[views.FileView]:
    """The ETag is what a change of it must carry in If-Match."""
    vault, by = request.app.state.vault, access.caller(request).account
    found = await entering.act(request, "compliance.case", lambda tx: service.file(tx, vault, case, by))
    view = views.FileView(
        case=views.case(found.case),
        history=[views.EntryView(*_plain(each)) for each in found.history],
        notes=[views.NoteView(each.id, each.author, each.at, each.text) for each in found.notes],
        evidence=[
            views.EvidenceView(each.id, each.author, each.at, each.name, each.media_type, each.size)
            for each in found.evidence
        ],
        linked=list(found.linked),
        alerts=[views.alert(each) for each in found.alerts],
    )
    return litestar.Response(view, headers={etags.HEADER: views.tag(found.case)})


def _plain(entry: cases.Entry) -> tuple[Any, ...]:
    return entry.what, entry.by, entry.at


@litestar.post(
    f"{_CASE}/claim",
    operation_id="claim_case",
    summary="Work on a case; a second officer is told who does already",
    tags=_TAGS,
    status_code=200,
    opt=entering.ACT,
)
async def claim(
    request: Request, case: params.FromPath[UUID], if_match: etags.IfMatch = None
) -> litestar.Response[views.CaseView]:
    return await _moved(request, case, cases.Event.CLAIM, if_match)


@litestar.post(
    f"{_CASE}/release",
    operation_id="release_case",
    summary="Give a case back to the inbox",
    tags=_TAGS,
    status_code=200,
    opt=entering.ACT,
)
async def release(
    request: Request, case: params.FromPath[UUID], if_match: etags.IfMatch = None
) -> litestar.Response[views.CaseView]:
    return await _moved(request, case, cases.Event.RELEASE, if_match)


@litestar.post(
    f"{_CASE}/escalate",
    operation_id="escalate_case",
    summary="Leave a case to somebody senior",
    tags=_TAGS,
    status_code=200,
    opt=entering.ACT,
)
async def escalate(
    request: Request, case: params.FromPath[UUID], if_match: etags.IfMatch = None
) -> litestar.Response[views.CaseView]:
    return await _moved(request, case, cases.Event.ESCALATE, if_match)


@litestar.post(
    f"{_CASE}/conclude",
    operation_id="conclude_case",
    summary="Say how a case should end, and why; somebody else decides",
    tags=_TAGS,
    status_code=200,
    opt=entering.ACT,
)
async def conclude(
    request: Request,
    case: params.FromPath[UUID],
    data: params.JSONBody[views.Conclude],
    if_match: etags.IfMatch = None,
) -> litestar.Response[views.CaseView]:
    return await _moved(request, case, cases.Event.CONCLUDE, if_match, data.conclusion, data.note)


@litestar.post(
    f"{_CASE}/approve",
    operation_id="approve_case",
    summary="Close a case that somebody else investigated",
    tags=_TAGS,
    status_code=200,
    opt=entering.DECIDE,
)
async def approve(
    request: Request, case: params.FromPath[UUID], if_match: etags.IfMatch = None
) -> litestar.Response[views.CaseView]:
    return await _moved(request, case, cases.Event.APPROVE, if_match)


@litestar.post(
    f"{_CASE}/send-back",
    operation_id="send_back_case",
    summary="Ask the investigator for more",
    tags=_TAGS,
    status_code=200,
    opt=entering.DECIDE,
)
async def send_back(
    request: Request,
    case: params.FromPath[UUID],
    data: params.JSONBody[views.SendBack],
    if_match: etags.IfMatch = None,
) -> litestar.Response[views.CaseView]:
    return await _moved(request, case, cases.Event.SEND_BACK, if_match, note=data.note)


HANDLERS = (inbox, open_, show, claim, release, escalate, conclude, approve, send_back)


async def _moved(
    request: Request,
    case: UUID,
    event: cases.Event,
    if_match: str | None,
    conclusion: cases.Conclusion | None = None,
    note: str | None = None,
) -> litestar.Response[views.CaseView]:
    match, state = etags.required(if_match), request.app.state
    by, now = access.caller(request).account, state.clock.now()

    async def work(tx: transaction.Tx) -> cases.Case:
        moved = await service.move(
            tx, case, event, by, now, lambda held: match.check(views.tag(held)), conclusion=conclusion
        )
        if note is None:
            return moved
        await service.add_note(tx, state.vault, case, by, note, now, state.ids)
        return await service.one(tx, case)

    moved = await entering.act(request, f"compliance.{event.value}_case", work)
    return litestar.Response(views.case(moved), headers={etags.HEADER: views.tag(moved)})
