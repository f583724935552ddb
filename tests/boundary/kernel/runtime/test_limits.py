"""Rate limits on a real database: exact under concurrency, shared by processes, bounded, and honest when it is away."""

import asyncio
import random  # noqa: TID251 -- a seeded course of attempts
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import asyncpg
import litestar
import pytest
from hypothesis import given
from hypothesis import strategies as some

from boundary.kernel import clock, errors
from boundary.kernel.runtime import limits, transaction
from tests import embedded
from tests.boundary.kernel.runtime import loopback, sample_app
from tests.stacks import StackDatabase

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SIGN_IN = limits.Limit("test.sign_in", capacity=5, per_seconds=60)
READ = limits.Limit("test.read", capacity=5, per_seconds=60, closed=False)


@pytest.fixture
def time() -> clock.ManualClock:
    return clock.ManualClock(NOON)


@pytest.fixture
async def db(customer_schema: StackDatabase) -> AsyncIterator[transaction.Database]:
    database = await customer_schema.connect("customer_api")
    yield database
    await database.close()


async def passed(limiter: limits.Limiter, limit: limits.Limit, key: bytes, times: int) -> int:
    """How many of so many attempts at once were let through."""
    answers = await asyncio.gather(*(limiter.take(limit, key) for _ in range(times)), return_exceptions=True)
    assert all(answer is None or isinstance(answer, errors.RateLimited) for answer in answers), answers
    return sum(answer is None for answer in answers)


async def wait(limiter: limits.Limiter, limit: limits.Limit, key: bytes) -> int:
    with pytest.raises(errors.RateLimited) as refused:
        await limiter.take(limit, key)
    return int(refused.value.facts["retry_after_seconds"])


async def test_a_bucket_gives_its_capacity_and_then_what_time_brings(
    db: transaction.Database, time: clock.ManualClock
) -> None:
    limiter = limits.Limiter(db, time)
    for _ in range(5):
        await limiter.take(SIGN_IN, b"a")
    assert await wait(limiter, SIGN_IN, b"a") == 12
    time.advance(timedelta(seconds=11))
    assert await wait(limiter, SIGN_IN, b"a") == 1
    time.advance(timedelta(seconds=1))
    await limiter.take(SIGN_IN, b"a")
    assert await wait(limiter, SIGN_IN, b"a") == 12
    time.advance(timedelta(hours=1))
    assert await passed(limiter, SIGN_IN, b"a", 20) == 5


async def test_waiting_as_long_as_told_is_enough(db: transaction.Database, time: clock.ManualClock) -> None:
    limiter = limits.Limiter(db, time)
    odd = limits.Limit("test.odd", capacity=7, per_seconds=10)
    await passed(limiter, odd, b"a", 7)
    for _ in range(20):
        time.advance(timedelta(seconds=await wait(limiter, odd, b"a")))
        await passed(limiter, odd, b"a", 7)


async def test_any_course_of_attempts_ends_as_the_textbook_says(
    db: transaction.Database, time: clock.ManualClock
) -> None:
    """Against a bucket in fractions that leaks continuously, over random pauses and bursts."""
    chance = random.Random(11)
    limit = limits.Limit("test.course", capacity=4, per_seconds=8)
    limiter = limits.Limiter(db, time)
    level, last = Fraction(0), time.now()
    for _ in range(150):
        time.advance(timedelta(milliseconds=chance.choice([0, 1, 499, 1000, 1999, 2000, 2001, 9000])))
        micros = (time.now() - last) // timedelta(microseconds=1)
        level, last = max(Fraction(0), level - Fraction(micros, limit.step)), time.now()
        burst = chance.randint(1, 5)
        expected = min(burst, int(limit.capacity - level))
        assert await passed(limiter, limit, b"a", burst) == expected
        level += expected


async def test_keys_and_limits_have_buckets_of_their_own(db: transaction.Database, time: clock.ManualClock) -> None:
    limiter = limits.Limiter(db, time)
    assert await passed(limiter, SIGN_IN, b"a", 9) == 5
    assert await passed(limiter, SIGN_IN, b"b", 9) == 5
    assert await passed(limiter, READ, b"a", 9) == 5


async def test_of_a_hundred_at_once_in_two_processes_as_many_pass_as_fit(
    customer_schema: StackDatabase, db: transaction.Database, time: clock.ManualClock
) -> None:
    other = await customer_schema.connect("customer_api")
    both = [limits.Limiter(db, time), limits.Limiter(other, time)]
    for key in (b"a", b"b", b"c"):
        counts = await asyncio.gather(*(passed(limiter, SIGN_IN, key, 50) for limiter in both))
        assert sum(counts) == 5
    await other.close()


