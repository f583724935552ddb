"""What judging an operation costs on a full ledger: one at a time as clearance does it, in batches, and the sweep."""

import random  # noqa: TID251 -- repeatable on purpose
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import accounts
from customer_stack.monitoring import model
from customer_stack.monitoring.adapters import files, rates
from customer_stack.monitoring.service import rulebook, watching
from tests import stacks
from tests.bench import conftest, figures

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

CUSTOMERS = 10_000
LKR = ledger.Asset(1, "LKR", 2, ledger.AssetKind.CURRENCY)
_OPEN = """
INSERT INTO ledger_account (id, asset, code, flags, owner)
SELECT gen_random_uuid(), 1, 1, 8, gen_random_uuid() FROM generate_series(1, $1::integer)"""
_GROW = """
WITH customer AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM ledger_account WHERE owner IS NOT NULL AND code = 1)
INSERT INTO ledger_transfer (seq, posted_at, id, debit, credit, asset, code, flags, amount)
SELECT g, now() - interval '300 days' + g * (interval '300 days' / $1), gen_random_uuid(),
  CASE WHEN g / $2 % 2 = 0 THEN $3 ELSE c.id END, CASE WHEN g / $2 % 2 = 0 THEN c.id ELSE $3 END, 1, 1, 0,
  1000 + g * 7919 % 20000000
FROM generate_series(1, $1::bigint) AS g JOIN customer c ON c.n = g * 7919 % $2 ORDER BY g"""


async def grown(schema: stacks.StackDatabase, db: transaction.Database, rows: int) -> list[uuid.UUID]:
    """A bank, customers, and their deposits and withdrawals over 300 days; whose accounts they are."""
    now = clock.SystemClock().now()
    random_ids = ids.SystemIds()
    await db.run("bench.asset", lambda tx: accounts.add_asset(tx, LKR))
    bank = await db.run("bench.bank", lambda tx: accounts.ensure(tx, ledger.HOUSE, ledger.Kind.BANK, 1, random_ids))
    await db.run("bench.rules", lambda tx: rulebook.install(tx, files.shipped("LK"), now))
    superuser = await schema.superuser()
    await superuser.execute("SET session_replication_role = replica; SET work_mem = '256MB'")
    await superuser.execute(_OPEN, CUSTOMERS)
    await superuser.execute(_GROW, rows, CUSTOMERS, bank.id)
    await superuser.execute("SELECT setval('ledger_transfer_seq', $1)", rows)
    for table in ("ledger_transfer", "ledger_account"):
        await superuser.execute(f"VACUUM ANALYZE {table}")
    owners = [
        row[0] for row in await superuser.fetch("SELECT owner FROM ledger_account WHERE code = 1 AND owner IS NOT NULL")
    ]
    await superuser.close()
    return owners


def operation(owner: uuid.UUID, chance: random.Random) -> model.Operation:
    out = chance.random() < 0.5
    return model.Operation(
        id=uuid.UUID(bytes=chance.randbytes(16), version=4),
        kind=model.Kind.WITHDRAWAL if out else model.Kind.DEPOSIT,
        account=owner,
        direction=model.Direction.OUT if out else model.Direction.IN,
        amount=chance.randrange(1_000, 50_000_00),
        asset=1,
    )


async def observed(db: transaction.Database, batches: list[list[model.Operation]]) -> list[float]:
    """Milliseconds inside the transaction for each batch: what clearance waits for."""
    taken: list[float] = []
    wired, random_ids = rates.OwnCurrency(), ids.SystemIds()

    async def work(tx: transaction.Tx, batch: list[model.Operation]) -> None:
        now = clock.SystemClock().now()
        began = time.perf_counter()
        await watching.observe(tx, batch, now, rates=wired, random=random_ids)
        taken.append((time.perf_counter() - began) * 1000)

    for batch in batches:
        await db.run("bench.observe", lambda tx, batch=batch: work(tx, batch))
    return taken


async def test_observing_on_a_million_entries(durable_schema: stacks.StackDatabase, report: conftest.Report) -> None:
    worker = await durable_schema.connect("customer_worker", size=2)
    rows = figures.scaled(1_000_000, 20_000)
    owners = await grown(durable_schema, worker, rows)
    api = await durable_schema.connect("customer_api", size=1)
    chance = random.Random(5)

    def some(count: int) -> list[model.Operation]:
        return [operation(owner, chance) for owner in chance.sample(owners, count)]

    await observed(api, [some(1) for _ in range(50)])
    single = await observed(api, [some(1) for _ in range(figures.scaled(3_000, 50))])
    many = await observed(api, [some(100) for _ in range(figures.scaled(30, 2))])
    for name, taken in (("one at a time", single), ("of a hundred, for each", [each / 100 for each in many])):
        value: Any = figures.percentile(taken, 0.99)
        report(
            figures.Figure(
                f"monitoring: observe {name}, {rows:,} entries, 99 % within",
                f"{value:.2f} ms",
                None,
                "3 ms",
                value <= 3,
            )
        )
    middle = figures.percentile(single, 0.5)
    report(figures.Figure("monitoring: observe one at a time, median", f"{middle:.2f} ms"))
    assert timedelta(0) < timedelta(milliseconds=middle)
    await api.close()
    await worker.close()
