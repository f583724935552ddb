"""Candles and the figures of a day are functions of the trades alone: cut the trades anywhere, it comes to the same."""

import itertools

import hypothesis
import pytest
from hypothesis import strategies as st

from execution_stack.clob.market_data import candles, day

NOON = 1_800_014_400  # a whole minute, quarter and hour
Span = candles.Span


def trades(*rows: tuple[int, int, int]) -> list[candles.Trade]:
    """(price, lots, seconds after the one before)."""
    times = itertools.accumulate(after for _, _, after in rows)
    return [
        candles.Trade(number, price, lots, 0, False, NOON + at)
        for number, ((price, lots, _), at) in enumerate(zip(rows, times, strict=True), 1)
    ]


ROWS = st.lists(st.tuples(st.integers(1, 200), st.integers(1, 50), st.integers(-5, 20_000)), min_size=1, max_size=80)


def collected(span: Span, runs: list[list[candles.Trade]]) -> dict[int, candles.Candle]:
    """As a table holds them after each run was folded onto what it held before."""
    held: dict[int, candles.Candle] = {}
    for run in runs:
        newest = held[max(held)] if held else None
        for each in candles.fold(span, newest, run):
            held[each.opens_at] = each
    return held


@hypothesis.given(rows=ROWS, cuts=st.lists(st.integers(0, 80), max_size=8), span=st.sampled_from(Span))
@hypothesis.settings(max_examples=60, deadline=None)
def test_candles_rebuilt_from_trades_are_identical(
    rows: list[tuple[int, int, int]], cuts: list[int], span: Span
) -> None:
    said = trades(*rows)
    edges = [0, *sorted(each for each in cuts if each < len(said)), len(said)]
    pieces = [said[start:end] for start, end in itertools.pairwise(edges)]
    whole = collected(span, [said])
    assert collected(span, pieces) == whole
    in_order = [whole[each] for each in sorted(whole)]
    assert in_order[0].first == 1
    assert in_order[-1].last == len(said)
    for one, next_ in itertools.pairwise(in_order):
        assert next_.first == one.last + 1
    assert sum(each.lots for each in in_order) == sum(each.lots for each in said)
    for each in in_order:
        inside = said[each.first - 1 : each.last]
        prices = [trade.price for trade in inside]
        assert (each.open, each.high, each.low, each.close) == (prices[0], max(prices), min(prices), prices[-1])
        assert each.opens_at % span == 0


@hypothesis.given(rows=ROWS)
@hypothesis.settings(max_examples=30, deadline=None)
def test_a_longer_candle_is_made_of_the_shorter_ones_in_it(rows: list[tuple[int, int, int]]) -> None:
    said = trades(*[(price, lots, abs(after)) for price, lots, after in rows])
    for shorter, longer in itertools.pairwise(Span):
        small, large = collected(shorter, [said]), collected(longer, [said])
        for opens_at, each in large.items():
            inside = [small[at] for at in sorted(small) if opens_at <= at < opens_at + longer]
            assert each.lots == sum(part.lots for part in inside)
            assert (each.open, each.close) == (inside[0].open, inside[-1].close)
            assert each.high == max(part.high for part in inside)
            assert each.low == min(part.low for part in inside)


def test_nothing_new_changes_no_candle() -> None:
    made = candles.fold(Span.MINUTE, None, trades((5, 1, 0)))
    assert candles.fold(Span.MINUTE, made[-1], []) == []
    assert candles.fold(Span.MINUTE, None, []) == []


def test_a_minute_without_trades_has_no_candle() -> None:
    made = candles.fold(Span.MINUTE, None, trades((5, 1, 0), (6, 1, 300)))
    assert [each.opens_at - NOON for each in made] == [0, 300]


@pytest.mark.parametrize("later, expected", [(0, (5, 9, 5, 9, 3, 2)), (day.DAY, (5, 9, 5, 9, 3, 2))])
def test_the_day_holds_the_minutes_of_the_last_24_hours(later: int, expected: tuple[int, ...]) -> None:
    window = day.Day(candles.fold(Span.MINUTE, None, trades((5, 1, 0), (9, 2, 120))))
    assert window.figures(NOON + 120) == day.Figures(*expected)
    assert window.figures(NOON + later) == day.Figures(*expected)


def test_what_leaves_the_day_leaves_its_figures() -> None:
    window = day.Day(candles.fold(Span.MINUTE, None, trades((5, 1, 0), (9, 2, 120), (7, 1, 10))))
    assert window.figures(NOON + day.DAY + 60) == day.Figures(9, 9, 7, 7, 3, 2)
    assert window.figures(NOON + day.DAY + 180) == day.Figures()
    assert window.figures(NOON) == day.Figures()


def test_the_newest_minute_is_replaced_and_not_counted_twice() -> None:
    first, second = trades((5, 1, 0), (8, 2, 10))
    window, made = day.Day(), candles.fold(Span.MINUTE, None, [first])
    window.take(made)
    window.take(candles.fold(Span.MINUTE, made[-1], [second]))
    assert window.figures(NOON + 30) == day.Figures(5, 8, 5, 8, 3, 2)
