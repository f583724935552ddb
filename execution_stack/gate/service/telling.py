"""Answers polls on the lossy channel. Nothing is written: what is told is read anew, a few times a second at most."""

import asyncio
from collections.abc import Callable
from uuid import UUID

import prometheus_client

from boundary.channel import market as channel
from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from boundary.wire import keys
from execution_stack.gate import model, ports, repo
from execution_stack.gate.service import feed
from execution_stack.instruments import service as instruments

BODY_BYTES_MAX = 1024
HOLD_SECONDS_MAX = 4
LOOK_MILLIS = 250

UPDATES = prometheus_client.Counter("market_updates", "Answers to polls of market data", ["kind"])
TICKS = prometheus_client.Counter("market_ticks", "Ticks in those answers")


class Register:
    """The one source today (`ports.MarketSource`): states of instruments, and prices that an operator states."""

    async def tickers(self, tx: transaction.Tx) -> list[ports.Ticker]:
        return [ports.Ticker(each.ref, each.state.value, each.reference_ticks) for each in await instruments.quoted(tx)]


class Market:
    """What the route needs. Many polls that wait share one look at the source."""

    def __init__(
        self,
        db: transaction.Database,
        rings: keys.Rings,
        source: ports.MarketSource,
        time: clock.Clock,
        random: ids.Ids,
        draining: Callable[[], bool] = lambda: False,
    ) -> None:
        self._db = db
        self._rings = rings
        self._source = source
        self._teller = channel.Teller(time, random)
        self._feed = feed.Feed(random)
        self._draining = draining
        self._looking = asyncio.Lock()
        self._looked_at = 0.0  # by a clock that began long before us
        self._admitted: frozenset[UUID] = frozenset()

    async def answer(self, body: bytes) -> bytes:
        """At once if there is something new for whoever asks; else when there is, or after a while with nothing."""
        poll = self._teller.hear(body, self._rings)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + HOLD_SECONDS_MAX
        while True:
            await self._look()
            if poll.ring.channel not in self._admitted:
                raise model.UnknownChannel("no operator has admitted this channel")
            if self._feed.has_news(poll.place) or loop.time() >= deadline or self._draining():
                break
            await asyncio.sleep(LOOK_MILLIS / 1000)
        update = self._feed.after(poll.place)
        UPDATES.labels("delta" if update.since else "snapshot").inc()
        TICKS.inc(len(update.ticks))
        return self._teller.answer(poll, update)

    async def _look(self) -> None:
        async with self._looking:
            now = asyncio.get_running_loop().time()
            if now - self._looked_at < LOOK_MILLIS / 1000:
                return
            self._feed.take(await self._db.read("gate.market", self._read))
            self._looked_at = asyncio.get_running_loop().time()

    async def _read(self, tx: transaction.Tx) -> list[ports.Ticker]:
        self._admitted = frozenset(each.channel for each in await repo.channels(tx))
        return list(await self._source.tickers(tx))
