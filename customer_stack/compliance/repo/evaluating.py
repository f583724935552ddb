"""The turn of each account, what was moved before by the ledger's own word, and verdicts as they are written."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import clock
from boundary.kernel.runtime import transaction
from customer_stack.compliance.model import facts

_GROUND = "SELECT * FROM clearance_ground($1, $2, $3)"

# What a transfer moved: a hold counts until it is released, and then for what was posted of it. Account by account, so
# that a large batch reads by the index what a single operation does.
_STOOD = """CASE WHEN t.flags & 2 = 0 THEN t.amount ELSE coalesce(
        (SELECT CASE WHEN e.flags & 4 <> 0 THEN e.amount ELSE 0 END FROM ledger_transfer e WHERE e.pending_id = t.id),
        t.amount) END AS stood"""
_MOVED = f"""
WITH mine AS MATERIALIZED (
  SELECT id, owner, asset FROM ledger_account WHERE owner = ANY($1) AND code < 10
)
SELECT m.owner, m.asset, s.what,
  coalesce(sum(s.stood) FILTER (WHERE s.posted_at >= $2), 0)::text AS day,
  coalesce(sum(s.stood) FILTER (WHERE s.posted_at >= $3), 0)::text AS week,
  coalesce(sum(s.stood) FILTER (WHERE s.posted_at >= $5), 0)::text AS month
FROM mine m CROSS JOIN LATERAL (
  SELECT c.kind::text AS what, t.posted_at, {_STOOD}
  FROM ledger_transfer t JOIN clearance c ON c.id = t.verdict
  WHERE t.debit = m.id AND t.posted_at >= $4 AND t.pending_id IS NULL
  UNION ALL
  SELECT CASE WHEN h.code IN (10, 17) THEN 'returned' ELSE 'deposit' END, t.posted_at, {_STOOD}
  FROM ledger_transfer t
    CROSS JOIN LATERAL (SELECT a.code FROM ledger_account a WHERE a.id = t.debit OFFSET 0) AS h  -- by its key, one by one
  WHERE t.credit = m.id AND t.posted_at >= $4 AND t.pending_id IS NULL
    AND (h.code IN (10, 16, 17) OR h.code >= 10 AND t.verdict IS NOT NULL
      AND EXISTS (SELECT FROM clearance c WHERE c.id = t.verdict AND c.kind = 'deposit'))
) AS s GROUP BY m.owner, m.asset, s.what"""  # noqa: S608 -- constants
_WRITE = """
INSERT INTO clearance (id, at, operation, kind, account, ledger_account, asset, amount, home, counterparty, destination,
  answer, reasons, facts, review)
SELECT u.id, $1, u.operation, u.kind::clearance_kind, u.account, u.ledger_account, u.asset, u.amount::numeric,
  u.home::numeric, u.counterparty, u.destination, u.answer::clearance_answer,
  CASE WHEN u.reasons = '' THEN '{}' ELSE string_to_array(u.reasons, ' ') END, u.facts, u.review
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::integer[], $8::text[], $9::text[],
  $10::uuid[], $11::text[], $12::text[], $13::text[], $14::bytea[], $15::uuid[])
  AS u(id, operation, kind, account, ledger_account, asset, amount, home, counterparty, destination, answer, reasons,
    facts, review)"""
_ONE = """
SELECT id, at, operation, account, ledger_account, asset, amount::text, counterparty, destination, answer::text, reasons,
  facts, review FROM clearance"""
_OF = f"{_ONE} WHERE account = $1 ORDER BY at, id"
_BY_ID = f"{_ONE} WHERE id = $1"


class Moved(NamedTuple):
    """What an account's owner moved of one asset: a kind of operation, or `returned` from where stakes go."""

    account: UUID
    asset: int
    what: str
    day: int
    week: int
    month: int


class Most(NamedTuple):
    """One account of a customer, and the most that can have left it and come to it, whatever for."""

    id: UUID
    owner: UUID
    asset: int
    out_day: int
    out_month: int
    in_day: int
    in_month: int


class Starts(NamedTuple):
    """When the present day, week and month began."""

    day: datetime
    week: datetime
    month: datetime


class Row(NamedTuple):
    """A verdict to be written, with what the table keeps beside it."""

    kind: str
    home: int | None
    row: facts.Row


async def ground(tx: transaction.Tx, accounts: Collection[UUID], starts: Starts) -> tuple[list[Most], bool]:
    """Wait until nobody else judges operations of these customers; then the accounts that they have, at a cost that no
    history raises, and whether any of them has a release.
    """
    rows = await tx.fetch(_GROUND, sorted(accounts), starts.day, starts.month)
    found = [Most(row[1], row[2], row[3], *map(int, tuple(row)[4:])) for row in rows if row[1] is not None]
    return found, any(row[0] for row in rows)


async def moved(tx: transaction.Tx, accounts: Collection[UUID], starts: Starts) -> list[Moved]:
    """Read behind `ground`: a statement sees what was committed before it began."""
    rows = await tx.fetch(_MOVED, list(accounts), starts.day, starts.week, min(starts), starts.month)
    return [Moved(row[0], row[1], row[2], int(row[3]), int(row[4]), int(row[5])) for row in rows]


async def write(tx: transaction.Tx, at: datetime, rows: Sequence[Row]) -> None:
    await tx.execute(
        _WRITE,
        at,
        [each.row.id for each in rows],
        [each.row.operation for each in rows],
        [each.kind for each in rows],
        [each.row.account for each in rows],
        [each.row.ledger_account for each in rows],
        [each.row.asset for each in rows],
        [each.row.amount for each in rows],
        [None if each.home is None else str(each.home) for each in rows],
        [each.row.counterparty for each in rows],
        [each.row.destination for each in rows],
        [each.row.answer for each in rows],
        [" ".join(each.row.reasons) for each in rows],
        [each.row.facts for each in rows],
        [each.row.review for each in rows],
    )


async def of(tx: transaction.Tx, account: UUID) -> list[tuple[datetime, facts.Row]]:
    return [_row(row) for row in await tx.fetch(_OF, account)]


async def one(tx: transaction.Tx, verdict: UUID) -> tuple[datetime, facts.Row] | None:
    row = await tx.row(_BY_ID, verdict)
    return _row(row) if row else None


def _row(row: transaction.Record) -> tuple[datetime, facts.Row]:
    return row["at"], facts.Row(
        row["id"], row["operation"], row["account"], row["ledger_account"], row["asset"], row["amount"],
        row["counterparty"], row["destination"], row["answer"], tuple(row["reasons"]), row["facts"], row["review"],
        clock.to_micros(row["at"]),
    )  # fmt: skip
