"""Asks for what was traded while nobody listened: page by page, oldest first, as long as a history is not complete.

What is missing is a row, so a crash forgets nothing; a page that was heard twice changes nothing.
"""

import asyncio
import functools

import prometheus_client

from boundary.channel import market as channel
from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import server, telemetry, transaction
from boundary.wire import keys, market, words
from customer_stack.gate import ports
from customer_stack.gate.service import changes

LOOK_MILLIS = 250
AT_ONCE = 16
MISSED_MAX = 10_000
RETRY_MILLIS = 500
RETRY_MILLIS_MAX = 30_000
QUIET_QUESTIONS = 20

NOT_TOLD = telemetry.Event("gate.market_history_not_told", code=telemetry.Word)
PAGES = prometheus_client.Counter("market_history_pages", "Pages of history that were heard", ["series"])


class Memory:
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
        self._listener = channel.Listener(ring, time, random)
        self._turn = 0

    async def loop(self, stop: asyncio.Event) -> None:
        patience, failures = RETRY_MILLIS, 0
        while not stop.is_set():
            try:
                progressed = await self.ask()
                patience, failures = RETRY_MILLIS, 0
                if not progressed:
                    await server.pause(stop, LOOK_MILLIS / 1000)
            except (errors.Refusal, ValueError) as refusal:
                if failures % QUIET_QUESTIONS == 0:
                    telemetry.emit(NOT_TOLD, "warning", code=telemetry.Word(getattr(refusal, "code", "malformed")))
                failures += 1
                await server.pause(stop, patience / 1000)
                patience = min(patience * 2, RETRY_MILLIS_MAX)

    async def ask(self) -> bool:
        """One round of questions; whether any answer brought something. Those that bring nothing do not stop the others:
        each round goes on behind the last one that was asked.
        """
        missed = await self._db.read("gate.market_missed", lambda tx: self._prices.missed(tx, MISSED_MAX))
        self._turn = self._turn % len(missed) if missed else 0
        asked = (missed[self._turn :] + missed[: self._turn])[:AT_ONCE]
        progressed, refused = False, None
        for each in asked:
            self._turn += 1
            try:
                progressed = await self._one(each) or progressed
            except errors.Refusal as refusal:
                refused = refusal
        if refused is not None and not progressed:
            raise refused
        return progressed

    async def _one(self, missed: ports.Missed) -> bool:
        series = words.Series[missed.series.upper()]
        question = market.HistoryAfter(missed.instrument, series, missed.after)
        page = self._listener.hear_page(await self._exchange.post(self._listener.ask(question)), question)
        PAGES.labels(missed.series).inc()
        said = changes.trades(page) if isinstance(page, market.PrintsAfter) else changes.candles(page)
        filling = functools.partial(self._prices.filled, page=said, after=missed.after)
        return await self._db.run("gate.market_history", filling)
