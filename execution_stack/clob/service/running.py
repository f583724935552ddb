"""The engine of one shard: holds its lease, reads the journal, matches, and writes, one batch at a time.

While a batch is being committed the next range is matched already. Whatever fails, the state in memory is given up and
made anew from what was committed, so there is never a question which of the two is right.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import prometheus_client

from boundary.kernel import errors, ids
from boundary.kernel.runtime import server, telemetry, transaction
from execution_stack.clob import model, ports
from execution_stack.clob.formats import batches, pictures
from execution_stack.clob.repo import books as books_repo
from execution_stack.clob.repo import journal
from execution_stack.clob.repo import matching as repo
from execution_stack.clob.service import keeping, matching, outcomes, recovering, writing

RANGE_MAX = 1_024
RENEW_MILLIS = 500
IDLE_MILLIS = 5
QUIET_MILLIS = 20
SNAPSHOT_COMMANDS = 500_000
SNAPSHOT_SECONDS = 300

COMMANDS = prometheus_client.Counter("clob_commands", "Commands matched and written", ["shard"])
EVENTS = prometheus_client.Counter("clob_events", "Events written", ["shard"])
TRADES = prometheus_client.Counter("clob_trades", "Trades written", ["shard"])
POSITION = prometheus_client.Gauge("clob_position", "Number of the last command that was written", ["shard"])
LIVE = prometheus_client.Gauge("clob_live_orders", "Orders that rest or are parked", ["shard"])
HOLDS = prometheus_client.Gauge("clob_holds_shard", "1 while this process is the shard's engine", ["shard"])
WRITE_SECONDS = prometheus_client.Histogram("clob_batch_seconds", "From the first word of a batch to its commit")
TAKEN = telemetry.Event("clob.shard_taken", shard=int, epoch=int, command=int)
LEFT = telemetry.Event("clob.shard_left", shard=int, epoch=int)
KEPT = telemetry.Event("clob.snapshot_written", shard=int, batch=int, orders=int)


class Pace(NamedTuple):
    """How often a snapshot is taken."""

    commands: int = SNAPSHOT_COMMANDS
    seconds: int = SNAPSHOT_SECONDS


class Engine:
    """One shard's. Its `loop` may be started again after any failure, and by any process."""

    def __init__(
        self,
        db: transaction.Database,
        shard: int,
        outbound: ports.Outbound,
        random: ids.Ids,
        *,
        pace: Pace = Pace(),  # noqa: B008 -- frozen
        engine: str | None = None,
    ) -> None:
        self._db = db
        self._shard = shard
        self._outbound = outbound
        self._holder = random.ref()
        self._pace = pace
        self._engine = engine
        self._label = str(shard)
        self.holds = False

    async def ready(self) -> None:
        """For readiness: raises unless this process is the shard's engine."""
        if not self.holds:
            raise model.HeldElsewhere("this process does not hold its shard yet")

    async def loop(self, stop: asyncio.Event) -> None:
        """Wait for the shard, recover, and match until told to stop or another engine takes over."""
        cursor = await self._wait(stop)
        if cursor is None:
            return
        telemetry.emit(TAKEN, shard=self._shard, epoch=cursor.epoch, command=cursor.command)
        try:
            async with self._lease(cursor.epoch) as lost:
                await self._hold(stop, lost, cursor)
        finally:
            self.holds = False
            HOLDS.labels(self._label).set(0)
            telemetry.emit(LEFT, shard=self._shard, epoch=cursor.epoch)
            with contextlib.suppress(errors.Unavailable, errors.OutcomeUnknown):
                await self._db.run("clob.release", lambda tx: repo.release(tx, self._shard, cursor.epoch))

    async def wins(self, seconds: int) -> bool:
        """Whether the shard is ours within this time: if its holder died, its lease runs out."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        taken = await self.acquire()
        while taken is None and loop.time() < end:
            await asyncio.sleep(RENEW_MILLIS / 4000)
            taken = await self.acquire()
        return taken is not None

    async def acquire(self) -> repo.Cursor | None:
        """The shard, unless another engine holds it now."""
        return await self._db.run(
            "clob.acquire",
            lambda tx: repo.acquire(tx, self._shard, self._holder, writing.LEASE, batches.NOTHING),
        )

    async def _wait(self, stop: asyncio.Event) -> repo.Cursor | None:
        while not stop.is_set():
            cursor = await self.acquire()
            if cursor is not None:
                return cursor
            await server.pause(stop, RENEW_MILLIS / 4000)
        return None

    @contextlib.asynccontextmanager
    async def _lease(self, epoch: int) -> AsyncIterator[asyncio.Event]:
        """Keeps the lease alive; the event is set when it is lost."""
        lost = asyncio.Event()
        keeper = asyncio.create_task(self._keep(epoch, lost))
        try:
            yield lost
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def _keep(self, epoch: int, lost: asyncio.Event) -> None:
        while not lost.is_set():
            await asyncio.sleep(RENEW_MILLIS / 1000)
            try:
                renewed = await self._db.run("clob.renew", lambda tx: repo.renew(tx, self._shard, epoch, writing.LEASE))
            except (errors.Unavailable, errors.OutcomeUnknown):
                continue  # what is committed meanwhile needs the epoch anyway
            if not renewed:
                lost.set()

    async def _hold(self, stop: asyncio.Event, lost: asyncio.Event, cursor: repo.Cursor) -> None:
        recovered = await recovering.recover(self._db, self._shard, cursor, self._engine)
        names = await self._db.read("clob.books", lambda tx: books_repo.instruments(tx, self._shard))
        trades = await self._db.read("clob.trades", lambda tx: repo.trades(tx, self._shard))
        work = _Work(self._db, self._shard, cursor.epoch, recovered, names, trades, self._outbound, self._pace)
        self.holds = True
        HOLDS.labels(self._label).set(1)
        try:
            await work.run(stop, lost)
        finally:
            await work.close()


class _Work:
    """What an engine does while it holds its shard."""

    def __init__(
        self,
        db: transaction.Database,
        shard: int,
        epoch: int,
        recovered: recovering.Recovered,
        names: dict[int, UUID],
        trades: dict[int, int],
        outbound: ports.Outbound,
        pace: Pace,
    ) -> None:
        self._db = db
        self._shard = shard
        self._epoch = epoch
        self._matcher = recovered.matcher
        self._place = recovered.place
        self._unfinished = recovered.unfinished
        self._names = names
        self._trades = trades
        self._writer = writing.Writer(shard, epoch, outbound)
        self._writing: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._pace = pace
        self._kept_at = recovered.place.command
        self._kept_time = asyncio.get_running_loop().time()
        self._label = str(shard)

    async def run(self, stop: asyncio.Event, lost: asyncio.Event) -> None:
        if self._unfinished is not None:
            await self._write_all(self._unfinished.matched, self._unfinished.written)
        quiet = 0
        while not stop.is_set():
            if lost.is_set():
                raise model.Fenced("another engine has taken this shard over")
            if await self._step():
                quiet = 0
                continue
            await self._written()
            await self._maybe_keep()
            quiet += 1
            await server.pause(stop, (IDLE_MILLIS if quiet < 200 else QUIET_MILLIS) / 1000)
        await self._written()

    async def close(self) -> None:
        """Nothing of ours goes on after this."""
        for task in (self._writing, self._keeping):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _step(self) -> bool:
        """Read and match one range while the one before is being written; whether there was any."""
        first = self._place.command + 1
        rows = await self._db.look("clob.read", lambda tx: journal.read(tx, self._shard, first, first + RANGE_MAX))
        if not rows:
            return False
        commands = matching.range_of(rows, first)
        matched = await self._match(commands)
        await self._write_all(matched, 0)
        await self._maybe_keep()
        return True

    async def _match(self, commands: outcomes.Commands) -> matching.Matched:
        """A few commands are matched at once; many beside the loop, which has a commit to wait for."""
        return await asyncio.to_thread(self._matcher.match, commands)

    async def _write_all(self, matched: matching.Matched, written: int) -> None:
        for at in range(written, len(matched.payloads)):
            batch = await self._prepare(matched, at)
            await self._written()
            self._writing = asyncio.create_task(self._write(batch))

    async def _prepare(self, matched: matching.Matched, at: int) -> writing.Batch:
        commands, payload = matched.commands, matched.payloads[at]
        done = at == len(matched.payloads) - 1
        first, last, number = commands.first, commands.last, self._place.batch + 1
        hashed = batches.chain(
            self._place.hash, shard=self._shard, number=number, first=first, last=last, done=done, payload=payload
        )
        said = outcomes.read(commands, payload)
        row = repo.Batch(number, first, last, done, batches.count(payload), payload or None, hashed)
        trades = await self._numbered(said.trades)
        self._place = recovering.Place(number, last if done else self._place.command, hashed)
        return writing.Batch(row, said, trades)

    async def _numbered(self, trades: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Each trade with its instrument and number."""
        found = []
        for book, *rest in trades:
            if book not in self._names:
                self._names |= await self._db.read("clob.books", lambda tx: books_repo.instruments(tx, self._shard))
            number = self._trades[book] = self._trades.get(book, 0) + 1
            found.append((self._names[book], number, *rest))
        return found

    async def _write(self, batch: writing.Batch) -> None:
        with WRITE_SECONDS.time():
            await self._db.run("clob.batch", lambda tx: self._writer.write(tx, batch))
        row = batch.row
        COMMANDS.labels(self._label).inc(row.last - row.first + 1 if row.done else 0)
        EVENTS.labels(self._label).inc(row.events)
        TRADES.labels(self._label).inc(len(batch.trades))
        POSITION.labels(self._label).set(row.last if row.done else row.first - 1)
        LIVE.labels(self._label).set(self._matcher.live)

    async def _written(self) -> None:
        """Until the batch in flight is committed; raises what kept it from being so."""
        if self._writing is not None:
            task, self._writing = self._writing, None
            await task

    async def _maybe_keep(self) -> None:
        """Copy the state if a snapshot is due, and let it be written in the background."""
        if self._keeping is not None:
            if not self._keeping.done():
                return
            task, self._keeping = self._keeping, None
            await task
        behind = self._place.command - self._kept_at
        late = asyncio.get_running_loop().time() - self._kept_time >= self._pace.seconds
        if not behind or not (behind >= self._pace.commands or late):
            return
        self._kept_at, self._kept_time = self._place.command, asyncio.get_running_loop().time()
        kept = await asyncio.to_thread(self._matcher.books)
        await self._written()
        self._keeping = asyncio.create_task(self._keep(self._place, kept))

    async def _keep(self, place: recovering.Place, kept: list[pictures.Kept]) -> None:
        header = await keeping.keep(self._db, self._shard, self._epoch, place.batch, place.command, kept)
        if header is not None:
            telemetry.emit(KEPT, shard=self._shard, batch=header.batch, orders=header.orders)
