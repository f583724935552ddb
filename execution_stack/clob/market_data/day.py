"""The figures of the last 24 hours, minute by minute: what leaves the day leaves it a minute at a time."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from execution_stack.clob.market_data import candles

DAY = int(candles.Span.DAY)
MINUTE = candles.Span.MINUTE


class Figures(NamedTuple):
    """Of a day without a trade all are 0. The change is the newest price less the day's first."""

    open: int = 0
    high: int = 0
    low: int = 0
    close: int = 0
    lots: int = 0
    trades: int = 0


class Day:
    """A window over the candles of one minute; it holds as many as a day has minutes, and no more."""

    def __init__(self, minutes: Iterable[candles.Candle] = ()) -> None:
        self._minutes: deque[candles.Candle] = deque(maxlen=DAY // MINUTE + 1)
        self.take(minutes)

    @property
    def newest(self) -> int:
        """The first trade of the newest minute; 0 before the first."""
        return self._minutes[-1].first if self._minutes else 0

    def take(self, minutes: Iterable[candles.Candle]) -> None:
        """The newest candle as it is now, and those that follow it."""
        for each in minutes:
            if self._minutes and self._minutes[-1].first == each.first:
                self._minutes[-1] = each
            else:
                self._minutes.append(each)

    def figures(self, now: int) -> Figures:
        """As of this second: the running minute, and the 1,440 before it."""
        first = now - now % MINUTE - DAY
        while self._minutes and self._minutes[0].opens_at < first:
            self._minutes.popleft()
        if not self._minutes:
            return Figures()
        return Figures(
            self._minutes[0].open,
            max(each.high for each in self._minutes),
            min(each.low for each in self._minutes),
            self._minutes[-1].close,
            sum(each.lots for each in self._minutes),
            self._minutes[-1].last - self._minutes[0].first + 1,
        )
