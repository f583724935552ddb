"""Reads and writes of channels and nonces."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import transaction
from execution_stack.gate import model, tables

_CHANNEL = tables.CHANNEL
_HOLD_AUDIENCE = "SELECT pg_advisory_xact_lock(hashtextextended('channel audience', 0))"
_REGISTER = postgresql.insert(_CHANNEL).values(id=sa.bindparam("id")).on_conflict_do_nothing()
_LOCK = sa.select(_CHANNEL).where(_CHANNEL.c.id == sa.bindparam("channel")).with_for_update()
_ALL = sa.select(_CHANNEL).order_by(_CHANNEL.c.id)
_SAVE = (
    sa.update(_CHANNEL)
    .where(_CHANNEL.c.id == sa.bindparam("channel"))
    .values(link=sa.bindparam("new_link"), heard_at=sa.bindparam("new_heard_at"))
)
_SILENT = sa.select(_CHANNEL.c.id).where(
    _CHANNEL.c.link == model.Link.OPEN.value, _CHANNEL.c.heard_at < sa.bindparam("before")
)
_SIGNERS = "SELECT public_key FROM channel_signer WHERE channel = $1"
_IS_WITNESSED = """
SELECT EXISTS (SELECT FROM channel c JOIN channel_inbound i ON i.channel = c.id JOIN channel_signer s ON s.channel = c.id
  WHERE c.id = $1 AND c.link = 'open' AND NOT i.halted)"""
_ADD_CHECKPOINT = """
INSERT INTO channel_checkpoint (channel, agreement, sent_epoch, sent_sequence, received_epoch, received_sequence,
  participants, open_intents, charged, paid, participants_differ, open_intents_differ, charged_differ, paid_differ)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"""
_ADD_SIGNER = "INSERT INTO channel_signer (channel, public_key) VALUES ($1, $2) ON CONFLICT DO NOTHING"

_TAKE_FILLS = """
INSERT INTO channel_fill AS f (channel, last) SELECT channel, count FROM unnest($1::uuid[], $2::bigint[]) AS n(channel, count)
ON CONFLICT (channel) DO UPDATE SET last = f.last + excluded.last RETURNING channel, last"""


class Place(Protocol):
    """A place of one direction."""

    @property
    def epoch(self) -> int: ...
    @property
    def sequence(self) -> int: ...


async def signers(tx: transaction.Tx, channel: UUID) -> frozenset[bytes]:
    """The keys that may sign a customer stack's heads."""
    return frozenset(row["public_key"] for row in await tx.fetch(_SIGNERS, channel))


async def is_witnessed(tx: transaction.Tx, channel: UUID) -> bool:
    """Whether signed heads are to be expected: the link is open, the channel runs, and there is a key to check them."""
    found: bool = await tx.value(_IS_WITNESSED, channel)
    return found


Totals = tuple[int, int, int, int]
"""Participants, open intents, charged, paid."""


async def add_checkpoint(
    tx: transaction.Tx,
    channel: UUID,
    agreement: model.Agreement,
    sent: Place,
    received: Place,
    ours: Totals,
    theirs: Totals,
) -> None:
    """Our totals, and which of the other side's are not the same."""
    differ = [mine != other for mine, other in zip(ours, theirs, strict=True)]
    places = (sent.epoch, sent.sequence, received.epoch, received.sequence)
    await tx.execute(_ADD_CHECKPOINT, channel, agreement.value, *places, *ours, *differ)


async def add_signer(tx: transaction.Tx, channel: UUID, public_key: bytes) -> bool:
    """Whether the key is new."""
    return await tx.execute(_ADD_SIGNER, channel, public_key) == 1


async def take_fills(tx: transaction.Tx, counts: Mapping[UUID, int]) -> dict[UUID, int]:
    """The first of so many new numbers of fills on each channel; they follow each other without a gap."""
    wanted = sorted(counts)
    rows = await tx.fetch(_TAKE_FILLS, wanted, [counts[each] for each in wanted])
    return {row["channel"]: row["last"] - counts[row["channel"]] + 1 for row in rows}


async def register(tx: transaction.Tx, channel: UUID) -> bool:
    """Whether the channel is new."""
    return await tx.execute(_REGISTER, id=channel) == 1


async def lock(tx: transaction.Tx, channel: UUID) -> model.ChannelState | None:
    row = await tx.row(_LOCK, channel=channel)
    return None if row is None else _state(row)


async def save(tx: transaction.Tx, channel: UUID, link: model.Link, heard_at: datetime | None) -> None:
    await tx.execute(_SAVE, channel=channel, new_link=link.value, new_heard_at=heard_at)


async def silent_since(tx: transaction.Tx, before: datetime) -> list[UUID]:
    return [row["id"] for row in await tx.fetch(_SILENT, before=before)]


async def audience(tx: transaction.Tx) -> list[model.ChannelState]:
    """Every channel, for news to all of them: whoever is being admitted meanwhile is either among them or told later."""
    await hold_audience(tx)
    return await channels(tx)


async def hold_audience(tx: transaction.Tx) -> None:
    """Until the transaction ends nobody else admits a channel or tells all channels something.

    Without it, a channel that is admitted while an instrument is listed would hear of it from neither side: each
    transaction would read what the other has not committed yet.
    """
    await tx.execute(_HOLD_AUDIENCE)


async def channels(tx: transaction.Tx) -> list[model.ChannelState]:
    return [_state(row) for row in await tx.fetch(_ALL)]


def _state(row: transaction.Record) -> model.ChannelState:
    return model.ChannelState(row["id"], model.Link(row["link"]), row["heard_at"])
