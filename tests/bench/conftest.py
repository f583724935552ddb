"""What benchmarks share: a cluster that keeps what it commits, a database on it, and the table of all figures."""

import asyncio
import gc
import os
import pathlib
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import uvloop

from deploy.local import binaries, postgres
from tests import embedded, stacks
from tests.bench import figures

FIGURES = pytest.StashKey[list[figures.Figure]]()
SETTINGS = {"max_connections": "200"}  # all else is what `up` runs with: fsync and synchronous_commit on

Report = Callable[[figures.Figure], None]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if found := config.stash[FIGURES]:
        terminalreporter.section("figures")
        terminalreporter.write_line(f"{os.cpu_count()} cores, busy with {os.getloadavg()[1]:.1f} tasks over 5 minutes")
        terminalreporter.write_line(figures.table(found))


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The product's processes run on uvloop, so its figures are taken there."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(autouse=True)
def settled() -> None:
    """What a process has when it begins to serve is none of the collector's business: the product's server says so too."""
    gc.freeze()


@pytest.fixture
def report(pytestconfig: pytest.Config) -> Iterator[Report]:
    """Takes figures; this test's are printed when it ends, all of them at the end of the run."""
    mine: list[figures.Figure] = []
    yield mine.append
    pytestconfig.stash[FIGURES].extend(mine)
    print(f"\n{figures.table(mine)}")  # noqa: T201 -- a benchmark is run to be read


@pytest.fixture(scope="session")
def durable_cluster(pytestconfig: pytest.Config) -> Iterator[postgres.Cluster]:
    """A PostgreSQL on disk, with the settings of a real one."""
    home = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-bench-", dir=binaries.open_temporary()))
    home.chmod(0o711)  # the server may be another user: it passes through to a directory of its own
    (port,) = embedded.free_ports(1)
    cluster = postgres.Cluster(home / "postgres", port, embedded.SUPERUSER, "bench", settings=SETTINGS)
    try:
        cluster.start()
        pytestconfig.stash[FIGURES].append(_disk(home))
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def durable(durable_cluster: postgres.Cluster) -> embedded.Servers:
    """The same as test servers, which have no Valkey here."""
    return embedded.Servers(str(durable_cluster.directory.parent), durable_cluster.port, 0, durable_cluster.password)


@pytest.fixture(scope="session")
def durable_template(durable: embedded.Servers) -> str:
    return stacks.template(durable, "customer")


@pytest.fixture
async def durable_schema(durable: embedded.Servers, durable_template: str) -> AsyncIterator[stacks.StackDatabase]:
    """A customer database, migrated, on the durable cluster."""
    async with durable.copied(durable_template) as name:
        yield stacks.StackDatabase(name, stacks.PLANS["customer"]._replace(database=name), durable)


def _disk(home: pathlib.Path) -> figures.Figure:
    """How long this disk takes to keep 8 kB: without it no figure of a durable database says anything."""
    taken = []
    with tempfile.TemporaryFile(dir=home) as file:
        for _ in range(200):
            file.write(bytes(8192))
            file.flush()
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - started)
    median = statistics.median(taken) * 1e3
    return figures.Figure("fdatasync of 8 kB here", f"median {median:.2f} ms")
