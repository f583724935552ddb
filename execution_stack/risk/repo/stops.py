"""Stops: set, lifted, in force."""

from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.risk import model

_ADD = """
INSERT INTO risk_stop (id, scope, channel, instrument, participant) VALUES ($1, $2::text::risk_scope,
  CASE WHEN $2::text = 'channel' THEN $3::uuid END, CASE WHEN $2::text = 'instrument' THEN $3::uuid END,
  CASE WHEN $2::text = 'participant' THEN $3::uuid END) ON CONFLICT DO NOTHING"""
_LIFT = "UPDATE risk_stop SET lifted_at = now(), statement = $2 WHERE id = $1 AND lifted_at IS NULL"
_READ = """
SELECT id, scope::text, coalesce(channel, instrument, participant) AS subject, at FROM risk_stop
WHERE lifted_at IS NULL"""
_ALL = f"{_READ} ORDER BY at, id"
_ONE = f"{_READ} AND id = $1"
_HALTS = """
SELECT EXISTS (SELECT FROM risk_stop WHERE lifted_at IS NULL AND (scope = 'all' OR instrument = $1))"""


async def add(tx: transaction.Tx, stop: UUID, scope: model.Scope, subject: UUID | None) -> bool:
    """Whether the same was not stopped before."""
    return await tx.execute(_ADD, stop, scope.value, subject) == 1


async def lift(tx: transaction.Tx, stop: UUID, statement: bytes) -> bool:
    return await tx.execute(_LIFT, stop, statement) == 1


async def in_force(tx: transaction.Tx) -> list[model.Stop]:
    return [_stop(row) for row in await tx.fetch(_ALL)]


async def find(tx: transaction.Tx, stop: UUID) -> model.Stop | None:
    """One that is in force."""
    row = await tx.row(_ONE, stop)
    return None if row is None else _stop(row)


async def halts(tx: transaction.Tx, instrument: UUID) -> bool:
    """Whether a stop is in force for all who trade this instrument."""
    found: bool = await tx.value(_HALTS, instrument)
    return found


def _stop(row: transaction.Record) -> model.Stop:
    return model.Stop(row["id"], model.Scope(row["scope"]), row["subject"], row["at"])
