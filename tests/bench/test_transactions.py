"""What a business transaction costs with its audit entry, and what grouping commits gains. On a durable cluster."""

import asyncio
import contextlib
import itertools
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from boundary.kernel import errors
from boundary.kernel.runtime import audit, transaction
from customer_stack.gate import model
from tests import stacks
from tests.bench import conftest, figures

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ACCOUNTS = 10_000
SCRATCH = f"""
CREATE TABLE scratch_account (id bigint PRIMARY KEY, balance bigint NOT NULL);
CREATE TABLE scratch_transfer (id uuid PRIMARY KEY, account bigint NOT NULL, amount bigint NOT NULL);
INSERT INTO scratch_account SELECT n, 0 FROM generate_series(0, {ACCOUNTS - 1}) n;
GRANT SELECT, INSERT, UPDATE ON scratch_account, scratch_transfer TO customer_worker;
"""
INSERT = "INSERT INTO scratch_transfer (id, account, amount) VALUES ($1, $2, $3)"
UPDATE = "UPDATE scratch_account SET balance = balance + $2 WHERE id = $1"
INSERT_MANY = "INSERT INTO scratch_transfer SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[])"
UPDATE_MANY = """
UPDATE scratch_account a SET balance = balance + s.amount
FROM (SELECT account, sum(amount) AS amount FROM unnest($1::bigint[], $2::bigint[]) u(account, amount) GROUP BY 1) s
WHERE a.id = s.account"""
UNSEALED = "SELECT count(*) FROM audit_entry e WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id)"

Call = Callable[[int], Awaitable[object]]
_numbers = itertools.count()


async def _move(tx: transaction.Tx, number: int) -> None:
    await tx.execute(INSERT, uuid.UUID(int=number), _account(number), 1)
    await tx.execute(UPDATE, _account(number), 1)


async def _move_audited(tx: transaction.Tx, number: int) -> None:
    await _move(tx, number)
    await audit.write(tx, model.LinkOpened(uuid.UUID(int=number), bytes(32)))


async def _move_many(tx: transaction.Tx, numbers: list[int]) -> list[errors.Refusal | None]:
    transfers, accounts, ones = [uuid.UUID(int=n) for n in numbers], [_account(n) for n in numbers], [1] * len(numbers)
    await tx.execute(INSERT_MANY, transfers, accounts, ones)
    await tx.execute(UPDATE_MANY, accounts, ones)
    return [None] * len(numbers)


def _account(number: int) -> int:
    return number * 7919 % ACCOUNTS  # spread, so that the callers seldom meet on one row


async def _per_second(callers: int, duration: float, call: Call) -> float:
    """Throughput of so many callers who each wait for their answer before they ask again."""
    done = 0
    end = time.perf_counter() + duration

    async def caller() -> None:
        nonlocal done
        while time.perf_counter() < end:
            await call(next(_numbers))
            done += 1

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return done / (time.perf_counter() - started)


async def _interleaved(callers: int, rounds: int, duration: float, first: Call, second: Call) -> list[list[float]]:
    for call in (first, second):
        await _per_second(callers, duration / 5, call)  # statements prepared, pages and indexes warm
    pairs = [[await _per_second(callers, duration, call) for call in (first, second)] for _ in range(rounds)]
    return [list(side) for side in zip(*pairs, strict=True)]


@contextlib.contextmanager
def _sealing(dsn: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.sealing_process", dsn])
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(30) == 0


@pytest.fixture
async def scratch(durable_schema: stacks.StackDatabase) -> stacks.StackDatabase:
    raw = await durable_schema.superuser()
    await raw.execute(SCRATCH)
    await raw.close()
    return durable_schema


async def _assert_all_done(raw: Any) -> None:
    transfers = await raw.fetchval("SELECT count(*) FROM scratch_transfer")
    assert transfers == await raw.fetchval("SELECT sum(balance) FROM scratch_account") > 0


async def test_a_business_transaction_with_its_audit_entry(
    scratch: stacks.StackDatabase, report: conftest.Report
) -> None:
    db = await scratch.connect("customer_worker", 32)
    raw = await scratch.superuser()
    with _sealing(scratch.url("customer_worker")):
        without, with_entry = await _interleaved(
            32,
            5,
            figures.seconds(4),
            lambda number: db.run("bench.plain", lambda tx: _move(tx, number)),
            lambda number: db.run("bench.audited", lambda tx: _move_audited(tx, number)),
        )
        await asyncio.sleep(1)
        unsealed = await raw.fetchval(UNSEALED)
        await asyncio.sleep(5 if unsealed else 0)
        sealed, left = await raw.fetchval("SELECT count(*) FROM audit_seal"), await raw.fetchval(UNSEALED)
    await _assert_all_done(raw)
    await raw.close()
    await db.close()
    assert sealed > 0
    assert left == 0, "the sealer never caught up"
    ratio = statistics.median(with_entry) / statistics.median(without)
    report(figures.Figure("business transaction, 32 connections", f"{figures.spread(without)} /s"))
    report(figures.Figure("  with audit entry", f"{figures.spread(with_entry)} /s", ratio, "≥ 0.60", ratio >= 0.6))
    report(figures.Figure("  unsealed after 1 s of quiet", f"{unsealed} of {sealed:,}", None, "0", unsealed == 0))


async def test_group_commit(scratch: stacks.StackDatabase, report: conftest.Report) -> None:
    db = await scratch.connect("customer_worker", 16)
    group = db.batch("bench.group", _move_many)
    single, grouped = await _interleaved(
        64, 3, figures.seconds(3), lambda n: db.run("bench.single", lambda tx: _move(tx, n)), group.submit
    )
    raw = await scratch.superuser()
    await _assert_all_done(raw)
    await raw.close()
    await db.close()
    ratio = statistics.median(grouped) / statistics.median(single)
    report(figures.Figure("db.run, 64 callers, pool 16", f"{figures.spread(single)} /s"))
    report(figures.Figure("db.batch, 64 callers", f"{figures.spread(grouped)} /s", ratio))
