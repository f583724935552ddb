"""Answers polls on the lossy channel. What is told is read anew, a few times a second at most, whoever asks.

Of what is asked nothing is written. Candles are folded here, as this is the process that looks at trades anyway.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

import prometheus_client

from boundary.channel import market as channel
from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from boundary.wire import keys, market
from execution_stack.clob.service import following
from execution_stack.gate import model, ports, repo
from execution_stack.gate.service import books, feed
from execution_stack.instruments import model as instruments_model
from execution_stack.instruments import service as instruments

BODY_BYTES_MAX = 1024
HOLD_SECONDS_MAX = 4
LOOK_MILLIS = 50
"""Between two looks at the books: what happens in between is told together."""
REGISTER_MILLIS = 250

UPDATES = prometheus_client.Counter("market_updates", "Answers to polls of market data", ["kind"])
TICKS = prometheus_client.Counter("market_ticks", "Ticks in those answers")


class Register:
    """The one source today (`ports.MarketSource`): states of instruments, and prices that an operator states."""

    async def tickers(self, tx: transaction.Tx) -> list[ports.Ticker]:
        return [ports.Ticker(each.ref, each.state.value, each.reference_ticks) for each in await instruments.quoted(tx)]


class Market:
    """What the route needs. Many polls that wait share one look at the sources."""

    def __init__(
        self,
        db: transaction.Database,
        rings: keys.Rings,
        source: ports.MarketSource,
        books: ports.BookSource,
        time: clock.Clock,
        random: ids.Ids,
        draining: Callable[[], bool] = lambda: False,
    ) -> None:
        self._db = db
        self._rings = rings
        self._source = source
        self._books = books
        self._clock = time
        self._teller = channel.Teller(time, random)
        self._feed = feed.Feed(random)
        self._draining = draining
        self._looking = asyncio.Lock()
        self._looked_at = self._register_at = 0.0  # by a clock that began long before us
        self._admitted: frozenset[UUID] = frozenset()
        self._waiting: dict[UUID, following.State] = {}
        """Books that were heard of before the register was looked at again."""

    async def answer(self, body: bytes) -> bytes:
        """At once if there is something new for whoever asks; else when there is, or after a while with nothing."""
        poll = self._teller.hear(body, self._rings)
        if poll.question is not None:
            return await self._page(poll, poll.question)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + HOLD_SECONDS_MAX
        while True:
            await self._look()
            self._require_admitted(poll)
            if self._feed.has_news(poll.place) or loop.time() >= deadline or self._draining():
                break
            await asyncio.sleep(LOOK_MILLIS / 1000)
        update = self._feed.after(poll.place)
        UPDATES.labels("delta" if update.since else "snapshot").inc()
        TICKS.inc(len(update.ticks))
        return self._teller.answer(poll, update)

    async def _page(self, poll: channel.Poll, question: market.HistoryAfter) -> bytes:
        await self._look()
        self._require_admitted(poll)
        page = await self._db.read("gate.market_page", lambda tx: _answered(tx, question))
        UPDATES.labels("page").inc()
        return self._teller.tell(poll, page)

    def _require_admitted(self, poll: channel.Poll) -> None:
        if poll.ring.channel not in self._admitted:
            raise model.UnknownChannel("no operator has admitted this channel")

    async def _look(self) -> None:
        async with self._looking:
            now = asyncio.get_running_loop().time()
            if now - self._looked_at < LOOK_MILLIS / 1000:
                return
            if now - self._register_at >= REGISTER_MILLIS / 1000:
                self._feed.take(await self._db.read("gate.market", self._read))
                self._register_at = now
            await self._db.read("gate.market_books", self._books.read)
            if self._books.has_unfolded:
                await self._db.run("gate.market_candles", self._books.fold)
            seconds = int(self._clock.now().timestamp())
            self._waiting |= {state.instrument: state for state in self._books.states(seconds)}
            for instrument in [each for each in self._waiting if self._feed.is_alive(each)]:
                self._feed.put(books.ticks(self._waiting.pop(instrument)))
            self._looked_at = asyncio.get_running_loop().time()

    async def _read(self, tx: transaction.Tx) -> list[ports.Ticker]:
        self._admitted = frozenset(each.channel for each in await repo.channels(tx))
        return list(await self._source.tickers(tx))


async def _answered(tx: transaction.Tx, question: market.HistoryAfter) -> market.Page:
    """Also of what is delisted: what was traded stays traded."""
    if not await instruments.some(tx, [question.instrument]):
        raise instruments_model.UnknownInstrument("there is no such instrument")
    return await books.page(tx, question)
