"""A worker process: the loops that every stack has (sealer, outbox, jobs), and the stack's own beside them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from boundary.kernel import clock, ids, records
from boundary.kernel.runtime import app, jobs, outbox, sealing, server, transaction


class Jobs(NamedTuple):
    """A stack's jobs: how each is done, and which are due by the clock."""

    inside: Mapping[type[records.Job], jobs.Inside]
    outside: Mapping[type[records.Job], jobs.Outside]
    schedules: Sequence[jobs.Schedule]


async def run(
    db: transaction.Database,
    *,
    config: Any,
    work: Jobs,
    audit_seed: bytes,
    queue: str,
    loops: Sequence[tuple[str, server.Loop]],
    time: clock.Clock,
    random: ids.Ids,
) -> None:
    """Serve operations and run all loops until told to stop; `config` is the stack's settings."""
    runner = jobs.Runner(
        db,
        inside=work.inside,
        outside=work.outside,
        schedules=work.schedules,
        redis_url=config.redis_url.reveal(),
        queue=queue,
        time=time,
        random=random,
    )
    try:
        await server.run(
            host=config.host,
            operations_port=config.operations_port,
            readiness=app.Readiness({"database": db.ping}),
            loops=[
                ("sealer", sealing.Sealer(db, audit_seed, time).loop),
                ("outbox", outbox.Drainer(db, runner.deliver).loop),
                ("jobs-sweep", runner.sweep),
                ("jobs-woken", runner.woken),
                *loops,
            ],
            drain_seconds=config.drain_seconds,
        )
    finally:
        await runner.close()
        await db.close()
