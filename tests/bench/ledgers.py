"""Ledgers to measure on: an asset, many accounts, transfers ready to be posted."""

import itertools
import random  # noqa: TID251 -- repeatable on purpose
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from boundary.kernel.runtime import transaction
from customer_stack.ledger import model
from customer_stack.ledger.service import accounts

ASSET = model.Asset(1, "USD", 6, model.AssetKind.CURRENCY)
_FREE = int(model.AccountFlag.HISTORY)
_OPENED_AT_ONCE = 5000


async def opened(db: transaction.Database, count: int, seed: int = 1) -> list[uuid.UUID]:
    """So many accounts without a bound, by random ids as in life."""
    chance = random.Random(seed)
    ids = [uuid.UUID(bytes=chance.randbytes(16), version=4) for _ in range(count)]
    await db.run("bench.asset", lambda tx: accounts.add_asset(tx, ASSET))
    for start in range(0, count, _OPENED_AT_ONCE):
        part = [model.Account(id_, 1, int(model.Kind.PAYABLE), _FREE) for id_ in ids[start : start + _OPENED_AT_ONCE]]
        await db.run("bench.open", lambda tx, part=part: accounts.open_all(tx, part))
    return ids


def transfers(pairs: Iterator[tuple[uuid.UUID, uuid.UUID]], count: int, chance: random.Random) -> list[model.Transfer]:
    return [
        model.Transfer(uuid.UUID(bytes=chance.randbytes(16), version=4), debit, credit, 1 + n % 997, 1, 1)
        for n, (debit, credit) in enumerate(itertools.islice(pairs, count))
    ]


def spread(ids: Sequence[uuid.UUID], chance: random.Random) -> Iterator[tuple[uuid.UUID, uuid.UUID]]:
    """Both accounts by chance."""
    while True:
        debit, credit = chance.sample(ids, 2)
        yield debit, credit


def hot(ids: Sequence[uuid.UUID], chance: random.Random) -> Iterator[tuple[uuid.UUID, uuid.UUID]]:
    """All through one account."""
    while True:
        yield ids[0], ids[1 + chance.randrange(len(ids) - 1)]


GROWN_FROM = "2026-01-01T00:00:00Z"
_GROW = """
WITH account AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS total FROM ledger_account),
drawn AS (
  SELECT g, (g * 7919) % total AS d, ((g * 7919) % total + 1 + (g * 104729) % (total - 1)) % total AS c, 1 + g % 997 AS amount
  FROM generate_series(1, $1::bigint) AS g, (SELECT count(*) AS total FROM ledger_account) AS t),
named AS (
  SELECT g, d.id AS debit, c.id AS credit, amount FROM drawn JOIN account d ON d.n = drawn.d JOIN account c ON c.n = drawn.c)
INSERT INTO ledger_transfer (seq, posted_at, id, debit, credit, asset, code, flags, amount, debits_posted, credits_posted,
  effective_at, verdict)
SELECT g, $2::text::timestamptz + g * interval '1 millisecond', lpad(to_hex(g), 32, '0')::uuid, debit, credit, 1, 1, 0, amount,
  sum(amount) OVER (PARTITION BY debit ORDER BY g ROWS UNBOUNDED PRECEDING),
  sum(amount) OVER (PARTITION BY credit ORDER BY g ROWS UNBOUNDED PRECEDING),
  CASE WHEN g % 100 = 0 THEN $2::text::timestamptz + g * interval '1 millisecond' - interval '1 hour' END,
  CASE WHEN $3 THEN lpad(to_hex(g), 32, '0')::uuid END
FROM named ORDER BY g"""
_KEEP = """
UPDATE ledger_balance b SET debits_posted = s.d, credits_posted = s.c, version = s.n
FROM (SELECT account, sum(d) AS d, sum(c) AS c, count(*) AS n FROM (
    SELECT debit AS account, amount AS d, 0::numeric AS c FROM ledger_transfer
    UNION ALL SELECT credit, 0, amount FROM ledger_transfer) AS sides GROUP BY account) AS s
WHERE s.account = b.account"""
_LATER = ("ledger_transfer_debit", "ledger_transfer_credit")


async def grown(superuser: Any, rows: int, *, verdicts: bool = False) -> None:
    """Fill the books by SQL as if so many transfers had been posted: measuring what reads them needs them, not how. With
    `verdicts` each names one, of its own id.
    """
    await superuser.execute(
        "SET session_replication_role = replica; SET work_mem = '512MB'; SET maintenance_work_mem = '1GB'"
    )
    made = [await superuser.fetchval("SELECT pg_get_indexdef($1::text::regclass)", name) for name in _LATER]
    await superuser.execute("; ".join(f"DROP INDEX {name}" for name in _LATER))
    await superuser.execute(_GROW, rows, GROWN_FROM, verdicts)
    for definition in made:
        await superuser.execute(definition)
    await superuser.execute(_KEEP)
    await superuser.execute("SELECT setval('ledger_transfer_seq', $1)", rows)
    await superuser.execute("VACUUM ANALYZE ledger_transfer")
    await superuser.execute("VACUUM ANALYZE ledger_balance")
