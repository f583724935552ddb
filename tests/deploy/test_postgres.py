"""Our supervisor of PostgreSQL: what it starts trusts nobody, survives a kill, and is not fooled by a stale file."""

import os
import pathlib
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from deploy.local import postgres, processes
from tests import embedded

PASSWORD = "a pass/word: with @ signs?"  # has to be quoted in a DSN


@pytest.fixture(scope="module")
def cluster(room: pathlib.Path) -> Iterator[postgres.Cluster]:
    made = postgres.Cluster(room / "cluster", embedded.free_ports(1)[0], "chief", PASSWORD, settings={"fsync": "off"})
    made.start()
    yield made
    made.stop()
    assert not made.running


@pytest.fixture
async def connection(cluster: postgres.Cluster) -> AsyncIterator[asyncpg.Connection]:
    if not cluster.running:
        cluster.start()
    made = await asyncpg.connect(cluster.url(), ssl=False)
    yield made
    await made.close()


async def test_it_is_postgresql_18_with_our_settings(connection: asyncpg.Connection) -> None:
    assert connection.get_server_version().major == 18
    expected = {"jit": "off", "listen_addresses": "127.0.0.1", "fsync": "off", "data_checksums": "on"}
    expected |= {"unix_socket_directories": "", "server_encoding": "UTF8", "password_encryption": "scram-sha-256"}
    for name, value in expected.items():
        assert await connection.fetchval(f"SHOW {name}") == value
    assert await connection.fetchval("SELECT datlocale FROM pg_database WHERE datname = 'postgres'") == "C.UTF-8"


@pytest.mark.usefixtures("connection")
async def test_a_wrong_password_is_refused(cluster: postgres.Cluster) -> None:
    for password in ("wrong", PASSWORD.upper()):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(cluster.url("postgres", "chief", password), ssl=False)


async def test_every_way_in_wants_a_password(connection: asyncpg.Connection) -> None:
    methods = await connection.fetch("SELECT DISTINCT auth_method FROM pg_hba_file_rules")
    assert [row["auth_method"] for row in methods] == ["scram-sha-256"]


@pytest.mark.usefixtures("connection")
def test_it_runs_as_nobody_when_we_are_root_and_as_ourselves_otherwise(cluster: postgres.Cluster) -> None:
    assert cluster.process
    owner = pathlib.Path(f"/proc/{cluster.process.pid}").stat().st_uid
    account = processes.server_account()
    assert owner == (account.uid if account else os.geteuid())
    assert owner != 0
    assert cluster.directory.stat().st_mode & 0o777 == 0o700


async def test_what_was_committed_survives_a_kill(cluster: postgres.Cluster, connection: asyncpg.Connection) -> None:
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    cluster.kill()
    assert (cluster.data / "postmaster.pid").exists()
    cluster.start()
    again = await asyncpg.connect(cluster.url(), ssl=False)
    assert await again.fetchval("SELECT answer FROM kept") == 42
    await again.close()


def test_a_stale_pid_file_that_names_another_live_process_is_no_obstacle(cluster: postgres.Cluster) -> None:
    """After a crash the number may be anybody's; PostgreSQL itself would refuse to start."""
    cluster.stop()
    with subprocess.Popen(["sleep", "60"]) as innocent:
        stale = f"{innocent.pid}\n{cluster.data}\n1\n{cluster.port}\n\n127.0.0.1\n1 1\nready   \n"
        (cluster.data / "postmaster.pid").write_text(stale)
        cluster.start()
        assert cluster.running
        assert innocent.poll() is None
        innocent.kill()


def test_a_live_server_of_the_same_directory_is_stopped_first(cluster: postgres.Cluster) -> None:
    """Its launcher is gone, as after a kill -9; here it is another object that has lost interest."""
    if not cluster.running:
        cluster.start()
    leftover = cluster.process
    cluster.start()
    assert leftover
    assert leftover.wait(5) == 0
    assert cluster.running


PARENT = """
import pathlib, sys, time
from deploy.local import postgres
cluster = postgres.Cluster(pathlib.Path(sys.argv[1]), int(sys.argv[2]), "chief", sys.argv[3])
cluster.start()
print(cluster.process.pid, flush=True)
time.sleep(60)
"""


def test_it_dies_cleanly_with_a_killed_parent(cluster: postgres.Cluster, pytestconfig: pytest.Config) -> None:
    cluster.stop()
    command = [sys.executable, "-c", PARENT, str(cluster.directory), str(cluster.port), PASSWORD]
    with subprocess.Popen(command, cwd=pytestconfig.rootpath, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    processes.together(processes.waiting(lambda: not pathlib.Path(f"/proc/{pid}/cwd").exists(), 10.0))
    assert not (cluster.data / "postmaster.pid").exists()
    assert "database system is shut down" in processes.last_lines(cluster.log, 2)


def test_an_interrupted_making_is_made_anew(room: pathlib.Path) -> None:
    half = postgres.Cluster(room / "half", embedded.free_ports(1)[0], "chief", "x", settings={"fsync": "off"})
    processes.own_directory(half.directory, half.account)
    (half.directory / "data.partial").mkdir()
    (half.directory / "data.partial" / "PG_VERSION").write_text("18\n")
    half.start()
    half.stop()
    assert (half.data / "global").is_dir()


def test_a_server_that_cannot_start_says_why(cluster: postgres.Cluster) -> None:
    cluster.stop()
    broken = postgres.Cluster(cluster.directory, cluster.port, "chief", PASSWORD, settings={"shared_buffers": "lots"})
    with pytest.raises(processes.LaunchError, match="invalid value for parameter"):
        broken.start()
    assert not broken.running


async def test_it_does_not_start_beside_a_backend_that_outlived_its_server(
    cluster: postgres.Cluster, connection: asyncpg.Connection
) -> None:
    """Two servers on one directory would ruin it: we wait until the orphan is gone."""
    orphan = await connection.fetchval("SELECT pg_backend_pid()")
    os.kill(orphan, signal.SIGSTOP)
    cluster.kill()
    woken = threading.Timer(0.5, os.kill, (orphan, signal.SIGCONT))
    woken.start()
    cluster.start()
    woken.join()
    assert postgres.STILL_ENDING in cluster.log.read_text()
    assert not processes.lives_in(orphan, cluster.data)
