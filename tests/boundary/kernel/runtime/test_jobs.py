"""Jobs with real processes, a real PostgreSQL and a real Valkey that dies: each is done, and as often as it may be."""

import asyncio
import signal
import socket
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from boundary.kernel import clock, ids
from boundary.kernel.runtime import jobs, outbox, server, settings, transaction
from deploy.local import valkey
from tests import embedded
from tests.boundary.kernel.runtime import loopback, sample_jobs
from tests.boundary.kernel.runtime.conftest import Log
from tests.stacks import StackDatabase

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
async def superuser(customer_schema: StackDatabase) -> AsyncIterator[Any]:
    connection = await customer_schema.superuser()
    await connection.execute(sample_jobs.EFFECT)
    yield connection
    await connection.close()


@pytest.fixture
async def db(customer_schema: StackDatabase, superuser: Any) -> AsyncIterator[transaction.Database]:
    database = await customer_schema.connect("customer_worker", size=8)
    yield database
    await database.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same loops with less patience."""
    monkeypatch.setattr(jobs, "SWEEP_SECONDS", 0.1)
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=1))
    monkeypatch.setattr(server, "PATIENCE_SECONDS_MAX", 0.2)


@pytest.fixture
def cache() -> Iterator[valkey.Server]:
    """A Valkey of the test's own, not started yet."""
    with embedded.home_of_our_own() as home:
        server = valkey.Server(home / "valkey", embedded.free_ports(1)[0], "sesame")
        yield server
        server.stop()


async def effects(superuser: Any) -> list[str]:
    return [row["what"] for row in await superuser.fetch("SELECT what FROM effect ORDER BY id")]


async def states(superuser: Any) -> dict[str, int]:
    return dict(await superuser.fetch("SELECT state::text, count(*) FROM job GROUP BY state"))


async def numbers(superuser: Any) -> list[uuid.UUID]:
    return [row["id"] for row in await superuser.fetch("SELECT id FROM job ORDER BY run_at")]


async def make_due(superuser: Any) -> None:
    await superuser.execute("UPDATE job SET run_at = now() - interval '1 hour', lease_until = NULL")


