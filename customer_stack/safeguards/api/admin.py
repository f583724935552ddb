"""What staff may see of others' safeguards. There is nothing that they could change."""

from typing import Any
from uuid import UUID

import litestar
from litestar import params

from boundary.kernel.runtime import pages
from customer_stack.access import model as access_model
from customer_stack.access import rules as access_rules
from customer_stack.safeguards import service
from customer_stack.safeguards.api import views

Request = litestar.Request[Any, Any, Any]
_LOOK = {"rule": access_rules.may(access_model.Permission.COMPLIANCE_VIEW)}
_BASE = "/api/v1/admin/compliance/customers/{account:uuid}/safeguards"


@litestar.get(
    _BASE,
    operation_id="admin_show_safeguards",
    summary="What a customer is held to by their own wish",
    tags=["admin"],
    opt=_LOOK,
)
async def show(request: Request, account: params.FromPath[UUID]) -> views.SettingsView:
    state = request.app.state
    now = state.clock.now()
    found = await state.db.read("safeguards.admin.show", lambda tx: service.shown(tx, account, now))
    return views.settings(found, now)


@litestar.get(
    f"{_BASE}/history",
    operation_id="admin_list_safeguard_changes",
    summary="What a customer changed, newest first",
    tags=["admin"],
    opt=_LOOK,
)
async def history(
    request: Request, account: params.FromPath[UUID], limit: pages.Limit = pages.LIMIT, cursor: pages.Cursor = None
) -> pages.Page[views.ChangeView]:
    asked = pages.read(request, views.Position, cursor, limit)
    before = asked.after.number if asked.after else None
    rows = await request.app.state.db.read(
        "safeguards.admin.history", lambda tx: service.history(tx, account, before, asked.limit + 1)
    )
    page = pages.cut(asked, rows, lambda row: views.Position(row[0]))
    return pages.Page([views.change(row[1]) for row in page.items], page.next)


HANDLERS = (show, history)
