"""Halts, auctions and breakers; both books."""

import pytest

from execution_stack.clob import auctions, model
from tests.execution.clob.trading import BUY, SELL, Kind, Market, Op, Reason, Tif


def state(market: Market) -> model.State:
    return model.State(market.book.state)


def test_a_halt_keeps_what_rests_refuses_what_is_new_and_allows_cancels(market: Market) -> None:
    order, other = market.new(BUY, 5, 100), market.new(BUY, 5, 99)
    market.tell(Op.HALT, type=model.State.HALTED)
    assert market.new(SELL, 1, 200) == 0
    assert market.refusal == "is_halted"
    market.amend(order, 6, 100)
    assert market.refusal == "is_halted"
    market.amend(order, 4, 100)
    assert market.refusal == ""
    market.cancel(other)
    assert market.bids == [(order, 100, 4)]


@pytest.mark.parametrize("tif, price", [(Tif.GTC, 0), (Tif.IOC, 100), (Tif.FOK, 100), (Tif.POST, 100)])
def test_an_auction_collects_what_can_wait(market: Market, tif: Tif, price: int) -> None:
    market.tell(Op.HALT, type=model.State.AUCTION)
    assert market.new(BUY, 1, price, tif) == 0
    assert market.refusal == "is_auction"
    market.new(BUY, 1, 110)
    market.new(SELL, 1, 90)
    assert (len(market.bids), len(market.asks), market.trades) == (1, 1, [])


def test_leaving_a_halt_trades_once_at_one_price(market: Market) -> None:
    market.trade_at(100)
    market.tell(Op.HALT, type=model.State.AUCTION)
    bids = [market.new(BUY, 10, price) for price in (104, 102, 98)]
    asks = [market.new(SELL, 8, price) for price in (97, 101, 103)]
    market.tell(Op.RESUME)
    assert market.trades == [(bids[0], asks[0], 101, 8), (bids[0], asks[1], 101, 2), (bids[1], asks[1], 101, 6)]
    assert market.bids == [(bids[1], 102, 4), (bids[2], 98, 10)]
    assert state(market) == model.State.OPEN
    market.tell(Op.RESUME)
    assert market.refusal == "same_state"


def test_stops_come_true_after_the_auction(market: Market) -> None:
    market.tell(Op.HALT, type=model.State.AUCTION)
    stop = market.stop(BUY, 1, 100)
    market.new(BUY, 1, 100)
    market.new(SELL, 1, 100)
    market.tell(Op.RESUME)
    assert market.triggered == [stop]


def test_an_iceberg_trades_all_of_itself_in_an_auction(market: Market) -> None:
    market.tell(Op.HALT, type=model.State.AUCTION)
    market.new(SELL, 30, 100, display=10)
    market.new(BUY, 30, 100)
    market.tell(Op.RESUME)
    assert sum(each[3] for each in market.trades) == 30
    assert market.asks == market.bids == []


def test_a_price_too_far_from_the_last_one_halts(market: Market) -> None:
    market.trade_at(100)
    market.tell(Op.BAND, price=3)
    near, far = market.new(SELL, 2, 103), market.new(SELL, 2, 104)
    taker = market.new(BUY, 5, 110)
    assert market.trades == [(taker, near, 103, 2)]
    assert [each.reason for each in market.said if each.kind == Kind.STATE] == [Reason.BY_BAND]
    assert state(market) == model.State.AUCTION
    assert (market.bids, market.asks) == ([(taker, 110, 3)], [(far, 104, 2)])
    market.tell(Op.RESUME)
    assert market.trades == [(taker, far, 104, 2)]


def test_all_or_nothing_does_not_reach_over_the_band(market: Market) -> None:
    market.trade_at(100)
    market.tell(Op.BAND, price=3)
    market.new(SELL, 2, 103)
    market.new(SELL, 2, 104)
    taker = market.new(BUY, 4, 110, Tif.FOK)
    assert market.ended == [(taker, "not_fillable")]
    assert state(market) == model.State.OPEN


def test_too_much_in_one_window_halts_and_a_new_window_begins_anew(market: Market) -> None:
    market.tell(Op.TIME, time=100)
    market.tell(Op.VOLUME, quantity=10, time=60)
    market.new(SELL, 100, 100)
    market.new(BUY, 10, 100)
    assert state(market) == model.State.OPEN
    market.tell(Op.TIME, time=160)
    market.new(BUY, 10, 100)
    assert state(market) == model.State.OPEN
    market.new(BUY, 1, 100)
    assert [each.reason for each in market.said if each.kind == Kind.STATE] == [Reason.BY_VOLUME]
    assert state(market) == model.State.AUCTION


def test_a_halted_book_fires_no_stop(market: Market) -> None:
    market.tell(Op.VOLUME, quantity=1, time=60)
    market.stop(BUY, 1, 100)
    market.new(SELL, 5, 100)
    market.new(BUY, 5, 100)
    assert not market.triggered
    assert state(market) == model.State.AUCTION


@pytest.mark.parametrize(
    "bids, asks, reference, expected",
    [
        ([(110, 10)], [(90, 10)], 100, (100, 10)),
        ([(110, 10)], [(90, 10)], 0, (100, 10)),
        ([(110, 10)], [(90, 10)], 500, (110, 10)),
        ([(110, 10), (100, 5)], [(90, 10), (105, 5)], 50, (101, 10)),
        ([(100, 10)], [(100, 4)], 1, (100, 4)),
        ([(99, 10)], [(100, 4)], 1, (0, 0)),
        ([], [(100, 4)], 1, (0, 0)),
        ([(105, 4), (103, 6)], [(101, 3), (104, 9)], 103, (104, 4)),
    ],
)
def test_the_price_of_an_auction(
    market: Market, bids: list[tuple[int, int]], asks: list[tuple[int, int]], reference: int, expected: tuple[int, int]
) -> None:
    """Greatest volume, least surplus, nearest to the reference, lower."""
    assert auctions.price(bids, asks, reference, 1) == expected
    market.tell(Op.HALT, type=model.State.AUCTION)
    for side, orders in ((BUY, bids), (SELL, asks)):
        for price, quantity in orders:
            market.new(side, quantity, price)
    ended = market.tell(Op.RESUME, price=reference)[-1]
    assert (ended.kind, ended.price, ended.quantity) == (Kind.STATE, *expected)
