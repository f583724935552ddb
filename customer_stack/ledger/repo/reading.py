"""Reads of transfers, of an account's movements, and of balances as of a time.

A row holds its accounts' own sides behind it: the debit side of the account debited, the credit side of the other. The
balances of an account at a time are therefore the newest row on each side, which an index has at its end.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.ledger import model
from customer_stack.ledger.model import views
from customer_stack.ledger.repo import posting

_GIVEN = """
t.seq, t.id, t.debit, t.credit, t.amount::text, t.released::text, t.asset, t.code, t.flags, t.pending_id, t.timeout,
t.reference, t.tag64, t.tag32, t.effective_at, t.reverses, t.verdict, t.cause, t.posted_at"""
_COLUMNS = f"""
{_GIVEN}, t.chain, t.debits_pending::text,
t.debits_posted::text, t.credits_pending::text, t.credits_posted::text,
(SELECT e.flags FROM ledger_transfer e WHERE e.pending_id = t.id AND t.flags & 2 <> 0) AS ended"""  # noqa: S608 -- constants
_BY_ID = f"SELECT {_COLUMNS} FROM ledger_transfer t WHERE t.id = ANY($1) AND t.debit IS NOT NULL"  # noqa: S608 -- constants
_CHAIN = f"SELECT {_COLUMNS} FROM ledger_transfer t WHERE t.chain = $1 ORDER BY t.seq"  # noqa: S608 -- constants
_AS_OF = """
SELECT coalesce(d.p, '0'), coalesce(d.o, '0'), coalesce(c.p, '0'), coalesce(c.o, '0') FROM (SELECT) AS one
LEFT JOIN LATERAL (
  SELECT debits_pending::text AS p, debits_posted::text AS o FROM ledger_transfer
  WHERE debit = $1 AND posted_at <= $2 ORDER BY posted_at DESC, seq DESC LIMIT 1) AS d ON true
LEFT JOIN LATERAL (
  SELECT credits_pending::text AS p, credits_posted::text AS o FROM ledger_transfer
  WHERE credit = $1 AND posted_at <= $2 ORDER BY posted_at DESC, seq DESC LIMIT 1) AS c ON true"""
_PENDING = "CASE WHEN flags & 2 <> 0 THEN amount ELSE -released END"
_POSTED = "CASE WHEN flags & 1034 = 0 THEN amount ELSE 0 END"
_DATED = f"""
SELECT coalesce(sum(sign * p) FILTER (WHERE side = 'd'), 0)::text, coalesce(sum(sign * o) FILTER (WHERE side = 'd'), 0)::text,
  coalesce(sum(sign * p) FILTER (WHERE side = 'c'), 0)::text, coalesce(sum(sign * o) FILTER (WHERE side = 'c'), 0)::text
FROM (
  SELECT 'd' AS side, CASE WHEN posted_at > $2 THEN 1 ELSE -1 END AS sign, {_PENDING} AS p, {_POSTED} AS o
  FROM ledger_transfer WHERE debit = $1 AND effective_at IS NOT NULL
    AND posted_at BETWEEN $2 - $3::interval AND $2 + $3::interval AND (posted_at > $2) <> (effective_at > $2)
  UNION ALL
  SELECT 'c', CASE WHEN posted_at > $2 THEN 1 ELSE -1 END, {_PENDING}, {_POSTED}
  FROM ledger_transfer WHERE credit = $1 AND effective_at IS NOT NULL
    AND posted_at BETWEEN $2 - $3::interval AND $2 + $3::interval AND (posted_at > $2) <> (effective_at > $2)
) AS straddling"""  # noqa: S608 -- constants


_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)
_SEQ_MAX = (1 << 63) - 1


def _other(alias: str, side: str, account: str) -> str:
    """The balances of a side that a row does not speak of: those behind the newest earlier row that does."""
    return f"""
