"""The house that the tests of access share."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import litestar
import pytest

from boundary.kernel import clock, ids
from boundary.kernel.runtime import app as kernel_app
from boundary.kernel.runtime import settings as kernel_settings
from boundary.kernel.runtime import transaction
from customer_stack import app, settings, tables
from customer_stack.access import model
from customer_stack.access.service import rights
from customer_stack.branding import service as branding
from customer_stack.fx.service import converting
from customer_stack.identity.adapters import hashing
from customer_stack.vault.adapters import opening
from tests.boundary.kernel.runtime import conftest as runtime
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import house as houses
from tests.customer.identity import house as identity_houses
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


def compose(factory: pytest.TempPathFactory) -> Iterator[Composed]:
    home = factory.mktemp("access")
    config_file = home / "config.json"
    config_file.write_bytes(branding.example("LK"))
    time, random = clock.ManualClock(houses.NOON), ids.SeededIds(7)
    ring, vault = identity_houses.furnish(home, random)
    config = settings.Settings(
        database_url=kernel_settings.Secret("unused"),
        config_file=config_file,
        token_keys=ring,
        vault_keys=vault,
        fx_quote_key=identity_houses.quote_key(home, random),
    )
    nothing: Any = None
    db = transaction.Database(nothing)
    sealed = asyncio.run(opening.vault(config, tables.METADATA, random, time))
    cheap = hashing.Cost(memory_kib=64, passes=1)
    outer: Any = app.create(config, db, sealed, kernel_app.Readiness({}), time, random, cost=cheap)
    yield Composed(outer, time)
    outer._app.state.identity.door.passwords.close()


@pytest.fixture(scope="session")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    yield from compose(tmp_path_factory)


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
    desk.db, desk.clock = db, composed.time
    kept = dict(composed.inner.state.dict())
    converter = converting.Converter(db, kept["fx"])
    composed.inner.state.update({"authenticator": desk, "db": db, "fx_converter": converter})
    served = loopback.Served(composed.outer)
    superuser = await customer_schema.superuser()
    client = loopback.Client(await served.start())
    found = houses.House(
        customer_schema, db, superuser, composed.inner, client, desk, composed.time, composed.inner.state.ids
    )
    executors = {model.ChangeRights: rights.Execute(composed.time, found.active)}
    composed.inner.state.update({"active": found.active, "executors": executors})
    yield found
    await served.stop()
    composed.inner.state.update(kept)
    await superuser.close()
    await db.close()
