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
from typing import Any, NamedTuple, cast
from uuid import UUID

import arq
import arq.worker
import msgspec
import prometheus_client
import sqlalchemy as sa
from redis import asyncio as redis_py
from redis import backoff
from redis.asyncio import retry
from sqlalchemy.dialects import postgresql

from boundary.kernel import canonical, clock, ids, records
from boundary.kernel.runtime import columns, outbox, server, settings, telemetry, transaction

KEPT = timedelta(days=7)
"""How long a job that is done stays, and its key with it. No schedule has a longer period: its key would come free."""
FORGET_MAX = 5000
LEASE = timedelta(seconds=60)
ATTEMPTS_MAX = 8
SWEEP_SECONDS = 1.0
_HOUR = 3_600_000_000
SWEEP_MAX = 8
DELIVER_AT_ONCE = 16
POLL_SECONDS = 0.1

RAN = prometheus_client.Counter("jobs", "Jobs run, by tag and outcome", ["job", "outcome"])
FAILED = telemetry.Event("job.failed", job=telemetry.Word, error=telemetry.Word, attempt=int)
UNKNOWN = telemetry.Event("job.unknown", number=UUID)

STATES = ("waiting", "done", "failed")

_ENQUEUE = """
INSERT INTO job (id, payload, key, run_at) VALUES ($1, $2, $3, coalesce($4, now()))
ON CONFLICT (key) DO NOTHING"""
_CLAIM = """
UPDATE job SET lease_until = clock_timestamp() + $2, attempts = attempts + 1
WHERE id = $1 AND state = 'waiting' AND run_at <= clock_timestamp()
  AND (lease_until IS NULL OR lease_until < clock_timestamp())
RETURNING payload, attempts"""
_FINISH = """
UPDATE job SET state = 'done', lease_until = NULL, finished_at = now()
WHERE id = $1 AND attempts = $2 AND state = 'waiting'"""
_POSTPONE = """
UPDATE job SET lease_until = NULL, run_at = clock_timestamp() + $3
WHERE id = $1 AND attempts = $2 AND state = 'waiting'"""
_GIVE_UP = """
UPDATE job SET state = 'failed', lease_until = NULL, finished_at = now()
WHERE id = $1 AND attempts = $2 AND state = 'waiting'"""
_FORGET = """
DELETE FROM job WHERE id IN (
  SELECT id FROM job WHERE state = 'done' AND finished_at < now() - $1::interval LIMIT $2 FOR UPDATE SKIP LOCKED)"""
_DUE = """
SELECT id FROM job WHERE state = 'waiting' AND run_at <= clock_timestamp() - $1::interval
  AND (lease_until IS NULL OR lease_until < clock_timestamp()) AND id <> ALL($3::uuid[]) ORDER BY run_at LIMIT $2"""


class Wake(records.Message, frozen=True, tag="job.wake.v1"):
    """Tells the runner that a job is due."""

    job: UUID


Inside = Callable[[transaction.Tx, Any], Awaitable[None]]
Outside = Callable[[transaction.Database, Any], Awaitable[None]]


class Schedule(NamedTuple):
    """A job that is due once in every period, no matter how many workers run."""

    job: records.Job
    every: timedelta


class LostLease(Exception):  # noqa: N818 -- a signal to roll back, never shown
    """Somebody else took the job over while it ran here."""


