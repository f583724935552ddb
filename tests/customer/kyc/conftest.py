"""The house of onboarding, on a database of its own for each test."""

import pathlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from boundary.kernel import clock, ids
from boundary.kernel.runtime import app as kernel_app
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack import settings, tables
from customer_stack.access import api as access_api
from customer_stack.access import rules as access_rules
from customer_stack.branding import service as branding
from customer_stack.branding.adapters import files as branding_files
from customer_stack.gate.service import links, participants
from customer_stack.kyc import api
from customer_stack.kyc.adapters import in_house
from customer_stack.kyc.model import entries
from customer_stack.kyc.service import deciding, freezing, wiring
from customer_stack.vault.adapters import opening
from tests import stacks
from tests.boundary.kernel.runtime import conftest as runtime
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import house as access_houses
from tests.customer.identity import house as identity_houses
from tests.customer.kyc import house as houses

log = runtime.log
KEYS: list[pathlib.Path] = []


def config(factory: pytest.TempPathFactory, random: ids.Ids) -> settings.Settings:
    """Keys and a brand, made once for the session's tests."""
    if not KEYS:
        place = factory.mktemp("kyc")
        (place / "config.json").write_bytes(branding.example("LK"))
        identity_houses.furnish(place, random)
        KEYS.append(place)
    place = KEYS[0]
    return settings.Settings(
        database_url=kernel_settings.Secret("unused"), config_file=place / "config.json", vault_keys=place / "vault"
    )


@pytest.fixture
async def house(
    customer_schema: stacks.StackDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[houses.House]:
    time = clock.ManualClock(access_houses.NOON)
    random = ids.SystemIds()
    made = config(tmp_path_factory, random)
    assert made.config_file is not None
    db = await customer_schema.connect("customer_api", size=8)
    worker = await customer_schema.connect("customer_worker", size=4)
    superuser = await customer_schema.superuser()
    await superuser.execute(houses.CASES)
    vault = await opening.vault(made, tables.METADATA, random, time)
    screening, risks, scanner, teller = houses.Screening(), houses.Risks(), houses.Scanner(), houses.Teller()
    kyc = wiring.Kyc(
        vault=vault,
        branding=branding_files.load(made.config_file, time.now()),
        provider=in_house.InHouse(),
        screener=screening,
        risks=risks,
        clock=time,
        ids=random,
        teller=teller,
    )
    door = access_houses.Desk()
    door.db, door.clock = db, time
    outer: Any = kernel_app.create(
        title="t",
        version="1",
        description="t",
        routes=[*access_api.HANDLERS, *api.HANDLERS],
        readiness=kernel_app.Readiness({}),
        state={
            "authenticator": door,
            "clock": time,
            "db": db,
            "executors": {
                entries.Override: deciding.ExecuteOverride(kyc),
                entries.Unfreeze: freezing.ExecuteUnfreeze(kyc),
            },
            "ids": random,
            "kyc": kyc,
        },
        random=random,
        guards=[access_api.guard],
        house={access_api.RULE: access_rules.public()},
    )
    served = loopback.Served(outer)
    client = loopback.Client(await served.start())
    desk = access_houses.House(customer_schema, db, superuser, outer._app, client, door, time, random)
    outer._app.state.update({"active": desk.active})
    channel = random.ref()
    await worker.run("test", lambda tx: links.register(tx, channel))
    outbound = participants.Participants(channel, random)
    shop = wiring.Workshop(kyc, scanner, None, outbound, freezing.steps(outbound, houses.Cases(), (), time, random))
    yield houses.House(desk, worker, kyc, shop, channel, screening, risks, scanner, teller)
    await served.stop()
    await vault.close()
    await superuser.close()
    await worker.close()
    await db.close()
