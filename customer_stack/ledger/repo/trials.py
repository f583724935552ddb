"""The stored trial balances: lines are written in pieces, and count from the moment that the day's head is there."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.ledger.model import views

_DRAW = """
WITH page AS MATERIALIZED (
  SELECT id, asset FROM ledger_account WHERE id > $2 ORDER BY id LIMIT $4),
lines AS MATERIALIZED (
  SELECT a.id, a.asset, coalesce(d.p, 0) AS dp, coalesce(d.o, 0) AS dpo, coalesce(c.p, 0) AS cp, coalesce(c.o, 0) AS cpo
  FROM page a
  LEFT JOIN LATERAL (
    SELECT debits_pending AS p, debits_posted AS o FROM ledger_transfer t WHERE t.debit = a.id AND t.posted_at < $3
    ORDER BY t.posted_at DESC, t.seq DESC LIMIT 1) AS d ON true
  LEFT JOIN LATERAL (
    SELECT credits_pending AS p, credits_posted AS o FROM ledger_transfer t WHERE t.credit = a.id AND t.posted_at < $3
    ORDER BY t.posted_at DESC, t.seq DESC LIMIT 1) AS c ON true
  WHERE d.p IS NOT NULL OR c.p IS NOT NULL),
written AS (
  INSERT INTO ledger_trial_line (day, account, asset, debits_pending, debits_posted, credits_pending, credits_posted)
  SELECT $1, id, asset, dp, dpo, cp, cpo FROM lines ORDER BY id ON CONFLICT DO NOTHING)
SELECT (SELECT count(*) FROM page) AS rows, (SELECT id FROM page ORDER BY id DESC LIMIT 1) AS last"""
_READ = """
SELECT count(*) AS rows, (max(account::text))::uuid AS last, string_agg(line, ''::bytea ORDER BY account) AS lines
FROM (
  SELECT account, uuid_send(account) || int4send(asset) || convert_to(concat_ws(',', debits_pending, debits_posted,
    credits_pending, credits_posted) || ';', 'UTF8') AS line
  FROM ledger_trial_line WHERE day = $1 AND account > $2 ORDER BY account LIMIT $3) AS page"""
_SUMS = """
SELECT asset, count(*), sum(debits_pending)::text, sum(debits_posted)::text, sum(credits_pending)::text,
  sum(credits_posted)::text FROM ledger_trial_line WHERE day = $1 GROUP BY asset ORDER BY asset"""
_HEAD = "SELECT day, accounts, last_seq, digest FROM ledger_trial WHERE day = $1"
_DAYS = "SELECT day, accounts, last_seq, digest FROM ledger_trial ORDER BY day DESC LIMIT $1"
_KEEP = "INSERT INTO ledger_trial (day, accounts, last_seq, digest) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
_LAST_SEQ = "SELECT coalesce(max(seq), 0) FROM ledger_transfer WHERE posted_at < $1 AND seq > $2"
_LINES = """
SELECT account, asset, debits_pending::text, debits_posted::text, credits_pending::text, credits_posted::text
FROM ledger_trial_line WHERE day = $1 AND account > $2 ORDER BY account LIMIT $3"""


class Page(NamedTuple):
    """How many accounts were looked at, and the last of them."""

    rows: int
    last: UUID | None
    lines: bytes = b""


async def draw(tx: transaction.Tx, day: date, after: UUID, until: datetime, count: int) -> Page:
    """Write the lines of the next so many accounts; those that are there already stay as they are."""
    row = await tx.row(_DRAW, day, after, until, count)
    assert row is not None, "one row"
    return Page(row["rows"], row["last"])


async def read(tx: transaction.Tx, day: date, after: UUID, count: int) -> Page:
    """The next lines as the bytes that the digest is over."""
    row = await tx.row(_READ, day, after, count)
    assert row is not None, "one row"
    return Page(row["rows"], row["last"], row["lines"] or b"")


async def sums(tx: transaction.Tx, day: date) -> list[views.Total]:
    return [views.Total(*map(int, row)) for row in await tx.fetch(_SUMS, day)]


async def head(tx: transaction.Tx, day: date) -> views.Trial | None:
    row = await tx.row(_HEAD, day)
    return None if row is None else views.Trial(*row)


async def newest(tx: transaction.Tx, count: int) -> list[views.Trial]:
    return [views.Trial(*row) for row in await tx.fetch(_DAYS, count)]


async def last_seq(tx: transaction.Tx, until: datetime, after: int) -> int:
    return int(await tx.value(_LAST_SEQ, until, after))


async def keep(tx: transaction.Tx, trial: views.Trial) -> bool:
    """Whether the day had no trial balance yet."""
    return bool(await tx.execute(_KEEP, trial.day, trial.accounts, trial.last_seq, trial.digest))


async def lines(tx: transaction.Tx, day: date, after: UUID, count: int) -> list[tuple[UUID, int, views.Balances]]:
    return [
        (row[0], row[1], views.Balances(*map(int, row[2:])))
        for row in map(tuple, await tx.fetch(_LINES, day, after, count))
    ]
