"""The gate's periodic work in the worker."""

import asyncio
import functools
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import prometheus_client

from boundary.channel import witness
from boundary.kernel import clock, records
from boundary.kernel.runtime import jobs, retention, server, telemetry, transaction, transcript_store
from execution_stack.gate.service import channels, checkpoints, heads

LOOK_SECONDS = 0.5
PURGED = prometheus_client.Counter("channels_purged", "Rows removed for their age", ["table"])
CHECK_SECONDS = 5.0
LAG_SECONDS_ALARM = 5

LAGGING = telemetry.Event("gate.channel_lagging", channel=UUID, waiting=int, seconds=int)
BACKLOG = prometheus_client.Gauge("channels_backlog", "Messages for a customer stack, not sequenced yet", ["channel"])
OLDEST = prometheus_client.Gauge(
    "channels_oldest_unacknowledged_seconds", "Age of the oldest core that a customer stack has not taken", ["channel"]
)
OVERDUE = telemetry.Event("gate.channel_heads_overdue", channel=UUID, seconds=int)
LINK_LOST = telemetry.Event("gate.links_lost", count=int)


class ForgetNonces(records.Job, frozen=True, tag="execution.gate.forget_nonces.v1"):
    """Remove nonces that no acceptable frame could repeat."""


class Checkpoint(records.Job, frozen=True, tag="execution.gate.checkpoint.v1"):
    """State our totals to every customer stack."""


async def checkpoint(db: transaction.Database, _job: Checkpoint) -> None:
    now = clock.SystemClock().now()
    for each in await db.read("gate.channels", channels.status):
        work = functools.partial(_checkpoint, each.channel, now)
        await db.run("gate.checkpoint", work)


async def _checkpoint(channel: UUID, now: datetime, tx: transaction.Tx) -> bool:
    return await checkpoints.state(tx, channel, now)


async def forget_nonces(tx: transaction.Tx, _job: ForgetNonces) -> None:
    await channels.forget_nonces(tx)


class Purge(records.Job, frozen=True, tag="execution.gate.purge.v1"):
    """Remove what is older than any backup that the other side may go on from."""


async def purge(db: transaction.Database, _job: Purge) -> None:
    for removed in await retention.purge(db):
        PURGED.labels(removed.table).inc(removed.rows)


SCHEDULES = (
    jobs.Schedule(ForgetNonces(), timedelta(minutes=1)),
    jobs.Schedule(Checkpoint(), timedelta(minutes=10)),
    jobs.Schedule(Purge(), timedelta(hours=6)),
)


class Stating(NamedTuple):
    """The loop that states our signed heads to each customer stack, as often as something happened and now and then
    when nothing did.
    """

    db: transaction.Database
    seed: bytes
    clock: clock.Clock

    async def loop(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            for state in await self.db.read("gate.channels", channels.status):
                work = functools.partial(self._state, state.channel)
                await self.db.run("gate.heads", work)
            await server.pause(stop, LOOK_SECONDS)

    async def _state(self, channel: UUID, tx: transaction.Tx) -> bool:
        return await heads.state(tx, channel, self.seed, self.clock.now())


class Silence(NamedTuple):
    """The loop that notices customer stacks that went quiet, or do not take what they are told."""

    db: transaction.Database
    clock: clock.Clock

    async def loop(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        while not stop.is_set():
            lost = await self.db.run("gate.silence", self._notice)
            if lost:
                telemetry.emit(LINK_LOST, "error", count=lost)
            if loop.time() - started >= witness.OVERDUE_SECONDS:  # before that, nobody had the time to state any
                await self.db.read("gate.overdue", self._overdue)
            await server.pause(stop, CHECK_SECONDS)

    async def _overdue(self, tx: transaction.Tx) -> None:
        for channel, seconds in await heads.overdue(tx):
            telemetry.emit(OVERDUE, "error", channel=channel, seconds=seconds)

    async def _notice(self, tx: transaction.Tx) -> int:
        for each in await transcript_store.lag(tx):
            BACKLOG.labels(each.channel).set(each.waiting)
            OLDEST.labels(each.channel).set(each.seconds)
            if each.seconds >= LAG_SECONDS_ALARM:
                telemetry.emit(LAGGING, "error", channel=each.channel, waiting=each.waiting, seconds=each.seconds)
        return await channels.notice_silence(tx, self.clock.now())
