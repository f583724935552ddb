"""Reaching a database: what is wrong is told apart, a restart is survived, and nothing leaks on the way."""

import asyncio
import warnings
from typing import Any
from urllib.parse import urlsplit

import pytest

from boundary.kernel import errors
from boundary.kernel.runtime import transaction
from deploy.local import postgres
from tests import embedded
from tests.boundary.kernel.runtime import loopback
from tests.boundary.kernel.runtime.conftest import Log, kill_all

Tx = transaction.Tx


async def add_note(tx: Tx) -> None:
    await tx.execute("INSERT INTO note (text) VALUES ('a')")


async def test_a_database_that_is_not_there_is_down(servers: embedded.Servers) -> None:
    (port,) = embedded.free_ports(1)
    with pytest.raises(transaction.Down):
        await transaction.connect(f"postgresql://a:b@127.0.0.1:{port}/c", application="tested")


async def test_a_server_that_accepts_and_says_nothing_is_down_after_a_bounded_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transaction, "ACQUIRE_SECONDS", 0.1)
    hung_up = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        hung_up.set()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    with pytest.raises(transaction.Down):
        await transaction.connect(f"postgresql://a:b@127.0.0.1:{port}/c", application="tested", size=1)
    silent.close()
    await hung_up.wait()


REFUSED = ["postgresql://nobody:x@{host}/postgres", "postgresql://{user}:wrong@{host}/postgres", "{dsn}x", "mysql://a"]


@pytest.mark.parametrize("form", [*REFUSED, "postgresql://[::1/x", "postgresql://a:b@127.0.0.1:port/x"])
async def test_a_login_or_address_that_is_wrong_is_refused_without_repeating_it(scratch: str, form: str) -> None:
    parts = urlsplit(scratch)
    dsn = form.format(host=f"127.0.0.1:{parts.port}", user=parts.username, dsn=scratch)
    with pytest.raises(transaction.Refused) as caught:
        await transaction.connect(dsn, application="tested", size=1)
    assert not any(word in caught.value.detail for word in ("nobody", "wrong", str(parts.password), "127.0.0.1"))


@pytest.mark.parametrize(
    "dsn, tls",
    [
        ("postgresql://a@127.0.0.1/b", False),
        ("postgresql://a@[::1]:5432/b", False),
        ("postgresql://a@localhost/b", False),
        ("postgresql:///b?host=/run/postgresql", False),
        ("postgresql://a@db.internal/b", "require"),
        ("postgresql://a@db.internal/b?sslmode=verify-full", None),
        ("postgresql://a@127.0.0.1/b?sslmode=require", None),
    ],
)
def test_tls_is_demanded_wherever_the_address_leaves_this_machine(dsn: str, tls: str | bool | None) -> None:
    assert transaction._tls(dsn) == tls


async def test_a_server_without_tls_gets_no_password_unless_the_address_asks_for_that(scratch: str) -> None:
    with pytest.raises((transaction.Down, transaction.Refused)):
        await transaction.connect(f"{scratch}?sslmode=require", application="tested", size=1)
    db = await transaction.connect(f"{scratch}?sslmode=disable", application="tested", size=1)
    await db.close()


async def test_a_database_that_is_restarted_under_load_is_used_again_and_nothing_leaks_into_the_log(
    tmp_path_factory: pytest.TempPathFactory, log: Log
) -> None:
    with embedded.home_of_our_own() as home:
        (port,) = embedded.free_ports(1)
        cluster = postgres.Cluster(home / "pg", port, "root_of_it", "hunter2", settings=embedded.SETTINGS)
        cluster.start()
        try:
            await _restart_under_load(cluster, f"postgresql://root_of_it:hunter2@127.0.0.1:{port}/postgres")
        finally:
            cluster.stop()
    assert not any(word in log.text for word in ("hunter2", "root_of_it", "Traceback", "127.0.0.1", str(home)))
    assert log.lines() == []


async def _restart_under_load(cluster: Any, dsn: str) -> None:
    db = await transaction.connect(dsn, application="tested", size=4)
    await db.run("test.create", lambda tx: tx.execute("CREATE TABLE note (id bigserial, text text)"))
    done, refused = 0, 0
    stop = asyncio.Event()

    async def load() -> None:
        nonlocal done, refused
        while not stop.is_set():
            try:
                await db.run("test.load", add_note)
                done += 1
            except (errors.Unavailable, errors.OutcomeUnknown):
                refused += 1
                await asyncio.sleep(0.01)

    loads = [asyncio.create_task(load()) for _ in range(6)]
    await asyncio.sleep(0.2)
    await asyncio.to_thread(cluster.stop)
    await asyncio.sleep(0.1)
    with pytest.raises(transaction.Down):
        await db.ping()
    before = done
    await asyncio.to_thread(cluster.start)
    await loopback.until(lambda: done >= before + 20)
    stop.set()
    await asyncio.gather(*loads)
    written = await db.read("test.count", lambda tx: tx.value("SELECT count(*) FROM note"))
    await db.close()
    assert refused
    assert written >= done  # an unknown outcome may have been written; what was confirmed is there


async def test_closing_with_the_database_gone_or_a_connection_in_use_is_quick_and_silent(
    scratch: str, raw: Any, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    monkeypatch.setattr(transaction, "CLOSE_SECONDS", 0.1)
    db = await transaction.connect(scratch, application="tested", size=2)
    holding = asyncio.create_task(db.run("test.hold", lambda _: asyncio.sleep(60)))
    await asyncio.sleep(0.02)
    await kill_all(raw)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with asyncio.timeout(2):
            await db.close()
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)
    with pytest.raises(transaction.Down):
        await db.ping()
    assert log.lines() == []


async def test_the_session_is_in_utc_with_bounds_and_a_name(db: transaction.Database) -> None:
    row = await db.run(
        "test.session",
        lambda tx: tx.row(
            "SELECT current_setting('timezone'), current_setting('lock_timeout'), "
            "current_setting('transaction_isolation'), current_setting('application_name')"
        ),
    )
    assert tuple(row or ()) == ("UTC", "3s", "read committed", "tested")
