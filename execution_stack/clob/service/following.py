"""Follows what the books say, in the memory of one process: levels, newest trades, newest candles, the day's figures.

It begins at the newest picture and goes on by the numbers of batches, so a process that starts again comes to the same.
What is held of a book is bounded: its orders, so many trades, a candle of each span, and the minutes of a day.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import telemetry, transaction
from execution_stack.clob import model
from execution_stack.clob.formats import snapshots
from execution_stack.clob.market_data import candles, day, levels, orders
from execution_stack.clob.repo import candles as repo
from execution_stack.clob.service import feed, history

BATCHES_MAX = 16
"""In one look, so that whoever else lives in the process is not kept waiting."""
TRADES_MAX = 50
DEPTH = 20
MINUTES_MAX = day.DAY // day.MINUTE + 1


BEGUN_AGAIN = telemetry.Event("clob.feed_begun_again", shard=int)


class State(NamedTuple):
    """What may be said of one book: by price, by trade, by time, and by nobody's name."""

    instrument: UUID
    picture: levels.Picture
    state: model.State
    indication: orders.Indication
    trades: tuple[candles.Trade, ...]
    candles: tuple[tuple[candles.Span, candles.Candle], ...]
    day: day.Figures


class _Watched:
    """One book."""

    def __init__(self, fold: orders.Orders) -> None:
        self.fold = fold
        self.levels = levels.Levels(fold.picture())
        self.trades: tuple[candles.Trade, ...] = ()
        self.candles: dict[candles.Span, candles.Candle] = {}
        self.day = day.Day()

    def take(self, events: Sequence[model.Event]) -> bool:
        """Whether anything was traded."""
        self.fold.take(events)
        self.levels.apply(self.fold.delta())
        return any(each[0] == orders.TRADED for each in events)


class Follower:
    def __init__(self) -> None:
        self._places: dict[int, int] = {}
        self._books: dict[UUID, _Watched] = {}
        self._behind: set[int] = set()
        """Shards that were not caught up with since they were begun: until then nothing is told. Later the newest is told
        that is known, however far behind it may be.
        """
        self._changed: set[UUID] = set()
        self._unfolded: set[UUID] = set()
        self._begun = False
        self._minute = 0

    async def read(self, tx: transaction.Tx) -> None:
        """Take in what was committed since."""
        if not self._begun:
            known = await history.books(tx)
            self._unfolded.update(known)
            for instrument in known:
                self._book(instrument)
            self._begun = True
        for shard in await feed.shards(tx):
            await self._follow(tx, shard)

    async def fold(self, tx: transaction.Tx) -> None:
        """Keep candles of what was traded. What there is more of is folded with the next look."""
        wanted = sorted(self._unfolded)
        more = await history.keep(tx, wanted)
        await self._load(tx, wanted)
        self._unfolded = self._unfolded.difference(wanted) | set(more)

    @property
    def has_unfolded(self) -> bool:
        return bool(self._unfolded)

    def states(self, now: int) -> list[State]:
        """The books of which there is news; a new minute is news of all that traded within the day."""
        if self._behind:
            return []
        if now // day.MINUTE != self._minute:
            self._minute = now // day.MINUTE
            self._changed.update(self._books)
        found = [self._state(instrument, now) for instrument in sorted(self._changed)]
        self._changed.clear()
        return [each for each in found if not _is_between(each)]

    # ---- batches

    async def _follow(self, tx: transaction.Tx, shard: model.Shard) -> None:
        if shard.shard not in self._places:
            await self._begin(tx, shard.shard)
        place = self._places[shard.shard]
        if shard.newest > place:
            batches = await feed.after(tx, shard.shard, place, BATCHES_MAX)
            try:
                self._take(batches)
            except levels.Gap:  # what is known of this shard cannot be trusted: begin again with the next look
                telemetry.emit(BEGUN_AGAIN, "error", shard=shard.shard)
                del self._places[shard.shard]
                self._behind.add(shard.shard)
                return
        if self._places[shard.shard] >= shard.newest:
            self._behind.discard(shard.shard)

    async def _begin(self, tx: transaction.Tx, shard: int) -> None:
        self._behind.add(shard)
        found = await feed.picture(tx, shard)
        for instrument, data in found.books if found else ():
            self._put(instrument, orders.Orders(snapshots.read(data)))
        self._places[shard] = found.number if found else 0

    def _take(self, batches: Iterable[model.Batch]) -> None:
        for batch in batches:
            if batch.number != self._places[batch.shard] + 1:
                raise levels.Gap("a batch is missing")
            for instrument, events in batch.events:
                if self._book(instrument).take(events):
                    self._unfolded.add(instrument)
                self._changed.add(instrument)
            self._places[batch.shard] = batch.number

    def _book(self, instrument: UUID) -> _Watched:
        if instrument not in self._books:
            self._put(instrument, orders.Orders())
        return self._books[instrument]

    def _put(self, instrument: UUID, fold: orders.Orders) -> None:
        known = self._books.get(instrument)
        self._books[instrument] = made = _Watched(fold)
        if known is not None:
            made.trades, made.candles, made.day = known.trades, known.candles, known.day
        self._changed.add(instrument)

    # ---- trades and candles

    async def _load(self, tx: transaction.Tx, instruments: Sequence[UUID]) -> None:
        trades = await repo.newest_trades(tx, instruments, TRADES_MAX)
        newest = await repo.newest(tx, instruments)
        known = {each: self._book(each).day.newest for each in instruments}
        minutes = await repo.minutes(tx, known, MINUTES_MAX)
        for instrument in instruments:
            book = self._books[instrument]
            folded = newest.get((instrument, candles.Span.MINUTE))
            if folded is None:
                continue
            book.trades = tuple(each for each in trades.get(instrument, ()) if each.number <= folded.last)
            book.candles = {span: each for (name, span), each in newest.items() if name == instrument}
            book.day.take(minutes.get(instrument, ()))
            self._changed.add(instrument)

    def _state(self, instrument: UUID, now: int) -> State:
        book = self._books[instrument]
        return State(
            instrument,
            book.levels.picture(DEPTH),
            model.State(book.fold.state),
            book.fold.indication(),
            book.trades,
            tuple(sorted(book.candles.items())),
            book.day.figures(now),
        )


def _is_between(state: State) -> bool:
    """Whether what was committed so far ends within a command: an open book whose sides overlap is none."""
    bids, asks = state.picture.bids, state.picture.asks
    return state.state is model.State.OPEN and bool(bids and asks) and bids[0][0] >= asks[0][0]
