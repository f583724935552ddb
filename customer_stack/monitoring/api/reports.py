"""Reports to the authority as officers write, propose, read and acknowledge them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import litestar
import msgspec
from litestar import params

from boundary.kernel.runtime import etags, idempotency, pages, transaction
from customer_stack.access import api as access
from customer_stack.monitoring import model
from customer_stack.monitoring.api import entering, views
from customer_stack.monitoring.model import reports
from customer_stack.monitoring.rules import reports as rules
from customer_stack.monitoring.service import reports as service

Request = entering.Request
_REPORTS = "/api/v1/admin/compliance/reports"
_REPORT = f"{_REPORTS}/{{report:uuid}}"
_TAGS = ["compliance"]


class NewReport(views.Given, frozen=True, kw_only=True):
    """A report of suspicion about the subject of a case, with movements of theirs."""

    case: UUID
    transfers: Annotated[tuple[UUID, ...], msgspec.Meta(max_length=200)] = ()


class Acknowledgement(views.Given, frozen=True, kw_only=True):
    """What the authority calls it."""

    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern="^[!-~]+$", examples=["1029-0-0"])]


class ExportView(msgspec.Struct, frozen=True):
    """The signature is over the file as it is, Ed25519; compare the key with the one that is published."""

    sha256: str
    size: int
    signature: str
    public_key: str
    at: datetime


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    kind: reports.Kind
    code: str
    case: UUID | None
    subject: UUID
    transfer: UUID | None
    state: reports.State
    due_at: datetime
    overdue: bool
    created_at: datetime
    drafted_by: UUID | None
    approved_by: UUID | None
    reference: str | None


class ReportFileView(msgspec.Struct, frozen=True, kw_only=True):
    """A report with what it says, and what it still lacks."""

    report: ReportView
    content: reports.Content
    missing: list[str]
    export: ExportView | None = None


@litestar.get(_REPORTS, operation_id="list_reports", summary="Reports, newest first", tags=_TAGS, opt=entering.LOOK)
async def some(
    request: Request,
    in_state: Annotated[reports.State | None, params.QueryParameter(name="state")] = None,
    kind: params.FromQuery[reports.Kind | None] = None,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[ReportView]:
    asked = pages.read(request, model.Position, cursor, limit, in_state, kind)
    rows = await entering.look(
        request,
        "compliance.reports",
        lambda tx: service.some(tx, in_state, kind, views.place(asked.after), asked.limit + 1),
    )
    page = pages.cut(asked, rows, lambda row: views.position(row.created_at, row.id))
    return pages.Page([_view(row) for row in page.items], page.next)


@litestar.post(
    _REPORTS,
    operation_id="draft_report",
    summary="Draft a report of suspicion",
    tags=_TAGS,
    status_code=201,
    opt=entering.ACT,
)
async def draft(
    request: Request, data: params.JSONBody[NewReport], key: idempotency.Key = None
) -> litestar.Response[ReportView]:
    state, by = request.app.state, access.caller(request).account
    claim = await idempotency.claim(request, by, key)

    async def work(tx: transaction.Tx) -> tuple[int, ReportView]:
        made = await service.draft(
            tx, state.vault, data.case, data.transfers, by, state.clock.now(), rates=state.monitoring.rates,
            people=state.monitoring.people, random=state.ids,
        )  # fmt: skip
        return 201, _view(made)

    answer: litestar.Response[Any] = await idempotency.run(
        state.db, "compliance.draft", claim, entering.inside(request, work)
    )
    return answer


@litestar.get(_REPORT, operation_id="show_report", summary="A report in full", tags=_TAGS, opt=entering.LOOK)
async def show(request: Request, report: params.FromPath[UUID]) -> litestar.Response[ReportFileView]:
    """The ETag is what a change of it must carry in If-Match."""
    vault, by = request.app.state.vault, access.caller(request).account
    found, content, made = await entering.act(
        request, "compliance.report", lambda tx: service.show(tx, vault, report, by)
    )
    return _full(found, content, made)


@litestar.put(_REPORT, operation_id="revise_report", summary="Write into a draft", tags=_TAGS, opt=entering.ACT)
async def revise(
    request: Request,
    report: params.FromPath[UUID],
    data: params.JSONBody[reports.Revision],
    if_match: etags.IfMatch = None,
) -> litestar.Response[ReportFileView]:
    """Everything that an officer writes is replaced; the movements are the ledger's."""
    match, vault, by = etags.required(if_match), request.app.state.vault, access.caller(request).account
    found, content = await entering.act(
        request,
        "compliance.revise",
        lambda tx: service.revise(tx, vault, report, data, by, lambda held: match.check(_tag(held))),
    )
    return _full(found, content, None)


