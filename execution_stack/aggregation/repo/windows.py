"""Windows that gather: opened once for each pool, joined by many at a time, closed once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.aggregation import model
from execution_stack.intents import model as intents

_OPEN = """
INSERT INTO omnibus_order (ref, instrument, side, limit_ticks, manner, opened_at, closes_at)
SELECT ref, instrument, side::omnibus_side, limit_ticks, manner::omnibus_manner, $6, $7
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[])
  AS n(ref, instrument, side, limit_ticks, manner)
ORDER BY instrument, side, limit_ticks, manner ON CONFLICT DO NOTHING"""
_HOLD = """
SELECT o.ref, o.instrument, o.side::text, o.limit_ticks, o.manner::text
FROM omnibus_order o JOIN unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[])
  AS n(instrument, side, limit_ticks, manner)
  ON (o.instrument, o.side, o.limit_ticks, o.manner)
   = (n.instrument, n.side::omnibus_side, n.limit_ticks, n.manner::omnibus_manner)
WHERE o.state = 'gathering' AND o.manner <> 'all_or_nothing'
ORDER BY o.instrument, o.side, o.limit_ticks, o.manner FOR UPDATE OF o"""
_JOIN = """
INSERT INTO omnibus_member ("order", channel, epoch, sequence, position, participant, lots, at)
SELECT n.*, $8 FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::uuid[], $7::bigint[])
  AS n"""
_GROW = """
UPDATE omnibus_order o SET members = o.members + n.members, lots = o.lots + n.lots,
  closes_at = CASE WHEN o.members + n.members >= $5 OR (o.lots + n.lots)::numeric * n.unit >= $6
    THEN least(o.closes_at::timestamptz, $7) ELSE o.closes_at END
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) AS n(ref, members, lots, unit)
WHERE o.ref = n.ref"""
_DUE = """
SELECT ref FROM omnibus_order WHERE state = 'gathering' AND closes_at <= $1
ORDER BY closes_at LIMIT 1 FOR UPDATE SKIP LOCKED"""


class Joining(NamedTuple):
    """An intent on its way into a window. `unit` is what one lot is worth at the window's price."""

    channel: UUID
    name: intents.Name
    participant: UUID
    lots: int
    unit: int


async def open_(tx: transaction.Tx, orders: Mapping[UUID, model.Pool], now: datetime, closes_at: datetime) -> None:
    """A window for each pool that has none; in the order of pools, so that two who open many never wait in a ring."""
    await tx.execute(_OPEN, list(orders), *_columns(list(orders.values())), now, closes_at)


async def hold(tx: transaction.Tx, pools: Sequence[model.Pool]) -> dict[model.Pool, UUID]:
    """The windows of these pools that gather now, held until the end of the transaction."""
    rows = await tx.fetch(_HOLD, *_columns(pools))
    return {
        model.Pool(row["instrument"], row["side"], row["limit_ticks"], model.Manner(row["manner"])): row["ref"]
        for row in rows
    }


async def join(tx: transaction.Tx, joining: Sequence[tuple[UUID, Joining]], now: datetime) -> None:
    await tx.execute(
        _JOIN,
        [order for order, _ in joining],
        [each.channel for _, each in joining],
        [each.name.epoch for _, each in joining],
        [each.name.sequence for _, each in joining],
        [each.name.position for _, each in joining],
        [each.participant for _, each in joining],
        [each.lots for _, each in joining],
        now,
    )


async def grow(
    tx: transaction.Tx, joining: Sequence[tuple[UUID, Joining]], limits: model.Limits, now: datetime
) -> None:
    """Count who joined, and let a window that is full close at once."""
    sums: dict[UUID, tuple[int, int, int]] = {}
    for order, each in joining:
        members, lots, _ = sums.get(order, (0, 0, 0))
        sums[order] = (members + 1, lots + each.lots, each.unit)
    members_, lots_, units = (list(column) for column in zip(*sums.values(), strict=True))
    await tx.execute(_GROW, list(sums), members_, lots_, units, limits.members_max, limits.notional_max, now)


async def due(tx: transaction.Tx, now: datetime) -> UUID | None:
    """A window whose time has come, held; none that somebody else is closing."""
    found: UUID | None = await tx.value(_DUE, now)
    return found


def _columns(pools: Sequence[model.Pool]) -> tuple[list[UUID], list[str], list[int], list[str]]:
    return (
        [each.instrument for each in pools],
        [each.side for each in pools],
        [each.limit_ticks for each in pools],
        [each.manner.value for each in pools],
    )
