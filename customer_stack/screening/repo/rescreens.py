"""How far comparing everybody with a changed list has come."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.screening import model

_COLUMNS = """
id, publisher::text, version, previous, changed, removed, reached, compared, decided, started_at, finished_at"""
_ADD = """
INSERT INTO screening_rescreen (publisher, version, previous, changed, removed, started_at)
VALUES ($1::screening_publisher, $2, $3, $4, $5, $6)"""
_OPEN = f"SELECT {_COLUMNS} FROM screening_rescreen WHERE finished_at IS NULL ORDER BY id LIMIT 1"  # noqa: S608 -- constants
_NEWEST = f"SELECT {_COLUMNS} FROM screening_rescreen ORDER BY id DESC LIMIT $1"  # noqa: S608 -- constants
_ADVANCE = """
UPDATE screening_rescreen SET reached = $3, compared = compared + $4, decided = decided + $5
WHERE id = $1 AND reached IS NOT DISTINCT FROM $2 AND finished_at IS NULL"""
_FINISH = "UPDATE screening_rescreen SET finished_at = $2 WHERE id = $1 AND finished_at IS NULL"


class Rescreen(NamedTuple):
    """`reached` is the last subject that is done."""

    id: int
    publisher: model.Publisher
    version: int
    previous: int | None
    changed: int
    removed: int
    reached: UUID | None
    compared: int
    decided: int
    started_at: datetime
    finished_at: datetime | None


async def add(
    tx: transaction.Tx,
    publisher: model.Publisher,
    version: int,
    previous: int | None,
    changed: int,
    removed: int,
    now: datetime,
) -> None:
    await tx.execute(_ADD, publisher.value, version, previous, changed, removed, now)


async def first_open(tx: transaction.Tx) -> Rescreen | None:
    """The oldest that is not finished: versions are followed in their order."""
    row = await tx.row(_OPEN)
    return _rescreen(row) if row else None


async def newest(tx: transaction.Tx, limit: int) -> list[Rescreen]:
    return [_rescreen(row) for row in await tx.fetch(_NEWEST, limit)]


async def advance(tx: transaction.Tx, of: Rescreen, reached: UUID, compared: int, decided: int) -> bool:
    """Note what is done, unless somebody else was faster."""
    return bool(await tx.execute(_ADVANCE, of.id, of.reached, reached, compared, decided))


async def finish(tx: transaction.Tx, of: Rescreen, now: datetime) -> bool:
    return bool(await tx.execute(_FINISH, of.id, now))


def _rescreen(row: transaction.Record) -> Rescreen:
    return Rescreen(
        row["id"], model.Publisher(row["publisher"]), row["version"], row["previous"], row["changed"], row["removed"],
        row["reached"], row["compared"], row["decided"], row["started_at"], row["finished_at"],
    )  # fmt: skip
