"""Levels folded from events are the book's own, at every sequence, from any picture on, whatever happens to the book."""

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from execution_stack.clob import auctions, book, model
from execution_stack.clob.formats import snapshots
from execution_stack.clob.market_data import levels, orders
from tests.execution.clob import flows, trading

B, S = model.Side.BUY, model.Side.SELL
Tif, Op = model.Tif, model.Op


def own(of: Any) -> levels.Picture:
    """The levels as the book itself has them."""
    held = snapshots.read(of.snapshot())
    sides: list[dict[int, int]] = [{}, {}]
    for side, part in zip(sides, held.parts, strict=False):
        for each in part:
            side[each.price] = side.get(each.price, 0) + each.shown
    bids, asks = sorted(sides[0].items(), reverse=True), sorted(sides[1].items())
    return levels.Picture(held.settings.seq, tuple(bids), tuple(asks))


class Watched:
    """A book, its fold, and every delta and picture on the way."""

    def __init__(self, made: book.Book) -> None:
        self.book = made
        self.fold = orders.Orders(snapshots.read(made.snapshot()))
        self.pictures = [self.fold.picture()]
        self.deltas: list[levels.Delta] = []

    def tell(self, command: model.Command) -> list[tuple[int, ...]]:
        try:
            said = self.book.run_rows((tuple(map(int, command)),))
        except OverflowError:
            return []
        self.fold.take(model.Event(*each) for each in said)
        self.deltas.append(self.fold.delta())
        self.pictures.append(self.fold.picture())
        return said

    def flow(self, seed: int, count: int) -> Iterator[None]:
        """A step for each command."""
        made = flows.Flow(seed)
        for command in made.commands(count):
            made.heard(self.tell(command))
            yield

    def check(self) -> None:
        found = own(self.book)
        assert self.fold.picture() == found
        assert (self.fold.sequence, self.fold.state, self.fold.last) == (
            found.sequence,
            self.book.state,
            self.book.last,
        )
        if self.book.state == model.State.AUCTION:
            bids, asks = (ladder.totals() for ladder in self.book._sides)
            tick = self.book._grid.tick
            assert tuple(self.fold.indication()) == auctions.price(bids, asks, self.book.last, tick)
        else:
            assert self.fold.indication() == orders.Indication()


@pytest.mark.parametrize("seed", range(6))
def test_deltas_over_a_picture_at_any_sequence_are_the_books_own_levels(seed: int) -> None:
    watched = Watched(book.Book())
    for _ in watched.flow(seed, 250):
        watched.check()
    for start in range(0, len(watched.pictures), 17):
        late = levels.Levels(watched.pictures[start])
        for delta, picture in zip(watched.deltas[start:], watched.pictures[start + 1 :], strict=True):
            late.apply(delta)
            assert late.picture() == picture
    assert own(watched.book) == watched.pictures[-1]


@pytest.mark.parametrize("seed", range(3))
def test_a_fold_that_begins_at_a_snapshot_goes_on_as_the_one_that_saw_everything(seed: int) -> None:
    watched, flow = Watched(book.Book()), flows.Flow(seed)
    for command in flow.commands(100):
        flow.heard(watched.tell(command))
    anew = Watched(book.Book.restore(watched.book.snapshot()))
    for command in flow.commands(100):
        flow.heard(watched.tell(command))
        anew.tell(command)
        assert anew.fold.picture() == watched.fold.picture()
        anew.check()


@hypothesis.given(cuts=st.lists(st.integers(1, 199), unique=True, max_size=12), seed=st.integers(0, 50))
@hypothesis.settings(max_examples=15, deadline=None)
def test_deltas_may_span_any_number_of_commands(cuts: list[int], seed: int) -> None:
    made, flow = book.Book(), flows.Flow(seed)
    fold, known = orders.Orders(), levels.Levels()
    for number, command in enumerate(flow.commands(200)):
        try:
            said = made.run_rows((tuple(map(int, command)),))
        except OverflowError:
            continue
        flow.heard(said)
        fold.take(model.Event(*each) for each in said)
        if number in cuts:
            known.apply(fold.delta())
            assert known.picture() == own(made)
    known.apply(fold.delta())
    assert known.picture() == own(made)


def test_a_missing_delta_is_a_gap_and_a_repeated_one_is_not() -> None:
    known = levels.Levels(levels.Picture(5, ((10, 3),), ()))
    with pytest.raises(levels.Gap):
        known.apply(levels.Delta(6, 7, ((10, 1),), ()))
    known.apply(levels.Delta(4, 6, ((10, 1),), ()))
    known.apply(levels.Delta(4, 6, ((10, 9),), ()))
    assert known.picture() == levels.Picture(6, ((10, 1),), ())


def test_an_iceberg_shows_its_slice_and_nothing_else() -> None:
    made = book.Book()
    market, fold = trading.Market(made), orders.Orders()
    market.new(S, 100, 50, display=10)
    fold.take(market.said)
    assert fold.picture().asks == ((50, 10),)
    for left in (10, 10, 7):
        market.new(B, 3 if left == 7 else 10, 50)
        fold.take(market.said)
        assert fold.picture().asks == ((50, left),)
    market.new(B, 200, 50)
    fold.take(market.said)
    assert fold.picture() == own(made)
    assert fold.picture().asks == ()


def test_parked_stops_show_nothing_until_they_come_true() -> None:
    made = book.Book()
    market, fold = trading.Market(made), orders.Orders()
    market.stop(B, 5, 60, 60)
    fold.take(market.said)
    assert fold.picture()[1:] == ((), ())
    market.new(S, 1, 60)
    fold.take(market.said)
    market.new(B, 1, 60)
    fold.take(market.said)
    assert fold.picture() == own(made)
    assert fold.picture().bids == ((60, 5),)


def test_only_so_many_levels_as_asked_for_are_in_a_picture() -> None:
    market, fold = trading.Market(book.Book()), orders.Orders()
    for price in range(1, 31):
        market.new(B, price, price)
        fold.take(market.said)
    assert fold.picture(3).bids == ((30, 30), (29, 29), (28, 28))
    assert len(fold.picture(20).bids) == 20
