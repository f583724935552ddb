"""Rebuilds the books from the transfers, piece by piece, and names the first row that does not follow.

A row is right if the balances that it holds are those of the row before it on the same side of the same account, plus
its own amount. A piece of the books can therefore be checked alone: of each account's first row in it, the row before
is looked up, and that one is judged in its own piece. What is left is that every account's kept balances are those of
its newest rows.
"""

from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.ledger.model import entries

_MEMORY = "SET LOCAL work_mem = '256MB'"
_END = """
SELECT (SELECT coalesce(max(seq), 0) FROM ledger_transfer) AS last, pg_snapshot_xmax(pg_current_snapshot())::text AS xid,
  (SELECT count(*) FROM ledger_account) AS accounts"""
_SETTLED = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8"
_PART = "ledger_transfer WHERE seq BETWEEN $1 AND $2 AND debit IS NOT NULL"
"""A piece, read anew for each check: sorting rows of only what a check compares is cheaper than keeping whole ones."""
_NOT_AFTER = "the balances of its {account} account do not follow from the row before"


def _bad(account: str, side: str) -> str:
    """Rows that do not follow: inside the piece by the row before, at its edge by the newest row outside.

    Almost every row is dropped by comparing two sums with the row before; only an account's first row is looked up.
    """
    fault = _NOT_AFTER.format(account=account)
    return f"""
    SELECT s.seq, s.account, '{fault}' AS fault FROM (
      SELECT seq, {account} AS account, posted_at,
        {side}_pending - CASE WHEN flags & 2 <> 0 THEN amount ELSE -released END AS p,
        {side}_posted - CASE WHEN flags & 1034 = 0 THEN amount ELSE 0 END AS o,
        lag({side}_pending) OVER w AS before_p, lag({side}_posted) OVER w AS before_o
      FROM {_PART} WINDOW w AS (PARTITION BY {account} ORDER BY seq)) AS s
    LEFT JOIN LATERAL (
      SELECT {side}_pending AS p, {side}_posted AS o FROM ledger_transfer b
      WHERE s.before_p IS NULL AND b.{account} = s.account AND (b.posted_at, b.seq) < (s.posted_at, s.seq)
      ORDER BY b.posted_at DESC, b.seq DESC LIMIT 1) AS b ON true
    WHERE (s.before_p IS DISTINCT FROM s.p OR s.before_o IS DISTINCT FROM s.o)
      AND (s.before_p IS NOT NULL OR coalesce(b.p, 0) <> s.p OR coalesce(b.o, 0) <> s.o)"""  # noqa: S608 -- constants


_PIECE = f"""
WITH bad AS (
    {_bad("debit", "debits")}
    UNION ALL
    {_bad("credit", "credits")}
    UNION ALL
    SELECT r.seq, r.debit, 'it does not end the pending transfer that it names'
    FROM (SELECT * FROM {_PART} AND (pending_id IS NOT NULL OR released <> 0 OR flags & 1036 <> 0)) AS r
    LEFT JOIN ledger_transfer p ON p.id = r.pending_id
    WHERE p.id IS NULL OR p.flags & 2 = 0 OR p.seq >= r.seq OR r.flags & 1036 = 0 OR r.released <> p.amount
      OR r.amount > p.amount OR (r.flags & 1032 <> 0 AND r.amount <> p.amount) OR r.debit IS DISTINCT FROM p.debit OR r.credit IS DISTINCT FROM p.credit),
  found AS (SELECT * FROM bad ORDER BY seq, fault LIMIT 1)
SELECT (SELECT count(*) FROM {_PART}) AS rows, f.seq, f.account, f.fault,
  (SELECT id FROM ledger_transfer WHERE seq = f.seq) AS id
FROM (SELECT) AS one LEFT JOIN found f ON true"""  # noqa: S608 -- constants