LEFT JOIN LATERAL (
  SELECT o.{side}s_pending::text AS p, o.{side}s_posted::text AS o FROM ledger_transfer o
  WHERE o.{side} = {account} AND (o.posted_at, o.seq) < (t.posted_at, t.seq)
  ORDER BY o.posted_at DESC, o.seq DESC LIMIT 1) AS {alias} ON true"""  # noqa: S608 -- constants


def _side(side: str, other: str, wanted: str, order: str) -> str:
    """The movements of one side that pass the filter, from the end that is asked for."""
    return f"""(
SELECT {_COLUMNS}, x.p AS other_pending, x.o AS other_posted FROM ledger_transfer t {_other("x", other, "$1")}
WHERE t.{side} = $1 AND {wanted}::boolean AND ($5::integer IS NULL OR t.code = $5)
  AND ($6::uuid IS NULL OR t.reference = $6) AND ($7::bigint IS NULL OR t.tag64 = $7)
  AND ($8::bigint IS NULL OR t.tag32 = $8)
  AND (t.posted_at, t.seq) > ($9::timestamptz, $10::bigint) AND (t.posted_at, t.seq) < ($11::timestamptz, $12::bigint)
ORDER BY t.posted_at {order}, t.seq {order} LIMIT $4)"""  # noqa: S608 -- constants


def _movements(order: str) -> str:
    sides = f"{_side('debit', 'credit', '$2', order)} UNION ALL {_side('credit', 'debit', '$3', order)}"
    return f"SELECT * FROM ({sides}) AS both_sides ORDER BY posted_at {order}, seq {order} LIMIT $4"  # noqa: S608 -- constants


def _closed(account: str, side: str, bit: int) -> str:
    """Whether a closing transfer of this account stood pending behind the row."""
    return f"""
EXISTS (SELECT FROM ledger_transfer p WHERE p.{side} = {account} AND p.flags & 192 <> 0 AND p.flags & {bit} <> 0
  AND p.seq <= t.seq AND NOT EXISTS (SELECT FROM ledger_transfer e WHERE e.pending_id = p.id AND e.seq <= t.seq))"""  # noqa: S608 -- constants


_FORWARD = _movements("ASC")
_BACKWARD = _movements("DESC")
_PLACE = "SELECT posted_at FROM ledger_transfer WHERE seq = $1"
_EVENTS = f"""
SELECT {_COLUMNS}, d.p AS d_pending, d.o AS d_posted, c.p AS c_pending, c.o AS c_posted,
  {_closed("t.debit", "debit", 64)} OR {_closed("t.debit", "credit", 128)} AS debit_closed,
  {_closed("t.credit", "debit", 64)} OR {_closed("t.credit", "credit", 128)} AS credit_closed
FROM ledger_transfer t {_other("d", "credit", "t.debit")} {_other("c", "debit", "t.credit")}
WHERE t.seq > $1 AND t.seq < $2 AND t.debit IS NOT NULL ORDER BY t.seq LIMIT $3"""  # noqa: S608 -- constants
_SETTLED = f"""
SELECT {_GIVEN} FROM ledger_transfer t
WHERE t.seq > $2 AND t.xid < $1::text::xid8 AND t.debit IS NOT NULL ORDER BY t.seq LIMIT $3"""  # noqa: S608 -- constants
_ENTRIES = """
SELECT e.id, e.payload FROM audit_entry e JOIN ledger_transfer t ON t.xid = e.xid WHERE t.id = $1 ORDER BY e.id"""
_TOTALS = """
SELECT asset, count(*), sum(debits_pending)::text, sum(debits_posted)::text, sum(credits_pending)::text,
  sum(credits_posted)::text FROM ledger_balance GROUP BY asset ORDER BY asset"""
_ALARMS = """
SELECT id, transfer, account, reason, at FROM ledger_alarm WHERE id < $1 ORDER BY id DESC LIMIT $2"""


async def by_id(tx: transaction.Tx, ids: Sequence[UUID]) -> dict[UUID, model.Stored]:
    return {row["id"]: stored(row) for row in await tx.fetch(_BY_ID, list(ids))}


async def chain(tx: transaction.Tx, first: int) -> list[model.Stored]:
    """The transfers that were linked together, in order."""
    return [stored(row) for row in await tx.fetch(_CHAIN, first)]


async def as_of(tx: transaction.Tx, account: UUID, at: datetime) -> views.Balances:
    """By posting time, `at` included."""
    row = await tx.row(_AS_OF, account, at)
    assert row is not None, "one row of four values"
    return views.Balances(*map(int, row))


async def as_of_effective(tx: transaction.Tx, account: UUID, at: datetime) -> views.Balances:
    """By effective time: the balances by posting time, put right by what was posted on the other side of `at`."""
    posted = await as_of(tx, account, at)
    row = await tx.row(_DATED, account, at, model.EFFECTIVE_WITHIN)
    assert row is not None, "one row of four sums"
    dp, dpo, cp, cpo = map(int, row)
    return views.Balances(
        posted.debits_pending + dp,
        posted.debits_posted + dpo,
        posted.credits_pending + cp,
        posted.credits_posted + cpo,
    )


async def movements(tx: transaction.Tx, account: UUID, filter_: views.Filter) -> list[views.Movement]:
    """In the order of the books or against it, with the account's balances behind each."""
    f = filter_
    lower, upper = (f.since or _EARLIEST, -1), (f.until or _LATEST, _SEQ_MAX if f.until is None else -1)
    if f.after is not None:
        lower = max(lower, await _place(tx, f.after))
    if f.before is not None:
        upper = min(upper, await _place(tx, f.before))
    rows = await tx.fetch(
        _BACKWARD if f.newest_first else _FORWARD,
        account, f.debits, f.credits, f.limit, f.code, f.reference, f.tag64, f.tag32, *lower, *upper,
    )  # fmt: skip
    return [_movement(account, row) for row in rows]


