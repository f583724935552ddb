"""Set-based reads and writes of fills and their shares."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.allocation import model

_COLUMNS = '"order", number, version, lots, ticks, fee, improvement, reverses, filled_at, shared, done'
_RECORD = f"""
INSERT INTO omnibus_fill ("order", number, fill, version, lots, ticks, fee, improvement, filled_at)
SELECT $1::ref, (SELECT coalesce(max(number), 0) + 1 FROM omnibus_fill WHERE "order" = $1::ref), $2, $3, $4, $5, $6, $7, $8
ON CONFLICT (fill) WHERE reverses IS NULL DO NOTHING RETURNING {_COLUMNS}"""  # noqa: S608 -- constants of this module
_REVERSE = f"""
INSERT INTO omnibus_fill ("order", number, fill, version, lots, ticks, fee, improvement, reverses, filled_at)
SELECT "order", (SELECT max(number) + 1 FROM omnibus_fill n WHERE n."order" = f."order"), fill, version, lots, ticks,
  fee, improvement, number, $2
FROM omnibus_fill f WHERE fill = $1 AND reverses IS NULL
ON CONFLICT DO NOTHING RETURNING {_COLUMNS}"""  # noqa: S608 -- likewise
_NEXT = f"""
SELECT {_COLUMNS} FROM omnibus_fill f WHERE NOT done
  AND NOT EXISTS (SELECT FROM omnibus_fill e WHERE e."order" = f."order" AND e.number < f.number AND NOT e.done)
ORDER BY "order", number LIMIT 1 FOR UPDATE SKIP LOCKED"""  # noqa: S608 -- likewise
_WAITING = 'SELECT EXISTS (SELECT FROM omnibus_fill WHERE "order" = $1 AND NOT done)'
_PROGRESS = 'UPDATE omnibus_fill SET shared = $3, done = $4 WHERE "order" = $1 AND number = $2'
_ADD = """
INSERT INTO allocation ("order", fill, member, lots, fee, improvement, told)
SELECT $1, $2, n.* FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[]) AS n"""
_SHARES = 'SELECT member, lots, fee, improvement, told FROM allocation WHERE "order" = $1 AND fill = $2 ORDER BY member'
_ALL = f'SELECT {_COLUMNS} FROM omnibus_fill WHERE "order" = $1 ORDER BY number'  # noqa: S608 -- likewise


async def record(
    tx: transaction.Tx, order: UUID, fill: UUID, version: int, priced: model.Priced, filled_at: datetime
) -> model.Recorded | None:
    """The next fill of an order that the caller holds; none if this fill was recorded before."""
    row = await tx.row(_RECORD, order, fill, version, *priced, filled_at)
    return None if row is None else model.Recorded(*row)


async def reverse(tx: transaction.Tx, fill: UUID, at: datetime) -> model.Recorded | None:
    """The undoing of a fill; none if there is no such fill or it was undone before."""
    row = await tx.row(_REVERSE, fill, at)
    return None if row is None else model.Recorded(*row)


async def next_(tx: transaction.Tx) -> model.Recorded | None:
    """The oldest fill of some order that is not shared out, held."""
    row = await tx.row(_NEXT)
    return None if row is None else model.Recorded(*row)


async def waiting(tx: transaction.Tx, order: UUID) -> bool:
    found: bool = await tx.value(_WAITING, order)
    return found


async def progress(tx: transaction.Tx, recorded: model.Recorded, shared: int, *, done: bool) -> None:
    await tx.execute(_PROGRESS, recorded.order, recorded.number, shared, done)


async def add(tx: transaction.Tx, recorded: model.Recorded, rows: Sequence[tuple[int, model.Share, int]]) -> None:
    """Member, share, and the number under which its channel heard of it."""
    await tx.execute(
        _ADD,
        recorded.order,
        recorded.number,
        [member for member, _, _ in rows],
        [share.lots for _, share, _ in rows],
        [share.fee for _, share, _ in rows],
        [share.improvement for _, share, _ in rows],
        [told for _, _, told in rows],
    )


async def shares(tx: transaction.Tx, order: UUID, number: int) -> list[tuple[int, model.Share, int]]:
    return [(row[0], model.Share(row[1], row[2], row[3]), row[4]) for row in await tx.fetch(_SHARES, order, number)]


async def every(tx: transaction.Tx, order: UUID) -> list[model.Recorded]:
    return [model.Recorded(*row) for row in await tx.fetch(_ALL, order)]
