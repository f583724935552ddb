"""Rules in versions."""

from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.ledger import model as ledger

_IN_FORCE = """
SELECT number, hash FROM monitoring_rules WHERE effective_at <= $1 ORDER BY effective_at DESC LIMIT 1"""
_GROUND = """
SELECT r.number AS version, r.hash, g.number, g.code, g.scale, g.kind::text, g.instrument
FROM (SELECT) AS one
LEFT JOIN LATERAL (
  SELECT number, hash FROM monitoring_rules WHERE effective_at <= $1 ORDER BY effective_at DESC LIMIT 1) AS r ON true
LEFT JOIN ledger_asset g ON true"""
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


async def ground(tx: transaction.Tx, at: datetime) -> tuple[tuple[int, bytes] | None, dict[int, ledger.Asset]]:
    """The rules in force and every asset, for who needs both before anything else: one statement."""
    rows = await tx.fetch(_GROUND, at)
    version = (rows[0]["version"], rows[0]["hash"]) if rows[0]["version"] is not None else None
    assets = {
        row["number"]: ledger.Asset(
            row["number"], row["code"], row["scale"], ledger.AssetKind(row["kind"]), row["instrument"]
        )
        for row in rows
        if row["number"] is not None
    }
    return version, assets


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
