"""The loops that deal with one venue. Any number of workers may run them: leases in the rows keep them apart."""

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

import prometheus_client

from boundary.kernel.runtime import server, telemetry, transaction
from execution_stack.venues import model
from execution_stack.venues.model.dealing import Command, Order
from execution_stack.venues.rules import boards
from execution_stack.venues.service import accounting, polling, quoting, reading, sending
from execution_stack.venues.service.wiring import Dealing

AT_ONCE = 16
RESERVE = 4
"""Of those, kept free for cancels, decreases and amendments."""
ASK_AT_ONCE = 8
IDLE = timedelta(milliseconds=100)
POLL = timedelta(seconds=2)
REST = timedelta(seconds=15)
SETTLED = timedelta(seconds=30)
LIMITS = timedelta(minutes=10)
FLUSH = timedelta(milliseconds=250)
CONFIRM = timedelta(seconds=5)
WATCH = timedelta(seconds=30)
GRACE = timedelta(seconds=12)
"""Longer than an adapter waits for an answer."""

NEWS = prometheus_client.Counter("venue_news", "News of a venue's stream", ["kind"])
SILENT = telemetry.Event("venues.silent", code=telemetry.Word)


async def _pause(stop: asyncio.Event, wait: timedelta) -> None:
    await server.pause(stop, wait / timedelta(seconds=1))


