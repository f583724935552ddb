"""One handler twice: open to anybody, and for who is signed in, whose rights are read from the database each time.

`python -m tests.bench.guarding PORT OPERATIONS_PORT DSN` runs the app until SIGTERM. Whoever sends the account
as a bearer token is taken for it: what a credential costs is not measured here.
"""

import sys
import uuid

import litestar
import uvloop

from boundary.kernel import clock, errors
from boundary.kernel.runtime import app, server, transaction
from customer_stack.access import api, model, ports, rules
from customer_stack.access.service import rights
from tests.bench import serving


@litestar.get("/open/{order:uuid}", opt={"rule": rules.public()})
async def anybody(order: uuid.UUID) -> serving.Order:
    return serving.KNOWN


@litestar.get("/mine/{order:uuid}", opt={"rule": rules.may(model.Permission.USERS_VIEW)})
async def mine(order: uuid.UUID) -> serving.Order:
    return serving.KNOWN


class Desk(ports.Authenticator):
    """Asks once for all requests that arrive together, as the product's authenticator does."""

    def __init__(self, db: transaction.Database, time: clock.Clock) -> None:
        self._clock = time
        self._group = db.batch("bench.rights", self._read)

    async def _read(self, tx: transaction.Tx, accounts: list[uuid.UUID]) -> list[model.Rights | errors.Refusal]:
        found = await rights.effective(tx, set(accounts), self._clock.now())
        return [found[account] for account in accounts]

    async def authenticate(self, connection: ports.Connection) -> model.Caller | None:
        account = uuid.UUID(connection.headers["authorization"].removeprefix("Bearer "))
        found = await self._group.submit(account)
        now = self._clock.now()
        return model.Caller(
            account=account, role=found.role, permissions=found.permissions, authenticated_at=now, factor_at=now
        )


async def main(port: int, operations_port: int, dsn: str) -> None:
    db, time = await transaction.connect(dsn, application="bench"), clock.SystemClock()
    readiness = app.Readiness({})
    public = app.create(
        title="bench",
        version="1",
        description="bench",
        routes=[anybody, mine],
        readiness=readiness,
        state={"authenticator": Desk(db, time), "clock": time},
        guards=[api.guard],
        house={api.RULE: rules.public()},
    )
    await server.run(host="127.0.0.1", operations_port=operations_port, readiness=readiness, public=(public, port))
    await db.close()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
