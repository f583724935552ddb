"""What members of an order still want, and that they got some of it."""

from collections.abc import Sequence
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.aggregation import model
from execution_stack.allocation import model as allocation
from execution_stack.intents import model as intents

_HOLD = "SELECT FROM omnibus_order WHERE ref = $1 FOR UPDATE"
_WEIGHTS = """
WITH later AS (
  SELECT DISTINCT ON (number) number, lots_before FROM omnibus_change
  WHERE "order" = $1 AND version > $2 ORDER BY number, version)
SELECT m.number, greatest(coalesce(l.lots_before, m.lots) - m.filled, 0), m.channel, m.epoch, m.sequence, m.position,
  m.participant
FROM omnibus_member m LEFT JOIN later l ON l.number = m.number
WHERE m."order" = $1 AND m.number IS NOT NULL ORDER BY m.number"""
_FILLED = """
UPDATE omnibus_member m SET filled = m.filled + n.lots, open = m.open AND (m.filled + n.lots < m.lots OR n.cut)
FROM (
  SELECT n.*, o.ref, EXISTS (
    SELECT FROM omnibus_change c WHERE (c."order", c.number) = (o.ref, n.number) AND c.version > o.obeyed) AS cut
  FROM omnibus_order o, unnest($2::bigint[], $3::bigint[]) AS n(number, lots) WHERE o.ref = $1) n
WHERE m."order" = n.ref AND m.number = n.number
RETURNING m.channel, m.epoch, m.sequence, m.position, m.open, n.lots"""
_MANIFEST = """
WITH later AS (
  SELECT DISTINCT ON (number) number, lots_before FROM omnibus_change
  WHERE "order" = $1 AND version > $2 ORDER BY number, version)
SELECT m.number, m.channel, m.epoch, m.sequence, m.position, m.participant, coalesce(l.lots_before, m.lots)
FROM omnibus_member m LEFT JOIN later l ON l.number = m.number
WHERE m."order" = $1 AND m.number IS NOT NULL ORDER BY m.number"""


async def weights(tx: transaction.Tx, order: UUID, version: int) -> list[allocation.Weight]:
    """Under any version, not only the newest: what later ones changed is taken back."""
    await tx.execute(_HOLD, order)
    return [allocation.Weight(*row) for row in await tx.fetch(_WEIGHTS, order, version)]


async def filled(
    tx: transaction.Tx, order: UUID, numbers: Sequence[int], lots: Sequence[int]
) -> list[tuple[UUID, intents.Name, bool, int]]:
    """Whose, which, whether more may come of it here, and how much it was. A cut that the venue does not obey yet
    keeps a member in, whatever it has.
    """
    return [
        (row[0], intents.Name(row[1], row[2], row[3]), row[4], row[5])
        for row in await tx.fetch(_FILLED, order, list(numbers), list(lots))
    ]


async def members(tx: transaction.Tx, order: UUID, version: int) -> tuple[model.Member, ...]:
    """As that version's manifest says it."""
    return tuple(model.Member(*row) for row in await tx.fetch(_MANIFEST, order, version))