async def test_refused_attempts_use_nothing_up(db: transaction.Database, time: clock.ManualClock) -> None:
    limiter = limits.Limiter(db, time)
    await passed(limiter, SIGN_IN, b"a", 500)
    time.advance(timedelta(seconds=12))
    assert await passed(limiter, SIGN_IN, b"a", 1) == 1


async def test_a_new_process_knows_what_the_last_one_counted(
    customer_schema: StackDatabase, time: clock.ManualClock
) -> None:
    for expected in (5, 0):
        db = await customer_schema.connect("customer_api")
        assert await passed(limits.Limiter(db, time), SIGN_IN, b"a", 9) == expected
        await db.close()


async def test_a_clock_that_was_years_ahead_locks_nobody_out_for_years(
    db: transaction.Database, time: clock.ManualClock
) -> None:
    wrong = clock.ManualClock(NOON + timedelta(days=3650))
    assert await passed(limits.Limiter(db, wrong), SIGN_IN, b"a", 9) == 5
    limiter = limits.Limiter(db, time)
    assert await wait(limiter, SIGN_IN, b"a") == 12
    time.advance(timedelta(seconds=12))
    await limiter.take(SIGN_IN, b"a")


async def test_what_says_nothing_any_more_is_forgotten_in_passing(
    db: transaction.Database, time: clock.ManualClock
) -> None:
    limiter = limits.Limiter(db, time)

    async def rows() -> int:
        return int(await db.read("test.rows", lambda tx: tx.value("SELECT count(*) FROM rate_limit")))

    await asyncio.gather(*(limiter.take(SIGN_IN, bytes([n])) for n in range(40)))
    assert await rows() == 40
    time.advance(timedelta(minutes=2))
    for n in range(20):
        await limiter.take(SIGN_IN, b"later" + bytes([n]))
    assert await rows() == 20


async def test_a_full_table_refuses_strangers_where_closed_and_passes_them_where_open(
    db: transaction.Database, time: clock.ManualClock
) -> None:
    first = limits.Limiter(db, time)
    await asyncio.gather(*(first.take(SIGN_IN, bytes([n])) for n in range(10)))
    limiter = limits.Limiter(db, time, rows_max=10)
    assert await wait(limiter, SIGN_IN, b"a stranger") == limits.FULL_RETRY_SECONDS
    await limiter.take(READ, b"a stranger")
    assert await passed(limiter, SIGN_IN, bytes([3]), 9) == 4, "who is known is judged as ever"
    assert await db.read("test.rows", lambda tx: tx.value("SELECT count(*) FROM rate_limit")) == 10


async def judged_without_asking(limiter: limits.Limiter) -> None:
    with pytest.raises(errors.Unavailable):
        await limiter.take(SIGN_IN, b"a")
    await limiter.take(READ, b"a")


async def test_without_its_store_a_closed_limit_refuses_and_an_open_one_passes(
    servers: embedded.Servers, customer_schema: StackDatabase, db: transaction.Database, time: clock.ManualClock
) -> None:
    limiter = limits.Limiter(db, time)
    await limiter.take(SIGN_IN, b"a")
    raw: Any = await asyncpg.connect(servers.url(), ssl=False)
    for allowed in (False, True):
        await raw.execute(f'ALTER DATABASE "{customer_schema.name}" ALLOW_CONNECTIONS {allowed}')
        await raw.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", customer_schema.name
        )
        if not allowed:
            await judged_without_asking(limiter)
    await raw.close()
    assert await passed(limiter, SIGN_IN, b"a", 9) == 4, "and it is as it was when the store is back"


async def test_a_store_that_does_not_answer_in_time_counts_as_gone(
    monkeypatch: pytest.MonkeyPatch, customer_schema: StackDatabase, db: transaction.Database, time: clock.ManualClock
) -> None:
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 0.2)
    limiter = limits.Limiter(db, time)
    await limiter.take(SIGN_IN, b"a")
    raw = await customer_schema.superuser()
    async with raw.transaction():
        await raw.execute("LOCK TABLE rate_limit")
        await judged_without_asking(limiter)
    await raw.close()


async def test_the_answer_says_429_and_when_to_come_back(
    serve: Any, db: transaction.Database, time: clock.ManualClock
) -> None:
    limiter = limits.Limiter(db, time)

    @litestar.get("/limited")
    async def limited() -> str:
        await limiter.take(SIGN_IN, b"a")
        return "in"

    client = await serve(sample_app.make(routes=[limited]))
    answers = [await client.get("/limited") for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    loopback.assert_problem(answers[-1], 429, "rate_limited")
    assert answers[-1].header("retry-after") == "12"


@given(some.integers(1, 10_000), some.integers(1, 100_000))
def test_a_full_bucket_lasts_no_shorter_than_the_limit_says(capacity: int, seconds: int) -> None:
    limit = limits.Limit("x", capacity, seconds)
    assert limit.step * capacity >= seconds * 1_000_000 > (limit.step - 1) * capacity
