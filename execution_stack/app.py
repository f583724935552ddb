"""The execution API: the gate's one route in, and nothing that a customer could reach."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boundary.kernel import clock, ids
from boundary.kernel.runtime import app, key_watch, server, telemetry, tls, transaction
from execution_stack import database, settings
from execution_stack.documents import api as documents_api
from execution_stack.documents.adapters import files
from execution_stack.gate import api as gate_api
from execution_stack.gate.service import keyring, receiving, telling, venue_prices

if TYPE_CHECKING:
    from litestar.types import ASGIApp

ROLES = frozenset({"execution_gate"})
ROUTES: list[Any] = [gate_api.exchange, gate_api.market, documents_api.document]


def create(
    held: keyring.Keyring,
    db: transaction.Database,
    readiness: app.Readiness,
    time: clock.Clock,
    random: ids.Ids,
    *,
    documents: Path | None = None,
) -> "ASGIApp":
    """The app on an open database, with the keys of every channel that has some, and the place of documents."""
    return app.create(
        title="Execution",
        version="1",
        description="The execution side of the wall. It receives signed frames and knows no person.",
        routes=ROUTES,
        readiness=readiness,
        state={
            "receiver": receiving.Receiver(db, held, time, random, lambda: readiness.draining),
            "market": telling.Market(
                db, held, venue_prices.Priced(telling.Register(), time), time, random, lambda: readiness.draining
            ),
            "clock": time,
            "db": db,
            "documents": files.Files(documents) if documents is not None else None,
        },
        body_max=receiving.BODY_BYTES_MAX,
        random=random,
    )


async def serve() -> None:
    """Run the API process until it is told to stop."""
    config = settings.load(os.environ, process="serve")
    assert config.channel_keys is not None, "settings.NEEDS asks for it"
    telemetry.configure("execution-api")
    time = clock.SystemClock()
    pem = settings.tls_files(config)
    secured = tls.Material(pem, serves=True) if pem else None
    db = await database.connect(config, ROLES)
    readiness = app.Readiness({"database": db.ping})
    try:
        watch = key_watch.KeyWatch(db, config.channel_keys, time)
        held = keyring.Keyring(await watch.load())
        await server.run(
            host=config.host,
            operations_port=config.operations_port,
            readiness=readiness,
            public=(create(held, db, readiness, time, ids.SystemIds(time), documents=config.documents), config.port),
            loops=[("keys", watch.loop_of(held))],
            drain_seconds=config.drain_seconds,
            tls=secured.served() if secured else None,
        )
    finally:
        await db.close()
