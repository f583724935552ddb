"""The exchange in this process, and a desk at it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from execution_stack.venues.simulators.kalshi import server
from tests.execution.venues.dealing import desk as desks
from tests.stacks import StackDatabase


@pytest.fixture(scope="session")
def venue_keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """Made once: a key of 3072 bits takes a moment."""
    return desks.keys(tmp_path_factory.mktemp("venue-keys"))


@pytest_asyncio.fixture
async def desk(execution_schema: StackDatabase, venue_keys: tuple[Path, bytes]) -> AsyncIterator[desks.Desk]:
    directory, public = venue_keys
    exchange = server.Server(7, window_ms=desks.WINDOW_MS)
    exchange.members.admit("desk", public)
    await exchange.start()
    found = await desks.opened(execution_schema, exchange, directory)
    yield found
    await found.sender._orders.drain()
    await found.deal.venue.close()
    await found.db.close()
    await exchange.stop()