async def _place(tx: transaction.Tx, seq: int) -> tuple[datetime, int]:
    return (await tx.value(_PLACE, seq) or _LATEST, seq)


def _movement(account: UUID, row: transaction.Record) -> views.Movement:
    found = stored(row)
    other = int(row["other_pending"] or 0), int(row["other_posted"] or 0)
    if found.transfer.debit == account:
        return views.Movement(found, views.Balances(found.debits_pending, found.debits_posted, *other))
    return views.Movement(found, views.Balances(*other, found.credits_pending, found.credits_posted))


async def changes(tx: transaction.Tx, after: int, before: int | None, limit: int) -> list[views.Change]:
    """Everything that happened, in the order of the books, as both accounts of each transfer saw it."""
    rows = await tx.fetch(_EVENTS, after, _SEQ_MAX if before is None else before, limit)
    return [
        views.Change(
            found := stored(row),
            views.Balances(
                found.debits_pending, found.debits_posted, int(row["d_pending"] or 0), int(row["d_posted"] or 0)
            ),
            row["debit_closed"],
            views.Balances(
                int(row["c_pending"] or 0), int(row["c_posted"] or 0), found.credits_pending, found.credits_posted
            ),
            row["credit_closed"],
        )
        for row in rows
    ]


async def settled(tx: transaction.Tx, xid: str, after: int, limit: int) -> list[views.Written]:
    """The next transfers in the order of the books, of transactions before this one."""
    return [
        views.Written(row["seq"], posting.transfer(row), int(row["released"]), row["posted_at"])
        for row in await tx.fetch(_SETTLED, xid, after, limit)
    ]


async def entries(tx: transaction.Tx, transfer: UUID) -> list[tuple[int, bytes]]:
    """The audit entries of the transaction that wrote the transfer."""
    return [(row["id"], row["payload"]) for row in await tx.fetch(_ENTRIES, transfer)]


async def totals(tx: transaction.Tx) -> list[views.Total]:
    return [views.Total(*map(int, row)) for row in await tx.fetch(_TOTALS)]


async def alarms(tx: transaction.Tx, before: int | None, limit: int) -> list[tuple[int, UUID, UUID, str, datetime]]:
    """The newest first."""
    rows = await tx.fetch(_ALARMS, _SEQ_MAX if before is None else before, limit)
    return [(row["id"], row["transfer"], row["account"], row["reason"], row["at"]) for row in rows]


def stored(row: transaction.Record) -> model.Stored:
    return model.Stored(
        seq=row["seq"],
        transfer=posting.transfer(row),
        released=int(row["released"]),
        chain=row["chain"] or 0,
        posted_at=row["posted_at"],
        debits_pending=int(row["debits_pending"]),
        debits_posted=int(row["debits_posted"]),
        credits_pending=int(row["credits_pending"]),
        credits_posted=int(row["credits_posted"]),
        resolution=posting.resolution(row["ended"]) if row["flags"] & model.Flag.PENDING else None,
    )
