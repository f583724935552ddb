"""One migrated execution database and one event loop per module: tests keep apart by channels of their own.

Nobody waits here: an empty exchange is answered at once, an early frame after a moment. `test_waiting` waits in earnest.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from boundary.kernel import clock, ids
from execution_stack.gate.service import receiving
from tests import embedded
from tests.execution.gate import house as houses
from tests.stacks import PLANS, StackDatabase


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(servers: embedded.Servers, execution_template: str) -> AsyncIterator[houses.House]:
    async with servers.copied(execution_template) as name:
        schema = StackDatabase(name, PLANS["execution"]._replace(database=name), servers)
        gate, operator = await schema.connect("execution_gate"), await schema.connect("execution_operator", size=1)
        superuser = await schema.superuser()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(receiving, "HOLD_SECONDS_MAX", 0.0)
            patch.setattr(receiving, "EARLY_SECONDS_MAX", 0.05)
            yield houses.House(schema, gate, operator, superuser, clock.ManualClock(houses.NOW), ids.SystemIds())
        await superuser.close()
        await operator.close()
        await gate.close()


@pytest_asyncio.fixture(loop_scope="module")
async def wire(house: houses.House) -> houses.Wire:
    """A receiver with one admitted customer stack."""
    return await house.admitted()
