"""One exchange in a process of its own for all tests of a module, with our key admitted to it."""

import pathlib
from collections.abc import AsyncIterator, Iterator

import pytest

from execution_stack.venues.adapters.kalshi import client
from tests.execution.venues import kalshi


@pytest.fixture(scope="session")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kalshi.Exchange]:
    with kalshi.running(tmp_path_factory.mktemp("kalshi")) as found:
        yield found


@pytest.fixture
async def clean(exchange: kalshi.Exchange) -> AsyncIterator[kalshi.Exchange]:
    """The same, with nothing of another test's faults left."""
    await exchange.tell("faults", fault=None, lag_ms=0, slow_ms=50, silent_ms=30_000)
    await exchange.tell("exchange_state", trading=True, active=True)
    await exchange.tell("limits", read=[20_000, 40_000], write=[20_000, 40_000])
    await exchange.tell("clock", skew_ms=0)
    yield exchange
    await exchange.tell("faults", fault=None, lag_ms=0)


@pytest.fixture
async def venue(clean: kalshi.Exchange) -> AsyncIterator[client.Client]:
    async with clean.speaking() as found:
        yield found


@pytest.fixture
def ticker(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses."""
    digest = abs(hash(request.node.nodeid)) % 10**8
    return f"KXTEST-{digest:08d}"


@pytest.fixture
async def market(clean: kalshi.Exchange, ticker: str) -> str:
    return await clean.market(ticker)


@pytest.fixture
def keys(tmp_path: pathlib.Path) -> pathlib.Path:
    tmp_path.chmod(0o700)
    return tmp_path
