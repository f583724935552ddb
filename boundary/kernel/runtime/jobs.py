"""Work that is done later: a row in PostgreSQL is the truth, Redis is the alarm clock.

`enqueue` writes the job and its wake-up in the caller's transaction. The drainer hands the wake-up to arq on Redis,
whose worker runs the job at once; a sweeper in every worker process finds whatever was not woken (Redis lost, process
killed, time not yet come) and runs it itself. A lease decides who runs a job, so both may try.

* An *inside* job is one transaction: its effect and its completion are committed together, exactly once.
* An *outside* job talks to the world and therefore may run again after a crash; it must tolerate that.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar, cast
from uuid import UUID

import arq
import arq.connections
import arq.worker
import msgspec
import prometheus_client
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel import clock, ids, records
from boundary.kernel.runtime import columns, outbox, server, telemetry, transaction

LEASE = timedelta(seconds=60)
ATTEMPTS_MAX = 8
SWEEP_SECONDS = 1.0
SWEEP_MAX = 20

RAN = prometheus_client.Counter("jobs", "Jobs run, by tag and outcome", ["job", "outcome"])
FAILED = telemetry.Event("job.failed", job=telemetry.Word, error=telemetry.Word, attempt=int)

STATES = ("waiting", "done", "failed")

_ENQUEUE = """
INSERT INTO job (id, payload, key, run_at) VALUES ($1, $2, $3, coalesce($4, now()))
ON CONFLICT (key) DO NOTHING"""
_CLAIM = """
UPDATE job SET lease_until = clock_timestamp() + $2, attempts = attempts + 1
WHERE id = $1 AND state = 'waiting' AND run_at <= clock_timestamp()
  AND (lease_until IS NULL OR lease_until < clock_timestamp())
RETURNING payload, attempts"""
_FINISH = "UPDATE job SET state = 'done', lease_until = NULL, finished_at = now() WHERE id = $1 AND attempts = $2 AND state = 'waiting'"
_POSTPONE = "UPDATE job SET lease_until = NULL, run_at = clock_timestamp() + $2 WHERE id = $1 AND attempts = $3"
_GIVE_UP = "UPDATE job SET state = 'failed', lease_until = NULL, finished_at = now() WHERE id = $1"
_DUE = """
SELECT id FROM job WHERE state = 'waiting' AND run_at <= clock_timestamp() - $1::interval
  AND (lease_until IS NULL OR lease_until < clock_timestamp()) ORDER BY run_at LIMIT $2"""


class Job(records.Record, frozen=True):
    """The base of every job: its arguments, and a tag that names it for ever."""


class Wake(outbox.Message, frozen=True, tag="job.wake.v1"):
    """Tells the runner that a job is due."""

    job: UUID


J = TypeVar("J", bound=Job)
Inside = Callable[[transaction.Tx, Any], Awaitable[None]]
Outside = Callable[[transaction.Database, Any], Awaitable[None]]


class Schedule(NamedTuple):
    """A job that is due once in every period, no matter how many workers run."""

    job: Job
    every: timedelta


class LostLease(Exception):  # noqa: N818 -- a signal to roll back, never shown
    """Somebody else took the job over while it ran here."""


def table(metadata: sa.MetaData, types: columns.Types) -> sa.Table:
    return sa.Table(
        "job",
        metadata,
        sa.Column("id", types.ref, primary_key=True),
        sa.Column("payload", types.coded, nullable=False),
        sa.Column("key", types.hash32, unique=True),
        sa.Column(
            "state",
            postgresql.ENUM(*STATES, name="job_state", metadata=metadata),
            nullable=False,
            server_default="waiting",
        ),
        sa.Column("run_at", types.moment, nullable=False),
        sa.Column("attempts", types.counter, nullable=False, server_default="0"),
        sa.Column("lease_until", types.moment),
        sa.Column("created_at", types.moment, nullable=False, server_default=sa.text("now()")),
        sa.Column("finished_at", types.moment),
        sa.Index("job_due", "run_at", postgresql_where=sa.text("state = 'waiting'")),
    )


async def enqueue(
    tx: transaction.Tx, job: Job, random: ids.Ids, *, key: str | None = None, run_at: datetime | None = None
) -> bool:
    """Promise a job in the caller's transaction. With a key, the second promise of the same thing is none."""
    number = random.ref()
    digest = hashlib.sha256(key.encode()).digest() if key is not None else None
    if not await tx.execute(_ENQUEUE, number, records.encode(job), digest, run_at):
        return False
    if run_at is None:
        await outbox.put(tx, Wake(number))
    return True


