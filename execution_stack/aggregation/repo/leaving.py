"""Members that are to have less of an order, or nothing more of it."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.aggregation import model
from execution_stack.intents import model as intents

_HOLD = """
SELECT o.ref, o.state::text, o.instrument, o.side::text, o.limit_ticks, o.manner::text, m.epoch, m.sequence, m.position,
  m.lots, m.filled, m.target,
  (SELECT coalesce(sum(e.filled), 0)::bigint FROM omnibus_member e
   WHERE (e.channel, e.epoch, e.sequence, e.position) = (m.channel, m.epoch, m.sequence, m.position)) AS filled_in_all
FROM omnibus_member m JOIN omnibus_order o ON o.ref = m."order"
JOIN unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS n(epoch, sequence, position)
  ON (m.epoch, m.sequence, m.position) = (n.epoch, n.sequence, n.position)
WHERE m.channel = $1 AND m.open
ORDER BY o.ref, m.epoch, m.sequence, m.position FOR UPDATE OF o, m"""
_NOW = """
UPDATE omnibus_member m SET lots = n.lots, open = n.lots > 0
FROM unnest($1::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
  AS n(ref, epoch, sequence, position, lots)
WHERE (m."order", m.channel, m.epoch, m.sequence, m.position) = (n.ref, $2, n.epoch, n.sequence, n.position)"""
_LATER = """
WITH n AS (
  SELECT * FROM unnest($1::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[])
    AS n(ref, epoch, sequence, position, target, reason)),
flagged AS (UPDATE omnibus_order SET changes = true WHERE ref IN (SELECT ref FROM n))
UPDATE omnibus_member m SET target = n.target, reason = n.reason::omnibus_reason FROM n
WHERE (m."order", m.channel, m.epoch, m.sequence, m.position) = (n.ref, $2, n.epoch, n.sequence, n.position)"""
_OPEN_OF = """
SELECT channel, epoch, sequence, position FROM omnibus_member
WHERE open AND channel = $1 AND participant = ANY($2::uuid[])"""


class Held(NamedTuple):
    """A member in its open order. `filled_in_all` counts what its intent had of earlier orders too."""

    order: UUID
    state: model.State
    pool: model.Pool
    name: intents.Name
    lots: int
    filled: int
    target: int | None
    filled_in_all: int


class Less(NamedTuple):
    """So many lots in all of this order, from now on or as soon as the venue obeys."""

    order: UUID
    name: intents.Name
    lots: int
    reason: model.Reason


async def hold(tx: transaction.Tx, channel: UUID, names: Sequence[intents.Name]) -> dict[intents.Name, Held]:
    """Those of the intents that are in an open order, held with it; orders in one sequence, so that nobody waits in a
    ring.
    """
    found = [
        Held(
            row["ref"],
            model.State(row["state"]),
            model.Pool(row["instrument"], row["side"], row["limit_ticks"], model.Manner(row["manner"])),
            intents.Name(row["epoch"], row["sequence"], row["position"]),
            row["lots"],
            row["filled"],
            row["target"],
            row["filled_in_all"],
        )
        for row in await tx.fetch(_HOLD, channel, *_columns(names))
    ]
    return {each.name: each for each in found}


async def now(tx: transaction.Tx, channel: UUID, less: Sequence[Less]) -> None:
    """Of orders that gather still: nobody outside knows of them."""
    await tx.execute(
        _NOW,
        [each.order for each in less],
        channel,
        *_columns([each.name for each in less]),
        [each.lots for each in less],
    )


async def later(tx: transaction.Tx, channel: UUID, less: Sequence[Less]) -> None:
    """Of orders that left: a manifest, and a word with the venue, come first."""
    await tx.execute(
        _LATER,
        [each.order for each in less],
        channel,
        *_columns([each.name for each in less]),
        [each.lots for each in less],
        [each.reason.value for each in less],
    )


async def open_of(tx: transaction.Tx, channel: UUID, participants: Sequence[UUID]) -> list[intents.Name]:
    rows = await tx.fetch(_OPEN_OF, channel, list(participants))
    return [intents.Name(row["epoch"], row["sequence"], row["position"]) for row in rows]


def _columns(names: Sequence[intents.Name]) -> tuple[list[int], list[int], list[int]]:
    return [n.epoch for n in names], [n.sequence for n in names], [n.position for n in names]
