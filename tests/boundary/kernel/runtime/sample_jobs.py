"""Jobs that leave a row behind, so that it can be counted how often they were done."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from boundary.kernel import clock, ids, records
from boundary.kernel.runtime import jobs, outbox, server, transaction

EFFECT = """
CREATE TABLE effect (id bigserial PRIMARY KEY, what text NOT NULL);
GRANT SELECT, INSERT ON effect TO customer_worker;
GRANT USAGE ON SEQUENCE effect_id_seq TO customer_worker;
"""


class Inside(records.Job, frozen=True, tag="sample.inside.v1"):
    """Done in one transaction."""

    number: int


class Outside(records.Job, frozen=True, tag="sample.outside.v1"):
    """Done in the world."""

    number: int


class Failing(records.Job, frozen=True, tag="sample.failing.v1"):
    """Never done."""


class Periodic(records.Job, frozen=True, tag="sample.periodic.v1"):
    """Done by the clock."""

    name: str


class Unhandled(records.Job, frozen=True, tag="sample.unhandled.v1"):
    """Known by name, but nobody here does it."""


async def record(where: transaction.Tx | transaction.Database, what: str) -> None:
    async def insert(tx: transaction.Tx) -> None:
        await tx.execute("INSERT INTO effect (what) VALUES ($1)", what)

    await (insert(where) if isinstance(where, transaction.Tx) else where.run("sample.record", insert))


async def do(where: transaction.Tx | transaction.Database, job: Inside | Outside) -> None:
    await record(where, str(job.number))


async def do_periodic(tx: transaction.Tx, job: Periodic) -> None:
    await record(tx, job.name)


async def fail(_tx: transaction.Tx, _job: Failing) -> None:
    raise KeyError("a secret")


def runner(db: transaction.Database, redis_url: str = "redis://127.0.0.1:1/0", **more: Any) -> jobs.Runner:
    given = {
        "inside": {Inside: do, Failing: fail, Periodic: do_periodic},
        "outside": {Outside: do},
        "schedules": (),
        "queue": "sample",
        "time": clock.SystemClock(),
        "random": ids.SystemIds(),
        **more,
    }
    return jobs.Runner(db, redis_url=redis_url, **given)


async def enqueue(db: transaction.Database, *wanted: records.Job, **more: Any) -> list[bool]:
    random = ids.SystemIds()

    async def work(tx: transaction.Tx) -> list[bool]:
        return [await jobs.enqueue(tx, job, random, **more) for job in wanted]

    return await db.run("sample.enqueue", work)


@contextlib.asynccontextmanager
async def working(db: transaction.Database, runners: Sequence[jobs.Runner]) -> AsyncIterator[None]:
    """The loops of worker processes: each with a drainer, a sweeper and what Redis wakes."""
    stop = asyncio.Event()
    loops = [
        loop
        for one in runners
        for loop in (
            ("outbox", outbox.Drainer(db, one.deliver).loop),
            ("jobs-sweep", one.sweep),
            ("jobs-woken", one.woken),
        )
    ]
    tasks = [asyncio.create_task(server._forever(name, loop, stop)) for name, loop in loops]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait(tasks, timeout=5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for one in runners:
            await one.close()
