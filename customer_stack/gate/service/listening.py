"""Listens on the lossy channel: polls for the newest state of prices and hands it on. What is missed is not made up for.

The latest state is held in memory and written out a few times a second; a process that starts anew begins with a
snapshot. Several processes may listen: whoever has come furthest writes.
"""

import asyncio
import functools
from collections.abc import Iterable
from uuid import UUID

import msgspec
import prometheus_client

from boundary.channel import market as channel
from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import server, telemetry, transaction
from boundary.wire import keys, market, words
from customer_stack.gate import ports

PAUSE_MILLIS = 100
"""Between two polls: so much is taken together."""
RETRY_MILLIS = 500
RETRY_MILLIS_MAX = 5_000
QUIET_POLLS = 20
"""So many failures in a row are told once, and then again after as many more."""

NOT_HEARD = telemetry.Event("gate.market_not_heard", code=telemetry.Word)
UPDATES = prometheus_client.Counter("market_updates_heard", "Updates of market data, by what they were", ["verdict"])


class Latest:
    """The newest state of every instrument, put together from ticks."""

    def __init__(self) -> None:
        self.quotes: dict[UUID, ports.Quote] = {}
        self._changed: set[UUID] = set()
        self._anew = False

    def take(self, update: channel.Update) -> None:
        if update.since == 0:
            self.quotes.clear()
            self._changed.clear()
            self._anew = True
        for tick in update.ticks:
            self._take(tick)

    def _take(self, tick: market.Tick) -> None:
        instrument = tick.instrument
        if isinstance(tick, market.Status) and tick.state is words.MarketState.DELISTED:
            self.quotes[instrument] = ports.Quote(instrument, "delisted")
        else:
            known = self.quotes.get(instrument, ports.Quote(instrument))
            self.quotes[instrument] = msgspec.structs.replace(known, **_changes(tick))
        self._changed.add(instrument)

    def written(self) -> tuple[bool, list[ports.Quote]]:
        """What is to be written now: everything anew, or what changed."""
        anew, changed = self._anew, self._changed
        self._anew, self._changed = False, set()
        return anew, [self.quotes[each] for each in (sorted(self.quotes) if anew else sorted(changed))]

    def unwritten(self, *, anew: bool, quotes: Iterable[ports.Quote]) -> None:
        """It was not written after all."""
        self._anew = self._anew or anew
        self._changed |= {each.instrument for each in quotes if each.instrument in self.quotes}


def _changes(tick: market.Tick) -> dict[str, object]:
    match tick:
        case market.Status(state=state):
            return {"state": words.MarketState(state).name.lower()}
        case market.ReferencePrice(ticks=ticks):
            return {"reference_ticks": ticks or None}
        case market.BookTop():
            names = ("bid_ticks", "bid_lots", "ask_ticks", "ask_lots")
            return {name: getattr(tick, name) or None for name in names}
        case market.BookLevels(bids=bids, asks=asks):
            return {"bids": _pairs(bids), "asks": _pairs(asks)}
        case market.LastTrade(ticks=ticks, lots=lots, traded_at=at):
            return {"trade_ticks": ticks, "trade_lots": lots, "traded_at": clock.from_micros(at * 1_000_000)}


def _pairs(levels: Iterable[market.Level]) -> tuple[tuple[int, int], ...]:
    return tuple((level.ticks, level.lots) for level in levels)


class Ear:
    """One listener of a worker, from its start to its end."""

    def __init__(
        self,
        db: transaction.Database,
        exchange: ports.Exchange,
        ring: keys.Ring,
        quotes: ports.Quotes,
        time: clock.Clock,
        random: ids.Ids,
    ) -> None:
        self._db = db
        self._exchange = exchange
        self._quotes = quotes
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
        anew, quotes = self.latest.written()
        writing = functools.partial(self._quotes.heard, place=place, quotes=quotes, anew=anew, now=self._clock.now())
        try:
            await self._db.run("gate.market", writing)
        except BaseException:
            self.latest.unwritten(anew=anew, quotes=quotes)
            raise
