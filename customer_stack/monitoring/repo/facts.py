"""What the books say of operations: windows, history, and the movements themselves."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction

_LOOK = """
SELECT op, spec, asset, number, total, largest, NULL::timestamptz AS last_at, NULL::timestamptz AS first_at
FROM monitoring_windows($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
UNION ALL SELECT op, 0, 0, 0, '', '', last_at, first_at FROM monitoring_history($1, $2, $3)"""
_MOVES = """
SELECT t.seq, t.id, t.reference, t.pending_id, t.posted_at, t.amount::text AS amount, t.asset, g.code AS asset_code,
  g.scale, d.id AS debit, d.code AS debit_kind, d.owner AS debtor, c.id AS credit, c.code AS credit_kind,
  c.owner AS creditor
FROM ledger_transfer t JOIN ledger_account d ON d.id = t.debit JOIN ledger_account c ON c.id = t.credit
  JOIN ledger_asset g ON g.number = t.asset AND g.kind = 'currency'
WHERE t.flags & 1034 = 0 AND t.reverses IS NULL"""
_BETWEEN = f"""{_MOVES} AND t.seq > $1 AND t.xid >= $2::text::xid8 AND t.xid < $3::text::xid8 ORDER BY t.seq LIMIT $4"""
_SINCE = f"""{_MOVES} AND t.seq > $1 AND t.posted_at >= $2 AND t.posted_at < $3 ORDER BY t.seq LIMIT $4"""
_NAMED = f"""{_MOVES} AND t.id = ANY($1) ORDER BY t.seq"""
_OPENED = "SELECT id, opened_at FROM ledger_account WHERE id = ANY($1::uuid[])"
_PLACE = """
SELECT coalesce(pg_snapshot_xmin(s.now)::text::bigint, 0) AS oldest, pg_snapshot_xmax(s.now)::text::bigint AS next,
  coalesce((SELECT max(seq) FROM ledger_transfer), 0) AS newest
FROM (SELECT pg_current_snapshot() AS now) AS s"""
_CURSOR = """
SELECT watermark, low, target, position, mark_xid, mark_seq FROM monitoring_cursor WHERE name = $1 FOR UPDATE"""
_START = "INSERT INTO monitoring_cursor (name) VALUES ($1) ON CONFLICT DO NOTHING"
_MOVE = """
UPDATE monitoring_cursor SET watermark = $2, low = $3, target = $4, position = $5, mark_xid = $6, mark_seq = $7, at = $8
WHERE name = $1"""


class Spec(NamedTuple):
    """A window as the statement takes it; no direction and no unit are written as nothing and zero."""

    hours: int
    skip: int
    direction: str
    external: bool
    unit: int
    linked: bool


class Bound(NamedTuple):
    """Which amounts of an asset count in a window, by its position."""

    spec: int
    asset: int
    floor: int
    ceiling: int


class Cursor(NamedTuple):
    """How far the books were looked at. Every transaction below `watermark` is done; those below `target` are being
    done, up to row `position`. No transaction from the watermark on wrote a row up to `low`, nor one from `mark_xid` on
    up to `mark_seq`.
    """

    watermark: int
    low: int
    target: int
    position: int
    mark_xid: int
    mark_seq: int


class Place(NamedTuple):
    """The books at this moment: the oldest transaction that is not over, the next to come, the newest row."""

    oldest: int
    next: int
    newest: int


class Seen(NamedTuple):
    """What moved in a window, of one asset."""

    number: int
    total: int
    largest: int


class Look(NamedTuple):
    """By operation and window, both counted from zero, what moved of each asset; and by operation when money last moved
    before it, and when it first did.
    """

    windows: dict[tuple[int, int], dict[int, Seen]]
    history: dict[int, tuple[datetime | None, datetime | None]]


async def look(
    tx: transaction.Tx,
    of: Sequence[tuple[UUID, datetime, int]],
    specs: Sequence[Spec],
    bounds: Sequence[Bound],
    outside: Sequence[int],
) -> Look:
    """What the books say of operations, each given by account, time and the newest row that counts. One statement."""
    owners, ats, uptos = zip(*of, strict=True)
    spec_columns: list[list[object]] = [list(each) for each in zip(*specs, strict=True)] if specs else [[]] * 6
    bound_columns = [list(each) for each in zip(*bounds, strict=True)] if bounds else [[], [], [], []]
    widest = timedelta(hours=max((each.hours for each in specs), default=0))
    rows = await tx.fetch(
        _LOOK, list(owners), list(ats), list(uptos), *spec_columns,
        [each + 1 for each in bound_columns[0]], *bound_columns[1:], list(outside), widest,
    )  # fmt: skip
    found = Look({}, {})
    for op, spec, asset, number, total, largest, last, first in rows:
        if spec:
            found.windows.setdefault((op - 1, spec - 1), {})[asset] = Seen(number, int(total), int(largest))
        else:
            found.history[op - 1] = (last, first)
    return found


async def between(tx: transaction.Tx, after: int, watermark: int, target: int, limit: int) -> list[transaction.Record]:
    """Movements behind a row, of transactions from the watermark on and below the target."""
    return await tx.fetch(_BETWEEN, after, str(watermark), str(target), limit)


async def since(
    tx: transaction.Tx, after: int, since_: datetime, until: datetime, limit: int
) -> list[transaction.Record]:
    return await tx.fetch(_SINCE, after, since_, until, limit)


async def named(tx: transaction.Tx, transfers: Sequence[UUID]) -> list[transaction.Record]:
    return await tx.fetch(_NAMED, list(transfers))


async def place(tx: transaction.Tx) -> Place:
    row = await tx.row(_PLACE)
    assert row is not None, "one row of three numbers"
    return Place(*row)


async def held_cursor(tx: transaction.Tx, name: str) -> Cursor:
    """Locked until the transaction ends; made when there is none."""
    await tx.execute(_START, name)
    row = await tx.row(_CURSOR, name)
    assert row is not None, "it was made above"
    return Cursor(*row)


async def move_cursor(tx: transaction.Tx, name: str, cursor: Cursor, now: datetime) -> None:
    await tx.execute(_MOVE, name, *cursor, now)


async def opened(tx: transaction.Tx, accounts: Collection[UUID]) -> dict[UUID, datetime]:
    return {row["id"]: row["opened_at"] for row in await tx.fetch(_OPENED, list(accounts))}
