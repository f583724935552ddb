"""One PostgreSQL and one Valkey for a whole test session, shared by its xdist workers, and databases copied in milliseconds.

They belong to the process that runs pytest (with xdist: the controller), die with it, and live in /dev/shm when there
is room: copying a database is creating files, and that is what a disk is slow at. Nothing in them survives or has to.
"""

import contextlib
import dataclasses
import fcntl
import itertools
import os
import pathlib
import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from typing import IO

import asyncpg

from deploy.local import binaries, postgres, processes, valkey

SHARED_MEMORY = pathlib.Path("/dev/shm")
ENOUGH = 1 << 30
PREFIX = "bulkhead-tests-"
SUPERUSER = "tests_superuser"
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
VALKEY_DATABASES = 16
_numbers = itertools.count()


@dataclasses.dataclass(frozen=True)
class Servers:
    """Where this session's servers are: plain facts, so that they can travel to xdist's workers."""

    home: str
    postgres_port: int
    valkey_port: int
    password: str

    def url(self, database: str = "postgres", role: str = SUPERUSER, password: str | None = None) -> str:
        """A DSN; the superuser's unless a role and its password are given. Passwords here need no quoting."""
        return f"postgresql://{role}:{password or self.password}@127.0.0.1:{self.postgres_port}/{database}"

    def redis_url(self, database: int = 0) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.valkey_port}/{database}"

    def template(self, name: str, build: Callable[[], None]) -> str:
        """Runs BUILD, which makes the database NAME, once per session whichever worker comes first; returns NAME."""
        place = pathlib.Path(self.home)
        with locked(place / f"{name}.lock"):
            done = place / f"{name}.done"
            if not done.exists():
                build()
                done.touch()
        return name

    async def copy(self, template: str) -> str:
        """A new database like TEMPLATE, with its owner, privileges and settings, which CREATE DATABASE leaves behind."""
        name = f"t{os.getpid()}_{next(_numbers)}"
        connection = await asyncpg.connect(self.url(), ssl=False)
        try:
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
            await connection.execute(LIKENESS.format(name=name, template=template))
        finally:
            await connection.close()
        return name

    async def drop(self, name: str) -> None:
        connection = await asyncpg.connect(self.url(), ssl=False)
        try:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        finally:
            await connection.close()

    @contextlib.asynccontextmanager
    async def copied(self, template: str) -> AsyncIterator[str]:
        """`async with servers.copied("customer_template") as database:` for one test."""
        name = await self.copy(template)
        try:
            yield name
        finally:
            await self.drop(name)

    def empty_redis(self, database: int) -> str:
        """The URL of a database that has just been emptied."""
        with socket.create_connection(("127.0.0.1", self.valkey_port), timeout=5) as connection:
            connection.sendall(f"AUTH {self.password}\r\nSELECT {database}\r\nFLUSHDB\r\n".encode())
            answer = b""
            while answer.count(b"\n") < 3:
                answer += connection.recv(256) or b"\n\n\n"
        assert answer == b"+OK\r\n" * 3, answer
        return self.redis_url(database)


LIKENESS = """
UPDATE pg_database d SET datacl = t.datacl, datdba = t.datdba, datconnlimit = t.datconnlimit
  FROM pg_database t WHERE d.datname = '{name}' AND t.datname = '{template}';
INSERT INTO pg_db_role_setting (setdatabase, setrole, setconfig)
  SELECT d.oid, s.setrole, s.setconfig FROM pg_db_role_setting s
    JOIN pg_database t ON t.oid = s.setdatabase AND t.datname = '{template}'
    JOIN pg_database d ON d.datname = '{name}';
"""


class Session:
    """Starts the servers when they are first asked for, stops them and clears up at the end."""

    def __init__(self) -> None:
        self._servers: Servers | None = None
        self._exit = contextlib.ExitStack()

    def servers(self) -> Servers:
        if self._servers is None:
            self._servers = self._start()
        return self._servers

    def close(self) -> None:
        self._exit.close()

    def _start(self) -> Servers:
        home = self._exit.enter_context(home_of_our_own())
        password = secrets.token_hex(16)
        postgres_port, valkey_port = free_ports(2)
        servers = Servers(str(home), postgres_port, valkey_port, password)
        cluster = postgres.Cluster(
            home / "postgres", servers.postgres_port, SUPERUSER, password, settings=SETTINGS, log=home / "postgres.log"
        )
        cache = valkey.Server(home / "valkey", servers.valkey_port, password, log=home / "valkey.log")
        self._exit.callback(lambda: processes.together(cluster.stopping(), cache.stopping()))
        processes.together(cluster.starting(), cache.starting())
        return servers


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, all different."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


@contextlib.contextmanager
def locked(path: pathlib.Path) -> Iterator[IO[str]]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


@contextlib.contextmanager
def home_of_our_own() -> Iterator[pathlib.Path]:
    """A directory that is locked as long as we live, and removed at the end: ours by us, a killed run's by the next."""
    place = _roomy_place()
    _sweep(place)
    making = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-making-", dir=place))
    making.chmod(0o711)  # the servers may be another user: they pass through to the directories of their own
    with locked(making / "lock"):
        home = making.rename(place / making.name.replace("bulkhead-making-", PREFIX))
        try:
            yield home
        finally:
            shutil.rmtree(home, ignore_errors=True)


def _roomy_place() -> pathlib.Path:
    with contextlib.suppress(OSError):
        if os.access(SHARED_MEMORY, os.W_OK) and shutil.disk_usage(SHARED_MEMORY).free > ENOUGH:
            return SHARED_MEMORY
    return binaries.open_temporary()


def _sweep(place: pathlib.Path) -> None:
    for home in place.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), (home / "lock").open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(home, ignore_errors=True)
