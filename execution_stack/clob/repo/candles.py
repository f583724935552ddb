"""Reads of trades, and reads and writes of the candles that are folded from them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import clock
from boundary.kernel.runtime import transaction
from execution_stack.clob import model
from execution_stack.clob.market_data import candles

_BOOKS = "SELECT instrument FROM clob_book ORDER BY instrument"
_JOIN = "INSERT INTO clob_candle_place (instrument) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING"
_LOCK = (
    "SELECT instrument, folded FROM clob_candle_place WHERE instrument = ANY($1::uuid[]) ORDER BY instrument FOR UPDATE"
)
_TRADES = """
SELECT t.instrument, t.number, t.price, t.lots, t.taker_side::text AS side, t.auction, t.at
FROM unnest($1::uuid[], $2::bigint[]) AS a (instrument, number)
CROSS JOIN LATERAL (
  SELECT * FROM clob_trade t WHERE t.instrument = a.instrument AND t.number > a.number ORDER BY t.number LIMIT $3) AS t
ORDER BY t.instrument, t.number"""
_NEWEST_TRADES = """
SELECT t.instrument, t.number, t.price, t.lots, t.taker_side::text AS side, t.auction, t.at
FROM unnest($1::uuid[]) AS a (instrument)
CROSS JOIN LATERAL (
  SELECT * FROM clob_trade t WHERE t.instrument = a.instrument ORDER BY t.number DESC LIMIT $2) AS t
ORDER BY t.instrument, t.number"""
_COLUMNS = "c.opens_at, c.open, c.high, c.low, c.close, c.lots, c.first, c.last"
_NEWEST = f"""
SELECT a.instrument, s.span::text AS span, {_COLUMNS}
FROM unnest($1::uuid[]) AS a (instrument), unnest(enum_range(NULL::clob_candle_span)) AS s (span)
CROSS JOIN LATERAL (
  SELECT * FROM clob_candle c WHERE c.instrument = a.instrument AND c.span = s.span
  ORDER BY c.first DESC LIMIT 1) AS c"""  # noqa: S608 -- names of our own columns
_MINUTES = f"""
SELECT a.instrument, {_COLUMNS}
FROM unnest($1::uuid[], $2::bigint[]) AS a (instrument, first)
CROSS JOIN LATERAL (
  SELECT * FROM clob_candle c WHERE c.instrument = a.instrument AND c.span = 'minute' AND c.first >= a.first
  ORDER BY c.first DESC LIMIT $3) AS c
ORDER BY a.instrument, c.first"""  # noqa: S608 -- names of our own columns
_AFTER = f"""
SELECT {_COLUMNS} FROM clob_candle c
WHERE c.instrument = $1 AND c.span = $2::text::clob_candle_span AND c.first >= coalesce((
  SELECT max(b.first) FROM clob_candle b
  WHERE b.instrument = $1 AND b.span = $2::text::clob_candle_span AND b.first <= $3 + 1), 0)
AND c.last > $3 ORDER BY c.first LIMIT $4"""  # noqa: S608 -- names of our own columns
_PUT = """
INSERT INTO clob_candle (instrument, span, opens_at, open, high, low, close, lots, first, last)
SELECT n.instrument, n.span::clob_candle_span, n.opens_at, n.open, n.high, n.low, n.close, n.lots, n.first, n.last
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
  $8::bigint[], $9::bigint[], $10::bigint[])
  AS n (instrument, span, opens_at, open, high, low, close, lots, first, last)
ON CONFLICT (instrument, span, first) DO UPDATE
SET last = excluded.last, high = excluded.high, low = excluded.low, close = excluded.close, lots = excluded.lots"""
_FOLDED = """
UPDATE clob_candle_place p SET folded = n.folded
FROM unnest($1::uuid[], $2::bigint[]) AS n (instrument, folded) WHERE p.instrument = n.instrument"""
_NOT_WAITING = "SELECT set_config('synchronous_commit', 'off', true)"


class Kept(NamedTuple):
    """A candle of an instrument's span."""

    instrument: UUID
    span: candles.Span
    candle: candles.Candle


async def books(tx: transaction.Tx) -> list[UUID]:
    return [row["instrument"] for row in await tx.fetch(_BOOKS)]


async def lock(tx: transaction.Tx, instruments: Sequence[UUID]) -> dict[UUID, int]:
    """How far each is folded, for nobody else to go on until we are done.

    The commit need not wait for the disk: what a crash takes back is folded again from the same trades.
    """
    await tx.execute(_NOT_WAITING)
    await tx.execute(_JOIN, sorted(instruments))
    return {row["instrument"]: row["folded"] for row in await tx.fetch(_LOCK, sorted(instruments))}


async def trades(tx: transaction.Tx, after: Mapping[UUID, int], limit: int) -> dict[UUID, list[candles.Trade]]:
    """Of each instrument at most so many trades after a number, in order."""
    return _by_instrument(await tx.fetch(_TRADES, list(after), list(after.values()), limit))


async def newest_trades(tx: transaction.Tx, instruments: Sequence[UUID], limit: int) -> dict[UUID, list[candles.Trade]]:
    return _by_instrument(await tx.fetch(_NEWEST_TRADES, list(instruments), limit))


async def newest(tx: transaction.Tx, instruments: Sequence[UUID]) -> dict[tuple[UUID, candles.Span], candles.Candle]:
    """The newest candle of every span."""
    rows = await tx.fetch(_NEWEST, list(instruments))
    return {(row["instrument"], candles.Span[row["span"].upper()]): _candle(row) for row in rows}


async def minutes(tx: transaction.Tx, since: Mapping[UUID, int], limit: int) -> dict[UUID, list[candles.Candle]]:
    """The newest candles of one minute, in order; of each instrument from the one that begins with this trade on."""
    found: dict[UUID, list[candles.Candle]] = {}
    for row in await tx.fetch(_MINUTES, list(since), list(since.values()), limit):
        found.setdefault(row["instrument"], []).append(_candle(row))
    return found


async def after(
    tx: transaction.Tx, instrument: UUID, span: candles.Span, number: int, limit: int
) -> list[candles.Candle]:
    """The candles that hold trades after this one, in order."""
    return [_candle(row) for row in await tx.fetch(_AFTER, instrument, span.name.lower(), number, limit)]


async def put(tx: transaction.Tx, kept: Sequence[Kept]) -> None:
    rows = [
        (each.instrument, each.span.name.lower(), clock.from_micros(each.candle.opens_at * 1_000_000), *each.candle[1:])
        for each in kept
    ]
    await tx.execute(_PUT, *(list(column) for column in zip(*rows, strict=True)))


async def folded(tx: transaction.Tx, places: Mapping[UUID, int]) -> None:
    await tx.execute(_FOLDED, list(places), list(places.values()))


def _by_instrument(rows: Sequence[transaction.Record]) -> dict[UUID, list[candles.Trade]]:
    found: dict[UUID, list[candles.Trade]] = {}
    for row in rows:
        side, at = model.Side[row["side"].upper()], clock.to_micros(row["at"]) // 1_000_000
        trade = candles.Trade(row["number"], row["price"], row["lots"], side, row["auction"], at)
        found.setdefault(row["instrument"], []).append(trade)
    return found


def _candle(row: transaction.Record) -> candles.Candle:
    at = clock.to_micros(row["opens_at"]) // 1_000_000
    numbers = ("open", "high", "low", "close", "lots", "first", "last")
    return candles.Candle(at, *(row[name] for name in numbers))
