"""The product's API for measurements: real hashing, a real database, limits out of the way, and one route served twice.

`python -m tests.bench.identity_serving PORT OPERATIONS_PORT DATABASE_URL PLACE` makes a person, writes what a client needs to
sign in into `PLACE/person.json`, and serves until SIGTERM.
"""

import json
import pathlib
import sys
from typing import Any

import litestar
import msgspec
import uvloop

from boundary.kernel import clock, ids
from boundary.kernel.runtime import app as kernel_app
from boundary.kernel.runtime import server, transaction
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack import app, settings, tables
from customer_stack.access import model as access
from customer_stack.access import rules
from customer_stack.branding import service as branding
from customer_stack.identity.model import accounts
from customer_stack.identity.repo import accounts as account_repo
from customer_stack.identity.rules import clients
from customer_stack.identity.service import registration, sessions
from customer_stack.vault.adapters import opening
from tests.bench import serving
from tests.customer.identity import house as houses

USER_AGENT = "bench"
PEOPLE = 4


def answer() -> serving.Order:
    return msgspec.structs.replace(serving.KNOWN, quantity=1)


@litestar.get("/bench/open", opt={"rule": rules.public()}, include_in_schema=False)
async def open_route() -> serving.Order:
    return answer()


@litestar.get("/bench/own", opt={"rule": rules.signed_in()}, include_in_schema=False)
async def own_route() -> serving.Order:
    return answer()


async def person(db: transaction.Database, identity: Any, postbox: houses.Postbox, number: int) -> dict[str, str]:
    email, phone = f"bench{number}@people.example", f"+9471{number:07d}"
    hashed = await identity.door.passwords.hash(houses.PASSWORD)
    asked = accounts.Registration(
        role=access.Role.INVESTOR,
        language="en",
        email=email,
        phone=phone,
        password_hash=hashed,
        decisions=tuple((each, "1", True) for each in accounts.Consent),
    )
    account = await db.run("bench.register", lambda tx: registration.register(tx, identity, asked))
    for channel, (_, _, _, _, code) in zip(accounts.Channel, postbox.codes[-2:], strict=True):
        await db.run(
            "bench.verify",
            lambda tx, channel=channel, code=code: registration.verify(tx, identity, account, channel, code),
        )

    async def start(tx: transaction.Tx) -> sessions.Begun:
        found = await account_repo.get(tx, account)
        assert found is not None
        client = clients.client(USER_AGENT, "127.0.0.1")
        return await sessions.start(tx, identity, found, client=client, device="", factor_at=None)

    begun = await db.run("bench.start", start)
    return {"email": email, "password": houses.PASSWORD, "access": begun.tokens.access, "device": begun.device}


async def main(port: int, operations_port: int, url: str, place: pathlib.Path) -> None:
    time = clock.SystemClock()
    random = ids.SystemIds(time)
    (place / "config.json").write_bytes(branding.example("LK"))
    ring, vault = houses.furnish(place, random)
    config = settings.Settings(
        database_url=kernel_settings.Secret(url), config_file=place / "config.json", token_keys=ring, vault_keys=vault
    )
    sealed = await opening.vault(config, tables.METADATA, random, time)
    db = await transaction.connect(url, application="bench", size=8)
    readiness = kernel_app.Readiness({"database": db.ping})
    postbox = houses.Postbox()
    app.ROUTES.extend([open_route, own_route])
    outer = app.create(config, db, sealed, readiness, time, random, notifier=postbox)
    state = outer._app.state  # type: ignore[attr-defined]  # the guard of HTTP keeps the framework to itself
    state.throttles._scale = 1_000_000
    people = [await person(db, state.identity, postbox, number) for number in range(PEOPLE)]
    (place / "people.json").write_text(json.dumps(people))
    try:
        await server.run(host="127.0.0.1", operations_port=operations_port, readiness=readiness, public=(outer, port))
    finally:
        state.identity.door.passwords.close()
        await db.close()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], pathlib.Path(sys.argv[4])))
