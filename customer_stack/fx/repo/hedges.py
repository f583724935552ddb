"""Hedge orders. At most one of a pair is open at a time: the database refuses a second."""

from datetime import timedelta
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.fx import model

_HEDGES = """
SELECT id, base, quote, provider, base_minor, state::text, handle, attempts, created_at, changed_at, quote_minor
FROM fx_hedge"""
_PLAN = """
INSERT INTO fx_hedge (id, base, quote, provider, base_minor, base_units) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING"""
_OPEN = f"""{_HEDGES} WHERE state IN ('planned', 'sending', 'unknown') ORDER BY id"""
_LOCK = f"{_HEDGES} WHERE id = $1 FOR UPDATE"
_MARK = """
UPDATE fx_hedge SET state = $2, handle = $3, quote_minor = $4, attempts = attempts + $5, changed_at = now()
WHERE id = $1"""
_LISTED = f"{_HEDGES} WHERE ($1::uuid IS NULL OR id < $1) ORDER BY id DESC LIMIT $2"
_QUIET = "SELECT now() - changed_at >= $2::interval FROM fx_hedge WHERE id = $1"


async def plan(tx: transaction.Tx, order: model.HedgeOrder, base_units: int) -> bool:
    """Whether it is planned: not if one of the pair is open already."""
    return bool(
        await tx.execute(
            _PLAN, order.id, order.pair.base, order.pair.quote, order.provider, order.base_minor, base_units
        )
    )


async def open_orders(tx: transaction.Tx) -> list[model.HedgeOrder]:
    return [_order(row) for row in await tx.fetch(_OPEN)]


async def lock(tx: transaction.Tx, number: UUID) -> model.HedgeOrder | None:
    row = await tx.row(_LOCK, number)
    return None if row is None else _order(row)


async def mark(
    tx: transaction.Tx, order: UUID, state: model.HedgeState, handle: str, quote_minor: int | None, *, attempt: bool
) -> None:
    await tx.execute(_MARK, order, state.value, handle, quote_minor, int(attempt))


async def is_quiet(tx: transaction.Tx, order: UUID, by: timedelta) -> bool:
    """Whether nothing has happened to it for so long."""
    return bool(await tx.value(_QUIET, order, by))


async def listed(tx: transaction.Tx, before: UUID | None, limit: int) -> list[model.HedgeOrder]:
    return [_order(row) for row in await tx.fetch(_LISTED, before, limit)]


def _order(row: transaction.Record) -> model.HedgeOrder:
    return model.HedgeOrder(
        id=row["id"],
        pair=model.Pair(row["base"], row["quote"]),
        provider=row["provider"],
        base_minor=row["base_minor"],
        state=model.HedgeState(row["state"]),
        handle=row["handle"],
        attempts=row["attempts"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        quote_minor=row["quote_minor"],
    )
