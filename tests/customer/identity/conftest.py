"""The house that the tests of identity share. Hashes are cheap here but where they are what is tested."""

import pathlib
from collections.abc import AsyncIterator

import litestar
import pytest

from boundary.kernel import clock, ids
from boundary.kernel.runtime import app as kernel_app
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack import app, settings, tables
from customer_stack.branding import service as branding
from customer_stack.identity.adapters import hashing
from customer_stack.vault.adapters import opening
from tests.boundary.kernel.runtime import loopback
from tests.customer.identity import house as houses
from tests.stacks import StackDatabase

CHEAP = hashing.Cost(memory_kib=64, passes=1)


@pytest.fixture
async def house(customer_schema: StackDatabase, tmp_path: pathlib.Path) -> AsyncIterator[houses.House]:
    config_file = tmp_path / "config.json"
    config_file.write_bytes(branding.example("LK"))
    time, random = clock.ManualClock(houses.NOON), ids.SystemIds()
    ring, vault = houses.furnish(tmp_path, random)
    db = await customer_schema.connect("customer_api", size=8)
    config = settings.Settings(
        database_url=kernel_settings.Secret(customer_schema.url("customer_api")),
        config_file=config_file,
        token_keys=ring,
        vault_keys=vault,
    )
    postbox = houses.Postbox()
    sealed = await opening.vault(config, tables.METADATA, random, time)
    outer = app.create(
        config, db, sealed, kernel_app.Readiness({"database": db.ping}), time, random, notifier=postbox, cost=CHEAP
    )
    inner = outer._app  # type: ignore[attr-defined]  # the guard of HTTP keeps the framework to itself
    assert isinstance(inner, litestar.Litestar)
    served = loopback.Served(outer)
    port = await served.start()
    superuser = await customer_schema.superuser()
    yield houses.House(customer_schema, db, superuser, inner, port, postbox, time, random)
    await served.stop()
    inner.state.identity.door.passwords.close()
    await superuser.close()
    await db.close()
