"""Set-based reads and writes of participants. Rows are locked in the order of their references."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.participants import model

_ISSUE = "INSERT INTO participant (ref, channel) SELECT unnest($2::uuid[]), $1"
_STOCK = "SELECT count(*) FROM participant WHERE channel = $1 AND status = 'issued'"
_LOCK = """
SELECT ref, status::text, level, category::text FROM participant
WHERE channel = $1 AND ref = ANY($2::uuid[]) ORDER BY ref FOR UPDATE"""
_READ = """
SELECT ref, status::text, level, category::text FROM participant WHERE channel = $1 AND ref = ANY($2::uuid[])"""
_SAVE = """
UPDATE participant p SET status = n.status::participant_status, level = n.level,
  category = n.category::participant_category, activated_at = coalesce(p.activated_at, now())
FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[]) AS n(ref, status, level, category) WHERE p.ref = n.ref"""


async def issue(tx: transaction.Tx, channel: UUID, refs: Sequence[UUID]) -> None:
    await tx.execute(_ISSUE, channel, list(refs))


async def stock(tx: transaction.Tx, channel: UUID) -> int:
    """How many references of the channel wait to be activated."""
    count: int = await tx.value(_STOCK, channel)
    return count


async def lock(tx: transaction.Tx, channel: UUID, refs: Sequence[UUID]) -> dict[UUID, model.Standing]:
    """The standings of those among the references that were issued to this channel, held for a change."""
    return _standings(await tx.fetch(_LOCK, channel, list(refs)))


async def read(tx: transaction.Tx, channel: UUID, refs: Sequence[UUID]) -> dict[UUID, model.Standing]:
    """As `lock` without holding: a channel's messages are applied one core at a time, so nothing changes meanwhile."""
    return _standings(await tx.fetch(_READ, channel, list(refs)))


async def save(tx: transaction.Tx, standings: Mapping[UUID, model.Standing]) -> None:
    await tx.execute(
        _SAVE,
        list(standings),
        [each.status.value for each in standings.values()],
        [each.level for each in standings.values()],
        [each.category.value for each in standings.values()],
    )


def _standings(rows: Sequence[transaction.Record]) -> dict[UUID, model.Standing]:
    return {
        row["ref"]: model.Standing(model.Status(row["status"]), row["level"], model.Category(row["category"]))
        for row in rows
    }