@litestar.post(
    f"{_REPORT}/propose",
    operation_id="propose_report",
    summary="Propose to file a report as it stands; somebody else approves",
    tags=_TAGS,
    status_code=202,
    opt=entering.DECIDE,
)
async def propose(
    request: Request, report: params.FromPath[UUID], if_match: etags.IfMatch = None
) -> views.ProposedView:
    match, state, caller = etags.required(if_match), request.app.state, access.caller(request)
    proposal = await entering.act(
        request,
        "compliance.propose_report",
        lambda tx: service.propose(
            tx, state.vault, caller, report, lambda held: match.check(_tag(held)), state.clock.now(), state.ids
        ),
    )
    return views.ProposedView(proposal.hash.hex())


@litestar.post(
    f"{_REPORT}/discard",
    operation_id="discard_report",
    summary="Give up the draft of a report of suspicion",
    tags=_TAGS,
    status_code=200,
    opt=entering.DECIDE,
)
async def discard(
    request: Request, report: params.FromPath[UUID], if_match: etags.IfMatch = None
) -> litestar.Response[ReportView]:
    match, by = etags.required(if_match), access.caller(request).account
    done = await entering.act(
        request,
        "compliance.discard_report",
        lambda tx: service.discard(tx, report, by, lambda held: match.check(_tag(held))),
    )
    return litestar.Response(_view(done), headers={etags.HEADER: _tag(done)})


@litestar.post(
    f"{_REPORT}/acknowledge",
    operation_id="acknowledge_report",
    summary="Note what the authority calls a report that it has",
    tags=_TAGS,
    status_code=200,
    opt=entering.ACT,
)
async def acknowledge(
    request: Request,
    report: params.FromPath[UUID],
    data: params.JSONBody[Acknowledgement],
    if_match: etags.IfMatch = None,
) -> litestar.Response[ReportView]:
    match, by = etags.required(if_match), access.caller(request).account
    done = await entering.act(
        request,
        "compliance.acknowledge_report",
        lambda tx: service.acknowledge(tx, report, data.reference, by, lambda held: match.check(_tag(held))),
    )
    return litestar.Response(_view(done), headers={etags.HEADER: _tag(done)})


@litestar.get(
    f"{_REPORT}/file",
    operation_id="read_report_file",
    summary="The file that was exported",
    tags=_TAGS,
    opt=entering.LOOK,
)
async def file(request: Request, report: params.FromPath[UUID]) -> litestar.Response[bytes]:
    vault, by = request.app.state.vault, access.caller(request).account
    data, made = await entering.act(request, "compliance.report_file", lambda tx: service.file(tx, vault, report, by))
    headers = {
        "content-disposition": f'attachment; filename="{made.report}.xml"',
        "x-content-type-options": "nosniff",
        "x-signature": made.signature.hex(),
    }
    return litestar.Response(data, media_type="application/xml", headers=headers)


HANDLERS = (some, draft, show, revise, propose, discard, acknowledge, file)


def _tag(found: reports.Report) -> str:
    return etags.strong("report", str(found.id), found.version)


def _view(found: reports.Report) -> ReportView:
    return ReportView(
        id=found.id, kind=found.kind, code=found.code, case=found.case, subject=found.subject, transfer=found.transfer,
        state=found.state, due_at=found.due_at, overdue=found.overdue_at is not None, created_at=found.created_at,
        drafted_by=found.drafted_by, approved_by=found.approved_by, reference=found.reference,
    )  # fmt: skip


def _full(
    found: reports.Report, content: reports.Content, made: reports.Export | None
) -> litestar.Response[ReportFileView]:
    shown = None
    if made is not None:
        shown = ExportView(made.sha256.hex(), made.size, made.signature.hex(), made.public_key.hex(), made.at)
    view = ReportFileView(
        report=_view(found), content=content, missing=list(rules.missing(found.kind, content)), export=shown
    )
    return litestar.Response(view, headers={etags.HEADER: _tag(found)})