_KEPT = """
WITH page AS MATERIALIZED (
  SELECT id, asset FROM ledger_account WHERE id > $1 ORDER BY id LIMIT $2)
SELECT (SELECT count(*) FROM page) AS rows, (SELECT max(id::text)::uuid FROM page) AS last, bad.*
FROM (SELECT) AS one LEFT JOIN (
  SELECT a.id AS account, greatest(d.seq, c.seq) AS seq,
    CASE WHEN b.account IS NULL THEN 'the account has no balances'
      ELSE 'the balances kept for the account are not those of its transfers' END AS fault
  FROM page a LEFT JOIN ledger_balance b ON b.account = a.id AND b.asset = a.asset
  LEFT JOIN LATERAL (
    SELECT seq, debits_pending AS p, debits_posted AS o, posted_at FROM ledger_transfer t WHERE t.debit = a.id
    ORDER BY t.posted_at DESC, t.seq DESC LIMIT 1) AS d ON true
  LEFT JOIN LATERAL (
    SELECT seq, credits_pending AS p, credits_posted AS o, posted_at FROM ledger_transfer t WHERE t.credit = a.id
    ORDER BY t.posted_at DESC, t.seq DESC LIMIT 1) AS c ON true
  WHERE b.account IS NULL OR b.debits_pending <> coalesce(d.p, 0) OR b.debits_posted <> coalesce(d.o, 0)
    OR b.credits_pending <> coalesce(c.p, 0) OR b.credits_posted <> coalesce(c.o, 0)
  ORDER BY a.id LIMIT 1) AS bad ON true"""

_COUNTED = """
SELECT (SELECT count(*) FROM ledger_balance) AS rows, bad.*
FROM (SELECT) AS one LEFT JOIN (
  SELECT coalesce(b.account, n.account) AS account,
    'the account has more or fewer transfers than its version counts' AS fault
  FROM ledger_balance b FULL JOIN (
    SELECT account, sum(count) AS count FROM (
      SELECT debit AS account, count(*) FROM ledger_transfer WHERE debit IS NOT NULL GROUP BY debit
      UNION ALL SELECT credit, count(*) FROM ledger_transfer WHERE credit IS NOT NULL GROUP BY credit) AS sides
    GROUP BY account) AS n ON n.account = b.account
  WHERE coalesce(b.version, -1) <> coalesce(n.count, 0)
  ORDER BY account LIMIT 1) AS bad ON true"""


_TOLD = """
SELECT id, payload FROM audit_entry WHERE id > $2 AND xid < $1::text::xid8 AND position($4::bytea IN payload) > 0
ORDER BY id LIMIT $3"""
_POSTED = str(entries.TransfersPosted.__struct_config__.tag).encode()


class End(NamedTuple):
    """Up to where the books are checked, and which transactions have to be over for nothing to appear before it."""

    last: int
    xid: str
    accounts: int


class Found(NamedTuple):
    """How much was looked at, and the first difference in it, if there is one."""

    rows: int
    fault: str | None
    seq: int | None
    account: UUID | None
    transfer: UUID | None = None
    last: UUID | None = None


async def end(tx: transaction.Tx) -> End:
    row = await tx.row(_END)
    assert row is not None, "one row"
    return End(row["last"], row["xid"], row["accounts"])


async def settled(tx: transaction.Tx, xid: str) -> bool:
    """Whether every transaction that ran when the end was taken is over."""
    return bool(await tx.value(_SETTLED, xid))


async def piece(tx: transaction.Tx, first: int, last: int) -> Found:
    """Every row of the books between two places, itself included."""
    await tx.execute(_MEMORY)
    row = await tx.row(_PIECE, first, last)
    assert row is not None, "one row"
    return Found(row["rows"], row["fault"], row["seq"], row["account"], row["id"])


async def kept(tx: transaction.Tx, after: UUID, count: int) -> Found:
    """The balances kept for the next so many accounts."""
    row = await tx.row(_KEPT, after, count)
    assert row is not None, "one row"
    return Found(row["rows"], row["fault"], row["seq"], row["account"], None, row["last"])


async def told(tx: transaction.Tx, xid: str, after: int, limit: int) -> list[tuple[int, bytes]]:
    """What the audit log holds of transfers by transactions before this one: numbers and payloads, in order."""
    return [(row["id"], row["payload"]) for row in await tx.fetch(_TOLD, xid, after, limit, _POSTED)]


async def counted(tx: transaction.Tx) -> Found:
    """A transfer of nothing leaves no trace in the balances, but every account counts its transfers."""
    await tx.execute(_MEMORY)
    row = await tx.row(_COUNTED)
    assert row is not None, "one row"
    return Found(row["rows"], row["fault"], None, row["account"])
