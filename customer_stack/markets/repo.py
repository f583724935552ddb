"""Reads and writes of the copy."""

from uuid import UUID

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
_ALL = sa.select(*(_T.c[field] for field in _FIELDS)).order_by(_T.c.ref)


async def put(tx: transaction.Tx, instrument: model.Instrument) -> None:
    """A new instrument, or new terms of a known one, whose state stays as it is."""
    values = {field: getattr(instrument, field) for field in _FIELDS}
    await tx.execute(_PUT, **values | {"state": instrument.state.value})


async def set_state(tx: transaction.Tx, instrument: UUID, state: model.State) -> None:
    await tx.execute(_STATE, instrument=instrument, new_state=state.value)


async def every(tx: transaction.Tx) -> list[model.Instrument]:
    rows = [dict(row.items()) for row in await tx.fetch(_ALL)]
    return [model.Instrument(**row | {"state": model.State(row["state"])}) for row in rows]
