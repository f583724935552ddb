"""The house that the tests of identity share. Hashes are cheap here but where they are what is tested.

Making the product's app takes longer than most tests, so it is made once; what it works with is made anew for each test,
on that test's own database.
"""

import pathlib
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import litestar
import pytest

from boundary.kernel import clock, ids
from boundary.kernel.runtime import app as kernel_app
from boundary.kernel.runtime import limits, transaction
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack import app, settings, tables
from customer_stack.access.service import rights
from customer_stack.branding import service as branding
from customer_stack.branding.adapters import files as branding_files
from customer_stack.identity.adapters import authenticator, hashing
from customer_stack.identity.adapters import opening as identity_opening
from customer_stack.identity.api import answers
from customer_stack.identity.service import throttles
from customer_stack.vault.adapters import opening
from tests.boundary.kernel.runtime import loopback
from tests.customer.identity import house as houses
from tests.stacks import StackDatabase

CHEAP = hashing.Cost(memory_kib=64, passes=1)


class Composed(NamedTuple):
    outer: Any
    config: settings.Settings
    time: clock.ManualClock
    random: ids.Ids

    @property
    def inner(self) -> litestar.Litestar:
        found = self.outer._app
        assert isinstance(found, litestar.Litestar)
        return found

    async def furnish(self, db: transaction.Database, postbox: houses.Postbox) -> None:
        """What `app.create` makes of a database, for another one."""
        assert self.config.config_file is not None
        brand = branding_files.load(self.config.config_file, self.time.now()).config
        vault = await opening.vault(self.config, tables.METADATA, self.random, self.time)
        identity = identity_opening.identity(
            self.config,
            brand,
            vault=vault,
            notifier=postbox,
            rights=rights,
            time=self.time,
            random=self.random,
            front=identity_opening.front(self.config, brand, self.random, CHEAP),
        )
        edge = identity_opening.edge(self.config)
        self.inner.state.update(
            {
                "authenticator": authenticator.Authenticator(db, identity, edge),
                "db": db,
                "edge": edge,
                "identity": identity,
                "throttles": throttles.Throttles(limits.Limiter(db, self.time)),
                "vault": vault,
            }
        )


_MADE: list[Composed] = []


async def composed(factory: pytest.TempPathFactory) -> Composed:
    """Made by the first test that asks, for whichever tests borrow this house."""
    if not _MADE:
        place: pathlib.Path = factory.mktemp("identity")
        config_file = place / "config.json"
        config_file.write_bytes(branding.example("LK"))
        time, random = clock.ManualClock(houses.NOON), ids.SystemIds()
        ring, keys = houses.furnish(place, random)
        config = settings.Settings(
            database_url=kernel_settings.Secret("unused"),
            config_file=config_file,
            token_keys=ring,
            vault_keys=keys,
            fx_quote_key=houses.quote_key(place, random),
        )
        nothing: Any = None
        vault = await opening.vault(config, tables.METADATA, random, time)
        outer: Any = app.create(
            config, transaction.Database(nothing), vault, kernel_app.Readiness({}), time, random, cost=CHEAP
        )
        outer._app.state.identity.door.passwords.close()
        _MADE.append(Composed(outer, config, time, random))
    return _MADE[0]


@pytest.fixture
async def house(
    customer_schema: StackDatabase, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[houses.House]:
    monkeypatch.setattr(answers, "EVEN_SECONDS", 0)
    made = await composed(tmp_path_factory)
    made.time.advance(houses.NOON - made.time.now())
    kept = dict(made.inner.state.dict())
    db = await customer_schema.connect("customer_api", size=8)
    postbox = houses.Postbox()
    await made.furnish(db, postbox)
    served = loopback.Served(made.outer)
    port = await served.start()
    superuser = await customer_schema.superuser()
    found = houses.House(customer_schema, db, superuser, made.inner, port, postbox, made.time, made.random)
    yield found
    await served.stop()
    made.inner.state.identity.door.passwords.close()
    made.inner.state.update(kept)
    await superuser.close()
    await db.close()
