"""An API process that serves prices and nothing else, by the product's own server.

`python -m tests.customer.prices.serving PORT OPERATIONS_PORT DATABASE_URL [CONNECTIONS]` serves until SIGTERM.
"""

import sys

import uvloop

from boundary.kernel import clock
from boundary.kernel.runtime import app as apps
from boundary.kernel.runtime import server, transaction
from customer_stack.access import api as access_api
from customer_stack.identity.service import requests
from customer_stack.prices import api as prices_api
from customer_stack.prices.service import relaying


async def main(port: int, operations_port: int, url: str, connections: int) -> None:
    time = clock.SystemClock()
    db = await transaction.connect(url, application="prices", size=4)
    hub = relaying.Hub(db, time, relaying.Bounds(connections, connections))
    readiness = apps.Readiness({"database": db.ping})
    app = apps.create(
        title="Prices",
        version="1",
        description="",
        routes=prices_api.HANDLERS,
        readiness=readiness,
        state={"db": db, "clock": time, "hub": hub, "edge": requests.Edge()},
        guards=[access_api.guard],
    )
    try:
        await server.run(
            host="127.0.0.1",
            operations_port=operations_port,
            readiness=readiness,
            public=(app, port),
            loops=[("prices", hub.loop)],
            websockets=True,
        )
    finally:
        await db.close()


if __name__ == "__main__":
    _, port_, operations_, url_, *more = sys.argv
    uvloop.run(main(int(port_), int(operations_), url_, int(more[0]) if more else 100))
