"""The test servers themselves: quick and faithful copies, and nothing left behind by a killed run."""

import asyncio
import contextlib
import fcntl
import pathlib
import signal
import subprocess
import sys
import time

import asyncpg
import pytest

from deploy.local import processes
from tests import embedded

ROOM = 0.25  # of a second; alone on the machine a copy takes a hundredth


@pytest.fixture(scope="session")
def furnished(servers: embedded.Servers) -> str:
    async def build() -> None:
        first = await asyncpg.connect(servers.url(), ssl=False)
        await first.execute("CREATE DATABASE furnished")
        await first.execute("CREATE ROLE furnished_owner LOGIN PASSWORD 'owner'")
        await first.execute("CREATE ROLE furnished_stranger LOGIN PASSWORD 'stranger'")
        await first.execute("ALTER DATABASE furnished OWNER TO furnished_owner")
        await first.execute("REVOKE CONNECT ON DATABASE furnished FROM PUBLIC")
        await first.execute("ALTER DATABASE furnished SET lock_timeout = '1234ms'")
        await first.close()
        inside = await asyncpg.connect(servers.url("furnished"), ssl=False)
        for number in range(30):
            await inside.execute(f"CREATE TABLE t{number} (id bigint PRIMARY KEY, name text UNIQUE)")
        await inside.close()

    return servers.template("furnished", lambda: asyncio.run(build()))


async def test_a_copy_takes_milliseconds(servers: embedded.Servers, furnished: str) -> None:
    await servers.drop(await servers.copy(furnished))
    start = time.perf_counter()
    name = await servers.copy(furnished)
    taken = time.perf_counter() - start
    await servers.drop(name)
    assert taken < ROOM


async def test_a_copy_keeps_owner_privileges_and_settings(servers: embedded.Servers, furnished: str) -> None:
    async with servers.copied(furnished) as database:
        connection = await asyncpg.connect(servers.url(database, "furnished_owner", "owner"), ssl=False)
        assert await connection.fetchval("SHOW lock_timeout") == "1234ms"
        await connection.close()
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(servers.url(database, "furnished_stranger", "stranger"), ssl=False)


async def test_two_copies_do_not_see_each_other(servers: embedded.Servers, furnished: str) -> None:
    async with servers.copied(furnished) as one, servers.copied(furnished) as other:
        first = await asyncpg.connect(servers.url(one), ssl=False)
        await first.execute("INSERT INTO t0 VALUES (1, 'here')")
        second = await asyncpg.connect(servers.url(other), ssl=False)
        assert await second.fetchval("SELECT count(*) FROM t0") == 0
        await first.close()
        await second.close()


def test_a_template_is_built_once(servers: embedded.Servers) -> None:
    built = []
    for _ in range(3):
        servers.template("built_once", lambda: built.append(1))
    assert len(built) <= 1


def test_the_cache_is_empty_for_each_test(redis_url: str, servers: embedded.Servers) -> None:
    assert redis_url.startswith(f"redis://:{servers.password}@127.0.0.1:")


OWNER = """
import sys, time
from tests import embedded
session = embedded.Session()
servers = session.servers()
print(servers.home, flush=True)
time.sleep(60)
"""


def test_a_killed_run_leaves_no_server_and_the_next_one_clears_its_files(pytestconfig: pytest.Config) -> None:
    command = [sys.executable, "-c", OWNER]
    with subprocess.Popen(command, cwd=pytestconfig.rootpath, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        home = pathlib.Path(run.stdout.readline().strip())
        pids = [processes.first_number(home / "postgres/data/postmaster.pid")]
        pids.append(processes.first_number(home / "valkey/valkey.pid"))
        assert all(pids)
        run.send_signal(signal.SIGKILL)
    processes.together(
        processes.waiting(lambda: not any(pathlib.Path(f"/proc/{pid}/cwd").exists() for pid in pids), 10)
    )
    assert not any(pathlib.Path(f"/proc/{pid}/cwd").exists() for pid in pids)
    with embedded.home_of_our_own():
        assert not home.exists()


def test_a_live_runs_files_are_not_cleared_by_another() -> None:
    with embedded.home_of_our_own() as first, embedded.home_of_our_own() as second:
        assert first.exists()
        assert second.exists()
        with contextlib.suppress(OSError), (first / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            pytest.fail("the lock is free")
