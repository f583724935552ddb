"""Reads and writes of what was heard. All writers hold the row of the feed, so revisions appear in their order."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel.runtime import transaction
from customer_stack.prices import model

_PLACE = """
INSERT INTO price_feed (run, sequence, revision, heard_at) VALUES ($1, $2, 0, $3)
ON CONFLICT (one) DO UPDATE SET run = $1, sequence = $2, heard_at = greatest(price_feed.heard_at, $3)
WHERE price_feed.run <> $1 OR price_feed.sequence <= $2"""
_NEXT = "UPDATE price_feed SET revision = revision + 1 RETURNING revision"
_LOCK = "SELECT FROM price_feed FOR UPDATE"
_NEWEST = "SELECT revision, heard_at FROM price_feed"
_PUT = """
INSERT INTO price_book (instrument, revision, sequence, phase, indicative_ticks, indicative_lots, levels, trade_number,
  trade_ticks, trade_at, day_open, day_high, day_low, day_lots, day_trades)
SELECT n.instrument, $1, n.sequence, n.phase::price_phase, n.indicative_ticks, n.indicative_lots, n.levels::jsonb,
  n.trade_number, n.trade_ticks, n.trade_at, n.day_open, n.day_high, n.day_low, n.day_lots, n.day_trades
FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::bigint[], $9::bigint[],
  $10::timestamptz[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[])
  AS n (instrument, sequence, phase, indicative_ticks, indicative_lots, levels, trade_number, trade_ticks, trade_at,
    day_open, day_high, day_low, day_lots, day_trades)
ON CONFLICT (instrument) DO UPDATE SET revision = excluded.revision, sequence = excluded.sequence, phase = excluded.phase,
  indicative_ticks = excluded.indicative_ticks, indicative_lots = excluded.indicative_lots, levels = excluded.levels,
  trade_number = excluded.trade_number, trade_ticks = excluded.trade_ticks, trade_at = excluded.trade_at,
  day_open = excluded.day_open, day_high = excluded.day_high, day_low = excluded.day_low, day_lots = excluded.day_lots,
  day_trades = excluded.day_trades"""
_BOOK = """
SELECT b.instrument, b.sequence, b.phase::text, b.indicative_ticks, b.indicative_lots, b.levels::text, b.trade_number,
  b.trade_ticks, b.trade_at, b.day_open, b.day_high, b.day_low, b.day_lots, b.day_trades, b.revision
FROM price_book b"""
_CHANGED = f"{_BOOK} WHERE b.revision > $1 AND b.instrument = ANY($2::uuid[])"
_SOME = f"{_BOOK} WHERE b.instrument = ANY($1::uuid[])"
_PAGE = f"{_BOOK} WHERE b.instrument > $1 ORDER BY b.instrument LIMIT $2"
_REACHED = "SELECT instrument, series::text, reached, newest FROM price_history WHERE instrument = ANY($1::uuid[])"
_REACH = """
INSERT INTO price_history (instrument, series, reached, newest)
SELECT n.instrument, n.series::price_series, n.reached, n.newest
FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[]) AS n (instrument, series, reached, newest)
ON CONFLICT (instrument, series) DO UPDATE SET reached = excluded.reached, newest = excluded.newest"""
_WANTED = """
SELECT instrument, series::text, reached FROM price_history WHERE newest > reached ORDER BY instrument, series LIMIT $1"""
_ADD_TRADES = """
INSERT INTO price_trade (instrument, number, ticks, lots, side, auction, at)
SELECT n.instrument, n.number, n.ticks, n.lots, n.side::price_side, n.auction, n.at
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::boolean[], $7::timestamptz[])
  AS n (instrument, number, ticks, lots, side, auction, at)
ON CONFLICT DO NOTHING"""
_PUT_CANDLES = """
INSERT INTO price_candle (instrument, span, opens_at, open, high, low, close, lots, first, last)
SELECT n.instrument, n.span::price_span, n.opens_at, n.open, n.high, n.low, n.close, n.lots, n.first, n.last
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
  $8::bigint[], $9::bigint[], $10::bigint[])
  AS n (instrument, span, opens_at, open, high, low, close, lots, first, last)
