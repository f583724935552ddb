"""Reads and writes of the copy and of the documents."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import transaction
from customer_stack.markets import model, tables

_T = tables.INSTRUMENT
_FIELDS = model.Instrument.__struct_fields__
_INSERT = postgresql.insert(_T).values({field: sa.bindparam(field) for field in _FIELDS})
_PUT = _INSERT.on_conflict_do_update(
    index_elements=[_T.c.ref],
    set_={field: _INSERT.excluded[field] for field in _FIELDS if field not in {"ref", "state"}},
)
_STATE = sa.update(_T).where(_T.c.ref == sa.bindparam("instrument")).values(state=sa.bindparam("new_state"))
_PLAIN = [field for field in _FIELDS if field != "grid"]
_GRID = tuple[tuple[int, int], ...]

_COLUMNS = ", ".join([*(f"i.{field}" for field in _PLAIN), "i.grid::text AS grid"])
_LISTED = f"""
SELECT {_COLUMNS}, d.state::text AS shelf, d.kind, d.media_type, d.size
FROM instrument i LEFT JOIN market_document d ON d.hash = i.document"""  # noqa: S608 -- names of our own columns
_ALL = f"{_LISTED} ORDER BY i.ref"
_PAGE = f"""{_LISTED}
WHERE i.ref > $1 AND ($3::text IS NULL OR i.route = $3) AND ($4::text IS NULL OR i.product = $4)
  AND CASE WHEN $5::text IS NULL THEN i.state <> 'delisted' ELSE i.state = $5::text::instrument_state END
ORDER BY i.ref LIMIT $2"""
_SOME = f"{_LISTED} WHERE i.ref = ANY($1::uuid[])"
_PUBLISHED = """
INSERT INTO market_document (hash, size, kind)
SELECT DISTINCT ON (hash) * FROM unnest($1::bytea[], $2::bigint[], $3::text[]) AS n(hash, size, kind)
ON CONFLICT DO NOTHING"""
_DUE = """
SELECT hash, size, attempts, state::text FROM market_document
WHERE state <> 'held' AND next_at <= $1 ORDER BY next_at LIMIT $2"""
_HOLD = """
UPDATE market_document SET state = 'held', code = NULL, media_type = $2, content = $3, held_at = now()
WHERE hash = $1 AND state <> 'held'"""
_POSTPONE = """
UPDATE market_document SET state = $2::text::document_state, code = $3, attempts = attempts + 1, next_at = $4
WHERE hash = $1 AND state <> 'held'"""
_HELD = "SELECT hash, media_type, content FROM market_document WHERE hash = $1 AND state = 'held'"

_PLACE = """
INSERT INTO market_feed (run, sequence, heard_at) VALUES ($1, $2, $3)
ON CONFLICT (one) DO UPDATE SET run = $1, sequence = $2, heard_at = greatest(market_feed.heard_at, $3)
WHERE market_feed.run <> $1 OR market_feed.sequence <= $2"""
_FORGET_QUOTES = "DELETE FROM market_quote WHERE instrument <> ALL($1::uuid[])"
_QUOTES = """
INSERT INTO market_quote (instrument, state, reference_ticks, bid_ticks, bid_lots, ask_ticks, ask_lots, trade_ticks,
  trade_lots, traded_at, levels)
SELECT n.instrument, n.state::instrument_state, n.reference_ticks, n.bid_ticks, n.bid_lots, n.ask_ticks, n.ask_lots,
  n.trade_ticks, n.trade_lots, n.traded_at, n.levels::jsonb
FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
  $8::bigint[], $9::bigint[], $10::timestamptz[], $11::text[])
  AS n(instrument, state, reference_ticks, bid_ticks, bid_lots, ask_ticks, ask_lots, trade_ticks, trade_lots, traded_at,
    levels)
