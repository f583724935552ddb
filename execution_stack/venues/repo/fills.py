"""Fills, each once, and what was taken back of them; positions; settlements by revision."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel.runtime import transaction
from execution_stack.venues import model
from execution_stack.venues.model import dealing

_ADD = """
INSERT INTO venue_fill (venue, fill, "order", instrument, side, price, count, fee, taker, filled_at)
SELECT $1::text::venue_name, fill, o, i, s::venue_side, p, c, f, t, at
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::boolean[],
  $10::timestamptz[]) AS n(fill, o, i, s, p, c, f, t, at)
ORDER BY fill ON CONFLICT DO NOTHING RETURNING fill::uuid"""
_SOME = """
SELECT fill::uuid, "order", side::text, price, count, fee, taker, filled_at FROM venue_fill
WHERE venue = $1::text::venue_name AND fill = ANY($2::uuid[])"""
_OF_ORDER = """
SELECT f.fill::uuid, f."order", f.side::text, f.price, f.count, f.fee, f.taker, f.filled_at, b.fill IS NOT NULL AS busted
FROM venue_fill f LEFT JOIN venue_bust b ON (b.venue, b.fill) = (f.venue, f.fill)
WHERE f.venue = $1::text::venue_name AND f."order" = $2 ORDER BY f.filled_at, f.fill"""
_SINCE = """
SELECT f.fill::uuid, f."order", f.side::text, f.price, f.count, f.fee, f.taker, f.filled_at,
  b.fill IS NOT NULL AS busted