async def until_done(superuser: Any, count: int, seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while (await states(superuser)).get("done", 0) < count:  # noqa: ASYNC110 -- a table knows no events
            await asyncio.sleep(0.02)


# -- running one job ---------------------------------------------------------------------------------------------------


async def test_an_inside_job_is_done_exactly_once_by_twenty_who_try_at_once(
    db: transaction.Database, superuser: Any
) -> None:
    await sample_jobs.enqueue(db, *(sample_jobs.Inside(n) for n in range(5)))
    runners = [sample_jobs.runner(db) for _ in range(20)]
    done = await asyncio.gather(*(runner.run(number) for number in await numbers(superuser) for runner in runners))
    assert sum(done) == 5
    assert sorted(await effects(superuser)) == ["0", "1", "2", "3", "4"]
    assert await states(superuser) == {"done": 5}


async def test_a_job_and_its_cause_are_committed_together_or_not_at_all(
    db: transaction.Database, superuser: Any
) -> None:
    async def work(tx: transaction.Tx) -> None:
        await jobs.enqueue(tx, sample_jobs.Inside(1), ids.SystemIds())
        raise KeyError

    with pytest.raises(KeyError):
        await db.run("test.rolled_back", work)
    assert await states(superuser) == {}


async def test_a_job_that_fails_leaves_no_effect_and_comes_back_later_each_time_later(
    db: transaction.Database, superuser: Any, log: Log
) -> None:
    await sample_jobs.enqueue(db, sample_jobs.Failing())
    (number,) = await numbers(superuser)
    runner = sample_jobs.runner(db)
    waits = []
    for _ in range(3):
        assert not await runner.run(number)
        assert not await runner.run(number)  # not yet
        waits.append(await superuser.fetchval("SELECT extract(epoch FROM run_at - now())::float FROM job"))
        await make_due(superuser)
    assert [2 - 1.5 < waits[0] <= 2, 4 - 1.5 < waits[1] <= 4, 8 - 1.5 < waits[2] <= 8] == [True] * 3, waits
    assert [(line["job"], line["error"], line["attempt"]) for line in log.lines("job.failed")] == [
        ("sample.failing.v1", "KeyError", attempt) for attempt in (1, 2, 3)
    ]
    assert "secret" not in log.text


async def test_a_job_that_always_fails_is_given_up(
    db: transaction.Database, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ATTEMPTS_MAX", 3)
    await sample_jobs.enqueue(db, sample_jobs.Failing())
    (number,) = await numbers(superuser)
    for _ in range(5):
        await make_due(superuser)
        assert not await sample_jobs.runner(db).run(number)
    assert await states(superuser) == {"failed": 1}
    assert await superuser.fetchval("SELECT attempts FROM job") == 3


async def test_a_job_that_kills_whoever_runs_it_is_given_up_too(
    db: transaction.Database, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ATTEMPTS_MAX", 3)
    await sample_jobs.enqueue(db, sample_jobs.Inside(1))
    await superuser.execute("UPDATE job SET attempts = 3, lease_until = now() - interval '1 hour'")
    (number,) = await numbers(superuser)
    assert not await sample_jobs.runner(db).run(number)
    assert await effects(superuser) == []
    assert await states(superuser) == {"failed": 1}


async def test_a_job_is_not_run_before_its_time(db: transaction.Database, superuser: Any) -> None:
    await sample_jobs.enqueue(db, sample_jobs.Inside(1), run_at=clock.SystemClock().now() + timedelta(hours=1))
    (number,) = await numbers(superuser)
    assert not await sample_jobs.runner(db).run(number)
    assert await superuser.fetchval("SELECT count(*) FROM outbox") == 0
    await make_due(superuser)
    assert await sample_jobs.runner(db).run(number)


async def test_who_lost_the_lease_does_not_finish_the_job(db: transaction.Database, superuser: Any) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(tx: transaction.Tx, job: sample_jobs.Inside) -> None:
        await sample_jobs.do(tx, job)
        entered.set()
        await leave.wait()

    await sample_jobs.enqueue(db, sample_jobs.Inside(1))
    (number,) = await numbers(superuser)
    first = asyncio.create_task(sample_jobs.runner(db, inside={sample_jobs.Inside: slow}).run(number))
    await entered.wait()
    await superuser.execute("UPDATE job SET lease_until = now() - interval '1 second'")
    assert await sample_jobs.runner(db).run(number)
    leave.set()
    assert not await first
    assert await effects(superuser) == ["1"]
    assert await states(superuser) == {"done": 1}


async def test_who_lost_the_lease_and_fails_at_last_undoes_nothing(
    db: transaction.Database, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ATTEMPTS_MAX", 1)
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(_db: transaction.Database, _job: sample_jobs.Outside) -> None:
        entered.set()
        await leave.wait()
        raise KeyError

    await sample_jobs.enqueue(db, sample_jobs.Outside(1))
    (number,) = await numbers(superuser)
    first = asyncio.create_task(sample_jobs.runner(db, outside={sample_jobs.Outside: slow}).run(number))
    await entered.wait()
    await superuser.execute("UPDATE job SET lease_until = NULL, state = 'done', finished_at = now(), attempts = 2")
    leave.set()
    assert not await first
    assert await states(superuser) == {"done": 1}


async def test_a_job_that_hangs_is_ended_before_its_lease(
    db: transaction.Database, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=0.3))

    async def hang(_db: transaction.Database, _job: sample_jobs.Outside) -> None:
        await asyncio.sleep(3600)

    await sample_jobs.enqueue(db, sample_jobs.Outside(1))
    (number,) = await numbers(superuser)
    async with asyncio.timeout(2):
        assert not await sample_jobs.runner(db, outside={sample_jobs.Outside: hang}).run(number)
    assert await states(superuser) == {"waiting": 1}


# -- keys and schedules ------------------------------------------------------------------------------------------------


async def test_the_same_key_promises_the_same_job_once_even_at_the_same_time(
    db: transaction.Database, superuser: Any
) -> None:
    results = await asyncio.gather(*(sample_jobs.enqueue(db, sample_jobs.Inside(1), key="order 1") for _ in range(20)))
    assert sum(map(sum, results)) == 1
    assert await sample_jobs.enqueue(db, sample_jobs.Inside(1), key="order 2") == [True]
    assert await sample_jobs.enqueue(db, sample_jobs.Outside(1), key="order 1") == [True]  # another kind of job
    assert await sample_jobs.enqueue(db, sample_jobs.Inside(1), sample_jobs.Inside(1)) == [True, True]
    assert await superuser.fetchval("SELECT count(*) FROM outbox") == await superuser.fetchval(
        "SELECT count(*) FROM job"
    )


async def test_a_schedule_is_kept_once_in_each_period_by_any_number_of_workers(
    db: transaction.Database, superuser: Any
) -> None:
    time = clock.ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    schedules = (
        jobs.Schedule(sample_jobs.Periodic("a"), timedelta(minutes=1)),
        jobs.Schedule(sample_jobs.Periodic("b"), timedelta(minutes=1)),
        jobs.Schedule(sample_jobs.Periodic("c"), timedelta(minutes=2)),
    )
    runners = [sample_jobs.runner(db, schedules=schedules, time=time) for _ in range(5)]
    for _ in range(8):  # half a minute each: four minutes
        await asyncio.gather(*(db.run("test.promise", runner._promise) for runner in runners))
        await make_due(superuser)
        due = await runners[0]._due(100)
        await asyncio.gather(*(runner.run(number) for runner in runners for number in due))
        time.advance(timedelta(seconds=30))
    done = await effects(superuser)
    assert {name: done.count(name) for name in "abc"} == {"a": 4, "b": 4, "c": 2}


async def test_a_job_that_is_done_is_forgotten_after_a_while_and_others_are_not(
    db: transaction.Database, superuser: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "FORGET_MAX", 7)
    await sample_jobs.enqueue(db, *(sample_jobs.Inside(n) for n in range(40)))
    await superuser.execute("UPDATE job SET state = 'done', finished_at = now() - interval '8 days'")
    await sample_jobs.enqueue(db, *(sample_jobs.Inside(n) for n in range(3)), run_at=datetime(2100, 1, 1, tzinfo=UTC))
    await sample_jobs.enqueue(db, sample_jobs.Inside(1000))
    await superuser.execute(
        "INSERT INTO job (id, payload, run_at, state, finished_at) SELECT gen_random_uuid(), payload, run_at, "
        "'failed', now() - interval '1 year' FROM job WHERE state = 'waiting' LIMIT 1"
    )
    async with sample_jobs.working(db, [sample_jobs.runner(db) for _ in range(2)]):
        async with asyncio.timeout(10):
            while await states(superuser) != {"done": 1, "waiting": 3, "failed": 1}:  # noqa: ASYNC110 -- as above
                await asyncio.sleep(0.02)


def test_a_schedule_that_outlives_the_memory_of_its_last_time_is_refused() -> None:
    schedule = jobs.Schedule(sample_jobs.Periodic("a"), jobs.KEPT + timedelta(seconds=1))
    with pytest.raises(ValueError, match="longer"):
        sample_jobs.runner(None, schedules=(schedule,))  # type: ignore[arg-type]  # it does not get that far


# -- jobs that this release does not know ------------------------------------------------------------------------------


async def test_jobs_of_another_release_are_left_as_they_are_and_block_nobody(
    db: transaction.Database, superuser: Any, quick: None, log: Log
) -> None:
    await superuser.execute(
        "INSERT INTO job (id, payload, run_at) SELECT gen_random_uuid(), "
        "CASE WHEN n % 2 = 0 THEN '\\x91a8746f6d6f72726f77'::bytea ELSE '\\xc1'::bytea END, now() - interval '1 day' "
        "FROM generate_series(1, 50) n"
    )
    await sample_jobs.enqueue(db, sample_jobs.Unhandled(), *(sample_jobs.Inside(n) for n in range(5)))
    async with sample_jobs.working(db, [sample_jobs.runner(db)]):
        await until_done(superuser, 5)
        await loopback.until(lambda: len(log.lines("job.unknown")) >= 51)
        await asyncio.sleep(0.3)
    assert await states(superuser) == {"done": 5, "waiting": 51}
    untouched = await superuser.fetchval(
        "SELECT count(*) FROM job WHERE state = 'waiting' AND attempts = 0 AND lease_until IS NULL"
    )
    assert untouched == 51
    assert len(log.lines("job.unknown")) == 51  # each is told once
    assert log.lines("fault") == [line for line in log.lines("fault") if line["error"] != "NotCanonical"]
    assert "tomorrow" not in log.text


# -- processes that are killed -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [sample_jobs.Inside, sample_jobs.Outside])
async def test_a_job_whose_worker_is_killed_is_done_by_anothers_sweeper(
    customer_schema: StackDatabase, db: transaction.Database, superuser: Any, quick: None, kind: Any
) -> None:
    await sample_jobs.enqueue(db, kind(7))
    (number,) = await numbers(superuser)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.boundary.kernel.runtime.job_process"),
        *(customer_schema.url("customer_worker"), str(number), "2.5"),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout
    assert await asyncio.wait_for(process.stdout.readline(), 20) == b"running\n"
    assert not await sample_jobs.runner(db).run(number)  # the lease holds
    process.send_signal(signal.SIGKILL)
    await process.wait()
    async with sample_jobs.working(db, [sample_jobs.runner(db)]):
        await until_done(superuser, 1)
    half = [] if kind is sample_jobs.Inside else ["half of 7"]
    assert await effects(superuser) == [*half, "7"]
    assert await superuser.fetchval("SELECT attempts FROM job") == 2


# -- Redis ---------------------------------------------------------------------------------------------------------------


async def test_a_wake_up_through_redis_runs_a_job_at_once(
    db: transaction.Database, superuser: Any, redis_url: str, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    monkeypatch.setattr(jobs, "SWEEP_SECONDS", 3600.0)
    async with sample_jobs.working(db, [sample_jobs.runner(db, redis_url), sample_jobs.runner(db, redis_url)]):
        await sample_jobs.enqueue(db, *(sample_jobs.Inside(n) for n in range(50)))
        await until_done(superuser, 50)
    assert sorted(map(int, await effects(superuser))) == list(range(50))
    assert log.lines() == []  # no failure, and no warning of any library


async def test_without_redis_from_the_start_every_job_is_done_and_wake_ups_begin_when_it_comes(
    db: transaction.Database,
    superuser: Any,
    quick: None,
    cache: valkey.Server,
    monkeypatch: pytest.MonkeyPatch,
    log: Log,
) -> None:
    async with sample_jobs.working(db, [sample_jobs.runner(db, cache.url())]):
        await sample_jobs.enqueue(db, *(sample_jobs.Inside(n) for n in range(30)))
        await until_done(superuser, 30)
        await asyncio.to_thread(cache.start)
        monkeypatch.setattr(jobs, "SWEEP_SECONDS", 3600.0)
        await sample_jobs.enqueue(db, sample_jobs.Inside(30))
        await until_done(superuser, 31)
    assert len(await effects(superuser)) == 31
    assert "sesame" not in log.text
    assert "127.0.0.1" not in log.text


async def test_with_redis_killed_emptied_and_back_every_job_is_done(
    db: transaction.Database, superuser: Any, quick: None, cache: valkey.Server, log: Log
) -> None:
    await asyncio.to_thread(cache.start)
    async with sample_jobs.working(db, [sample_jobs.runner(db, cache.url()) for _ in range(2)]):
        for round_ in range(4):
            await sample_jobs.enqueue(db, *(sample_jobs.Inside(round_ * 20 + n) for n in range(20)))
            match round_:
                case 0:
                    cache.kill()
                case 1:
                    await asyncio.to_thread(cache.start)
                case 2:
                    flush(cache)
        await until_done(superuser, 80)
    assert sorted(map(int, await effects(superuser))) == list(range(80))


def flush(cache: valkey.Server) -> None:
    with socket.create_connection(("127.0.0.1", cache.port)) as connection:
        connection.sendall(f"AUTH {cache.password}\r\nFLUSHALL\r\n".encode())
        assert connection.recv(100).startswith(b"+OK")


async def test_a_redis_that_hangs_delays_no_job_for_long(
    db: transaction.Database, superuser: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "DELIVERY_SECONDS_MAX", 0.2)

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(silence, "127.0.0.1", 0)
    address = f"redis://127.0.0.1:{silent.sockets[0].getsockname()[1]}/0"
    async with sample_jobs.working(db, [sample_jobs.runner(db, address)]):
        await sample_jobs.enqueue(db, *(sample_jobs.Inside(n) for n in range(10)))
        await until_done(superuser, 10)
    silent.close()
    await asyncio.sleep(0.05)


async def test_one_slow_job_does_not_keep_the_sweeper_from_the_others(
    db: transaction.Database, superuser: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=20))
    release = asyncio.Event()

    async def slow(db: transaction.Database, job: sample_jobs.Outside) -> None:
        await release.wait()
        await sample_jobs.do(db, job)

    await sample_jobs.enqueue(db, sample_jobs.Outside(1000))
    await superuser.execute("UPDATE job SET run_at = now() - interval '1 hour'")
    await sample_jobs.enqueue(db, *(sample_jobs.Inside(n) for n in range(30)))
    async with sample_jobs.working(db, [sample_jobs.runner(db, outside={sample_jobs.Outside: slow})]):
        await until_done(superuser, 30)
        release.set()
        await until_done(superuser, 31)
    assert (await effects(superuser))[-1] == "1000"


async def test_a_stop_lets_a_running_job_finish(db: transaction.Database, superuser: Any, redis_url: str) -> None:
    entered = asyncio.Event()

    async def slow(db: transaction.Database, job: sample_jobs.Outside) -> None:
        entered.set()
        await asyncio.sleep(0.3)
        await sample_jobs.do(db, job)

    async with sample_jobs.working(db, [sample_jobs.runner(db, redis_url, outside={sample_jobs.Outside: slow})]):
        await sample_jobs.enqueue(db, sample_jobs.Outside(1))
        await asyncio.wait_for(entered.wait(), 5)
    assert await states(superuser) == {"done": 1}


@pytest.mark.parametrize("address", ["http://a/0", "127.0.0.1", "redis://[::1", "redis://a:port/0"])
async def test_an_address_that_is_none_of_redis_is_refused_at_start(db: transaction.Database, address: str) -> None:
    with pytest.raises(settings.SettingsError, match="Redis"):
        sample_jobs.runner(db, address)