WHERE EXISTS (SELECT FROM instrument i WHERE i.ref = n.instrument) ORDER BY n.instrument
ON CONFLICT (instrument) DO UPDATE SET state = EXCLUDED.state, reference_ticks = EXCLUDED.reference_ticks,
  bid_ticks = EXCLUDED.bid_ticks, bid_lots = EXCLUDED.bid_lots, ask_ticks = EXCLUDED.ask_ticks,
  ask_lots = EXCLUDED.ask_lots, trade_ticks = EXCLUDED.trade_ticks, trade_lots = EXCLUDED.trade_lots,
  traded_at = EXCLUDED.traded_at, levels = EXCLUDED.levels"""
_QUOTED = """
SELECT instrument, state::text, reference_ticks, bid_ticks, bid_lots, ask_ticks, ask_lots, trade_ticks, trade_lots,
  traded_at, levels::text FROM market_quote WHERE instrument > $1 ORDER BY instrument LIMIT $2"""
_HEARD_AT = "SELECT heard_at FROM market_feed"
_LEVELS = tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]


async def put(tx: transaction.Tx, instrument: model.Instrument) -> None:
    """A new instrument, or new terms of a known one, whose state stays as it is."""
    values = {field: getattr(instrument, field) for field in _FIELDS}
    await tx.execute(
        _PUT, **values | {"state": instrument.state.value, "grid": msgspec.json.encode(instrument.grid).decode()}
    )


async def set_state(tx: transaction.Tx, instrument: UUID, state: model.State) -> None:
    await tx.execute(_STATE, instrument=instrument, new_state=state.value)


async def every(tx: transaction.Tx) -> list[model.Instrument]:
    return [_instrument(row) for row in await tx.fetch(_ALL)]


async def reach(tx: transaction.Tx, run: int, sequence: int, now: datetime) -> bool:
    """Whether nobody has come further in this run; another process of ours may listen too."""
    return await tx.execute(_PLACE, run, sequence, now) == 1


async def forget_quotes(tx: transaction.Tx, but: Sequence[UUID]) -> None:
    await tx.execute(_FORGET_QUOTES, list(but))


async def put_quotes(tx: transaction.Tx, quotes: Sequence[model.Quote]) -> None:
    """Those of instruments that we know of."""
    plain = [field for field in model.Quote.__struct_fields__ if field not in {"state", "bids", "asks"}]
    columns = {field: [getattr(each, field) for each in quotes] for field in plain}
    states = [each.state.value if each.state else None for each in quotes]
    levels = [msgspec.json.encode((each.bids, each.asks)).decode() for each in quotes]
    instruments = columns.pop("instrument")
    await tx.execute(_QUOTES, instruments, states, *columns.values(), levels)


async def quotes(tx: transaction.Tx, after: UUID, limit: int) -> list[model.Quote]:
    return [_quote(row) for row in await tx.fetch(_QUOTED, after, limit)]


async def heard_at(tx: transaction.Tx) -> datetime | None:
    found: datetime | None = await tx.value(_HEARD_AT)
    return found


def _quote(row: transaction.Record) -> model.Quote:
    values = dict(row.items())
    bids, asks = msgspec.json.decode(values.pop("levels"), type=_LEVELS)
    state = model.State(values["state"]) if values["state"] is not None else None
    return model.Quote(**values | {"state": state, "bids": bids, "asks": asks})


async def page(tx: transaction.Tx, search: model.Search, after: UUID, limit: int) -> list[model.Listed]:
    """Instruments that were asked for, behind a reference in their order."""
    return [_listed(row) for row in await tx.fetch(_PAGE, after, limit, search.route, search.product, search.state)]


async def some(tx: transaction.Tx, refs: Sequence[UUID]) -> dict[UUID, model.Listed]:
    return {row["ref"]: _listed(row) for row in await tx.fetch(_SOME, list(refs))}


async def add_documents(tx: transaction.Tx, hashes: list[bytes], sizes: list[int], kinds: list[str]) -> None:
    """Wanted from now on; one that is known stays as it is."""
    await tx.execute(_PUBLISHED, hashes, sizes, kinds)


async def due(tx: transaction.Tx, now: datetime, limit: int) -> list[model.Wanted]:
    rows = await tx.fetch(_DUE, now, limit)
    return [model.Wanted(row["hash"], row["size"], row["attempts"], model.DocumentState(row["state"])) for row in rows]


async def hold(tx: transaction.Tx, hashed: bytes, media_type: str, content: bytes) -> bool:
    """Whether it was not here before."""
    return await tx.execute(_HOLD, hashed, media_type, content) == 1


async def postpone(tx: transaction.Tx, hashed: bytes, state: model.DocumentState, code: str, until: datetime) -> bool:
    return await tx.execute(_POSTPONE, hashed, state.value, code, until) == 1


async def held(tx: transaction.Tx, hashed: bytes) -> model.Held | None:
    row = await tx.row(_HELD, hashed)
    return None if row is None else model.Held(row["hash"], row["media_type"], row["content"])


def _listed(row: transaction.Record) -> model.Listed:
    state = model.DocumentState(row["shelf"]) if row["shelf"] is not None else None
    return model.Listed(
        _instrument(row), model.Shelf(row["document"], state, row["kind"], row["media_type"], row["size"])
    )


def _instrument(row: transaction.Record) -> model.Instrument:
    fields = {field: row[field] for field in _PLAIN}
    read = {"state": model.State(row["state"]), "grid": msgspec.json.decode(row["grid"], type=_GRID)}
    return model.Instrument(**fields | read)
