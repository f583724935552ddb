"""Two databases and a channel for each test."""

from collections.abc import AsyncIterator

import pytest

from tests import embedded, stacks
from tests.faults import pair as pairs

SEED = 20_260_504


@pytest.fixture
async def pair(
    servers: embedded.Servers, customer_schema: stacks.StackDatabase, execution_schema: stacks.StackDatabase
) -> AsyncIterator[pairs.Pair]:
    names = {"customer": customer_schema.name, "execution": execution_schema.name}
    async with pairs.paired(servers, names, SEED) as made:
        yield made
