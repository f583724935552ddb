"""Rules in versions."""

from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction

_IN_FORCE = """
SELECT number, hash FROM monitoring_rules WHERE effective_at <= $1 ORDER BY effective_at DESC LIMIT 1"""
_DOCUMENT = "SELECT document FROM monitoring_rules WHERE number = $1"
_LATEST = "SELECT number, effective_at FROM monitoring_rules ORDER BY number DESC LIMIT 1"
_ALL = """
SELECT number, hash, effective_at, proposer, approver, at FROM monitoring_rules
WHERE $1::bigint IS NULL OR number < $1 ORDER BY number DESC LIMIT $2"""
_ADD = """
INSERT INTO monitoring_rules (number, hash, document, effective_at, proposer, approver, at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"""
_SHADOWS = """
SELECT rule, count(*) AS hits, count(*) FILTER (WHERE NOT certain) AS uncertain, max(at) AS newest
FROM monitoring_shadow WHERE version = $1 GROUP BY rule ORDER BY rule"""


async def in_force(tx: transaction.Tx, at: datetime) -> tuple[int, bytes] | None:
    row = await tx.row(_IN_FORCE, at)
    return (row["number"], row["hash"]) if row else None


async def document(tx: transaction.Tx, number: int) -> str | None:
    found: str | None = await tx.value(_DOCUMENT, number)
    return found


async def latest(tx: transaction.Tx) -> tuple[int, datetime] | None:
    row = await tx.row(_LATEST)
    return (row["number"], row["effective_at"]) if row else None


async def some(tx: transaction.Tx, before: int | None, limit: int) -> list[transaction.Record]:
    return await tx.fetch(_ALL, before, limit)


async def add(
    tx: transaction.Tx,
    number: int,
    digest: bytes,
    text: str,
    effective_at: datetime,
    by: tuple[UUID, UUID] | None,
    at: datetime,
) -> bool:
    """Whether it was added: not if the number, the text or the day is taken."""
    first, second = by or (None, None)
    return bool(await tx.execute(_ADD, number, digest, text, effective_at, first, second, at))


async def shadows(tx: transaction.Tx, number: int) -> list[transaction.Record]:
    return await tx.fetch(_SHADOWS, number)
