"""Set-based reads and writes of participants. Rows are locked in the order of their references."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.participants import model

_ISSUE = "INSERT INTO participant (ref, channel) SELECT unnest($2::uuid[]), $1"
_STOCK = """
SELECT count(*) FROM participant WHERE channel = $1 AND status = 'issued' AND issued_at >= coalesce($2, issued_at)"""
_LOCK = """
SELECT ref, status::text, level, category::text FROM participant
WHERE channel = $1 AND ref = ANY($2::uuid[]) ORDER BY ref FOR UPDATE"""
_READ = """
SELECT ref, status::text, level, category::text FROM participant WHERE channel = $1 AND ref = ANY($2::uuid[])"""
_FIND = "SELECT ref, status::text, level, category::text FROM participant WHERE ref = $1"
_SAVE = """
UPDATE participant p SET status = n.status::participant_status, level = n.level,
  category = n.category::participant_category, activated_at = coalesce(p.activated_at, now()),
  activated_epoch = CASE WHEN p.status = 'issued' THEN $5::bigint ELSE p.activated_epoch END,
  activated_sequence = CASE WHEN p.status = 'issued' THEN $6::bigint ELSE p.activated_sequence END
FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[]) AS n(ref, status, level, category) WHERE p.ref = n.ref"""
_WITHDRAW = """
UPDATE participant SET status = 'closed', activated_epoch = NULL, activated_sequence = NULL
WHERE channel = $1 AND (activated_epoch, activated_sequence) > ($2, $3) RETURNING ref"""
_ACTIVATED = """
SELECT count(*) FROM participant WHERE channel = $1 AND (activated_epoch, activated_sequence) <= ($2, $3)"""


async def issue(tx: transaction.Tx, channel: UUID, refs: Sequence[UUID]) -> None:
    await tx.execute(_ISSUE, channel, list(refs))


async def stock(tx: transaction.Tx, channel: UUID, since: datetime | None) -> int:
    """How many references of the channel wait to be activated, of those issued since then."""
    count: int = await tx.value(_STOCK, channel, since)
    return count


async def lock(tx: transaction.Tx, channel: UUID, refs: Sequence[UUID]) -> dict[UUID, model.Standing]:
    """The standings of those among the references that were issued to this channel, held for a change."""
    return _standings(await tx.fetch(_LOCK, channel, list(refs)))


async def read(tx: transaction.Tx, channel: UUID, refs: Sequence[UUID]) -> dict[UUID, model.Standing]:
    """As `lock` without holding: a channel's messages are applied one core at a time, so nothing changes meanwhile."""
    return _standings(await tx.fetch(_READ, channel, list(refs)))


async def find(tx: transaction.Tx, ref: UUID) -> model.Standing | None:
    return _standings(await tx.fetch(_FIND, ref)).get(ref)


async def withdraw(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int) -> list[UUID]:
    """Close those whom a core after this one activated: that core is no part of the history any more."""
    return [row["ref"] for row in await tx.fetch(_WITHDRAW, channel, epoch, sequence)]


async def activated(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int) -> int:
    """How many were activated by the cores up to this one."""
    count: int = await tx.value(_ACTIVATED, channel, epoch, sequence)
    return count


async def save(tx: transaction.Tx, standings: Mapping[UUID, model.Standing], place: tuple[int, int]) -> None:
    await tx.execute(
        _SAVE,
        list(standings),
        [each.status.value for each in standings.values()],
        [each.level for each in standings.values()],
        [each.category.value for each in standings.values()],
        *place,
    )


def _standings(rows: Sequence[transaction.Record]) -> dict[UUID, model.Standing]:
    return {
        row["ref"]: model.Standing(model.Status(row["status"]), row["level"], model.Category(row["category"]))
        for row in rows
    }
