"""What a verdict costs at a million ledger entries, and what it costs the ledger to ask for one."""

import random  # noqa: TID251 -- repeatable on purpose
import time
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from customer_stack.compliance import model
from customer_stack.compliance.model import facts
from customer_stack.compliance.repo import evaluating as repo
from customer_stack.compliance.service import evaluating
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import accounts, posting
from deploy.local import postgres
from tests import stacks
from tests.bench import conftest, cpu, figures, ledgers
from tests.customer.compliance import house

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

CUSTOMERS = 10_000
BATCH = 1_000
RUPEES = ledger.Asset(1, "LKR", 2, ledger.AssetKind.CURRENCY)
AT_ONCE = 5_000
NOW = datetime.fromisoformat(ledgers.GROWN_FROM) + timedelta(hours=1)

# Every transfer that was grown by SQL becomes a stake with a verdict, so that a sum has something to sum.
JUDGED = """
INSERT INTO clearance (id, at, operation, kind, account, ledger_account, asset, amount, destination, answer, reasons, facts)
SELECT t.id, t.posted_at, t.id, 'stake', a.owner, a.id, t.asset, t.amount, '', 'allow', '{}', ''
FROM ledger_transfer t JOIN ledger_account a ON a.id = t.debit"""


async def opened(db: transaction.Database, count: int) -> list[ledger.Account]:
    """So many customers, each with an account of rupees that may be overdrawn here."""
    chance = random.Random(3)
    made = [
        ledger.Account(_ref(chance), 1, int(ledger.Kind.CUSTOMER_CASH), int(ledger.AccountFlag.HISTORY), _ref(chance))
        for _ in range(count)
    ]
    await db.run("bench.asset", lambda tx: accounts.add_asset(tx, RUPEES))
    for start in range(0, count, AT_ONCE):
        part = made[start : start + AT_ONCE]
        await db.run("bench.open", lambda tx, part=part: accounts.open_all(tx, part))
    return made


def _ref(chance: random.Random) -> uuid.UUID:
    return uuid.UUID(bytes=chance.randbytes(16), version=4)


def stake(account: ledger.Account, chance: random.Random) -> model.Operation:
    assert account.owner is not None
    return model.Operation(
        id=_ref(chance), kind=model.OperationKind.STAKE, account=account.owner, ledger_account=account.id, amount=100,
        asset=1,
    )  # fmt: skip


async def test_a_verdict_at_a_million_entries(
    durable_schema: stacks.StackDatabase, durable_cluster: postgres.Cluster, report: conftest.Report
) -> None:
    db = await durable_schema.connect("customer_worker", size=4)
    people = await opened(db, CUSTOMERS)
    rows = figures.scaled(1_000_000, 20_000)
    superuser = await durable_schema.superuser()
    await ledgers.grown(superuser, rows, verdicts=True)
    await superuser.execute(JUDGED)
    await superuser.execute("VACUUM ANALYZE clearance")
    await superuser.close()
    neighbours = house.Neighbours()
    for each in people:
        assert each.owner is not None
        neighbours.knows(each.owner)
    clearance = house.clearance(neighbours, ids.SystemIds())
    chance = random.Random(8)
    for size, count in ((1, figures.scaled(1_500, 100)), (100, figures.scaled(50, 4))):
        ours, theirs = time.process_time(), cpu.seconds(durable_cluster.process.pid)
        taken = []
        for _ in range(count):
            asked = [stake(chance.choice(people), chance) for _ in range(size)]
            taken.append(await _judging(db, clearance, asked))
        spent = time.process_time() - ours + cpu.seconds(durable_cluster.process.pid) - theirs
        name = f"clearance: CPU of a verdict of {size}, both sides, whatever else runs"
        report(figures.Figure(name, f"{spent * 1000 / size / count:.2f} ms"))
        each_ms = [one * 1000 / size for one in taken]
        for share, goal in ((0.5, ""), (0.99, "3 ms")):
            value = figures.percentile(each_ms, share)
            name = f"clearance: a verdict of {size}, {rows:,} entries, {share:.0%} of operations within"
            report(figures.Figure(name, f"{value:.2f} ms", None, goal, value <= 3 if goal else None))
    await db.close()


async def _judging(
    db: transaction.Database, clearance: evaluating.Clearance, operations: Sequence[model.Operation]
) -> float:
    """Seconds inside the transaction: what clearance adds to an operation that has one anyhow."""
    taken: list[float] = []

    async def work(tx: transaction.Tx) -> None:
        started = time.perf_counter()
        found = await clearance.evaluate(tx, operations, NOW)
        taken.append(time.perf_counter() - started)
        assert {each.answer for each in found} == {model.Answer.ALLOW}

    await db.run("bench.judge", work)
    return taken[-1]


async def test_what_asking_for_a_verdict_costs_a_batch(
    durable_schema: stacks.StackDatabase, report: conftest.Report
) -> None:
    """House accounts, causes and verdicts in turn, so that a busy machine is busy for all of them."""
    db = await durable_schema.connect("customer_worker", size=2)
    people = await opened(db, CUSTOMERS)
    chance = random.Random(4)
    bare = [ledger.Account(_ref(chance), 1, int(ledger.Kind.PAYABLE), int(ledger.AccountFlag.HISTORY)) for _ in people]
    for start in range(0, CUSTOMERS, AT_ONCE):
        await db.run("bench.open", lambda tx, start=start: accounts.open_all(tx, bare[start : start + AT_ONCE]))
    rates: dict[str, list[float]] = {"house": [], "cause": [], "verdict": []}
    for _ in range(figures.scaled(20, 3)):
        for how, found in rates.items():
            found.append(BATCH / await _posting(db, how, bare if how == "house" else people, chance))
    even = figures.percentile(rates["house"], 0.5)
    for how, goal in (("house", ""), ("cause", ""), ("verdict", "")):
        value = figures.percentile(rates[how], 0.5)
        name = f"ledger: batches of 1,000, {how}"
        report(figures.Figure(name, figures.rate(value, "transfers"), None if how == "house" else value / even, goal))
    await db.close()


async def _posting(db: transaction.Database, how: str, people: list[ledger.Account], chance: random.Random) -> float:
    """Seconds of the posting alone."""
    pairs = [chance.sample(people, 2) for _ in range(BATCH)]
    cause = ledger.Cause.SETTLEMENT if how == "cause" else ledger.Cause.NONE
    wanted = [
        ledger.Transfer(
            _ref(chance), debit.id, credit.id, 1, 1, 1, verdict=_ref(chance) if how == "verdict" else None, cause=cause
        )
        for debit, credit in pairs
    ]
    taken: list[float] = []

    async def work(tx: transaction.Tx) -> None:
        if how == "verdict":
            await repo.write(tx, NOW, [_allowed(each, debit) for each, (debit, _) in zip(wanted, pairs, strict=True)])
        started = time.perf_counter()
        results = await posting.post(tx, wanted, NOW)
        taken.append(time.perf_counter() - started)
        assert {each.status.value for each in results} == {"created"}

    await db.run("bench.post", work)
    return taken[-1]


def _allowed(t: ledger.Transfer, debit: ledger.Account) -> Any:
    assert t.verdict is not None
    assert debit.owner is not None
    row = facts.Row(t.verdict, t.id, debit.owner, debit.id, 1, str(t.amount), None, "", "allow", (), b"", None, 0)
    return repo.Row("stake", None, row)
