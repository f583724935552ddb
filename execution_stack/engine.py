"""The execution engine: matches the books of one shard. It speaks to the database alone."""

import os

from boundary.kernel import clock, ids
from boundary.kernel.runtime import app, server, telemetry
from execution_stack import database, settings
from execution_stack.clob import model
from execution_stack.clob.service import running, writing
from execution_stack.gate.service import booking

ROLES = frozenset({"execution_engine"})


async def match(shard: int, *, standby: bool = False) -> None:
    """Run the engine process of a shard until it is told to stop.

    A shard that another engine holds is refused, unless this one stands by: then it waits until the shard is free.
    """
    config = settings.load(os.environ, process="engine")
    telemetry.configure("execution-engine")
    time = clock.SystemClock()
    db = await database.connect(config, ROLES)
    try:
        engine = running.Engine(db, shard, booking.Bookings(time), ids.SystemIds(time))
        if not standby and not await engine.wins(writing.LEASE.seconds + 1):
            raise model.HeldElsewhere(f"another engine holds shard {shard}; --standby waits for it")
        await server.run(
            host=config.host,
            operations_port=config.operations_port,
            readiness=app.Readiness({"database": db.ping, "shard": engine.ready}),
            loops=[("engine", engine.loop)],
            drain_seconds=config.drain_seconds,
        )
    finally:
        await db.close()
