"""Every test of a book runs over each book that was built here."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from boundary.kernel import clock, ids
from execution_stack.clob.native import choosing
from tests import embedded, stacks
from tests.execution.clob import floor as floors
from tests.execution.clob import trading

ENGINES = [choosing.PYTHON, *([choosing.NATIVE] if choosing.built() else [])]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def market(engine: str) -> trading.Market:
    return trading.Market(choosing.make(engine))


@pytest.fixture
def markets(engine: str) -> Callable[..., Any]:
    return lambda **options: trading.Market(choosing.make(engine, **options))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def floor(servers: embedded.Servers, execution_template: str) -> AsyncIterator[floors.Floor]:
    """One database for all tests of a file, each on a shard of its own."""
    async with servers.copied(execution_template) as name:
        schema = stacks.StackDatabase(name, stacks.PLANS["execution"]._replace(database=name), servers)
        gate, engine, operator = [
            await schema.connect(f"execution_{role}", size=size)
            for role, size in (("gate", 4), ("engine", 6), ("operator", 2))
        ]
        superuser = await schema.superuser()
        time = clock.ManualClock(floors.NOW)
        yield floors.Floor(schema, gate, engine, operator, superuser, time, ids.SeededIds(7, time))
        await superuser.close()
        for db in (gate, engine, operator):
            await db.close()