ON CONFLICT (instrument, span, first) DO UPDATE
SET high = excluded.high, low = excluded.low, close = excluded.close, lots = excluded.lots, last = excluded.last
WHERE price_candle.last < excluded.last"""
_TRADE_COLUMNS = "t.number, t.ticks, t.lots, t.side::text, t.auction, t.at"
_TRADES_AFTER = f"""
SELECT a.instrument, {_TRADE_COLUMNS} FROM unnest($1::uuid[], $2::bigint[]) AS a (instrument, number)
CROSS JOIN LATERAL (
  SELECT * FROM price_trade t WHERE t.instrument = a.instrument AND t.number > a.number
  ORDER BY t.number DESC LIMIT $3) AS t
ORDER BY a.instrument, t.number"""  # noqa: S608 -- names of our own columns
_TRADES_BEFORE = f"""
SELECT {_TRADE_COLUMNS} FROM price_trade t WHERE t.instrument = $1 AND t.number < $2
ORDER BY t.number DESC LIMIT $3"""  # noqa: S608 -- likewise
_CANDLE_COLUMNS = "c.opens_at, c.open, c.high, c.low, c.close, c.lots, c.first, c.last"
_CANDLES_BEFORE = f"""
SELECT {_CANDLE_COLUMNS} FROM price_candle c
WHERE c.instrument = $1 AND c.span = $2::text::price_span AND c.first < $3 ORDER BY c.first DESC LIMIT $4"""  # noqa: S608 -- likewise
_NEWEST_CANDLES = f"""
SELECT a.instrument, a.span, {_CANDLE_COLUMNS} FROM unnest($1::uuid[], $2::text[]) AS a (instrument, span)
CROSS JOIN LATERAL (
  SELECT * FROM price_candle c WHERE c.instrument = a.instrument AND c.span = a.span::price_span
  ORDER BY c.first DESC LIMIT $3) AS c
