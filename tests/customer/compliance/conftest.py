"""The room that the tests of compliance share, and the composed API."""

from collections.abc import AsyncIterator

import pytest

from tests import stacks
from tests.customer.access import conftest as access
from tests.customer.compliance import house as rooms

log = access.log
house = access.house
usual = access.usual
composed = access.composed


@pytest.fixture
async def room(customer_schema: stacks.StackDatabase) -> AsyncIterator[rooms.Room]:
    db = await customer_schema.connect("customer_api", size=6)
    worker = await customer_schema.connect("customer_worker", size=2)
    yield await rooms.opened(customer_schema, db, worker)
    await worker.close()
    await db.close()