FROM venue_fill f LEFT JOIN venue_bust b ON (b.venue, b.fill) = (f.venue, f.fill)
WHERE f.venue = $1::text::venue_name AND f.fill > $2 ORDER BY f.fill LIMIT $3"""
_BUST = """
INSERT INTO venue_bust (venue, fill, "order") VALUES ($1::text::venue_name, $2, $3) ON CONFLICT DO NOTHING"""
_POSITION = """
INSERT INTO venue_position AS p (instrument, venue, market, bought, sold, cost, proceeds, fees)
VALUES ($1, $2::text::venue_name, $3, $4, $5, $6, $7, $8)
ON CONFLICT (instrument) DO UPDATE SET bought = p.bought + excluded.bought, sold = p.sold + excluded.sold,
  cost = p.cost + excluded.cost, proceeds = p.proceeds + excluded.proceeds, fees = p.fees + excluded.fees"""
_TAKE_BACK = """
UPDATE venue_position SET bought = bought - $2, sold = sold - $3, cost = cost - $4, proceeds = proceeds - $5,
  fees = fees - $6 WHERE instrument = $1"""
_POSITIONS = """
SELECT instrument, market, bought, sold, cost, proceeds, fees FROM venue_position
WHERE venue = $1::text::venue_name ORDER BY market"""
_ADD_SETTLEMENT = """
INSERT INTO venue_settlement (instrument, revision, venue, result, value, yes_count, no_count, revenue, fee, settled_at)
VALUES ($1, $2, $3::text::venue_name, $4::text::venue_result, $5, $6, $7, $8, $9, $10)"""
_NEWEST = """
SELECT revision, result::text, value, yes_count, no_count, revenue, fee, settled_at FROM venue_settlement
WHERE instrument = $1 ORDER BY revision DESC LIMIT 1"""
_SETTLED = """
SELECT DISTINCT ON (instrument) instrument, revenue, fee FROM venue_settlement
WHERE venue = $1::text::venue_name ORDER BY instrument, revision DESC"""
_LOCK_SETTLEMENTS = "SELECT market FROM venue_market WHERE instrument = $1 FOR UPDATE"


class Known(msgspec.Struct, frozen=True):
    """A fill as it stands here."""

    fill: UUID
    order: UUID
    side: model.Side
    price: int
    count: int
    fee: int
    taker: bool
    at: datetime
    busted: bool = False


async def add(tx: transaction.Tx, venue: dealing.Name, rows: Sequence[tuple[model.Fill, dealing.Order]]) -> set[UUID]:
    """Those that are new."""
    found = await tx.fetch(
        _ADD,
        venue.value,
        [fill.fill for fill, _ in rows],
        [order.ref for _, order in rows],
        [order.instrument for _, order in rows],
        [fill.side.value for fill, _ in rows],
        [fill.price for fill, _ in rows],
        [fill.count for fill, _ in rows],
        [fill.fee for fill, _ in rows],
        [fill.taker for fill, _ in rows],
        [fill.at for fill, _ in rows],
    )
    return {row["fill"] for row in found}


async def some(tx: transaction.Tx, venue: dealing.Name, fills: Sequence[UUID]) -> dict[UUID, Known]:
    return {row["fill"]: _known(row) for row in await tx.fetch(_SOME, venue.value, list(fills))}


async def of_order(tx: transaction.Tx, venue: dealing.Name, order: UUID) -> list[Known]:
    return [_known(row) for row in await tx.fetch(_OF_ORDER, venue.value, order)]


async def after(tx: transaction.Tx, venue: dealing.Name, fill: UUID, limit: int) -> list[Known]:
    return [_known(row) for row in await tx.fetch(_SINCE, venue.value, fill, limit)]


async def bust(tx: transaction.Tx, venue: dealing.Name, fill: UUID, order: UUID) -> bool:
    return await tx.execute(_BUST, venue.value, fill, order) == 1


async def hold(tx: transaction.Tx, venue: dealing.Name, added: dealing.Held) -> None:
    """Add to a position; `added` is what one fill brings."""
    figures = (added.bought, added.sold, added.cost, added.proceeds, added.fees)
    await tx.execute(_POSITION, added.instrument, venue.value, added.market, *figures)


async def take_back(tx: transaction.Tx, taken: dealing.Held) -> None:
    figures = (taken.bought, taken.sold, taken.cost, taken.proceeds, taken.fees)
    await tx.execute(_TAKE_BACK, taken.instrument, *figures)


async def positions(tx: transaction.Tx, venue: dealing.Name) -> list[dealing.Held]:
    return [dealing.Held(*row) for row in await tx.fetch(_POSITIONS, venue.value)]


async def hold_market(tx: transaction.Tx, instrument: UUID) -> None:
    """One settlement of an instrument at a time."""
    await tx.execute(_LOCK_SETTLEMENTS, instrument)


async def newest_settlement(
    tx: transaction.Tx, instrument: UUID, market: str, event: str
) -> tuple[int, model.Settlement] | None:
    row = await tx.row(_NEWEST, instrument)
    if row is None:
        return None
    found = model.Settlement(
        market=market,
        event=event,
        result=model.Result(row["result"]),
        yes_count=row["yes_count"],
        yes_cost=0,
        no_count=row["no_count"],
        no_cost=0,
        revenue=row["revenue"],
        fee=row["fee"],
        value=row["value"],
        at=row["settled_at"],
    )
    return row["revision"], found


async def add_settlement(
    tx: transaction.Tx, venue: dealing.Name, instrument: UUID, revision: int, told: model.Settlement
) -> None:
    figures = (told.value, told.yes_count, told.no_count, told.revenue, told.fee, told.at)
    await tx.execute(_ADD_SETTLEMENT, instrument, revision, venue.value, told.result.value, *figures)


async def settled(tx: transaction.Tx, venue: dealing.Name) -> dict[UUID, tuple[int, int]]:
    """Revenue and fee of each instrument that has settled, by its newest revision."""
    return {row["instrument"]: (row["revenue"], row["fee"]) for row in await tx.fetch(_SETTLED, venue.value)}


def _known(row: transaction.Record) -> Known:
    side = model.Side(row["side"])
    figures = (row["price"], row["count"], row["fee"], row["taker"], row["filled_at"], row.get("busted") or False)
    return Known(row["fill"], row["order"], side, *figures)
