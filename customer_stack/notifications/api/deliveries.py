"""Deliveries as staff see them: what is dead, what is of unknown fate. Addresses and contents stay sealed."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import litestar
import msgspec
from litestar import params

from boundary.kernel.runtime import idempotency, pages, transaction
from customer_stack.access import api as access_api
from customer_stack.access import model as access
from customer_stack.access import rules as access_rules
from customer_stack.notifications import model
from customer_stack.notifications.service import delivering as service

Request = litestar.Request[Any, Any, Any]
LOOK = {"rule": access_rules.may(access.Permission.USERS_VIEW)}
REPEAT = {"rule": access_rules.may(access.Permission.USERS_MANAGE, fresh=True)}


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of deliveries ends."""

    id: UUID


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One message on its way. `code` says in a word what the last attempt met."""

    id: UUID
    account: UUID
    channel: model.Channel
    kind: str
    state: model.DeliveryState
    attempts: int
    code: str
    due_at: datetime
    created_at: datetime


@litestar.get(
    "/api/v1/admin/deliveries",
    operation_id="list_deliveries",
    summary="Messages on their way, newest first",
    tags=["admin"],
    opt=LOOK,
)
async def listed(
    request: Request,
    in_state: Annotated[model.DeliveryState | None, params.QueryParameter(name="state")] = None,
    account: params.FromQuery[UUID | None] = None,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[Delivery]:
    asked = pages.read(request, Position, cursor, limit, in_state, account)
    before = asked.after.id if asked.after else None
    rows = await request.app.state.db.read(
        "notifications.deliveries", lambda tx: service.listed(tx, in_state, account, before, asked.limit + 1)
    )
    page = pages.cut(asked, rows, lambda row: Position(row.id))
    return pages.Page([_shown(row) for row in page.items], page.next)


@litestar.post(
    "/api/v1/admin/deliveries/{delivery:uuid}/retry",
    operation_id="retry_delivery",
    summary="Try a message again that is dead or of unknown fate",
    tags=["admin"],
    opt=REPEAT,
    status_code=202,
)
async def retry(
    request: Request, delivery: params.FromPath[UUID], key: idempotency.Key = None
) -> litestar.Response[Delivery]:
    """Whoever is sure that an SMS of unknown fate did not arrive may send it again. A one-time code is never repeated."""
    staff, state = access_api.caller(request).account, request.app.state
    claim = await idempotency.claim(request, staff, key, required=False)

    async def work(tx: transaction.Tx) -> tuple[int, Delivery]:
        return 202, _shown(await service.again(tx, state.post, delivery, staff))

    answer: litestar.Response[Any] = await idempotency.run(state.db, "notifications.retry", claim, work)
    return answer


HANDLERS = (listed, retry)


def _shown(row: model.Delivery) -> Delivery:
    return Delivery(
        id=row.id,
        account=row.account,
        channel=row.channel,
        kind=row.kind,
        state=row.state,
        attempts=row.attempts,
        code=row.code,
        due_at=row.due_at,
        created_at=row.created_at,
    )
