"""What the ledger does per second, durable, with its audit entries: single postings, batches, one hot account."""

import asyncio
import random  # noqa: TID251 -- repeatable on purpose
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from boundary.kernel import clock
from boundary.kernel.runtime import transaction
from customer_stack.ledger import model
from customer_stack.ledger.service import posting, proving, reading, trials
from tests import stacks
from tests.bench import conftest, figures, ledgers

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

ACCOUNTS = 10_000
BATCH = 1_000
SCOPE = uuid.UUID(int=7)
Pairs = Callable[[Sequence[uuid.UUID], random.Random], Iterator[tuple[uuid.UUID, uuid.UUID]]]


async def batches(db: transaction.Database, ids: Sequence[uuid.UUID], pairs: Pairs, count: int, streams: int) -> float:
    """Transfers per second in batches of a thousand."""
    chance = random.Random(count)
    work = [ledgers.transfers(pairs(ids, chance), BATCH, chance) for _ in range(count)]

    async def stream(part: list[list[model.Transfer]]) -> None:
        for each in part:
            now = clock.SystemClock().now()
            results = await db.run("bench.post", lambda tx, each=each, now=now: posting.post(tx, each, now))
            assert {result.status.value for result in results} == {"created"}

    started = time.perf_counter()
    await asyncio.gather(*(stream(work[n::streams]) for n in range(streams)))
    return BATCH * count / (time.perf_counter() - started)


async def singles(submit: Callable[[model.Transfer], Any], work: list[model.Transfer], callers: int) -> float:
    """Transfers per second when each is a posting of its own, by so many callers that wait for their answers."""
    todo = iter(work)

    async def caller() -> None:
        for each in todo:
            await submit(each)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return len(work) / (time.perf_counter() - started)


async def test_batches_spread_and_hot(durable_schema: stacks.StackDatabase, report: conftest.Report) -> None:
    db = await durable_schema.connect("customer_worker", size=4)
    ids = await ledgers.opened(db, ACCOUNTS)
    count = figures.scaled(60, 4)
    await batches(db, ids, ledgers.spread, 4, 2)
    for streams in (1, 2):
        even = await batches(db, ids, ledgers.spread, count + streams, streams)
        hot = await batches(db, ids, ledgers.hot, count + 10 + streams, streams)
        name = f"ledger: batches of 1,000, {streams} at a time"
        report(figures.Figure(name, figures.rate(even, "transfers"), None, "20,000", even >= 20_000))
        report(
            figures.Figure(
                f"{name}, one hot account", figures.rate(hot, "transfers"), hot / even, "20,000", hot >= 20_000
            )
        )
    await db.close()


async def test_single_postings_spread_and_hot(durable_schema: stacks.StackDatabase, report: conftest.Report) -> None:
    db = await durable_schema.connect("customer_worker", size=16)
    ids = await ledgers.opened(db, ACCOUNTS)
    poster = posting.Poster(db, clock.SystemClock())
    chance = random.Random(5)

    async def alone(each: model.Transfer) -> None:
        now = clock.SystemClock().now()
        results = await db.run("bench.single", lambda tx: posting.post(tx, [each], now))
        assert results[0].status.value == "created"

    async def grouped(each: model.Transfer) -> None:
        results = await poster.submit(posting.Command(SCOPE, str(each.id), (each,)))
        assert results[0].status.value == "created"

    count = figures.scaled(20_000, 500)
    for name, submit, callers, size in (
        ("a transaction each, 16 connections", alone, 16, count // 4),
        ("group commit, 16 callers", grouped, 16, count // 2),
        ("group commit, 256 callers", grouped, 256, count),
    ):
        even = await singles(submit, ledgers.transfers(ledgers.spread(ids, chance), size, chance), callers)
        hot = await singles(submit, ledgers.transfers(ledgers.hot(ids, chance), size, chance), callers)
        report(
            figures.Figure(
                f"ledger: single postings, {name}", figures.rate(even, "postings"), None, "5,000", even >= 5_000
            )
        )
        report(
            figures.Figure(
                "ledger: the same into one hot account",
                figures.rate(hot, "postings"),
                hot / even,
                "0.50",
                hot >= even / 2,
            )
        )
    await db.close()


async def test_looking_back_into_ten_million_transfers_and_proving_them(
    durable_schema: stacks.StackDatabase, report: conftest.Report
) -> None:
    db = await durable_schema.connect("customer_worker", size=4)
    rows = figures.scaled(10_000_000, 50_000)
    ids = await ledgers.opened(db, ACCOUNTS)
    superuser = await durable_schema.superuser()
    await ledgers.grown(superuser, rows)
    await superuser.close()
    chance = random.Random(9)
    start = datetime.fromisoformat(ledgers.GROWN_FROM)
    for name, effective in (("posting", False), ("effective", True)):
        taken = []
        for _ in range(300):
            account, at = chance.choice(ids), start + timedelta(milliseconds=chance.randrange(rows))
            began = time.perf_counter()
            await db.read("bench.as_of", lambda tx, a=account, t=at, e=effective: reading.as_of(tx, a, t, effective=e))
            taken.append((time.perf_counter() - began) * 1000)
        value = figures.percentile(taken, 0.95)
        report(
            figures.Figure(
                f"ledger: as-of balance by {name} time, {rows:,} transfers, 95 % within",
                f"{value:.2f} ms",
                None,
                "5 ms",
                value <= 5,
            )
        )
    began = time.perf_counter()
    found = await proving.verify(db)
    rate = found.transfers / (time.perf_counter() - began)
    assert (found.fault, found.transfers) == ("", rows)
    report(figures.Figure("ledger: verify", figures.rate(rate, "transfers"), None, "500,000", rate >= 500_000))
    await db.close()


async def test_the_trial_balance_of_a_million_accounts(
    durable_schema: stacks.StackDatabase, report: conftest.Report
) -> None:
    db = await durable_schema.connect("customer_worker", size=4)
    count = figures.scaled(1_000_000, 10_000)
    await ledgers.opened(db, count)
    superuser = await durable_schema.superuser()
    await ledgers.grown(superuser, count)
    await superuser.close()
    day = datetime.fromisoformat(ledgers.GROWN_FROM).date()
    began = time.perf_counter()
    trial = await trials.draw(db, day, datetime.fromisoformat(ledgers.GROWN_FROM) + timedelta(days=3))
    taken = time.perf_counter() - began
    assert trial.accounts > count // 2
    goal = 30 * count / 1_000_000
    report(
        figures.Figure(
            f"ledger: trial balance of {count:,} accounts", f"{taken:.1f} s", None, f"{goal:.0f} s", taken <= goal
        )
    )
    await db.close()
