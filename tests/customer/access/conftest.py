"""The house that the tests of access share."""

import pathlib
from collections.abc import AsyncIterator

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


@pytest.fixture
async def house(customer_schema: StackDatabase, tmp_path: pathlib.Path) -> AsyncIterator[houses.House]:
    """Everybody's rights come from the database, as the product reads them."""
    config_file = tmp_path / "config.json"
    config_file.write_bytes(branding.example("LK"))
    time, random = clock.ManualClock(houses.NOON), ids.SeededIds(7)
    db = await customer_schema.connect("customer_api", size=8)
    secret = kernel_settings.Secret(customer_schema.url("customer_api"))
    config = settings.Settings(database_url=secret, config_file=config_file)
    outer = app.create(config, db, kernel_app.Readiness({"database": db.ping}), time, random)
    inner = outer._app  # type: ignore[attr-defined]  # the guard of HTTP keeps the framework to itself
    assert isinstance(inner, litestar.Litestar)
    desk = houses.Desk()
    desk.current = rights.Current(db, time)
    inner.state["authenticator"] = desk
    served = loopback.Served(outer)
    superuser = await customer_schema.superuser()
    client = loopback.Client(await served.start())
    yield houses.House(customer_schema, db, superuser, inner, client, desk, time, random)
    await served.stop()
    await superuser.close()
    await db.close()