class Runner:
    """Runs jobs in a worker process, woken by Redis and by its own sweeper."""

    def __init__(
        self,
        db: transaction.Database,
        *,
        inside: Mapping[type[Job], Inside],
        outside: Mapping[type[Job], Outside],
        schedules: Sequence[Schedule],
        redis_url: str,
        queue: str,
        time: clock.Clock,
        random: ids.Ids,
    ) -> None:
        self._db = db
        self._inside = inside
        self._outside = outside
        self._schedules = schedules
        self._redis_url = redis_url
        self._queue = queue
        self._clock = time
        self._ids = random
        self._redis: arq.ArqRedis | None = None

    async def run(self, number: UUID) -> bool:
        """Run one job if it is due and nobody else has it; whether it was done."""
        claimed = await self._db.run("job.claim", lambda tx: tx.row(_CLAIM, number, LEASE))
        if claimed is None:
            return False
        job = records.decode(claimed["payload"], Job)
        tag, attempt = str(job.__struct_config__.tag), claimed["attempts"]
        try:
            async with asyncio.timeout(LEASE.total_seconds() - 5):
                await self._work(number, job, attempt)
        except LostLease:
            RAN.labels(tag, "lost").inc()
            return False
        except Exception as error:  # noqa: BLE001 -- any failure means: again later, and say so
            RAN.labels(tag, "failed").inc()
            telemetry.emit(FAILED, "error", job=tag, error=type(error).__name__, attempt=attempt)
            telemetry.fault(error)
            await self._db.run("job.postpone", lambda tx: _after_failure(tx, number, attempt))
            return False
        RAN.labels(tag, "done").inc()
        return True

    async def _work(self, number: UUID, job: Job, attempt: int) -> None:
        outside = self._outside.get(type(job))
        if outside is not None:
            await outside(self._db, job)

        async def finish(tx: transaction.Tx) -> None:
            if outside is None:
                await self._inside[type(job)](tx, job)
            if not await tx.execute(_FINISH, number, attempt):
                raise LostLease

        await self._db.run("job.work", finish)

    async def sweep(self, stop: asyncio.Event) -> None:
        """The loop that needs no Redis: promise scheduled jobs, run whatever is overdue."""
        while not stop.is_set():
            await self._db.run("job.schedule", self._promise)
            due = await self._db.run("job.due", lambda tx: tx.fetch(_DUE, timedelta(seconds=SWEEP_SECONDS), SWEEP_MAX))
            for row in due:
                await self.run(row["id"])
            if len(due) < SWEEP_MAX:
                await server.pause(stop, SWEEP_SECONDS)

    async def _promise(self, tx: transaction.Tx) -> None:
        now = clock.to_micros(self._clock.now())
        for job, every in self._schedules:
            slot = now // (every // timedelta(microseconds=1))
            await enqueue(tx, job, self._ids, key=f"{job.__struct_config__.tag}/{slot}")

    async def deliver(self, messages: Sequence[outbox.Message]) -> None:
        """What the outbox drainer calls: set the alarm clock for each wake-up."""
        redis = await self._connect()
        for message in messages:
            if isinstance(message, Wake):
                await redis.enqueue_job("run", message.job.bytes, _job_id=message.job.hex, _queue_name=self._queue)

    async def woken(self, stop: asyncio.Event) -> None:
        """The loop that arq runs: one function, called with the number of a job."""

        async def run(_context: dict[Any, Any], *numbers: Any, **_: Any) -> None:
            for number in numbers:
                await self.run(UUID(bytes=number))

        worker = arq.worker.Worker(
            functions=[
                arq.worker.func(cast("Any", run), name="run", max_tries=1, timeout=LEASE.total_seconds(), keep_result=0)
            ],
            redis_pool=await self._connect(),
            queue_name=self._queue,
            handle_signals=False,
            max_jobs=8,
            poll_delay=0.1,
            job_serializer=msgspec.msgpack.encode,
            job_deserializer=msgspec.msgpack.decode,
        )
        task = asyncio.create_task(worker.async_run())
        try:
            await asyncio.wait([task, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()

    async def _connect(self) -> arq.ArqRedis:
        if self._redis is None:
            address = arq.connections.RedisSettings.from_dsn(self._redis_url)
            address.conn_retries = 0
            self._redis = await arq.create_pool(
                address,
                job_serializer=msgspec.msgpack.encode,
                job_deserializer=msgspec.msgpack.decode,
                default_queue_name=self._queue,
            )
        return self._redis


async def _after_failure(tx: transaction.Tx, number: UUID, attempt: int) -> None:
    if attempt >= ATTEMPTS_MAX:
        await tx.execute(_GIVE_UP, number)
    else:
        await tx.execute(_POSTPONE, number, timedelta(seconds=2**attempt), attempt)
