"""What clients subscribe to, in the memory of one process: the newest state of a topic, and what brings a client to it.

A client is known by how far it has come, and nothing waits for it: who is slow skips what lies between. The few states
that lie behind are kept, so that most clients are told a change; who comes from elsewhere is told everything.
"""

from collections import OrderedDict
from typing import Protocol
from uuid import UUID

import msgspec

from boundary.kernel.runtime import transaction
from customer_stack.prices import model
from customer_stack.prices.formats import stream
from customer_stack.prices.service import reading

STATES_MAX = 100
TRADES_MAX = 500
TRADES_TOLD_MAX = 50
CANDLES_TOLD_MAX = 3
"""Of a span: the running one, and before it those that a slow client may have missed the end of."""
NOTHING = -1
"""The place of a client that has nothing yet."""


class Topic(Protocol):
    """`place` is how far whoever was told everything has come."""

    number: int
    instrument: UUID
    place: int

    @property
    def revision(self) -> int:
        """Of the newest state that is known here, if it has one."""
        ...

    async def load(self, tx: transaction.Tx) -> bool:
        """Take in what is newest; whether that is another state."""
        ...

    def put(self, book: model.Book) -> bool:
        """The newest state of the book was heard of; whether it is news here. False also if `load` must tell."""
        ...

    def told(self, since: int) -> bytes | None:
        """What brings somebody from there to here; none if there is nothing to say."""
        ...

    def doubt(self) -> None:
        """Revisions count from an earlier one again: whatever is read next is newer than what is here."""
        ...

    needs_load: bool


class Books:
    """Levels: a snapshot, then deltas."""

    needs_load = False

    def __init__(self, number: int, instrument: UUID) -> None:
        self.number = number
        self.instrument = instrument
        self._states: OrderedDict[int, model.Book] = OrderedDict()
        self._said: dict[int, bytes] = {}
        self._now = _nothing(instrument)
        self.place = 0

    @property
    def revision(self) -> int:
        return self._now.revision

    async def load(self, tx: transaction.Tx) -> bool:
        found = await reading.books(tx, [self.instrument])
        return bool(found) and self.put(found[0])

    def put(self, book: model.Book) -> bool:
        if book.revision <= self._now.revision:
            return False
        before, self._now = self._now, book
        if book.sequence == before.sequence:
            return False
        if book.sequence < before.sequence:
            self._states.clear()  # another history than the one that clients know: all of them begin anew
        self._states[book.sequence] = book
        if len(self._states) > STATES_MAX:
            self._states.popitem(last=False)
        self._said.clear()
        self.place = book.sequence
        return True

    def doubt(self) -> None:
        self._now = msgspec.structs.replace(self._now, revision=-1)

    def told(self, since: int) -> bytes | None:
        if since == self.place and since in self._states:
            return None
        known = self._states.get(since)
        key = since if known else NOTHING
        if key not in self._said:
            now = self._now
            self._said[key] = stream.delta(self.number, known, now) if known else stream.snapshot(self.number, now)
        return self._said[key]


class Tickers:
    """The figures of the day, whole each time."""

    needs_load = False

    def __init__(self, number: int, instrument: UUID) -> None:
        self.number = number
        self.instrument = instrument
        self.place = 0
        self._now = _nothing(instrument)
        self._said = stream.ticker(number, self._now)

    @property
    def revision(self) -> int:
        return self._now.revision

    async def load(self, tx: transaction.Tx) -> bool:
        found = await reading.books(tx, [self.instrument])
        return bool(found) and self.put(found[0])

    def put(self, book: model.Book) -> bool:
        if book.revision <= self._now.revision:
            return False
        self._now, said = book, stream.ticker(self.number, book)
        if said == self._said:
            return False
        self._said = said
        self.place = book.revision
        return True

    def doubt(self) -> None:
        self._now = msgspec.structs.replace(self._now, revision=-1)

    def told(self, since: int) -> bytes | None:
        return None if since == self.place else self._said


class Trades:
    """The newest trades, by their numbers."""

    needs_load = True
    revision = 0

    def __init__(self, number: int, instrument: UUID) -> None:
        self.number = number
        self.instrument = instrument
        self.place = 0
        self._trades: list[model.Trade] = []
        self._said: dict[int, bytes] = {}

    async def load(self, tx: transaction.Tx) -> bool:
        found = await reading.trades_after(tx, self.instrument, self.place, TRADES_MAX)
        if not found or found[-1].number <= self.place:
            return False
        if self._trades and found[0].number != self._trades[-1].number + 1:
            self._trades.clear()  # more was traded than is kept here
        self._trades = [*self._trades, *found][-TRADES_MAX:]
        self._said.clear()
        self.place = found[-1].number
        return True

    def put(self, book: model.Book) -> bool:
        return book.trade_number > self.place

    def doubt(self) -> None:
        """Trades have their numbers whatever is read."""

    def told(self, since: int) -> bytes | None:
        if since == self.place and self.place:
            return None
        if since > self.place:
            since = NOTHING  # of another history
        if since not in self._said:
            kept = [each for each in self._trades if each.number > since][-TRADES_TOLD_MAX:]
            after = kept[0].number - 1 if kept else self.place
            self._said[since] = stream.trades(self.number, after, kept)
        return self._said[since]


class Candles:
    """The newest candles of one span."""

    needs_load = True
    revision = 0

    def __init__(self, number: int, instrument: UUID, span: model.Span) -> None:
        self.number = number
        self.instrument = instrument
        self.span = span
        self.place = 0
        self._candles: list[model.Candle] = []
        self._said: dict[int, bytes] = {}

    async def load(self, tx: transaction.Tx) -> bool:
        found = await reading.newest_candles(tx, self.instrument, self.span, CANDLES_TOLD_MAX)
        if found == self._candles:
            return False
        self._candles = found
        self._said.clear()
        self.place = found[-1].last
        return True

    def put(self, book: model.Book) -> bool:
        return book.trade_number > self.place

    def doubt(self) -> None:
        """Candles hold trades, which have their numbers."""

    def told(self, since: int) -> bytes | None:
        """Candles that hold trades after the one that the client knows last."""
        if since == self.place and self.place:
            return None
        if since > self.place:
            since = NOTHING
        if since not in self._said:
            self._said[since] = stream.candles(self.number, [each for each in self._candles if each.last > since])
        return self._said[since]


def _nothing(instrument: UUID) -> model.Book:
    return model.Book(instrument, 0, model.Phase.OPEN, 0, 0, (), (), 0, 0, None, 0, 0, 0, 0, 0)


def make(channel: str, number: int, instrument: UUID) -> Topic:
    """The topic of a channel, as clients write it: `book`, `trades`, `ticker`, `candles:1m` and so on."""
    if channel == "book":
        return Books(number, instrument)
    if channel == "trades":
        return Trades(number, instrument)
    if channel == "ticker":
        return Tickers(number, instrument)
    name, _, span = channel.partition(":")
    if name == "candles" and span in set(model.Span):
        return Candles(number, instrument, model.Span(span))
    raise model.UnknownChannel("channels are book, trades, ticker, and candles:1m to candles:1d")
