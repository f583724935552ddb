"""The room that the tests of compliance share."""

from collections.abc import AsyncIterator

import pytest

from tests import stacks
from tests.customer.compliance import house


@pytest.fixture
async def room(customer_schema: stacks.StackDatabase) -> AsyncIterator[house.Room]:
    db = await customer_schema.connect("customer_api", size=6)
    worker = await customer_schema.connect("customer_worker", size=2)
    yield await house.opened(customer_schema, db, worker)
    await worker.close()
    await db.close()
