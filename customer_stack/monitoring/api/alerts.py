"""Alerts, a customer's risk with its reasons, and accounts that act together."""

from typing import Annotated
from uuid import UUID

import litestar
from litestar import params

from boundary.kernel.runtime import pages, transaction
from customer_stack.access import api as access
from customer_stack.monitoring import model
from customer_stack.monitoring.api import entering, views
from customer_stack.monitoring.service import alerts as alerts_service
from customer_stack.monitoring.service import risk as service

Request = entering.Request
_RISK = "/api/v1/admin/compliance/accounts/{account:uuid}/risk"
_LINKS = "/api/v1/admin/compliance/accounts/{account:uuid}/links"
_TAGS = ["compliance"]


@litestar.get(
    "/api/v1/admin/compliance/alerts",
    operation_id="list_alerts",
    summary="Alerts, newest first",
    tags=_TAGS,
    opt=entering.LOOK,
)
async def some(
    request: Request,
    account: params.FromQuery[UUID | None] = None,
    rule: Annotated[str | None, params.QueryParameter(max_length=40)] = None,
    severity: params.FromQuery[model.Severity | None] = None,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[views.AlertView]:
    asked = pages.read(request, model.Position, cursor, limit, account, rule, severity)
    rows = await entering.look(
        request,
        "compliance.alerts",
        lambda tx: alerts_service.some(tx, account, rule, severity, views.place(asked.after), asked.limit + 1),
    )
    page = pages.cut(asked, rows, lambda row: views.position(row["raised_at"], row["id"]))
    return pages.Page([views.alert(row) for row in page.items], page.next)


@litestar.get(
    "/api/v1/admin/compliance/alerts/{alert:uuid}",
    operation_id="show_alert",
    summary="One alert",
    tags=_TAGS,
    opt=entering.LOOK,
)
async def show(request: Request, alert: params.FromPath[UUID]) -> views.AlertView:
    return views.alert(await entering.look(request, "compliance.alert", lambda tx: alerts_service.one(tx, alert)))


@litestar.get(
    _RISK,
    operation_id="show_risk",
    summary="How risky a customer is, and why",
    tags=_TAGS,
    opt=entering.LOOK,
)
async def risk(request: Request, account: params.FromPath[UUID]) -> views.RiskView:
    now = request.app.state.clock.now()

    async def work(tx: transaction.Tx) -> views.RiskView:
        score = (await service.scores(tx, [account], now))[account]
        reasons = [views.RiskReasonView(**each._asdict()) for each in await service.explained(tx, account, now)]
        linked = [views.LinkedView(*row) for row in await service.linked(tx, account)]
        return views.RiskView(account=account, points=score.points, level=score.level, reasons=reasons, linked=linked)

    return await entering.look(request, "compliance.risk", work)


@litestar.post(
    _RISK,
    operation_id="note_risk",
    summary="Give a customer points of risk for a reason that no rule knows",
    tags=_TAGS,
    status_code=204,
    opt=entering.ACT,
)
async def note(request: Request, account: params.FromPath[UUID], data: params.JSONBody[views.NewRisk]) -> None:
    state, by = request.app.state, access.caller(request).account
    await entering.act(
        request,
        "compliance.note_risk",
        lambda tx: service.note(
            tx, state.vault, account, data.reason, data.points, data.half_life_days, by, state.clock.now(), state.ids
        ),
    )


@litestar.post(
    _LINKS,
    operation_id="link_accounts",
    summary="Say that two accounts act together; rules that look at linked accounts count both",
    tags=_TAGS,
    status_code=204,
    opt=entering.ACT,
)
async def link(request: Request, account: params.FromPath[UUID], data: params.JSONBody[views.NewLink]) -> None:
    state, by = request.app.state, access.caller(request).account
    await entering.act(
        request,
        "compliance.link_accounts",
        lambda tx: service.link(tx, state.vault, account, data.other, data.reason, by),
    )


HANDLERS = (some, show, risk, note, link)
