"""One migrated execution database and one event loop per module."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests import embedded
from tests.execution.risk import desk as desks
from tests.stacks import PLANS, StackDatabase


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(servers: embedded.Servers, execution_template: str) -> AsyncIterator[desks.Desk]:
    async with servers.copied(execution_template) as name:
        schema = StackDatabase(name, PLANS["execution"]._replace(database=name), servers)
        gate, operator = await schema.connect("execution_gate", size=8), await schema.connect("execution_operator")
        superuser = await schema.superuser()
        yield desks.Desk(gate, operator, superuser)
        await superuser.close()
        await operator.close()
        await gate.close()
