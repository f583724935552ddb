"""Stops: when they come true, in which order, and as what; both books."""

from tests.execution.clob.trading import BUY, SELL, Market, Tif


def test_a_stop_waits_for_the_last_price(market: Market) -> None:
    market.new(SELL, 10, 105, user=5)
    stop = market.stop(BUY, 3, 103)
    market.trade_at(102)
    assert not market.triggered
    market.trade_at(103)
    assert market.triggered == [stop]
    assert market.trades[-1][2:] == (105, 3)


def test_before_the_first_trade_nothing_comes_true(market: Market) -> None:
    assert market.stop(BUY, 1, 1)
    assert not market.triggered


def test_a_stop_that_is_already_true_comes_true_on_entry(market: Market) -> None:
    market.trade_at(100)
    assert [market.stop(BUY, 1, 100)] == market.triggered
    assert [market.stop(SELL, 1, 100)] == market.triggered
    market.stop(BUY, 1, 101)
    market.stop(SELL, 1, 99)
    assert not market.triggered


def test_buys_from_low_to_high_then_sells_from_high_to_low_and_each_in_order_of_arrival(market: Market) -> None:
    high, low, low_later = market.stop(BUY, 1, 104), market.stop(BUY, 1, 102), market.stop(BUY, 1, 102)
    sell_low, sell_high = market.stop(SELL, 1, 105), market.stop(SELL, 1, 106)
    market.trade_at(104)
    assert market.triggered == [low, low_later, high, sell_high, sell_low]


def test_the_last_price_is_read_again_after_each(market: Market) -> None:
    """The first stop's trade makes the second one true, which the incoming trade had not."""
    market.new(SELL, 1, 110)
    first, second = market.stop(BUY, 1, 101), market.stop(BUY, 1, 109)
    market.trade_at(101)
    assert market.triggered == [first, second]


def test_a_stop_limit_becomes_a_limit_order_at_that_instant(market: Market) -> None:
    stop = market.stop(SELL, 5, 100, price=99)
    bid = market.new(BUY, 2, 99)
    market.trade_at(100)
    assert market.trades[-1] == (stop, bid, 99, 2)
    assert market.asks == [(stop, 99, 3)]


def test_a_post_only_stop_that_would_take_when_it_comes_true_ends(market: Market) -> None:
    stop = market.stop(BUY, 1, 101, price=110, tif=Tif.POST)
    market.new(SELL, 1, 105)
    market.trade_at(101)
    assert (stop, "would_take") in market.ended
    assert market.stop(BUY, 1, 101, price=110, tif=Tif.POST) == 0
    assert market.refusal == "post_would_cross"


def test_an_amendment_can_make_stops_true(market: Market) -> None:
    bid = market.new(BUY, 1, 90)
    stop = market.stop(SELL, 1, 95)
    market.new(SELL, 1, 92)
    market.amend(bid, 1, 92)
    assert market.triggered == [stop]


def test_a_parked_stop_is_cancelled_but_not_amended(market: Market) -> None:
    stop = market.stop(BUY, 1, 101)
    market.amend(stop, 2, 100)
    assert market.refusal == "stop_parked"
    market.cancel(stop)
    assert market.ended == [(stop, "by_owner")]


def test_an_iceberg_behind_a_stop_shows_slices_when_it_comes_true(market: Market) -> None:
    stop = market.stop(SELL, 30, 100, price=101, display=10)
    market.trade_at(100)
    assert market.asks == [(stop, 101, 30)]
    market.new(BUY, 30, 101)
    assert [each[3] for each in market.trades] == [10, 10, 10]
