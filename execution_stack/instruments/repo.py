"""Reads and writes of the register."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import transaction
from execution_stack.instruments import model, tables

_T = tables.INSTRUMENT
_COLUMNS = [_T.c[field] for field in model.Instrument.__struct_fields__]
_ADD = (
    postgresql.insert(_T)
    .values({field: sa.bindparam(field) for field in model.Instrument.__struct_fields__})
    .on_conflict_do_nothing()
)
_SOME = sa.select(*_COLUMNS).where(_T.c.ref == sa.any_(sa.bindparam("refs")))
_LOCK = sa.select(*_COLUMNS).where(_T.c.ref == sa.bindparam("instrument")).with_for_update()
_ALL = sa.select(*_COLUMNS).order_by(_T.c.code)
_STATE = sa.update(_T).where(_T.c.ref == sa.bindparam("instrument")).values(state=sa.bindparam("new_state"))

_PRICE = sa.update(_T).where(_T.c.ref == sa.bindparam("instrument")).values(reference_ticks=sa.bindparam("ticks"))
_QUOTED = (
    sa.select(_T.c.ref, _T.c.state, _T.c.reference_ticks)
    .where(_T.c.state != model.State.DELISTED.value)
    .order_by(_T.c.ref)
)


async def add(tx: transaction.Tx, instrument: model.Instrument) -> bool:
    """Whether neither the reference nor the code was in the register."""
    values = {field: getattr(instrument, field) for field in model.Instrument.__struct_fields__}
    words = {"route": instrument.route.value, "product": instrument.product.value, "state": instrument.state.value}
    return await tx.execute(_ADD, **values | words) == 1


async def some(tx: transaction.Tx, refs: Sequence[UUID]) -> dict[UUID, model.Instrument]:
    found = [_instrument(row) for row in await tx.fetch(_SOME, refs=list(refs))]
    return {each.ref: each for each in found}


async def lock(tx: transaction.Tx, instrument: UUID) -> model.Instrument | None:
    row = await tx.row(_LOCK, instrument=instrument)
    return None if row is None else _instrument(row)


async def every(tx: transaction.Tx) -> list[model.Instrument]:
    return [_instrument(row) for row in await tx.fetch(_ALL)]


async def set_state(tx: transaction.Tx, instrument: UUID, state: model.State) -> None:
    await tx.execute(_STATE, instrument=instrument, new_state=state.value)


async def set_price(tx: transaction.Tx, instrument: UUID, ticks: int | None) -> None:
    await tx.execute(_PRICE, instrument=instrument, ticks=ticks)


async def quoted(tx: transaction.Tx) -> list[model.Quoted]:
    """Whatever is not delisted."""
    rows = await tx.fetch(_QUOTED)
    return [model.Quoted(row["ref"], model.State(row["state"]), row["reference_ticks"]) for row in rows]


def _instrument(row: transaction.Record) -> model.Instrument:
    values = dict(row.items())
    words = {
        "route": model.Route(values["route"]),
        "product": model.Product(values["product"]),
        "state": model.State(values["state"]),
    }
    return model.Instrument(**values | words)
