"""Listens on the lossy channel: polls for the newest state of prices and hands it on. A state that is missed is made up
for by the next; trades that are missed are asked for (`remembering`).

The latest state is held in memory and written out a few times a second; a process that starts anew begins with a
snapshot. Several processes may listen: whoever has come furthest writes.
"""

import asyncio
import functools
from uuid import UUID

import msgspec
import prometheus_client

from boundary.channel import market as channel
from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import server, telemetry, transaction
from boundary.wire import keys, market, words
from customer_stack.gate import ports
from customer_stack.gate.service import changes

PAUSE_MILLIS = 50
"""Between two polls: so much is taken together."""
RETRY_MILLIS = 500
RETRY_MILLIS_MAX = 5_000
QUIET_POLLS = 20
"""So many failures in a row are told once, and then again after as many more."""

NOT_HEARD = telemetry.Event("gate.market_not_heard", code=telemetry.Word)
UPDATES = prometheus_client.Counter("market_updates_heard", "Updates of market data, by what they were", ["verdict"])


class Latest:
    """The newest state of every instrument, put together from ticks, and what was traded since it was last written."""

    def __init__(self) -> None:
        self.quotes: dict[UUID, ports.Quote] = {}
        self.books: dict[UUID, ports.BookHeard] = {}
        self._quoted: set[UUID] = set()
        self._booked: set[UUID] = set()
        self._trades: dict[UUID, ports.TradesHeard] = {}
        self._candles: dict[tuple[UUID, str], ports.CandlesHeard] = {}
        self._anew = False

    def take(self, update: channel.Update) -> None:
        if update.since == 0:
            self.quotes.clear()
            self.books.clear()
            self._quoted.clear()
            self._booked.clear()
            self._anew = True
        for tick in update.ticks:
            self._take(tick)

    def _take(self, tick: market.Tick) -> None:
        instrument = tick.instrument
        if isinstance(tick, market.Status) and tick.state is words.MarketState.DELISTED:
            self.quotes[instrument] = ports.Quote(instrument, "delisted")
            self._quoted.add(instrument)
            return
        if quoted := changes.of_quote(tick):
            known = self.quotes.get(instrument, ports.Quote(instrument))
            self.quotes[instrument] = msgspec.structs.replace(known, **quoted)
            self._quoted.add(instrument)
        if booked := changes.of_book(tick):
            book = self.books.get(instrument, ports.BookHeard(instrument))
            self.books[instrument] = msgspec.structs.replace(book, **booked)
            self._booked.add(instrument)
        if isinstance(tick, market.Prints):
            self._trades[instrument] = changes.trades(tick)
        elif isinstance(tick, market.CandleState):
            found = changes.candle(tick)
            self._candles[instrument, found.span] = found

    def written(self) -> ports.Heard:
        """What is to be written now: everything anew, or what changed."""
        quoted = self.quotes.keys() if self._anew else self._quoted
        heard = ports.Heard(
            tuple(self.quotes[each] for each in sorted(quoted)),
            self._anew,
            tuple(self.books[each] for each in sorted(self._booked)),
            tuple(self._trades.values()),
            tuple(self._candles.values()),
        )
        self._anew, self._quoted, self._booked, self._trades, self._candles = False, set(), set(), {}, {}
        return heard

    def unwritten(self, heard: ports.Heard) -> None:
        """It was not written after all. Of what was traded the newest is told again, and the rest can be asked for."""
        self._anew = self._anew or heard.anew
        self._quoted |= {each.instrument for each in heard.quotes if each.instrument in self.quotes}
        self._booked |= {each.instrument for each in heard.books if each.instrument in self.books}
        self._trades = {each.instrument: each for each in heard.trades} | self._trades
        self._candles = {(each.instrument, each.span): each for each in heard.candles} | self._candles


class Ear:
    """One listener of a worker, from its start to its end."""

    def __init__(
        self,
        db: transaction.Database,
        exchange: ports.Exchange,
        ring: keys.Ring,
        prices: ports.Prices,
        time: clock.Clock,
        random: ids.Ids,
    ) -> None:
        self._db = db
        self._exchange = exchange
        self._prices = prices
        self._clock = time
        self._listener = channel.Listener(ring, time, random)
        self.latest = Latest()

    async def loop(self, stop: asyncio.Event) -> None:
        patience, failures = RETRY_MILLIS, 0
        while not stop.is_set():
            try:
                await self.listen()
                patience, failures = RETRY_MILLIS, 0
                await server.pause(stop, PAUSE_MILLIS / 1000)
            except (errors.Refusal, ValueError) as refusal:
                if failures % QUIET_POLLS == 0:
                    telemetry.emit(NOT_HEARD, "warning", code=telemetry.Word(getattr(refusal, "code", "malformed")))
                failures += 1
                await server.pause(stop, patience / 1000)
                patience = min(patience * 2, RETRY_MILLIS_MAX)

    async def listen(self) -> channel.Verdict:
        """One poll, its answer, and what follows from it."""
        answer = await self._exchange.post(self._listener.poll())
        verdict, update = self._listener.hear(answer)
        UPDATES.labels(verdict.value).inc()
        if verdict is channel.Verdict.FRESH:
            self.latest.take(update)
        if verdict is not channel.Verdict.GAP:
            await self._write()
        return verdict

    async def _write(self) -> None:
        """Also when nothing is new: that the feed is alive is news too."""
        place = (self._listener.place.run, self._listener.place.sequence)
        heard = self.latest.written()
        writing = functools.partial(self._prices.heard, place=place, heard=heard, now=self._clock.now())
        try:
            unknown = await self._db.run("gate.market", writing)
        except BaseException:
            self.latest.unwritten(heard)
            raise
        if unknown:
            self.latest.unwritten(_about(heard, unknown))


def _about(heard: ports.Heard, instruments: frozenset[UUID]) -> ports.Heard:
    return ports.Heard(
        tuple(each for each in heard.quotes if each.instrument in instruments),
        False,
        tuple(each for each in heard.books if each.instrument in instruments),
        tuple(each for each in heard.trades if each.instrument in instruments),
        tuple(each for each in heard.candles if each.instrument in instruments),
    )
