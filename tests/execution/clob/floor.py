"""A real execution database with books in it, engines that run on it, and a way to see all that they wrote."""

import asyncio
import dataclasses
import itertools
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from execution_stack.clob import model
from execution_stack.clob.formats import journal as packed
from execution_stack.clob.repo import journal as journal_repo
from execution_stack.clob.repo import matching as repo
from execution_stack.clob.service import intake, journal, matching, opening, recovering, running
from execution_stack.gate.service import announcements, booking, channels
from execution_stack.instruments import model as instruments
from execution_stack.instruments import service as instruments_service
from execution_stack.intents import model as intents
from execution_stack.intents import service as intents_service
from execution_stack.participants import model as participants
from execution_stack.participants import service as participants_service
from tests.stacks import StackDatabase

T = TypeVar("T")
NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
LANES = {instruments.Route.CLOB: intake.Lane()}
_numbers = itertools.count(1)
_shards = itertools.count(100)
_sequences = itertools.count(1)


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Look again and again: what is waited for is in the database."""
    found = await is_so()
    while not found:
        await asyncio.sleep(0.003)
        found = await is_so()


@dataclasses.dataclass
class Floor:
    """One database for many tests: each takes a shard and a channel of its own."""

    schema: StackDatabase
    gate: transaction.Database
    engine: transaction.Database
    operator: transaction.Database
    superuser: Any
    time: clock.ManualClock
    ids: ids.Ids

    async def listed(self) -> instruments.Instrument:
        instrument = instruments.Instrument(
            ref=self.ids.ref(),
            code=f"BOOK{next(_numbers)}",
            route=instruments.Route.CLOB,
            product=instruments.Product.SECURITY_TOKEN,
            state=instruments.State.LISTED,
            tick_size=10_000,
            lot_size=1_000_000,
            price_max=10_000,
            cap_lots=1_000_000,
            opens_at=NOW - timedelta(days=1),
            closes_at=NOW + timedelta(days=3000),
            document=self.ids.token(32),
        )
        await self.operator.run(
            "test.list", lambda tx: instruments_service.add(tx, instrument, announcements.Announcer())
        )
        return instrument

    async def shard(self, books: int = 1) -> "Shard":
        """An empty shard with so many books."""
        number = next(_shards)
        opened = [await self.listed() for _ in range(books)]
        places = [
            await self.operator.run(
                "test.open", lambda tx, ref=each.ref: opening.open_book(tx, ref, number, self.time.now())
            )
            for each in opened
        ]
        return Shard(self, number, [each.ref for each in opened], [each.book for each in places])

    async def channel(self, people: int = 4) -> "Channel":
        """An admitted customer stack with participants who may trade."""
        channel = self.ids.ref()
        await self.operator.run("test.admit", lambda tx: channels.register(tx, channel, frozenset()))

        async def admit(tx: transaction.Tx) -> tuple[UUID, ...]:
            minted = await participants_service.mint(tx, channel, [people], self.ids, None)
            refs = minted[0]
            assert refs is not None
            for event in (participants.StatusEvent.ACTIVATE, participants.StatusEvent.ADMIT):
                changes = [participants.Change(ref, event) for ref in refs]
                await participants_service.change(tx, channel, changes, (1, next(_sequences)))
            return refs

        return Channel(self, channel, await self.gate.run("test.people", admit))


@dataclasses.dataclass
class Channel:
    """A customer stack, as far as intents go."""

    floor: Floor
    ref: UUID
    people: tuple[UUID, ...]
    sequence: int = 0

    def terms(
        self,
        instrument: UUID,
        side: str,
        lots: int,
        price: int = 0,
        *,
        who: int = 0,
        kind: intents.Kind = intents.Kind.LIMIT,
        tif: intents.TimeInForce = intents.TimeInForce.UNTIL_CANCELLED,
        expires_at: int = 0,
    ) -> intents.Terms:
        cost = (price or 10_000) * 10_000 * lots
        return intents.Terms(
            participant=self.people[who],
            instrument=instrument,
            side=intents.Side(side),
            kind=intents.Kind.LIMIT if price and kind is intents.Kind.MARKET else kind,
            time_in_force=tif,
            limit_ticks=price,
            lots=lots,
            cost_cap=cost,
            expires_at=expires_at,
        )

    async def place(self, *wanted: intents.Terms) -> list[intents.Name]:
        """All in one core; each must be taken in."""
        self.sequence += 1
        first = intents.Name(1, self.sequence, 0)

        async def work(tx: transaction.Tx) -> list[intents.Refusal | None]:
            return await intents_service.place(tx, self.ref, first, wanted, self.floor.time.now(), LANES)

        verdicts = await self.floor.gate.run("test.place", work)
        assert set(verdicts) == {None}, verdicts
        return [first._replace(position=at) for at in range(len(wanted))]

    async def cancel(self, *names: intents.Name) -> list[int | intents.Refusal | None]:
        return await self.floor.gate.run("test.cancel", lambda tx: intents_service.cancel(tx, self.ref, names, LANES))

    async def amend(self, *wanted: intents.Amendment) -> list[intents.Refusal | None]:
        return await self.floor.gate.run(
            "test.amend", lambda tx: intents_service.amend(tx, self.ref, wanted, self.floor.time.now(), LANES)
        )


@dataclasses.dataclass
class Shard:
    """One shard's journal, and the engines that are run on it."""

    floor: Floor
    number: int
    instruments: list[UUID]
    books: list[int]

    def make(self, **options: Any) -> running.Engine:
        floor = self.floor
        return running.Engine(floor.engine, self.number, booking.Bookings(floor.time), floor.ids, **options)

    @asynccontextmanager
    async def running(self, **options: Any):  # type: ignore[no-untyped-def]  # noqa: ANN201 -- an async context manager
        """An engine of this process that runs meanwhile, and has written everything at the end; also a snapshot, if it
        takes one after every batch.
        """
        stop = asyncio.Event()
        task = asyncio.create_task(self.make(**options).loop(stop))
        try:
            yield task
            await self.settled(task)
            if options.get("pace", running.Pace()).commands == 1:
                await self._kept(task)
        finally:
            stop.set()
            await task

    async def settled(self, task: "asyncio.Task[None] | None" = None) -> None:
        """Until all that is in the journal was matched and written."""
        while await self.lag():
            if task is not None and task.done():
                task.result()
                raise AssertionError("the engine ended")
            await asyncio.sleep(0.005)

    async def _kept(self, task: "asyncio.Task[None]") -> None:
        newest = (
            "SELECT c.batch = coalesce((SELECT max(s.batch) FROM clob_snapshot s WHERE s.shard = c.shard), 0)"
            " FROM clob_cursor c WHERE c.shard = $1"
        )
        await until(lambda: self._is(task, newest))

    async def _is(self, task: "asyncio.Task[None]", sql: str) -> bool:
        return task.done() or bool(await self.floor.superuser.fetchval(sql, self.number))

    async def lag(self) -> int:
        row = await self.floor.superuser.fetchrow(
            "SELECT s.next - 1 - coalesce(c.command, 0) FROM clob_shard s LEFT JOIN clob_cursor c USING (shard)"
            " WHERE s.shard = $1",
            self.number,
        )
        return int(row[0])

    async def run(self, **options: Any) -> None:
        """Match all there is."""
        async with self.running(**options):
            pass

    async def tell(self, *commands: model.Command, book: int = 0) -> None:
        await self.floor.operator.run("test.tell", lambda tx: journal.tell(tx, self.instruments[book], commands))

    async def append(self, commands: Sequence[tuple[int, model.Command]]) -> None:
        """Any commands at all, by index of the book: as if somebody had got past every check."""
        entries = [packed.Entry(self.books[at], each) for at, each in commands]
        runs = [
            journal_repo.Run(len(run), None, packed.write(run))
            for run in (entries[at : at + packed.RUN_MAX] for at in range(0, len(entries), packed.RUN_MAX))
        ]

        async def work(tx: transaction.Tx) -> int:
            await journal_repo.hold(tx, [self.number])
            return await journal_repo.append(tx, self.number, runs)

        await self.floor.operator.run("test.append", work)

    async def recovered(self, engine: str | None = None) -> recovering.Recovered:
        """What a new engine would begin with."""
        floor = self.floor
        cursor = await floor.engine.read("test.cursor", lambda tx: repo.cursor(tx, self.number))
        assert cursor is not None
        return await recovering.recover(floor.engine, self.number, cursor, engine)

    async def again(self, engine: str | None = None) -> matching.Matcher:
        """The whole journal matched in one go, by a book that never stopped."""
        rows = await self.floor.engine.read("test.journal", lambda tx: journal_repo.read(tx, self.number, 1, 1 << 40))
        matcher = matching.Matcher(engine)
        matcher.match(matching.range_of(rows, 1))
        return matcher

    async def rows(self, sql: str, *arguments: Any) -> list[Any]:
        return [tuple(row) for row in await self.floor.superuser.fetch(sql, *arguments)]

    async def as_(self, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
        return await self.floor.operator.run("test.as", work)
