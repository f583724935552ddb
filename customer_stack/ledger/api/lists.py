"""Pages of movements: what both the owner's and the staff's route ask for, and how it is read."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import litestar
import msgspec
from litestar import params

from boundary.kernel.runtime import pages, transaction
from customer_stack.ledger import model
from customer_stack.ledger.api import views
from customer_stack.ledger.model import views as plain
from customer_stack.ledger.service import accounts, reading

Request = litestar.Request[Any, Any, Any]
Direction = Annotated[Literal["debit", "credit"] | None, params.QueryParameter(description="one direction only")]
Code = Annotated[int | None, params.QueryParameter(ge=1, le=65535, description="one purpose only")]
Reference = Annotated[UUID | None, params.QueryParameter(description="of one business reference only")]
Since = Annotated[datetime | None, params.QueryParameter(name="from", description="posted at or after")]
Until = Annotated[datetime | None, params.QueryParameter(name="until", description="posted before")]


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of movements ends: a place in the books."""

    seq: int


class Chosen(msgspec.Struct, frozen=True):
    """The filters of a list."""

    direction: str | None
    code: int | None
    reference: UUID | None
    since: datetime | None
    until: datetime | None


async def movements(
    request: Request, tx: transaction.Tx, account: model.Account, chosen: Chosen, cursor: str | None, limit: int
) -> pages.Page[views.MovementView]:
    """The newest first."""
    asked = pages.read(request, Position, cursor, limit, *msgspec.structs.astuple(chosen))
    wanted = plain.Filter(
        debits=chosen.direction != "credit",
        credits=chosen.direction != "debit",
        code=chosen.code,
        reference=chosen.reference,
        since=chosen.since,
        until=chosen.until,
        before=asked.after.seq if asked.after else None,
        newest_first=True,
        limit=asked.limit + 1,
    )
    rows = await reading.movements(tx, account.id, wanted)
    page = pages.cut(asked, rows, lambda row: Position(row.stored.seq))
    assets = await accounts.assets(tx)
    return pages.Page([views.movement(account.id, row, assets) for row in page.items], page.next)
