"""A house of prices, and clients of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from boundary.kernel.runtime import transaction
from tests.customer.prices import house
from tests.stacks import StackDatabase

Connect = Callable[..., Awaitable[house.Client]]


@pytest.fixture
async def home(customer_schema: StackDatabase, customer_db: transaction.Database) -> AsyncIterator[house.House]:
    async with house.opened(customer_schema, customer_db) as made:
        await made.listed(house.ONE, house.TWO)
        yield made


@pytest.fixture
async def connect(home: house.House) -> AsyncIterator[Connect]:
    async with aiohttp.ClientSession() as session:
        made: list[house.Client] = []

        async def opened(**more: Any) -> house.Client:
            made.append(house.Client(await session.ws_connect(f"http://127.0.0.1:{home.port}/ws/v1/market", **more)))
            return made[-1]

        yield opened
        for each in made:
            await each.socket.close()
