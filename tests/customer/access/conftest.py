"""The house that the tests of access share."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import litestar
import pytest

from boundary.kernel import clock, ids
from boundary.kernel.runtime import app as kernel_app
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack import app, settings
from customer_stack.access.service import rights
from customer_stack.branding import service as branding
from tests.boundary.kernel.runtime import conftest as runtime
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import house as houses
from tests.stacks import StackDatabase

log = runtime.log
serve = runtime.serve


class Composed(NamedTuple):
    """The product's app without a database: making one takes longer than most tests."""

    outer: Any
    time: clock.ManualClock

    @property
    def inner(self) -> litestar.Litestar:
        found = self.outer._app
        assert isinstance(found, litestar.Litestar)
        return found


def compose(factory: pytest.TempPathFactory) -> Composed:
    config_file = factory.mktemp("brand") / "config.json"
    config_file.write_bytes(branding.example("LK"))
    time = clock.ManualClock(houses.NOON)
    config = settings.Settings(database_url=kernel_settings.Secret("none"), config_file=config_file)
    nothing: Any = None
    return Composed(app.create(config, nothing, kernel_app.Readiness({}), time, ids.SeededIds(7)), time)


@pytest.fixture(scope="session")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Composed:
    return compose(tmp_path_factory)


@pytest.fixture
def composed(usual: Composed) -> Composed:
    """The app of the session. A module that changes how an app is made brings its own."""
    return usual


@pytest.fixture
async def house(customer_schema: StackDatabase, composed: Composed) -> AsyncIterator[houses.House]:
    """Everybody's rights come from the database, as the product reads them."""
    composed.time.advance(houses.NOON - composed.time.now())
    db = await customer_schema.connect("customer_api", size=8)
    desk = houses.Desk()
    desk.current = rights.Current(db, composed.time)
    kept = dict(composed.inner.state.dict())
    composed.inner.state.update({"authenticator": desk, "db": db})
    served = loopback.Served(composed.outer)
    superuser = await customer_schema.superuser()
    client = loopback.Client(await served.start())
    yield houses.House(
        customer_schema, db, superuser, composed.inner, client, desk, composed.time, composed.inner.state.ids
    )
    await served.stop()
    composed.inner.state.update({"authenticator": None, **kept})
    await superuser.close()
    await db.close()
