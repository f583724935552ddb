"""Numbers, tick tables and books: exact, or refused."""

import json
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution_stack.venues import model
from execution_stack.venues.formats import fixed_point
from execution_stack.venues.rules import grids, ladders

SAMPLES = pathlib.Path(__file__).with_name("samples")
STRUCTURES = json.loads((SAMPLES / "price_level_structures.json").read_text())["payload"]


@given(st.integers(0, 10**12))
def test_money_is_read_as_it_is_written(micros: int) -> None:
    assert fixed_point.money(f"{micros // 10**6}.{micros % 10**6:06d}") == micros
    assert fixed_point.money(fixed_point.price_text(micros)) == micros


@given(st.integers(0, 10**11))
def test_counts_are_read_as_they_are_written(hundredths: int) -> None:
    assert fixed_point.count(fixed_point.count_text(hundredths)) == hundredths


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "1.",
        ".5",
        "+1",
        "1e3",
        "1_000",
        " 1",
        "1 ",
        "NaN",
        "inf",
        "0x1",
        "1,0",
        "--1",
        "1.0000001",
        "٣",
        "9" * 13,
    ],
)
def test_what_is_no_decimal_number_is_refused(text: str) -> None:
    with pytest.raises(fixed_point.NotFixedPointError):
        fixed_point.money(text)


def test_decimals_that_say_nothing_are_let_through() -> None:
    assert fixed_point.count("10.0000") == 1_000
    assert fixed_point.money("-0.5") == -500_000


def _grid(name: str, lot: int = 1) -> model.Grid:
    rows = [
        model.Range(*(fixed_point.money(row[part]) for part in ("start", "end", "step"))) for row in STRUCTURES[name]
    ]
    return grids.read(rows, lot=lot)


@pytest.mark.parametrize(
    "name, tick, tick_size, price_max, prices",
    [
        ("linear_cent", 10_000, 100, 99, 99),
        ("deci_cent", 1_000, 10, 999, 999),
        ("tapered_deci_cent", 1_000, 10, 999, 99 + 80 + 1 + 99),
    ],
)
def test_the_published_tick_tables(name: str, tick: int, tick_size: int, price_max: int, prices: int) -> None:
    grid = _grid(name)
    assert (grid.tick, grid.tick_size, grid.price_max, grid.lot_size) == (tick, tick_size, price_max, 10_000)
    assert sum(grids.valid(grid, price) for price in range(0, model.DOLLAR + 1, 100)) == prices


@given(st.sampled_from(sorted(STRUCTURES)), st.integers(-10, 1_010))
def test_ticks_and_prices_are_each_others_inverse_or_refused(name: str, ticks: int) -> None:
    grid = _grid(name)
    try:
        price = grids.price(grid, ticks)
    except model.OffGrid:
        return
    assert grids.ticks(grid, price) == ticks


@pytest.mark.parametrize(
    "ranges",
    [
        [],
        [model.Range(0, 0, 1)],
        [model.Range(0, 10, 0)],
        [model.Range(5, 2, 1)],
        [model.Range(0, 2_000_000, 10_000)],
        [model.Range(0, 600_000, 10_000), model.Range(500_000, 1_000_000, 10_000)],
        [model.Range(0, 1_000_000, 50)],
        [model.Range(0, 1_000_000, 10_000)] * 40,
    ],
)
def test_a_tick_table_without_sense_is_refused(ranges: list[model.Range]) -> None:
    with pytest.raises(model.BadGrid):
        grids.read(ranges)


def test_lots_are_whole() -> None:
    grid = _grid("linear_cent", lot=100)
    assert grids.lots(grid, 300) == 3
    with pytest.raises(model.OffGrid):
        grids.lots(grid, 350)
    with pytest.raises(model.OffGrid):
        grids.cost(333_333, 1)
    assert grids.cost(330_100, 3) == 9_903


def test_a_ladder_is_torn_until_its_snapshot_and_when_a_level_falls_below_nothing() -> None:
    ladder = ladders.Ladder("M")
    down = model.BookDelta(2, "M", model.Side.BID, 400_000, -100, None)
    assert not ladder.delta(down)
    ladder.snapshot(model.BookSnapshot(1, model.Book("M", (model.Level(400_000, 100),), ())))
    assert ladder.best(model.Side.BID) == 400_000
    assert ladder.delta(down)
    assert ladder.book().bids == ()
    assert ladder.delta(down), "what is older than the book changes nothing"
    assert not ladder.delta(model.BookDelta(3, "M", model.Side.BID, 400_000, -100, None))
    assert ladder.best(model.Side.ASK) is None
