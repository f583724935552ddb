"""What is asked about orders: at most one thing at a time is on its way for an order, cancels first."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.venues import model
from execution_stack.venues.model import dealing
from execution_stack.venues.model.dealing import Command, CommandKind, CommandState

_COLUMNS = (
    'c."order", c.number, c.kind::text, c.price, c.count, c.client, c.state::text, c.attempts, c.sent_at, c.due_at'
)
_ADD = """
INSERT INTO venue_command ("order", number, kind, price, count, client, due_at, recorded_at, changed_at)
SELECT $1::uuid, coalesce(max(number), 0) + 1, $2::text::venue_command_kind, $3, $4, $5, $6, $6, $6
FROM venue_command WHERE "order" = $1::uuid RETURNING number"""
_CLAIM = f"""
UPDATE venue_command c SET state = 'sending', attempts = attempts + 1, sent_at = $3, due_at = $4, changed_at = $3
WHERE (c."order", c.number) IN (
  SELECT d."order", d.number FROM venue_command d JOIN venue_order o ON o.ref = d."order"
  WHERE o.venue = $1::text::venue_name AND d.state = 'recorded' AND d.due_at <= $3 AND o.venue_id IS NOT NULL
    AND o.state IN ('working', 'partially_filled')
    AND NOT EXISTS (SELECT FROM venue_command e WHERE e."order" = d."order" AND e.state IN ('sending', 'unknown'))
    AND NOT EXISTS (SELECT FROM venue_command e WHERE e."order" = d."order" AND e.state = 'recorded'
      AND (e.kind = 'cancel', -e.number) > (d.kind = 'cancel', -d.number))
  ORDER BY d.kind = 'cancel' DESC, d.due_at, d."order" LIMIT $2 FOR UPDATE OF d SKIP LOCKED)
RETURNING {_COLUMNS}"""  # noqa: S608 -- constants, here and below
_LOCK = f"""
SELECT {_COLUMNS} FROM venue_command c WHERE c."order" = $1 AND c.number = $2 FOR UPDATE"""  # noqa: S608 -- constants
_PENDING = f"""
SELECT {_COLUMNS} FROM venue_command c
WHERE c."order" = $1 AND c.state NOT IN ('done', 'refused') ORDER BY c.number FOR UPDATE"""  # noqa: S608 -- constants
_ALL = f'SELECT {_COLUMNS} FROM venue_command c WHERE c."order" = $1 ORDER BY c.number'  # noqa: S608 -- constants
_SAVE = """
UPDATE venue_command SET state = $3::text::venue_command_state, due_at = $4, changed_at = $5,
  refusal = coalesce($6::text::venue_refusal, refusal)
WHERE "order" = $1 AND number = $2"""
_LOST = f"""
SELECT {_COLUMNS} FROM venue_command c JOIN venue_order o ON o.ref = c."order"
WHERE o.venue = $1::text::venue_name AND c.state = 'sending' AND c.due_at <= $2
ORDER BY c."order", c.number LIMIT $3"""  # noqa: S608 -- constants
_AMENDING = """
SELECT "order", max(count)::bigint AS most FROM venue_command
WHERE "order" = ANY($1::uuid[]) AND kind = 'amend' AND state IN ('sending', 'unknown') GROUP BY 1"""
_CHANGED = """
SELECT EXISTS (SELECT FROM venue_command WHERE "order" = $1 AND kind <> 'cancel' AND state = 'done' AND changed_at > $2)"""
_ASK = """
UPDATE venue_order SET due_at = $2::timestamptz, checked = false
WHERE ref IN (SELECT "order" FROM venue_command WHERE state = 'unknown' AND due_at <= $2::timestamptz)
  AND venue = $1::text::venue_name AND due_at IS NULL"""


async def add(
    tx: transaction.Tx,
    order: UUID,
    kind: CommandKind,
    now: datetime,
    *,
    price: int | None = None,
    count: int | None = None,
    client: UUID | None = None,
) -> int:
    """The number under which it stands; the order is locked, so no two take the same."""
    number: int = await tx.value(_ADD, order, kind.value, price, count, client, now)
    return number


async def claim(tx: transaction.Tx, venue: dealing.Name, limit: int, now: datetime, lease: timedelta) -> list[Command]:
    return [_command(row) for row in await tx.fetch(_CLAIM, venue.value, limit, now, now + lease)]


async def lock(tx: transaction.Tx, order: UUID, number: int) -> Command:
    row = await tx.row(_LOCK, order, number)
    assert row is not None, "commands are never removed"
    return _command(row)


async def pending(tx: transaction.Tx, order: UUID) -> list[Command]:
    return [_command(row) for row in await tx.fetch(_PENDING, order)]


async def every(tx: transaction.Tx, order: UUID) -> list[Command]:
    return [_command(row) for row in await tx.fetch(_ALL, order)]


async def save(
    tx: transaction.Tx,
    command: Command,
    state: CommandState,
    due_at: datetime | None,
    now: datetime,
    refusal: model.Code | None = None,
) -> None:
    await tx.execute(_SAVE, command.order, command.number, state.value, due_at, now, refusal.value if refusal else None)


async def lost(tx: transaction.Tx, venue: dealing.Name, now: datetime, limit: int) -> Sequence[Command]:
    """Those whose sender has died, as their lease says."""
    return [_command(row) for row in await tx.fetch(_LOST, venue.value, now, limit)]


async def amending(tx: transaction.Tx, orders: Sequence[UUID]) -> dict[UUID, int]:
    """The sizes that amendments on their way may have given these orders."""
    rows = await tx.fetch(_AMENDING, list(orders))
    return {row["order"]: row["most"] for row in rows}


async def changed_since(tx: transaction.Tx, order: UUID, moment: datetime) -> bool:
    """Whether the order was made another one since."""
    found: bool = await tx.value(_CHANGED, order, moment)
    return found


async def ask(tx: transaction.Tx, venue: dealing.Name, now: datetime) -> int:
    """See to it that orders with something unknown about them are read back."""
    return await tx.execute(_ASK, venue.value, now)


def _command(row: transaction.Record) -> Command:
    values = dict(row.items())
    return Command(**values | {"kind": CommandKind(values["kind"]), "state": CommandState(values["state"])})