ORDER BY a.instrument, a.span, c.first"""  # noqa: S608 -- likewise
_LEVELS = tuple[tuple[model.Level, ...], tuple[model.Level, ...]]


class Reached(NamedTuple):
    """How far a history is complete, and the newest that was heard of it."""

    reached: int
    newest: int


Key = tuple[UUID, model.Series]


async def reach(tx: transaction.Tx, run: int, sequence: int, now: datetime) -> bool:
    """Whether nobody has come further in this run; another process of ours may listen too."""
    return await tx.execute(_PLACE, run, sequence, now) == 1


async def lock(tx: transaction.Tx) -> None:
    await tx.execute(_LOCK)


async def newest(tx: transaction.Tx) -> tuple[int, datetime | None]:
    """The newest revision, and when the feed was heard last."""
    row = await tx.row(_NEWEST)
    return (row["revision"], row["heard_at"]) if row else (0, None)


async def put(tx: transaction.Tx, books: Sequence[model.Book]) -> None:
    """The newest state of these, as one revision."""
    revision = await tx.value(_NEXT)
    rows = [
        (
            each.instrument, each.sequence, each.phase.value, each.indicative_ticks, each.indicative_lots,
            msgspec.json.encode((each.bids, each.asks)).decode(), each.trade_number, each.trade_ticks, each.trade_at,
            each.day_open, each.day_high, each.day_low, each.day_lots, each.day_trades,
        )
        for each in books
    ]  # fmt: skip
    await tx.execute(_PUT, revision, *_columns(rows))


async def changed(tx: transaction.Tx, revision: int, instruments: Sequence[UUID]) -> list[model.Book]:
    """Those books among them that changed after a revision."""
    return [_book(row) for row in await tx.fetch(_CHANGED, revision, list(instruments))]


async def some(tx: transaction.Tx, instruments: Sequence[UUID]) -> list[model.Book]:
    return [_book(row) for row in await tx.fetch(_SOME, list(instruments))]


async def page(tx: transaction.Tx, after: UUID, limit: int) -> list[model.Book]:
    return [_book(row) for row in await tx.fetch(_PAGE, after, limit)]


async def reached(tx: transaction.Tx, instruments: Iterable[UUID]) -> dict[Key, Reached]:
    rows = await tx.fetch(_REACHED, sorted(set(instruments)))
    return {(row["instrument"], model.Series(row["series"])): Reached(row["reached"], row["newest"]) for row in rows}


async def set_reached(tx: transaction.Tx, places: Mapping[Key, Reached]) -> None:
    rows = [(instrument, series.value, *place) for (instrument, series), place in places.items()]
    if rows:
        await tx.execute(_REACH, *_columns(rows))


async def wanted(tx: transaction.Tx, limit: int) -> list[model.Wanted]:
    rows = await tx.fetch(_WANTED, limit)
    return [model.Wanted(row["instrument"], model.Series(row["series"]), row["reached"]) for row in rows]


async def add_trades(tx: transaction.Tx, trades: Sequence[tuple[UUID, model.Trade]]) -> None:
    rows = [
        (instrument, each.number, each.ticks, each.lots, each.side.value, each.auction, each.at)
        for instrument, each in trades
    ]
    if rows:
        await tx.execute(_ADD_TRADES, *_columns(rows))


async def put_candles(tx: transaction.Tx, candles: Sequence[tuple[UUID, model.Span, model.Candle]]) -> None:
    """A candle is only ever replaced by itself with more trades."""
    rows = [(instrument, span.value, *each) for instrument, span, each in candles]
    if rows:
        await tx.execute(_PUT_CANDLES, *_columns(rows))


async def trades_after(tx: transaction.Tx, after: Mapping[UUID, int], limit: int) -> dict[UUID, list[model.Trade]]:
    """Of each instrument the newest after a number, at most so many, in order."""
    found: dict[UUID, list[model.Trade]] = {}
    for row in await tx.fetch(_TRADES_AFTER, list(after), list(after.values()), limit):
        found.setdefault(row["instrument"], []).append(_trade(row))
    return found


async def trades_before(tx: transaction.Tx, instrument: UUID, number: int, limit: int) -> list[model.Trade]:
    """The newest first."""
    return [_trade(row) for row in await tx.fetch(_TRADES_BEFORE, instrument, number, limit)]


async def candles_before(
    tx: transaction.Tx, instrument: UUID, span: model.Span, first: int, limit: int
) -> list[model.Candle]:
    """The newest first; `first` is the first trade of the candle that follows."""
    return [_candle(row) for row in await tx.fetch(_CANDLES_BEFORE, instrument, span.value, first, limit)]


async def newest_candles(
    tx: transaction.Tx, wanted: Sequence[tuple[UUID, model.Span]], limit: int
) -> dict[tuple[UUID, model.Span], list[model.Candle]]:
    """The newest so many of each, in order."""
    found: dict[tuple[UUID, model.Span], list[model.Candle]] = {}
    spans = [span.value for _, span in wanted]
    for row in await tx.fetch(_NEWEST_CANDLES, [instrument for instrument, _ in wanted], spans, limit):
        found.setdefault((row["instrument"], model.Span(row["span"])), []).append(_candle(row))
    return found


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _book(row: transaction.Record) -> model.Book:
    values = dict(row.items())
    bids, asks = msgspec.json.decode(values.pop("levels"), type=_LEVELS)
    return model.Book(**values | {"phase": model.Phase(values["phase"]), "bids": bids, "asks": asks})


def _trade(row: transaction.Record) -> model.Trade:
    side = model.Side(row["side"])
    return model.Trade(row["number"], row["ticks"], row["lots"], side, row["auction"], row["at"])


def _candle(row: transaction.Record) -> model.Candle:
    return model.Candle(*(row[name] for name in model.Candle._fields))
