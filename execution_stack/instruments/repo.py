"""Reads and writes of the register."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.instruments import model

_HOLD = "SELECT pg_advisory_xact_lock_shared(hashtextextended('register of instruments', 0))"
_HOLD_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('register of instruments', 0))"
_ADD = """
INSERT INTO instrument (ref, code, route, product, state, tick_size, lot_size, price_max, cap_lots, opens_at, closes_at,
  document)
VALUES ($1, $2::text::code, $3::text::instrument_route, $4::text::instrument_product, $5::text::instrument_state, $6, $7,
  $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING"""
_FORGET_GRID = "DELETE FROM instrument_band WHERE instrument = $1"
_ADD_GRID = """
INSERT INTO instrument_band (instrument, from_ticks, step_ticks)
SELECT $1, * FROM unnest($2::bigint[], $3::bigint[])"""
_READ = """
SELECT i.ref, i.code::text AS code, i.route::text AS route, i.product::text AS product, i.state::text AS state,
  i.tick_size, i.lot_size, i.price_max, i.cap_lots, i.opens_at, i.closes_at, i.document,
  ARRAY(SELECT ARRAY[b.from_ticks::bigint, b.step_ticks::bigint] FROM instrument_band b
    WHERE b.instrument = i.ref ORDER BY b.from_ticks) AS grid
FROM instrument i"""
_SOME = f"{_READ} WHERE i.ref = ANY($1::uuid[])"
_LOCK = "SELECT ref FROM instrument WHERE ref = $1 FOR UPDATE"
_ALL = f"{_READ} ORDER BY i.code"
_SEARCH = f"""{_READ}
WHERE ($1::text IS NULL OR i.route = $1::text::instrument_route)
  AND ($2::text IS NULL OR i.product = $2::text::instrument_product)
  AND ($3::text IS NULL OR i.state = $3::text::instrument_state)
  AND ($4::text IS NULL OR starts_with(i.code::text, $4))
ORDER BY i.code"""
_BY_CODE = f"{_READ} WHERE i.code = $1::text::code"
_OVER = """
SELECT ref FROM instrument WHERE state IN ('listed', 'halted') AND closes_at <= $1 ORDER BY closes_at, ref LIMIT $2"""
_STATE = "UPDATE instrument SET state = $2::text::instrument_state WHERE ref = $1"
_CHANGE = """
UPDATE instrument SET price_max = $2, cap_lots = $3, opens_at = $4, closes_at = $5, document = $6 WHERE ref = $1"""
_PRICE = "UPDATE instrument SET reference_ticks = $2 WHERE ref = $1"
_QUOTED = "SELECT ref, state::text, reference_ticks FROM instrument WHERE state <> 'delisted' ORDER BY ref"


async def hold(tx: transaction.Tx) -> None:
    await tx.execute(_HOLD)


async def hold_alone(tx: transaction.Tx) -> None:
    await tx.execute(_HOLD_ALONE)


async def add(tx: transaction.Tx, each: model.Instrument) -> bool:
    """Whether neither the reference nor the code was in the register."""
    words = each.route.value, each.product.value, each.state.value
    numbers = each.tick_size, each.lot_size, each.price_max, each.cap_lots
    rest = each.opens_at, each.closes_at, each.document
    if await tx.execute(_ADD, each.ref, each.code, *words, *numbers, *rest) != 1:
        return False
    await _put_grid(tx, each)
    return True


async def change(tx: transaction.Tx, each: model.Instrument) -> None:
    """All of its terms that may change."""
    rest = each.price_max, each.cap_lots, each.opens_at, each.closes_at, each.document
    await tx.execute(_CHANGE, each.ref, *rest)
    await tx.execute(_FORGET_GRID, each.ref)
    await _put_grid(tx, each)


async def _put_grid(tx: transaction.Tx, each: model.Instrument) -> None:
    if each.grid:
        columns = [band.from_ticks for band in each.grid], [band.step_ticks for band in each.grid]
        await tx.execute(_ADD_GRID, each.ref, *columns)


async def some(tx: transaction.Tx, refs: Sequence[UUID]) -> dict[UUID, model.Instrument]:
    found = [_instrument(row) for row in await tx.fetch(_SOME, list(refs))]
    return {each.ref: each for each in found}


async def lock(tx: transaction.Tx, instrument: UUID) -> model.Instrument | None:
    if await tx.row(_LOCK, instrument) is None:
        return None
    return (await some(tx, [instrument]))[instrument]


async def every(tx: transaction.Tx) -> list[model.Instrument]:
    return [_instrument(row) for row in await tx.fetch(_ALL)]


async def search(
    tx: transaction.Tx,
    route: model.Route | None,
    product: model.Product | None,
    state: model.State | None,
    code: str | None,
) -> list[model.Instrument]:
    """In the order of their codes; `code` is how a code begins."""
    return [_instrument(row) for row in await tx.fetch(_SEARCH, route, product, state, code)]


async def by_code(tx: transaction.Tx, code: str) -> model.Instrument | None:
    row = await tx.row(_BY_CODE, code)
    return None if row is None else _instrument(row)


async def over(tx: transaction.Tx, now: datetime, limit: int) -> list[UUID]:
    """Those whose window is over and whose state does not say so yet."""
    return [row["ref"] for row in await tx.fetch(_OVER, now, limit)]


async def set_state(tx: transaction.Tx, instrument: UUID, state: model.State) -> None:
    await tx.execute(_STATE, instrument, state.value)


async def set_price(tx: transaction.Tx, instrument: UUID, ticks: int | None) -> None:
    await tx.execute(_PRICE, instrument, ticks)


async def quoted(tx: transaction.Tx) -> list[model.Quoted]:
    """Whatever is not delisted."""
    rows = await tx.fetch(_QUOTED)
    return [model.Quoted(row["ref"], model.State(row["state"]), row["reference_ticks"]) for row in rows]


def _instrument(row: transaction.Record) -> model.Instrument:
    values = dict(row.items())
    read = {
        "route": model.Route(values["route"]),
        "product": model.Product(values["product"]),
        "state": model.State(values["state"]),
        "grid": tuple(model.Band(*band) for band in values["grid"]),
    }
    return model.Instrument(**values | read)
