"""Transactions on a real PostgreSQL: repeated, bounded, and never believed before the server said COMMIT."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import litestar
import pytest

from boundary.kernel import errors, ids
from boundary.kernel.runtime import app, transaction
from tests.boundary.kernel.runtime import loopback
from tests.boundary.kernel.runtime.conftest import OURS, Log, kill_all

Tx = transaction.Tx


async def count(raw: Any, table: str) -> int:
    return int(await raw.fetchval(f"SELECT count(*) FROM {table}"))


async def add_note(tx: Tx) -> None:
    await tx.execute("INSERT INTO note (text) VALUES ('a')")


async def idle_in_transaction(raw: Any) -> int:
    return int(await raw.fetchval(f"SELECT count(*) FROM pg_stat_activity WHERE {OURS} AND state LIKE 'idle in %'"))


# -- repeats ---------------------------------------------------------------------------------------------------------


async def test_two_transactions_that_deadlock_both_succeed(db: transaction.Database, raw: Any) -> None:
    both = asyncio.Barrier(2)
    tries = []

    async def move(tx: Tx, first: int, second: int) -> None:
        tries.append(first)
        await tx.execute("SET LOCAL deadlock_timeout = '20ms'")
        await tx.execute("UPDATE account SET amount = amount - 1 WHERE id = $1", first)
        if len(tries) <= 2:  # each holds one row before it asks for the other's
            await both.wait()
        await tx.execute("UPDATE account SET amount = amount + 1 WHERE id = $1", second)

    await asyncio.gather(db.run("test.move", lambda tx: move(tx, 1, 2)), db.run("test.move", lambda tx: move(tx, 2, 1)))
    assert len(tries) == 3
    assert await raw.fetch("SELECT amount FROM account") == [(100,), (100,)]


async def test_a_serialization_failure_is_repeated_on_fresh_data(db: transaction.Database, raw: Any) -> None:
    seen = []

    async def double(tx: Tx) -> None:
        amount = await tx.value("SELECT amount FROM account WHERE id = 1")
        seen.append(amount)
        if len(seen) == 1:
            await raw.execute("UPDATE account SET amount = 7 WHERE id = 1")
        await tx.execute("UPDATE account SET amount = $1 WHERE id = 1", amount * 2)

    await db.run("test.double", double, begin="BEGIN ISOLATION LEVEL SERIALIZABLE")
    assert seen == [100, 7]
    assert await raw.fetchval("SELECT amount FROM account WHERE id = 1") == 14


async def test_repeats_end_after_a_few_and_nothing_was_written(db: transaction.Database, raw: Any) -> None:
    tries = 0

    async def never(tx: Tx) -> None:
        nonlocal tries
        tries += 1
        await add_note(tx)
        await tx.execute("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'serialization_failure'; END $$")

    with pytest.raises(transaction.Busy):
        await db.run("test.never", never)
    assert tries == transaction.ATTEMPTS
    assert await count(raw, "note") == 0


async def test_an_ordinary_error_is_not_repeated(db: transaction.Database, raw: Any) -> None:
    tries = 0

    async def broken(tx: Tx) -> None:
        nonlocal tries
        tries += 1
        await add_note(tx)
        raise KeyError("x")

    with pytest.raises(KeyError):
        await db.run("test.broken", broken)
    assert tries == 1
    assert await count(raw, "note") == 0


async def test_a_refusal_that_is_returned_keeps_what_was_written_and_one_that_is_raised_does_not(
    db: transaction.Database, raw: Any
) -> None:
    async def evidence(tx: Tx) -> errors.Refusal:
        await add_note(tx)
        return errors.Forbidden("no")

    async def no_trace(tx: Tx) -> None:
        await tx.execute("INSERT INTO note (text) VALUES ('b')")
        raise errors.Forbidden("no")

    assert isinstance(await db.run("test.evidence", evidence), errors.Forbidden)
    with pytest.raises(errors.Forbidden):
        await db.run("test.no_trace", no_trace)
    assert await raw.fetch("SELECT text FROM note") == [("a",)]


async def test_a_reading_transaction_cannot_write_and_sees_one_state(db: transaction.Database, raw: Any) -> None:
    async def look(tx: Tx) -> tuple[Any, Any]:
        before = await tx.value("SELECT amount FROM account WHERE id = 1")
        await raw.execute("UPDATE account SET amount = 1 WHERE id = 1")
        return before, await tx.value("SELECT amount FROM account WHERE id = 1")

    assert await db.read("test.look", look) == (100, 100)
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await db.read("test.write", add_note)


# -- COMMIT ----------------------------------------------------------------------------------------------------------


async def orphan(tx: Tx) -> str:
    await add_note(tx)
    await tx.execute("INSERT INTO child VALUES (1, 4711)")
    return "done"


async def test_a_commit_that_a_deferred_constraint_refuses_is_an_error(db: transaction.Database, raw: Any) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await db.run("test.orphan", orphan)
    assert (await count(raw, "note"), await count(raw, "child")) == (0, 0)


async def test_over_http_a_commit_that_fails_is_never_answered_with_success(
    db: transaction.Database, raw: Any, serve: Callable[[Any], Awaitable[loopback.Client]], log: Log
) -> None:
    @litestar.post("/orphan")
    async def route() -> str:
        return await db.run("test.orphan", orphan)

    client = await serve(loopback_app([route]))
    answer = await client.request("POST", "/orphan", b"")
    assert (answer.status, answer.code) == (500, "internal_error")
    assert answer.header("content-type") == "application/problem+json"
    assert b"4711" not in answer.body
    assert "4711" not in log.text
    assert (await count(raw, "note"), await count(raw, "child")) == (0, 0)
    fault = log.lines("fault")[0]
    assert fault["error"] == "ForeignKeyViolationError"
    assert fault["request"].replace("-", "") == answer.json["request_id"] == answer.header("x-request-id")


def loopback_app(routes: list[Any]) -> Any:
    return app.create(
        title="Test",
        version="1",
        description="",
        routes=routes,
        readiness=app.Readiness({}),
        state={},
        random=ids.SystemIds(),
    )


async def test_an_error_that_was_passed_over_is_not_committed(db: transaction.Database, raw: Any) -> None:
    async def careless(tx: Tx) -> str:
        await add_note(tx)
        with contextlib.suppress(asyncpg.PostgresError):
            await tx.execute("INSERT INTO account VALUES (1, 1)")
        return "done"

    with pytest.raises(transaction.NotCommitted):
        await db.run("test.careless", careless)
    assert await count(raw, "note") == 0


async def test_a_task_that_still_uses_the_connection_is_a_defect_and_nothing_is_committed(
    db: transaction.Database, raw: Any
) -> None:
    async def careless(tx: Tx) -> None:
        await add_note(tx)
        strays.append(asyncio.create_task(tx.execute("SELECT pg_sleep(1)")))
        await asyncio.sleep(0.05)

    strays: list[asyncio.Task[int]] = []
    with pytest.raises(asyncpg.InterfaceError):
        await db.run("test.stray", careless)
    await asyncio.gather(*strays, return_exceptions=True)
    assert await count(raw, "note") == 0
    await db.ping()


class Cutter:
    """A TCP proxy before PostgreSQL. While `cut` is a word, a packet with that word ends the connection."""

    def __init__(self, dsn: str) -> None:
        parts = urlsplit(dsn)
        self._target = parts.hostname, parts.port
        self._dsn = parts
        self.cut: bytes | None = None
        self.pass_on = False
        self.stall = False
        self.cuts = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        address = f"{self._dsn.username}:{self._dsn.password}@127.0.0.1:{port}"
        try:
            yield self._dsn._replace(netloc=address).geturl()
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(*self._target)
        answers = asyncio.create_task(self._pump(back, writer))
        try:
            while data := await reader.read(65536):
                if self.cut and self.cut in data:
                    self.cuts += 1
                    if self.pass_on:
                        answers.cancel()
                        forth.write(data)
                        await forth.drain()
                        await back.read(1)
                    break
                await loopback.until(lambda: not self.stall)
                forth.write(data)
        except ConnectionError:
            pass
        finally:
            answers.cancel()
            for end in (writer, forth):
                end.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
            writer.close()


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_connection_cut_at_commit_is_an_unknown_outcome_and_not_repeated(
    scratch: str, raw: Any, *, arrives: bool
) -> None:
    cutter = Cutter(scratch)
    cutter.pass_on = arrives
    tries = 0

    async def work(tx: Tx) -> None:
        nonlocal tries
        tries += 1
        await add_note(tx)
        cutter.cut = b"COMMIT"

    async with cutter.running() as dsn:
        through = await transaction.connect(dsn, application="tested", size=2)
        with pytest.raises(transaction.CommitUnknown) as caught:
            await through.run("test.cut", work)
        cutter.cut = None
        await through.ping()  # the pool is whole again
        await through.close()
    assert caught.value.code == "outcome_unknown"
    assert (tries, cutter.cuts) == (1, 1)
    assert await count(raw, "note") == int(arrives)


async def test_a_commit_without_an_answer_is_an_unknown_outcome_after_a_bounded_wait(
    scratch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "ANSWER_SECONDS", 0.2)
    cutter = Cutter(scratch)

    async def work(tx: Tx) -> None:
        await add_note(tx)
        cutter.stall = True

    async with cutter.running() as dsn:
        through = await transaction.connect(dsn, application="tested", size=1)
        with pytest.raises(transaction.CommitUnknown):
            await through.run("test.stall", work)
        cutter.stall = False
        await through.ping()
        await through.close()


# -- lost connections ------------------------------------------------------------------------------------------------


async def test_a_connection_killed_inside_the_work_is_down_and_nothing_is_written(
    db: transaction.Database, raw: Any
) -> None:
    async def work(tx: Tx) -> None:
        await add_note(tx)
        await kill_all(raw)
        await tx.value("SELECT 1")

    with pytest.raises(transaction.Down):
        await db.run("test.killed", work)
    assert await count(raw, "note") == 0
    await db.ping()


async def test_a_connection_killed_after_the_work_is_down_because_commit_was_never_sent(
    db: transaction.Database, raw: Any
) -> None:
    async def work(tx: Tx) -> None:
        await add_note(tx)
        await kill_all(raw)
        await asyncio.sleep(0.05)

    with pytest.raises(transaction.Down):
        await db.run("test.killed", work)
    assert await count(raw, "note") == 0


async def test_an_error_of_the_work_outlives_the_loss_of_its_connection(db: transaction.Database, raw: Any) -> None:
    async def work(tx: Tx) -> None:
        await kill_all(raw)
        raise errors.Conflict("no")

    with pytest.raises(errors.Conflict):
        await db.run("test.killed", work)
    await db.ping()


async def test_connections_killed_while_idle_are_replaced(db: transaction.Database, raw: Any) -> None:
    await kill_all(raw)
    await asyncio.sleep(0.05)
    await asyncio.gather(*(db.run("test.after", lambda tx: tx.value("SELECT pg_sleep(0.01)")) for _ in range(8)))


# -- bounds ----------------------------------------------------------------------------------------------------------


async def test_a_statement_that_takes_too_long_is_ended(db: transaction.Database, raw: Any) -> None:
    async def work(tx: Tx) -> None:
        await add_note(tx)
        await tx.execute("SET LOCAL statement_timeout = '50ms'")
        await tx.execute("SELECT pg_sleep(5)")

    with pytest.raises(transaction.TooSlow):
        await db.run("test.slow", work)
    assert await count(raw, "note") == 0


async def test_the_bound_of_a_statement_is_the_callers_where_it_gives_one(db: transaction.Database) -> None:
    bounds = [
        await db.run("test.bound", lambda tx: tx.value("SHOW statement_timeout")),
        await db.run("test.bound", lambda tx: tx.value("SHOW statement_timeout"), seconds_max=120),
        await db.run("test.bound", lambda tx: tx.value("SHOW statement_timeout")),
    ]
    assert bounds == ["5s", "2min", "5s"]


async def test_many_short_statements_do_not_make_an_endless_transaction(
    db: transaction.Database, raw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "WORK_SECONDS", 0.2)

    async def work(tx: Tx) -> None:
        await add_note(tx)
        while True:
            await tx.execute("SELECT pg_sleep(0.01)")

    with pytest.raises(transaction.TooSlow):
        await db.run("test.endless", work)
    assert await count(raw, "note") == 0
    assert await idle_in_transaction(raw) == 0


async def test_a_timeout_of_the_works_own_stays_its_own(db: transaction.Database) -> None:
    async def work(tx: Tx) -> None:
        async with asyncio.timeout(0.01):
            await tx.execute("SELECT pg_sleep(5)")

    with pytest.raises(TimeoutError):
        await db.run("test.own", work)
    await db.ping()


async def test_work_that_leaves_its_transaction_idle_is_ended_by_the_server(db: transaction.Database, raw: Any) -> None:
    async def work(tx: Tx) -> None:
        await add_note(tx)
        await tx.execute("SET LOCAL idle_in_transaction_session_timeout = '20ms'")
        await asyncio.sleep(0.2)

    with pytest.raises((transaction.TooSlow, transaction.Down)):
        await db.run("test.idle", work)
    assert await count(raw, "note") == 0


@pytest.mark.parametrize(
    "state, refusal",
    [
        ("53100", transaction.Busy),  # disk full
        ("53200", transaction.Busy),  # out of memory
        ("55P03", transaction.TooSlow),  # lock not available
        ("57014", transaction.TooSlow),  # cancelled by an operator
        ("40P01", transaction.Busy),  # a deadlock, every time
        ("23505", asyncpg.UniqueViolationError),  # nobody anticipated it: ours, and no word of it
        ("22003", asyncpg.NumericValueOutOfRangeError),
    ],
)
async def test_what_the_database_says_becomes_a_refusal_only_where_it_says_nothing_about_the_input(
    db: transaction.Database, raw: Any, state: str, refusal: type[Exception]
) -> None:
    async def work(tx: Tx) -> None:
        await add_note(tx)
        await tx.execute(f"DO $$ BEGIN RAISE EXCEPTION 'a secret' USING ERRCODE = '{state}'; END $$")

    with pytest.raises(refusal) as caught:
        await db.run("test.state", work)
    assert not isinstance(caught.value, errors.Refusal) or "secret" not in caught.value.detail
    assert await count(raw, "note") == 0
    await db.ping()


async def test_a_wait_for_a_lock_is_bounded(db: transaction.Database, raw: Any) -> None:
    async def work(tx: Tx) -> None:
        await tx.execute("SET LOCAL lock_timeout = '50ms'")
        await tx.execute("UPDATE account SET amount = 0 WHERE id = 1")

    async with raw.transaction():
        await raw.execute("UPDATE account SET amount = 1 WHERE id = 1")
        with pytest.raises(transaction.TooSlow):
            await db.run("test.lock", work)


async def test_cancellation_leaves_no_open_transaction_and_no_poisoned_connection(
    db: transaction.Database, raw: Any
) -> None:
    async def work(tx: Tx) -> None:
        await add_note(tx)
        await tx.execute("SELECT pg_sleep(5)")

    for _ in range(3):
        running = [asyncio.create_task(db.run("test.cancelled", work)) for _ in range(4)]
        await asyncio.sleep(0.05)
        for task in running:
            task.cancel()
        results = await asyncio.gather(*running, return_exceptions=True)
        assert all(isinstance(result, (asyncio.CancelledError, transaction.Busy)) for result in results)
    assert await idle_in_transaction(raw) == 0
    assert await count(raw, "note") == 0
    assert await asyncio.gather(*(db.run("test.after", lambda tx: tx.value("SELECT 1")) for _ in range(8))) == [1] * 8


async def test_a_second_cancellation_while_rolling_back_poisons_nothing(db: transaction.Database, raw: Any) -> None:
    async def work(tx: Tx) -> None:
        await add_note(tx)
        await tx.execute("SELECT pg_sleep(5)")

    for pause in (0.0, 0.0005, 0.001, 0.002, 0.004):
        task = asyncio.create_task(db.run("test.cancelled", work))
        await asyncio.sleep(0.03)
        task.cancel()
        await asyncio.sleep(pause)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5):
        while await idle_in_transaction(raw):  # noqa: ASYNC110 -- the server knows no events
            await asyncio.sleep(0.02)
    assert await count(raw, "note") == 0
    assert await asyncio.gather(*(db.run("test.after", lambda tx: tx.value("SELECT 1")) for _ in range(8))) == [1] * 8


async def test_when_every_connection_is_in_use_the_caller_waits_a_while_and_is_told(
    db: transaction.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = asyncio.Event()

    async def hold(_: Tx) -> None:
        await release.wait()

    holding = [asyncio.create_task(db.run("test.hold", hold)) for _ in range(4)]
    await asyncio.sleep(0.02)
    waiting = asyncio.create_task(db.run("test.next", lambda tx: tx.value("SELECT 1")))
    await asyncio.sleep(0)
    monkeypatch.setattr(transaction, "ACQUIRE_SECONDS", 0.05)
    with pytest.raises(transaction.Busy):
        await db.run("test.full", add_note)
    release.set()
    assert await waiting == 1
    await asyncio.gather(*holding)
