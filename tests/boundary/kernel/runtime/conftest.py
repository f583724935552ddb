"""What the runtime's tests share: a database of their own making, a real HTTP server, and what the log got."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import asyncpg
import pytest
import structlog

from boundary.kernel.runtime import telemetry, transaction
from tests import embedded
from tests.boundary.kernel.runtime import loopback, sample_app

SCHEMA = """
CREATE TABLE account (id int PRIMARY KEY, amount int NOT NULL CHECK (amount >= 0));
CREATE TABLE note (id bigserial PRIMARY KEY, text text NOT NULL UNIQUE);
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int, parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
INSERT INTO account VALUES (1, 100), (2, 100);
"""


OURS = "datname = current_database() AND application_name = 'tested'"


async def kill_all(raw: Any) -> None:
    """End every connection of the database under test but the one that asks."""
    await raw.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {OURS}")


@pytest.fixture
async def scratch(servers: embedded.Servers) -> AsyncIterator[str]:
    """The DSN of a database with a few plain tables, owned by whoever connects."""
    async with servers.copied("template1") as name:
        connection = await asyncpg.connect(servers.url(name), ssl=False)
        await connection.execute(SCHEMA)
        await connection.close()
        yield servers.url(name)


@pytest.fixture
async def raw(scratch: str) -> AsyncIterator[Any]:
    """A connection beside the pool: to look, to lock, to kill."""
    connection = await asyncpg.connect(scratch, ssl=False)
    yield connection
    await connection.close()


@pytest.fixture
async def db(scratch: str) -> AsyncIterator[transaction.Database]:
    database = await transaction.connect(scratch, application="tested", size=4)
    yield database
    await database.close()


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Any], Awaitable[loopback.Client]]]:
    """Serves an app as the product does, on a port of loopback, until the test ends."""
    running: list[loopback.Served] = []
    sample_app.EFFECTS.clear()

    async def start(app: Any) -> loopback.Client:
        running.append(loopback.Served(app))
        return loopback.Client(await running[-1].start())

    yield start
    for one in running:
        await one.stop()


class Log:
    """The lines that the process wrote."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def lines(self, event: str | None = None) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in found if event in {None, line["event"]}]


@pytest.fixture
def log() -> Iterator[Log]:
    """Telemetry as a process has it, written into memory; everything global is put back afterwards."""
    root = logging.getLogger()
    kept = root.handlers, root.level, sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning
    found = Log()
    telemetry.configure("tested", stream=found.stream)
    yield found
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    root.handlers, level, sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning = kept
    root.setLevel(level)
