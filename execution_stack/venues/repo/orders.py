"""Orders and their client order ids. Whoever takes several locks takes them in the order of references."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.venues import model
from execution_stack.venues.model import dealing
from execution_stack.venues.model.dealing import Order, State

_COLUMNS = """ref, client, venue::text, instrument, market, side::text, price, count, time_in_force::text, expires_at,
  post_only, reduce_only, state::text, venue_id, filled, reserved, attempts, checked, refusal::text, sent_at, due_at,
  recorded_at, changed_at"""
_ADD = """
INSERT INTO venue_order (ref, client, venue, instrument, market, side, price, count, time_in_force, expires_at,
  post_only, reduce_only, reserved, due_at, recorded_at, changed_at)
VALUES ($1, $2, $3::text::venue_name, $4, $5, $6::text::venue_side, $7, $8, $9::text::venue_time_in_force, $10, $11, $12,
  $13, $14, $14, $14)"""
_ADD_CLIENT = 'INSERT INTO venue_client (client, "order") VALUES ($1, $2)'
_ONE = f"SELECT {_COLUMNS} FROM venue_order WHERE ref = $1"  # noqa: S608 -- constants, here and below
_SOME = f"SELECT {_COLUMNS} FROM venue_order WHERE ref = ANY($1::uuid[])"  # noqa: S608 -- constants
_LOCK = f"""
SELECT {_COLUMNS} FROM venue_order WHERE ref = ANY($1::uuid[]) ORDER BY ref FOR UPDATE"""  # noqa: S608 -- constants
_CLAIM = f"""
UPDATE venue_order SET state = 'sending', attempts = attempts + 1, checked = false, sent_at = $3, due_at = $4,
  changed_at = $3
