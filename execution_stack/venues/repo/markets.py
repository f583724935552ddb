"""Markets of venues, their tick tables, and the newest prices."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.venues import model
from execution_stack.venues.model import dealing

_COLUMNS = """m.venue::text, m.market, m.instrument, m.event, m.series, m.status::text, m.document, m.tick, m.lot, m.payout,
  m.opens_at, m.closes_at"""
_PUT = """
INSERT INTO venue_market AS m (venue, market, instrument, event, series, status, document, tick, lot, payout, opens_at,
  closes_at, seen_at)
VALUES ($1::text::venue_name, $2, $3, $4, $5, $6::text::venue_market_status, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (venue, market) DO UPDATE SET status = excluded.status, document = excluded.document, tick = excluded.tick,
  lot = excluded.lot, payout = excluded.payout, opens_at = excluded.opens_at, closes_at = excluded.closes_at,
  seen_at = excluded.seen_at"""
_CLEAR_RANGES = "DELETE FROM venue_range WHERE instrument = $1"
_PUT_RANGES = """
INSERT INTO venue_range (instrument, start, upto, step)
SELECT $1, s, u, p FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS n(s, u, p)"""
_SOME = f"SELECT {_COLUMNS} FROM venue_market m WHERE m.instrument = ANY($1::uuid[])"  # noqa: S608 -- constants, here and below
_BY_CODE = f"""
SELECT {_COLUMNS} FROM venue_market m WHERE m.venue = $1::text::venue_name AND m.market = ANY($2::text[])"""  # noqa: S608 -- constants
_ALL = f"SELECT {_COLUMNS} FROM venue_market m WHERE m.venue = $1::text::venue_name ORDER BY m.market"  # noqa: S608 -- constants
_RANGES = "SELECT instrument, start, upto, step FROM venue_range WHERE instrument = ANY($1::uuid[]) ORDER BY start"
_LOCK = "SELECT instrument FROM venue_market WHERE venue = $1::text::venue_name AND market = $2 FOR UPDATE"
_ACTIVE = """
SELECT market FROM venue_market WHERE venue = $1::text::venue_name AND status = 'active' ORDER BY market"""
_GOING_ON = """
SELECT market FROM venue_market WHERE venue = $1::text::venue_name AND status <> 'finalized' ORDER BY market"""
_PUT_QUOTES = """
INSERT INTO venue_quote AS q (instrument, last, torn, source_at, heard_at)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::boolean[], $4::timestamptz[], $5::timestamptz[])
ON CONFLICT (instrument) DO UPDATE SET last = excluded.last, torn = excluded.torn, source_at = excluded.source_at,
  heard_at = excluded.heard_at"""
_CLEAR_LEVELS = "DELETE FROM venue_level WHERE instrument = ANY($1::uuid[])"
_PUT_LEVELS = """
INSERT INTO venue_level (instrument, side, place, ticks, lots)
SELECT i, s::venue_side, p, t, l
FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[]) AS n(i, s, p, t, l)"""
_CONFIRM = """
UPDATE venue_quote SET heard_at = $3 WHERE NOT torn AND instrument IN (
  SELECT instrument FROM venue_market WHERE venue = $1::text::venue_name AND market = ANY($2::text[]))"""
_QUOTES = "SELECT instrument, last, torn, source_at, heard_at FROM venue_quote ORDER BY instrument"
_LEVELS = "SELECT instrument, side::text, ticks, lots FROM venue_level ORDER BY instrument, side, place"


async def put(tx: transaction.Tx, market: dealing.Market, now: datetime) -> None:
    grid = market.grid
    figures = (grid.tick, grid.lot, grid.payout, market.opens_at, market.closes_at, now)
    names = (market.venue.value, market.market, market.instrument, market.event, market.series)
    await tx.execute(_PUT, *names, market.status.value, market.document, *figures)
    await tx.execute(_CLEAR_RANGES, market.instrument)
    columns = zip(*((each.start, each.end, each.step) for each in grid.ranges), strict=True)
    await tx.execute(_PUT_RANGES, market.instrument, *(list(column) for column in columns))


async def instrument_of(tx: transaction.Tx, venue: dealing.Name, market: str) -> UUID | None:
    """Locked, where it is known."""
    found: UUID | None = await tx.value(_LOCK, venue.value, market)
    return found


async def of_instruments(tx: transaction.Tx, refs: Sequence[UUID]) -> dict[UUID, dealing.Market]:
    rows = await tx.fetch(_SOME, sorted(set(refs)))
    return {each.instrument: each for each in await _markets(tx, rows)}


async def by_code(tx: transaction.Tx, venue: dealing.Name, codes: Sequence[str]) -> dict[str, dealing.Market]:
    rows = await tx.fetch(_BY_CODE, venue.value, sorted(set(codes)))
    return {each.market: each for each in await _markets(tx, rows)}


async def every(tx: transaction.Tx, venue: dealing.Name) -> list[dealing.Market]:
    return await _markets(tx, await tx.fetch(_ALL, venue.value))


async def active(tx: transaction.Tx, venue: dealing.Name) -> list[str]:
    """Whose prices are worth hearing."""
    return [row[0] for row in await tx.fetch(_ACTIVE, venue.value)]


async def going_on(tx: transaction.Tx, venue: dealing.Name) -> list[str]:
    """Those whose life is not over."""
    return [row[0] for row in await tx.fetch(_GOING_ON, venue.value)]


async def _markets(tx: transaction.Tx, rows: Sequence[transaction.Record]) -> list[dealing.Market]:
    ranges: dict[UUID, list[model.Range]] = {}
    for instrument, *figures in await tx.fetch(_RANGES, [row["instrument"] for row in rows]):
        ranges.setdefault(instrument, []).append(model.Range(*figures))
    return [_market(row, ranges) for row in rows]


def _market(row: transaction.Record, ranges: Mapping[UUID, Sequence[model.Range]]) -> dealing.Market:
    grid = model.Grid(tuple(ranges.get(row["instrument"], ())), row["tick"], row["lot"], row["payout"])
    return dealing.Market(
        venue=dealing.Name(row["venue"]),
        market=row["market"],
        instrument=row["instrument"],
        event=row["event"],
        series=row["series"],
        status=model.MarketStatus(row["status"]),
        grid=grid,
        document=row["document"],
        opens_at=row["opens_at"],
        closes_at=row["closes_at"],
    )


async def put_quotes(tx: transaction.Tx, quotes: Sequence[dealing.Quote]) -> None:
    """The newest prices, each whole."""
    await tx.execute(
        _PUT_QUOTES,
        [each.instrument for each in quotes],
        [each.last for each in quotes],
        [each.torn for each in quotes],
        [each.source_at for each in quotes],
        [each.heard_at for each in quotes],
    )
    await tx.execute(_CLEAR_LEVELS, [each.instrument for each in quotes])
    rows = [
        (each.instrument, side.value, place, level.ticks, level.lots)
        for each in quotes
        for side, levels in ((model.Side.BID, each.bids), (model.Side.ASK, each.asks))
        for place, level in enumerate(levels)
    ]
    if rows:
        await tx.execute(_PUT_LEVELS, *(list(column) for column in zip(*rows, strict=True)))


async def confirm_quotes(tx: transaction.Tx, venue: dealing.Name, codes: Sequence[str], now: datetime) -> None:
    await tx.execute(_CONFIRM, venue.value, list(codes), now)


async def quotes(tx: transaction.Tx) -> list[dealing.Quote]:
    sides: dict[tuple[UUID, str], list[dealing.QuoteLevel]] = {}
    for instrument, side, ticks, lots in await tx.fetch(_LEVELS):
        sides.setdefault((instrument, side), []).append(dealing.QuoteLevel(ticks, lots))
    return [
        dealing.Quote(
            instrument=row["instrument"],
            bids=tuple(sides.get((row["instrument"], model.Side.BID.value), ())),
            asks=tuple(sides.get((row["instrument"], model.Side.ASK.value), ())),
            last=row["last"],
            torn=row["torn"],
            source_at=row["source_at"],
            heard_at=row["heard_at"],
        )
        for row in await tx.fetch(_QUOTES)
    ]
