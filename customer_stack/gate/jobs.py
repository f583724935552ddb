"""The gate's periodic work in the worker: keep references in stock, state signed heads."""

import asyncio
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import prometheus_client

from boundary.kernel import clock, ids, records
from boundary.kernel.runtime import jobs, server, transaction
from customer_stack.gate.service import checkpoints, heads, purging, references

LOOK_SECONDS = 0.5
PURGED_ROWS = prometheus_client.Counter("channel_purged", "Rows removed for their age", ["table"])


class Replenish(records.Job, frozen=True, tag="customer.gate.replenish.v1"):
    """Ask for references when few are left."""


class Checkpoint(records.Job, frozen=True, tag="customer.gate.checkpoint.v1"):
    """State our totals to the execution stack."""


class Handlers(NamedTuple):
    """How the gate's jobs are done on this stack's channel."""

    channel: UUID
    ids: ids.Ids

    clock: clock.Clock

    async def checkpoint(self, db: transaction.Database, _job: Checkpoint) -> None:
        await db.run("gate.checkpoint", self._checkpoint, begin=transaction.SNAPSHOT)

    async def _checkpoint(self, tx: transaction.Tx) -> bool:
        return await checkpoints.state(tx, self.channel, self.clock.now(), self.ids)

    async def replenish(self, tx: transaction.Tx, _job: Replenish) -> None:
        await references.replenish(tx, self.channel, self.ids)


class Purge(records.Job, frozen=True, tag="customer.gate.purge.v1"):
    """Remove what is older than any backup that the other side may go on from."""


async def purge(db: transaction.Database, _job: Purge) -> None:
    for removed in await purging.purge(db):
        PURGED_ROWS.labels(removed.table).inc(removed.rows)


class Stating(NamedTuple):
    """The loop that states our signed heads, as often as something happened and now and then when nothing did."""

    db: transaction.Database
    channel: UUID
    seed: bytes
    clock: clock.Clock
    ids: ids.Ids

    async def loop(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.db.run("gate.heads", self._state)
            await server.pause(stop, LOOK_SECONDS)

    async def _state(self, tx: transaction.Tx) -> bool:
        return await heads.state(tx, self.channel, self.seed, self.clock.now(), self.ids)


SCHEDULES = (
    jobs.Schedule(Replenish(), timedelta(seconds=5)),
    jobs.Schedule(Checkpoint(), timedelta(minutes=10)),
    jobs.Schedule(Purge(), timedelta(hours=6)),
)
