"""The state of each account, what explains its cash, findings and snapshots."""

from collections.abc import Sequence
from datetime import datetime

from boundary.kernel.runtime import transaction
from execution_stack.venues.model import dealing

_OPEN = """
INSERT INTO venue_account (venue, fills_read_to, settlements_read_to, opened_at)
VALUES ($1::text::venue_name, $2, $2, $2)
ON CONFLICT DO NOTHING"""
_FIND = """
SELECT a.venue::text, a.state::text, a.cause::text, a.killed_at, a.fills_read_to, a.settlements_read_to,
  (SELECT sum(CASE WHEN t.outward THEN -t.amount ELSE t.amount END)::bigint FROM venue_transfer t
   WHERE t.venue = a.venue) AS cash
FROM venue_account a WHERE a.venue = $1::text::venue_name"""
_IS_OPEN = "SELECT state::text FROM venue_account WHERE venue = $1::text::venue_name"
_KILL = """
UPDATE venue_account SET state = 'killed', cause = $2::text::venue_cause, killed_at = $3
WHERE venue = $1::text::venue_name AND state = 'open'"""
_REVIVE = """
UPDATE venue_account SET state = 'open', cause = NULL, killed_at = NULL
WHERE venue = $1::text::venue_name AND state = 'killed'"""
_READ_FILLS = """
UPDATE venue_account SET fills_read_to = greatest(fills_read_to, $2) WHERE venue = $1::text::venue_name"""
_READ_SETTLEMENTS = """
UPDATE venue_account SET settlements_read_to = greatest(settlements_read_to, $2) WHERE venue = $1::text::venue_name"""
_TRANSFER = """
INSERT INTO venue_transfer (venue, number, amount, outward)
SELECT $1::text::venue_name, coalesce(max(number), 0) + 1, $2, $3 FROM venue_transfer
WHERE venue = $1::text::venue_name"""
_FIND_OPEN = """
SELECT kind::text, "order", fill::uuid, market FROM venue_finding
WHERE venue = $1::text::venue_name AND over_at IS NULL ORDER BY found_at, digest"""
_ADD_FINDING = """
INSERT INTO venue_finding AS f (digest, venue, kind, "order", fill, market)
VALUES ($1, $2::text::venue_name, $3::text::venue_finding_kind, $4, $5, $6)
ON CONFLICT (digest) DO UPDATE SET over_at = NULL, found_at = now() WHERE f.over_at IS NOT NULL"""
_END_FINDINGS = """
UPDATE venue_finding SET over_at = now()
WHERE venue = $1::text::venue_name AND over_at IS NULL AND NOT digest = ANY($2::bytea[])"""
_ADD_SNAPSHOT = """
INSERT INTO venue_snapshot (venue, kind, at, file, content, size)
VALUES ($1::text::venue_name, $2::text::venue_snapshot_kind, $3, $4, $5, $6)"""
_SNAPSHOTS = """
SELECT kind::text, at, file, content, size FROM venue_snapshot
WHERE venue = $1::text::venue_name ORDER BY at DESC, kind LIMIT $2"""


async def open_(tx: transaction.Tx, venue: dealing.Name, now: datetime) -> bool:
    return await tx.execute(_OPEN, venue.value, now) == 1


async def find(tx: transaction.Tx, venue: dealing.Name) -> dealing.Account | None:
    row = await tx.row(_FIND, venue.value)
    if row is None:
        return None
    cause = dealing.Cause(row["cause"]) if row["cause"] else None
    times = (row["killed_at"], row["fills_read_to"], row["settlements_read_to"])
    return dealing.Account(dealing.Name(row["venue"]), dealing.AccountState(row["state"]), cause, *times, row["cash"])


async def opened_at(tx: transaction.Tx, venue: dealing.Name) -> datetime:
    found: datetime = await tx.value(
        "SELECT opened_at FROM venue_account WHERE venue = $1::text::venue_name", venue.value
    )
    return found


async def is_open(tx: transaction.Tx, venue: dealing.Name, *, hold: bool = False, change: bool = False) -> bool:
    """Whether new orders may leave; held, it stays so until the transaction ends."""
    lock = " FOR UPDATE" if change else " FOR SHARE" if hold else ""
    return bool(await tx.value(_IS_OPEN + lock, venue.value) == dealing.AccountState.OPEN.value)


async def kill(tx: transaction.Tx, venue: dealing.Name, cause: dealing.Cause, now: datetime) -> bool:
    return await tx.execute(_KILL, venue.value, cause.value, now) == 1


async def revive(tx: transaction.Tx, venue: dealing.Name) -> bool:
    return await tx.execute(_REVIVE, venue.value) == 1


async def read_fills_to(tx: transaction.Tx, venue: dealing.Name, moment: datetime) -> None:
    await tx.execute(_READ_FILLS, venue.value, moment)


async def read_settlements_to(tx: transaction.Tx, venue: dealing.Name, moment: datetime) -> None:
    await tx.execute(_READ_SETTLEMENTS, venue.value, moment)


async def transfer(tx: transaction.Tx, venue: dealing.Name, amount: int, *, outward: bool) -> None:
    await tx.execute(_TRANSFER, venue.value, amount, outward)


async def findings(tx: transaction.Tx, venue: dealing.Name) -> list[dealing.Difference]:
    """Those that are open; the figures are not kept, as they are worked out anew by whoever looks."""
    return [
        dealing.Difference(
            kind=dealing.FindingKind(row["kind"]), order=row["order"], fill=row["fill"], market=row["market"] or ""
        )
        for row in await tx.fetch(_FIND_OPEN, venue.value)
    ]


async def add_finding(
    tx: transaction.Tx, venue: dealing.Name, digest: bytes, found: dealing.Difference, market: str | None
) -> bool:
    """Whether it was not open already."""
    values = (found.kind.value, found.order, found.fill, market)
    return await tx.execute(_ADD_FINDING, digest, venue.value, *values) == 1


async def end_findings(tx: transaction.Tx, venue: dealing.Name, still: Sequence[bytes]) -> int:
    return await tx.execute(_END_FINDINGS, venue.value, list(still))


async def add_snapshot(
    tx: transaction.Tx,
    venue: dealing.Name,
    kind: dealing.SnapshotKind,
    at: datetime,
    *,
    file: bytes,
    content: bytes,
    size: int,
) -> None:
    await tx.execute(_ADD_SNAPSHOT, venue.value, kind.value, at, file, content, size)


async def snapshots(
    tx: transaction.Tx, venue: dealing.Name, limit: int
) -> list[tuple[dealing.SnapshotKind, datetime, bytes, bytes, int]]:
    rows = await tx.fetch(_SNAPSHOTS, venue.value, limit)
    return [(dealing.SnapshotKind(row[0]), row[1], row[2], row[3], row[4]) for row in rows]