class Crew:
    """Tasks of one kind, so many at once at most. What a task raises is told and forgotten: its lease brings it back."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            telemetry.fault(error)

    async def drain(self) -> None:
        if self.tasks:
            await asyncio.wait(set(self.tasks), timeout=GRACE / timedelta(seconds=1))
        for task in set(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


class Sender:
    """Sends what was recorded: several at once, commands first and with places of their own."""

    def __init__(self, db: transaction.Database, deal: Dealing) -> None:
        self._db, self._deal = db, deal
        self._orders, self._commands = Crew(), Crew()
        self._not_before = deal.clock.now()

    async def loop(self, stop: asyncio.Event) -> None:
        try:
            while not stop.is_set():
                if not await self.turn():
                    await _pause(stop, IDLE)
        finally:
            await self._orders.drain()
            await self._commands.drain()

    async def turn(self) -> int:
        """Take up what there is room for; how much that was."""
        room = AT_ONCE - len(self._commands.tasks)
        free = min(AT_ONCE - RESERVE, room) - len(self._orders.tasks)
        if self._deal.clock.now() < self._not_before:
            free = 0
        if room <= 0:
            return 0
        orders, asked = await self._db.run(
            "venues.claim",
            functools.partial(sending.claim, deal=self._deal, orders=max(free, 0), commands=room),
        )
        await self._db.run("venues.lost_commands", functools.partial(sending.lost, deal=self._deal, limit=RESERVE))
        for order in orders:
            self._orders.start(self._send(order))
        if asked:
            found = await self._db.read("venues.orders", lambda tx: reading.some(tx, [each.order for each in asked]))
            for each in asked:
                self._commands.start(self._ask(found[each.order], each))
        return len(orders) + len(asked)

    async def _send(self, order: Order) -> None:
        answer = await sending.send(self._deal, order)
        if isinstance(answer.failure, model.Limited):
            self._not_before = self._deal.clock.now() + answer.failure.retry_after
        await self._db.run("venues.sent", lambda tx: sending.sent(tx, self._deal, order, answer))

    async def _ask(self, order: Order, command: Command) -> None:
        answer = await sending.ask(self._deal, order, command)
        await self._db.run("venues.asked", lambda tx: sending.asked(tx, self._deal, command, answer))


class Reader:
    """Reads orders back that are due: of unknown fate, just accepted, asked about, or heard of."""

    def __init__(self, db: transaction.Database, deal: Dealing) -> None:
        self._db, self._deal = db, deal
        self._crew = Crew()

    async def loop(self, stop: asyncio.Event) -> None:
        try:
            while not stop.is_set():
                if not await self.turn():
                    await _pause(stop, IDLE)
        finally:
            await self._crew.drain()

    async def turn(self) -> int:
        free = ASK_AT_ONCE - len(self._crew.tasks)
        if free <= 0:
            await asyncio.wait(self._crew.tasks, return_when=asyncio.FIRST_COMPLETED)
            return 1
        due = await self._db.run("venues.due", functools.partial(reading.claim, deal=self._deal, limit=free))
        for each in due:
            self._crew.start(self._one(each))
        return len(due)

    async def _one(self, order: Order) -> None:
        await reading.read(self._db, self._deal, order)


class Poller:
    """Lists, at their intervals and whenever the stream was away."""

    def __init__(self, db: transaction.Database, deal: Dealing) -> None:
        self._db, self._deal = db, deal
        self.now = asyncio.Event()

    async def loop(self, stop: asyncio.Event) -> None:
        while not stop.is_set() and not await self._tried(self._open):
            await _pause(stop, POLL)
        rest = settled = limits = self._deal.clock.now()
        while not stop.is_set():
            self.now.clear()
            await self._tried(lambda: polling.fills(self._db, self._deal))
            now = self._deal.clock.now()
            if now >= rest:
                rest = now + REST
                await self._tried(lambda: polling.resting(self._db, self._deal))
            if now >= limits:
                limits = now + LIMITS
                await self._tried(self._deal.venue.limits)
            if now >= settled:
                settled = now + SETTLED
                await self._tried(lambda: polling.settlements(self._db, self._deal))
                await self._db.read("venues.overdue", lambda tx: reading.overdue(tx, self._deal))
            await self._wait(stop)

    async def _open(self) -> bool:
        await accounting.open_(self._db, self._deal)
        return True

    async def _tried(self, work: Callable[[], Awaitable[object]]) -> bool:
        """Whether the venue answered; if not, what was to be read is read the next time."""
        try:
            await work()
        except (model.Silent, model.Refused, model.Limited, model.Unreachable, model.Unauthorised) as failure:
            telemetry.emit(SILENT, "warning", code=telemetry.Word(type(failure).code))
            return False
        return True

    async def _wait(self, stop: asyncio.Event) -> None:
        waits = [asyncio.create_task(each.wait()) for each in (stop, self.now)]
        await asyncio.wait(waits, timeout=POLL / timedelta(seconds=1), return_when=asyncio.FIRST_COMPLETED)
        for each in waits:
            each.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


class Listener:
    """The stream: fills at once, orders and markets as a reason to look, prices onto boards that are kept."""

    def __init__(
        self,
        db: transaction.Database,
        deal: Dealing,
        poll: asyncio.Event,
        market: Callable[[str], Awaitable[None]],
    ) -> None:
        self._db, self._deal, self._poll, self._market = db, deal, poll, market
        self._boards = boards.Boards()
        self._watched: list[str] = []
        self._there = False

    async def loop(self, stop: asyncio.Event) -> None:
        self._watched = await self._wanted()
        stream = self._deal.venue.stream(self._watched)
        hearing = asyncio.create_task(self._hear(stream))
        keeping = asyncio.create_task(self._keep(stop, stream))
        try:
            await asyncio.wait([hearing, keeping], return_when=asyncio.FIRST_COMPLETED)
            for task in (hearing, keeping):
                if task.done():
                    task.result()
        finally:
            for task in (hearing, keeping):
                task.cancel()
            await asyncio.gather(hearing, keeping, return_exceptions=True)
            with contextlib.suppress(Exception):
                await stream.close()
            self._boards.take(model.Disconnected(why=model.Loss.LOST))
            await self._flush()

    async def _wanted(self) -> list[str]:
        return await self._db.read("venues.watched", lambda tx: quoting.watched(tx, self._deal.name))

    async def _hear(self, stream: Any) -> None:
        async for news in stream:
            NEWS.labels(type(news).__name__).inc()
            await self._take(news)

    async def _take(self, news: model.News) -> None:
        self._boards.take(news)
        match news:
            case model.OwnFill():
                await self._db.run("venues.heard", functools.partial(polling.heard, deal=self._deal, told=[news.fill]))
            case model.OwnOrder():
                work = functools.partial(polling.order_news, deal=self._deal, told=news.order)
                await self._db.run("venues.order_news", work)
            case model.Lifecycle():
                await self._market(news.market)
            case model.Connected():
                self._there = True
                self._poll.set()
            case model.Disconnected():
                self._there = False
                self._poll.set()
            case model.Unreadable():
                self._poll.set()
            case _:
                return

    async def _keep(self, stop: asyncio.Event, stream: Any) -> None:
        confirm = watch = self._deal.clock.now()
        while not stop.is_set():
            await self._flush()
            now = self._deal.clock.now()
            if now >= confirm and self._there:
                confirm = now + CONFIRM
                await self._db.run("venues.confirm", self._confirm)
            if now >= watch:
                watch = now + WATCH
                wanted = await self._wanted()
                if wanted != self._watched:
                    self._watched = wanted
                    await stream.watch(wanted)
            await _pause(stop, FLUSH)

    async def _confirm(self, tx: transaction.Tx) -> None:
        await quoting.confirm(tx, self._deal.name, self._watched, self._deal.clock.now())

    async def _flush(self) -> None:
        changed = self._boards.changed()
        if changed:
            await self._db.run("venues.quotes", functools.partial(self._write, changed=changed))

    async def _write(self, tx: transaction.Tx, changed: set[str]) -> None:
        await quoting.keep(tx, self._deal.name, self._boards, changed, self._deal.clock.now())
