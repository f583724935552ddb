"""What compliance officers see and decide: lists, subjects, decisions with their reasons, and the worklist of hits."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import litestar
import msgspec
from litestar import params

from boundary.kernel.runtime import etags, idempotency, pages, transaction
from customer_stack.access import api as access_api
from customer_stack.access import model as access
from customer_stack.access import rules as access_rules
from customer_stack.screening import model
from customer_stack.screening.api import views
from customer_stack.screening.model import people
from customer_stack.screening.service import decisions, hits, listing, replaying, standing

Request = litestar.Request[Any, Any, Any]
LOOK = {"rule": access_rules.may(access.Permission.COMPLIANCE_VIEW)}
ACT = {"rule": access_rules.may(access.Permission.COMPLIANCE_MANAGE, fresh=True)}
_TAGS = ["screening"]


class Waiting(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of open hits ends."""

    at: datetime
    id: UUID


class Made(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of decisions ends."""

    id: UUID


class Adopted(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of a list's history ends."""

    number: int


@litestar.get(
    "/api/v1/admin/screening/lists",
    operation_id="list_screening_lists",
    summary="The lists in use: version, age, and what was refused last",
    tags=_TAGS,
    opt=LOOK,
)
async def lists(request: Request) -> list[views.ListView]:
    state = request.app.state
    policy, now = state.screening.policy, state.clock.now()
    found = await state.db.read("screening.lists", lambda tx: listing.states(tx, policy, now))
    return [views.list_(each) for each in found]


@litestar.get(
    "/api/v1/admin/screening/lists/{publisher:str}/history",
    operation_id="list_screening_history",
    summary="Which versions of a list were in use when, newest first",
    tags=_TAGS,
    opt=LOOK,
)
async def history(
    request: Request,
    publisher: params.FromPath[model.Publisher],
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[views.VersionView]:
    asked = pages.read(request, Adopted, cursor, limit)
    before = asked.after.number if asked.after else None
    rows = await request.app.state.db.read(
        "screening.history", lambda tx: listing.history(tx, publisher, before, asked.limit + 1)
    )
    page = pages.cut(asked, rows, lambda row: Adopted(row.number))
    return pages.Page([views.version(row) for row in page.items], page.next)


@litestar.get(
    "/api/v1/admin/screening/subjects/{subject:uuid}",
    operation_id="show_screening_subject",
    summary="Where somebody stands, and every hit they ever had",
    tags=_TAGS,
    opt=LOOK,
)
async def subject(request: Request, subject: params.FromPath[UUID]) -> views.SubjectView:
    now = request.app.state.clock.now()

    async def work(tx: transaction.Tx) -> views.SubjectView:
        found, said = await standing.explained(tx, subject, now)
        return views.SubjectView(
            id=found.id,
            kind=found.kind,
            state=said.state,
            reasons=said.reasons,
            failure=found.failure,
            decision=found.decision,
            screened_at=found.screened_at,
            hits=[views.hit(each) for each in await hits.of(tx, subject)],
        )

    shown: views.SubjectView = await request.app.state.db.read("screening.subject", work)
    return shown


@litestar.get(
    "/api/v1/admin/screening/subjects/{subject:uuid}/decisions",
    operation_id="list_screening_decisions",
    summary="Every decision about somebody, newest first",
    tags=_TAGS,
    opt=LOOK,
)
async def of_subject(
    request: Request,
    subject: params.FromPath[UUID],
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[views.DecisionView]:
    asked = pages.read(request, Made, cursor, limit)
    before = asked.after.id if asked.after else None

    async def work(tx: transaction.Tx) -> list[people.Stored]:
        await standing.explained(tx, subject, request.app.state.clock.now())
        return await replaying.of(tx, subject, before, asked.limit + 1)

    rows = await request.app.state.db.read("screening.decisions", work)
    page = pages.cut(asked, rows, lambda row: Made(row.id))
    return pages.Page([views.decision(row) for row in page.items], page.next)


@litestar.get(
    "/api/v1/admin/screening/decisions/{decision:uuid}",
    operation_id="show_screening_decision",
    summary="One decision in clear, with every reason of every score",
    tags=_TAGS,
    opt=LOOK,
)
async def decision(request: Request, decision: params.FromPath[UUID]) -> views.OpenedDecision:
    """Every look is on record."""
    by, state = access_api.caller(request).account, request.app.state
    found = await state.db.run("screening.look", lambda tx: replaying.read(tx, state.screening, decision, by))
    return views.opened(found)


@litestar.post(
    "/api/v1/admin/screening/subjects/{subject:uuid}/screen",
    operation_id="screen_again",
    summary="Screen somebody again, by what is known of them",
    tags=_TAGS,
    opt=ACT,
    status_code=200,
)
async def again(
    request: Request, subject: params.FromPath[UUID], key: idempotency.Key = None
) -> litestar.Response[views.AgainView]:
    caller, state = access_api.caller(request), request.app.state
    claim = await idempotency.claim(request, caller.account, key, required=False)

    async def work(tx: transaction.Tx) -> tuple[int, views.AgainView]:
        made = await decisions.again(tx, state.screening, subject, people.Trigger.MANUAL)
        if made is None:
            raise people.UnknownSubject("nobody of this number can be screened")
        return 200, views.AgainView(decision=made.id, state=made.state, reasons=made.reasons, failure=made.failure)

    answer: litestar.Response[Any] = await idempotency.run(state.db, "screening.again", claim, work)
    return answer


@litestar.get(
    "/api/v1/admin/screening/hits",
    operation_id="list_screening_hits",
    summary="Open hits, longest waiting first",
    tags=_TAGS,
    opt=LOOK,
)
async def worklist(
    request: Request,
    tier: Annotated[people.Tier | None, params.QueryParameter(description="only hits of this kind")] = None,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[views.HitView]:
    asked = pages.read(request, Waiting, cursor, limit, tier)
    after = (asked.after.at, asked.after.id) if asked.after else None
    rows = await request.app.state.db.read(
        "screening.worklist", lambda tx: hits.worklist(tx, tier, after, asked.limit + 1)
    )
    page = pages.cut(asked, rows, lambda row: Waiting(row.opened_at, row.id))
    return pages.Page([views.hit(row) for row in page.items], page.next)


@litestar.get(
    "/api/v1/admin/screening/hits/{hit:uuid}",
    operation_id="show_screening_hit",
    summary="One hit, with the entry of the list",
    tags=_TAGS,
    opt=LOOK,
)
async def hit(request: Request, hit: params.FromPath[UUID]) -> litestar.Response[views.EntryView]:
    """The ETag is what a verdict must carry in If-Match."""
    screening = request.app.state.screening

    async def work(tx: transaction.Tx) -> tuple[people.Hit, str]:
        found = await hits.one(tx, hit)
        return found, await hits.note(tx, screening, hit)

    found, note = await request.app.state.db.read("screening.hit", work)
    shown = views.entry(found, screening.lists.newest, note)
    return litestar.Response(shown, headers={etags.HEADER: _tag(found)})


@litestar.post(
    "/api/v1/admin/screening/hits/{hit:uuid}/verdict",
    operation_id="decide_screening_hit",
    summary="Say what a hit is",
    tags=_TAGS,
    opt=ACT,
    status_code=200,
)
async def decide(
    request: Request,
    hit: params.FromPath[UUID],
    data: params.JSONBody[views.VerdictBody],
    if_match: etags.IfMatch = None,
    key: idempotency.Key = None,
) -> litestar.Response[views.DecidedHit]:
    """Needs If-Match. Of two who decide at once, one wins; the other is told who did and what they said. A strong hit is
    let go by two officers who say the same: after the first it is still open, and shows what was proposed and by whom.
    """
    caller, match, state = access_api.caller(request), etags.required(if_match), request.app.state
    claim = await idempotency.claim(request, caller.account, key, required=False)

    async def work(tx: transaction.Tx) -> tuple[int, views.DecidedHit]:
        hits.undecided(found := await hits.one(tx, hit), data.verdict, caller.account)
        match.check(_tag(found))
        done = await hits.decide(tx, state.screening, caller.account, hit, data.verdict, data.note)
        return 200, views.DecidedHit(hit=views.hit(done.hit), state=done.standing.state, reasons=done.standing.reasons)

    answer: litestar.Response[Any] = await idempotency.run(state.db, "screening.verdict", claim, work)
    return answer


HANDLERS = (lists, history, subject, of_subject, decision, again, worklist, hit, decide)


def _tag(found: people.Hit) -> str:
    return etags.strong("screening_hit", str(found.id), found.revision)
