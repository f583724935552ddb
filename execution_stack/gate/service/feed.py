"""The feed of market data in one process: the newest state of each thing, and since which sequence it is so.

There is no history. Whoever asks after a sequence hears what changed since, each thing once, as it is now; whoever comes
from another run begins anew. When too many instruments are gone to be remembered, a new run begins without them.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from boundary.channel import market as channel
from boundary.kernel import ids
from boundary.wire import market, words
from execution_stack.gate import ports

TICKS_MAX = 1500
"""Of one update: with the longest of them it stays within a frame. What is left follows with the next poll."""
BYTES_MAX = 200 * 1024
GONE_MAX = 10_000

Key = tuple[UUID, type[market.Tick]]


class Feed:
    def __init__(self, random: ids.Ids) -> None:
        self._ids = random
        self._now: dict[Key, market.Tick] = {}
        self._changed: dict[Key, int] = {}
        self.run, self.sequence = self._begun(), 0

    def take(self, tickers: Sequence[ports.Ticker]) -> bool:
        """Compare with what there was; whether anything is new."""
        before = self.sequence
        wanted = {(_instrument(tick), type(tick)): tick for ticker in tickers for tick in _ticks(ticker)}
        alive = {ticker.instrument for ticker in tickers}
        for key, tick in wanted.items():
            if self._now.get(key) != tick:
                self._note(key, tick)
        for key in [key for key in self._now if key not in wanted]:
            instrument, kind = key
            if kind is market.Status and instrument not in alive:
                gone = market.Status(instrument, words.MarketState.DELISTED)
                if self._now[key] != gone:
                    self._note(key, gone)
            elif kind is not market.Status:
                del self._now[key]
                del self._changed[key]
        self._forget()
        return self.sequence != before

    def after(self, place: channel.Place) -> channel.Update:
        """What somebody who has come this far does not know yet."""
        known = place.run == self.run and place.sequence <= self.sequence
        since = place.sequence if known else 0
        due = sorted((number, key) for key, number in self._changed.items() if number > since)
        if since == 0:
            due = [(number, key) for number, key in due if not _is_gone(self._now[key])]
        reached, ticks = self._fitting(due)
        return channel.Update(channel.Place(self.run, reached), since, ticks)

    def has_news(self, place: channel.Place) -> bool:
        return place.run != self.run or place.sequence != self.sequence

    def _fitting(self, due: Sequence[tuple[int, Key]]) -> tuple[int, tuple[market.Tick, ...]]:
        """As many as fit, oldest change first, and up to which sequence they tell."""
        ticks: list[market.Tick] = []
        size = 0
        for number, key in due:
            tick = self._now[key]
            size += _size(tick)
            if len(ticks) == TICKS_MAX or size > BYTES_MAX:
                return number - 1, tuple(ticks)
            ticks.append(tick)
        return self.sequence, tuple(ticks)

    def _note(self, key: Key, tick: market.Tick) -> None:
        self.sequence += 1
        self._now[key] = tick
        self._changed[key] = self.sequence

    def _forget(self) -> None:
        """Too many that are gone: a new run, in which they never were."""
        gone = [key for key, tick in self._now.items() if _is_gone(tick)]
        if len(gone) <= GONE_MAX:
            return
        for key in gone:
            del self._now[key]
        self.run = self._begun()
        self._changed = {key: number for number, key in enumerate(self._now, start=1)}
        self.sequence = len(self._now)

    def _begun(self) -> int:
        """Another one than any before, as far as chance goes: a run is what tells one life of the feed from another."""
        return int.from_bytes(self._ids.token(4), "big") or 1


def _ticks(ticker: ports.Ticker) -> Iterable[market.Tick]:
    yield market.Status(ticker.instrument, words.MarketState[ticker.state.upper()])
    yield market.ReferencePrice(ticker.instrument, ticker.reference_ticks or 0)
    yield from ticker.prices


def _instrument(tick: market.Tick) -> UUID:
    return tick.instrument


def _is_gone(tick: market.Tick) -> bool:
    return isinstance(tick, market.Status) and tick.state is words.MarketState.DELISTED


_SIZES: Mapping[type[market.Tick], int] = {
    market.Status: 24,
    market.ReferencePrice: 32,
    market.BookTop: 60,
    market.BookLevels: 24 + 2 * market.LEVELS_MAX * 20,
    market.LastTrade: 52,
}
"""At most, in bytes."""


def _size(tick: market.Tick) -> int:
    return _SIZES[type(tick)]