WHERE ref IN (
  SELECT ref FROM venue_order WHERE venue = $1::text::venue_name AND state = 'recorded' AND due_at <= $3
  ORDER BY due_at, ref LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING {_COLUMNS}"""  # noqa: S608 -- constants
_CLAIM_ASK = f"""
UPDATE venue_order o SET due_at = $4
WHERE ref IN (
  SELECT ref FROM venue_order WHERE venue = $1::text::venue_name AND due_at <= $3 AND state <> 'recorded'
  ORDER BY due_at, ref LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING {_COLUMNS}"""  # noqa: S608 -- constants
_SAVE = """
UPDATE venue_order SET client = $2, price = $3, count = $4, state = $5::text::venue_order_state, venue_id = $6,
  filled = $7, reserved = $8, checked = $9, refusal = $10::text::venue_refusal, due_at = $11, changed_at = $12
WHERE ref = $1"""
_LATER = "UPDATE venue_order SET due_at = $2 WHERE ref = $1"
_BY_VENUE_ID = "SELECT ref, venue_id FROM venue_order WHERE venue = $1::text::venue_name AND venue_id = ANY($2::uuid[])"
_BY_CLIENT = 'SELECT client, "order" FROM venue_client WHERE client = ANY($1::uuid[])'
_OPEN = f"""
SELECT {_COLUMNS} FROM venue_order
WHERE venue = $1::text::venue_name AND state NOT IN ('filled', 'cancelled', 'refused', 'expired')
ORDER BY ref"""  # noqa: S608 -- constants
_LIST = f"""
SELECT {_COLUMNS} FROM venue_order
WHERE venue = $1::text::venue_name AND ($2 OR state NOT IN ('filled', 'cancelled', 'refused', 'expired')) AND ref > $3
ORDER BY ref LIMIT $4"""  # noqa: S608 -- constants
_LOOK_AT = """
UPDATE venue_order SET checked = false, due_at = least(coalesce(due_at, $2::timestamptz), $2::timestamptz)
WHERE ref = ANY($1::uuid[]) AND state IN ('working', 'partially_filled', 'unknown')"""
_RESERVED = """
SELECT coalesce(sum(reserved), 0)::bigint FROM venue_order
WHERE venue = $1::text::venue_name AND state NOT IN ('filled', 'cancelled', 'refused', 'expired')"""
_COUNTS = "SELECT state::text, count(*) FROM venue_order WHERE venue = $1::text::venue_name GROUP BY 1 ORDER BY 1"
_UNKNOWN_SINCE = """
SELECT count(*), min(changed_at) FROM venue_order WHERE venue = $1::text::venue_name AND state = 'unknown'"""


async def add(tx: transaction.Tx, order: Order) -> None:
    await tx.execute(
        _ADD,
        order.ref,
        order.client,
        order.venue.value,
        order.instrument,
        order.market,
        order.side.value,
        order.price,
        order.count,
        order.time_in_force.value,
        order.expires_at,
        order.post_only,
        order.reduce_only,
        order.reserved,
        order.recorded_at,
    )
    await add_client(tx, order.client, order.ref)


async def add_client(tx: transaction.Tx, client: UUID, order: UUID) -> None:
    await tx.execute(_ADD_CLIENT, client, order)


async def one(tx: transaction.Tx, ref: UUID) -> Order | None:
    row = await tx.row(_ONE, ref)
    return None if row is None else _order(row)


async def some(tx: transaction.Tx, refs: Sequence[UUID]) -> dict[UUID, Order]:
    return {each.ref: each for each in map(_order, await tx.fetch(_SOME, sorted(set(refs))))}


async def lock(tx: transaction.Tx, refs: Sequence[UUID]) -> dict[UUID, Order]:
    return {each.ref: each for each in map(_order, await tx.fetch(_LOCK, sorted(set(refs))))}


async def claim(tx: transaction.Tx, venue: dealing.Name, limit: int, now: datetime, lease: timedelta) -> list[Order]:
    """Orders that are to leave now, marked as sent before they are: nobody else takes them while the lease runs."""
    return [_order(row) for row in await tx.fetch(_CLAIM, venue.value, limit, now, now + lease)]


async def claim_asking(
    tx: transaction.Tx, venue: dealing.Name, limit: int, now: datetime, lease: timedelta
) -> list[Order]:
    """Orders about which the venue is to be asked now; nobody else asks while the lease runs."""
    return [_order(row) for row in await tx.fetch(_CLAIM_ASK, venue.value, limit, now, now + lease)]


async def save(tx: transaction.Tx, order: Order) -> None:
    await tx.execute(
        _SAVE,
        order.ref,
        order.client,
        order.price,
        order.count,
        order.state.value,
        order.venue_id,
        order.filled,
        order.reserved,
        order.checked,
        order.refusal.value if order.refusal else None,
        order.due_at,
        order.changed_at,
    )


async def later(tx: transaction.Tx, ref: UUID, due_at: datetime) -> None:
    await tx.execute(_LATER, ref, due_at)


async def named(
    tx: transaction.Tx, venue: dealing.Name, venue_ids: Sequence[UUID], clients: Sequence[UUID]
) -> tuple[dict[UUID, UUID], dict[UUID, UUID]]:
    """Our references of orders by the venue's ids, and by any client order id that was ever ours."""
    by_venue = await tx.fetch(_BY_VENUE_ID, venue.value, list(venue_ids))
    by_client = await tx.fetch(_BY_CLIENT, list(clients))
    return {row["venue_id"]: row["ref"] for row in by_venue}, {row["client"]: row["order"] for row in by_client}


async def open_ones(tx: transaction.Tx, venue: dealing.Name) -> list[Order]:
    return [_order(row) for row in await tx.fetch(_OPEN, venue.value)]


async def page(tx: transaction.Tx, venue: dealing.Name, after: UUID, limit: int, *, over: bool) -> list[Order]:
    return [_order(row) for row in await tx.fetch(_LIST, venue.value, over, after, limit)]


async def look_at(tx: transaction.Tx, refs: Sequence[UUID], now: datetime) -> int:
    """Read these back soon: something was heard of them, or not heard that should have been."""
    return await tx.execute(_LOOK_AT, sorted(set(refs)), now)


async def reserved(tx: transaction.Tx, venue: dealing.Name) -> int:
    total: int = await tx.value(_RESERVED, venue.value)
    return total


async def counts(tx: transaction.Tx, venue: dealing.Name) -> dict[State, int]:
    return {State(row[0]): row[1] for row in await tx.fetch(_COUNTS, venue.value)}


async def unknown_since(tx: transaction.Tx, venue: dealing.Name) -> tuple[int, datetime | None]:
    row = await tx.row(_UNKNOWN_SINCE, venue.value)
    assert row is not None
    return row[0], row[1]


def _order(row: transaction.Record) -> Order:
    values = dict(row.items())
    words = {
        "venue": dealing.Name(values["venue"]),
        "side": model.Side(values["side"]),
        "time_in_force": model.TimeInForce(values["time_in_force"]),
        "state": State(values["state"]),
        "refusal": model.Code(values["refusal"]) if values["refusal"] else None,
    }
    return Order(**values | words)