class NotOurs(Exception):  # noqa: N818 -- likewise
    """An older or a newer release wrote this job. It is left as it is for a process that knows it."""


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
    tx: transaction.Tx, job: records.Job, random: ids.Ids, *, key: str | None = None, run_at: datetime | None = None
) -> bool:
    """Promise a job in the caller's transaction. With a key, the second promise of the same thing is none; keys of
    different kinds of job have nothing to do with each other.
    """
    number = random.ref()
    digest = hashlib.sha256(f"{job.__struct_config__.tag}\0{key}".encode()).digest() if key is not None else None
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
        inside: Mapping[type[records.Job], Inside],
        outside: Mapping[type[records.Job], Outside],
        schedules: Sequence[Schedule],
        redis_url: str,
        queue: str,
        time: clock.Clock,
        random: ids.Ids,
    ) -> None:
        if any(schedule.every > KEPT for schedule in schedules):
            raise ValueError("a schedule's period is longer than a finished job is kept: it would be run again")
        self._db = db
        self._inside = inside
        self._outside = outside
        self._schedules = schedules
        self._queue = queue
        self._clock = time
        self._ids = random
        self._redis = _redis(redis_url)
        self._forgot = 0
        self._unknown: set[UUID] = set()

    async def run(self, number: UUID) -> bool:
        """Run one job if it is due and nobody else has it; whether it was done."""
        try:
            claimed = await self._db.run("job.claim", lambda tx: self._claim(tx, number))
        except NotOurs:
            self._unknown.add(number)
            telemetry.emit(UNKNOWN, "error", number=number)
            return False
        if claimed is None:
            return False
        job, attempt = claimed
        tag = str(job.__struct_config__.tag)
        try:
            async with asyncio.timeout(LEASE.total_seconds() * 0.9):
                await self._work(number, job, attempt)
        except LostLease:
            RAN.labels(tag, "lost").inc()
            return False
        except Exception as error:  # noqa: BLE001 -- any failure means: again later, and say so
            RAN.labels(tag, "failed").inc()
            name = telemetry.Word(type(error).__name__)
            telemetry.emit(FAILED, "error", job=telemetry.Word(tag), error=name, attempt=attempt)
            telemetry.fault(error)
            await self._db.run("job.postpone", lambda tx: _after_failure(tx, number, attempt))
            return False
        RAN.labels(tag, "done").inc()
        return True

    async def _claim(self, tx: transaction.Tx, number: UUID) -> tuple[records.Job, int] | None:
        """Take the lease. Whoever died with it so often that nobody can blame the machine is not let in again."""
        row = await tx.row(_CLAIM, number, LEASE)
        if row is None:
            return None
        try:
            job = records.decode(row["payload"], records.Job)
        except (canonical.NotCanonical, LookupError):
            raise NotOurs from None
        if type(job) not in self._inside and type(job) not in self._outside:
            raise NotOurs
        if row["attempts"] > ATTEMPTS_MAX:
            await tx.execute(_GIVE_UP, number, row["attempts"])
            RAN.labels(str(job.__struct_config__.tag), "given_up").inc()
            return None
        return job, row["attempts"]

    async def _work(self, number: UUID, job: records.Job, attempt: int) -> None:
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
        """The loop that needs no Redis: promise scheduled jobs, run whatever is overdue. A slow job delays no other."""
        running: set[asyncio.Task[bool]] = set()
        try:
            while not stop.is_set():
                await self._db.run("job.schedule", self._promise)
                await self._forget()
                free = SWEEP_MAX - len(running)
                due = await self._due(free)
                running |= {asyncio.create_task(self.run(number)) for number in due}
                if running:
                    done, running = await asyncio.wait(running, timeout=SWEEP_SECONDS)
                    _tell(done)
                if len(due) < max(free, 1):
                    await server.pause(stop, SWEEP_SECONDS)
        finally:
            await asyncio.gather(*running, return_exceptions=True)

    async def _due(self, limit: int) -> list[UUID]:
        after, unknown = timedelta(seconds=SWEEP_SECONDS), list(self._unknown)
        return [row["id"] for row in await self._db.run("job.due", lambda tx: tx.fetch(_DUE, after, limit, unknown))]

    async def _promise(self, tx: transaction.Tx) -> None:
        now = clock.to_micros(self._clock.now())
        for job, every in self._schedules:
            period = every // timedelta(microseconds=1)
            await enqueue(tx, job, self._ids, key=f"{records.encode(job).hex()}/{period}/{now // period}")

    async def _forget(self) -> None:
        """Once an hour, a bounded number at a time until none is left."""
        hour = clock.to_micros(self._clock.now()) // _HOUR
        if hour != self._forgot:
            forgotten = await self._db.run("job.forget", lambda tx: tx.execute(_FORGET, KEPT, FORGET_MAX))
            self._forgot = hour if forgotten < FORGET_MAX else 0

    async def deliver(self, messages: Sequence[records.Message]) -> None:
        """What the outbox drainer calls: set the alarm clock for each wake-up, several at a time: it may be far away."""
        wakes = [message for message in messages if isinstance(message, Wake)]
        for start in range(0, len(wakes), DELIVER_AT_ONCE):
            await asyncio.gather(*map(self._wake, wakes[start : start + DELIVER_AT_ONCE]))

    async def _wake(self, message: Wake) -> None:
        await self._redis.enqueue_job("run", message.job.bytes, _job_id=message.job.hex, _queue_name=self._queue)

    async def woken(self, stop: asyncio.Event) -> None:
        """The loop that arq runs: one function, called with the number of a job."""

        async def run(_context: dict[Any, Any], *numbers: Any, **_: Any) -> None:
            for number in numbers:
                await self.run(UUID(bytes=number))

        worker = arq.worker.Worker(
            functions=[arq.worker.func(cast("Any", run), name="run", max_tries=1, timeout=LEASE.total_seconds())],
            redis_pool=self._redis,
            queue_name=self._queue,
            handle_signals=False,
            max_jobs=SWEEP_MAX,
            keep_result=0,
            poll_delay=POLL_SECONDS,
            job_serializer=msgspec.msgpack.encode,
            job_deserializer=msgspec.msgpack.decode,
        )
        polling = asyncio.create_task(worker.async_run())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([polling, stopping], return_when=asyncio.FIRST_COMPLETED)
            if polling.done():
                polling.result()
        finally:
            for task in (polling, stopping):
                task.cancel()
            await asyncio.gather(polling, stopping, return_exceptions=True)
            await asyncio.gather(*worker.tasks.values(), return_exceptions=True)  # what runs is finished

    async def close(self) -> None:
        await self._redis.aclose(close_connection_pool=True)


def _redis(url: str) -> arq.ArqRedis:
    """The client; it connects when it is first used. Its patience is short, because nothing depends on Redis."""
    once = retry.Retry(backoff.NoBackoff(), 1)
    try:
        pool = redis_py.ConnectionPool.from_url(url, socket_connect_timeout=1, socket_timeout=5, retry=once)
    except ValueError:
        raise settings.SettingsError("the Redis address cannot be understood") from None
    return arq.ArqRedis(pool, job_serializer=msgspec.msgpack.encode, job_deserializer=msgspec.msgpack.decode)


def _tell(done: set[asyncio.Task[bool]]) -> None:
    """A job that could not even be claimed or put back: its lease runs out, and the log knows."""
    for task in done:
        if error := task.exception():
            telemetry.fault(error)


async def _after_failure(tx: transaction.Tx, number: UUID, attempt: int) -> None:
    if attempt >= ATTEMPTS_MAX:
        await tx.execute(_GIVE_UP, number, attempt)
    else:
        await tx.execute(_POSTPONE, number, attempt, timedelta(seconds=2**attempt))
