"""One migrated customer database and one event loop per module: tests keep apart by channels of their own."""

from collections.abc import AsyncIterator

import pytest_asyncio

from boundary.kernel import clock, ids
from tests import embedded
from tests.customer.gate import house as houses
from tests.stacks import PLANS, StackDatabase


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(servers: embedded.Servers, customer_template: str) -> AsyncIterator[houses.House]:
    async with servers.copied(customer_template) as name:
        schema = StackDatabase(name, PLANS["customer"]._replace(database=name), servers)
        db, superuser = await schema.connect("customer_worker", size=8), await schema.superuser()
        yield houses.House(schema, db, superuser, clock.ManualClock(houses.NOW), ids.SystemIds())
        await superuser.close()
        await db.close()


@pytest_asyncio.fixture(loop_scope="module")
async def side(house: houses.House) -> houses.Side:
    return await house.side()
