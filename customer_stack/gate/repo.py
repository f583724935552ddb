"""Reads and writes of the channel's row."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import transaction
from customer_stack.gate import model, tables

_ENSURE = postgresql.insert(tables.CHANNEL).values(id=sa.bindparam("id")).on_conflict_do_nothing()
_LOCK = sa.select(tables.CHANNEL).where(tables.CHANNEL.c.id == sa.bindparam("channel")).with_for_update()
_ALL = sa.select(tables.CHANNEL).order_by(tables.CHANNEL.c.id)
_SAVE = (
    sa.update(tables.CHANNEL)
    .where(tables.CHANNEL.c.id == sa.bindparam("channel"))
    .values(link=sa.bindparam("new_link"), answered_at=sa.bindparam("new_answered_at"))
)


async def lock(tx: transaction.Tx, channel: UUID) -> model.ChannelState:
    """The channel's state, created if it is new, held until the transaction ends."""
    await tx.execute(_ENSURE, id=channel)
    row = await tx.row(_LOCK, channel=channel)
    assert row is not None, "the row was created a statement ago"
    return _state(row)


async def save(tx: transaction.Tx, channel: UUID, link: model.Link, answered_at: datetime | None) -> None:
    await tx.execute(_SAVE, channel=channel, new_link=link.value, new_answered_at=answered_at)


async def channels(tx: transaction.Tx) -> list[model.ChannelState]:
    return [_state(row) for row in await tx.fetch(_ALL)]


def _state(row: transaction.Record) -> model.ChannelState:
    return model.ChannelState(row["id"], model.Link(row["link"]), row["answered_at"])
