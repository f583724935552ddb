"""What an order does, by its type and by how long it lives; both books."""

import pytest

from execution_stack.clob import model
from tests.execution.clob.trading import BUY, SELL, Market, Op, Tif, Type


def test_the_better_price_trades_first_and_then_the_earlier_order(market: Market) -> None:
    later_price = market.new(SELL, 5, 102)
    first, second = market.new(SELL, 5, 101), market.new(SELL, 5, 101)
    taker = market.new(BUY, 12, 102)
    assert market.trades == [(taker, first, 101, 5), (taker, second, 101, 5), (taker, later_price, 102, 2)]
    assert market.asks == [(later_price, 102, 3)]


def test_a_trade_is_at_the_price_of_the_order_that_was_there(market: Market) -> None:
    maker = market.new(BUY, 5, 110)
    taker = market.new(SELL, 5, 90)
    assert market.trades == [(taker, maker, 110, 5)]


def test_what_a_limit_order_cannot_trade_rests(market: Market) -> None:
    market.new(SELL, 3, 100)
    taker = market.new(BUY, 10, 100)
    assert market.bids == [(taker, 100, 7)]


@pytest.mark.parametrize("tif", [Tif.GTC, Tif.IOC, Tif.DAY])
def test_a_market_order_never_rests(market: Market, tif: Tif) -> None:
    market.new(SELL, 3, 100)
    taker = market.new(BUY, 10, tif=tif)
    assert market.ended == [(taker, "unfilled")]
    assert market.bids == market.asks == []


def test_at_once_or_never(market: Market) -> None:
    market.new(SELL, 3, 100)
    taker = market.new(BUY, 10, 100, Tif.IOC)
    assert len(market.trades) == 1
    assert market.ended == [(taker, "unfilled")]


def test_all_or_nothing_is_decided_before_any_trade(market: Market) -> None:
    market.new(SELL, 3, 100)
    market.new(SELL, 3, 101)
    before = market.asks
    for quantity, price in ((7, 101), (6, 100)):
        taker = market.new(BUY, quantity, price, Tif.FOK)
        assert market.ended == [(taker, "not_fillable")]
        assert market.asks == before
    market.new(BUY, 6, 101, Tif.FOK)
    assert market.asks == []


def test_all_or_nothing_counts_what_is_hidden(market: Market) -> None:
    market.new(SELL, 50, 100, display=5)
    market.new(BUY, 50, 100, Tif.FOK)
    assert sum(each[3] for each in market.trades) == 50
    assert market.asks == []


@pytest.mark.parametrize("tif", sorted(model.POSTING))
def test_a_post_only_order_that_would_take_is_refused(market: Market, tif: Tif) -> None:
    market.new(SELL, 3, 100)
    digest = market.digest
    assert market.new(BUY, 3, 100, tif, time=10) == 0
    assert market.refusal == "post_would_cross"
    assert market.digest == digest
    assert market.new(BUY, 3, 99, tif, time=10)


def test_an_iceberg_shows_a_slice_and_its_next_one_goes_to_the_tail(market: Market) -> None:
    iceberg = market.new(SELL, 25, 100, display=10)
    other = market.new(SELL, 10, 100)
    assert market.asks == [(iceberg, 100, 25), (other, 100, 10)]
    taker = market.new(BUY, 12, 100)
    assert market.trades == [(taker, iceberg, 100, 10), (taker, other, 100, 2)]
    taker = market.new(BUY, 23, 100)
    assert market.trades == [(taker, other, 100, 8), (taker, iceberg, 100, 10), (taker, iceberg, 100, 5)]
    assert market.asks == []


def test_an_amendment_downwards_keeps_its_place(market: Market) -> None:
    first, second = market.new(BUY, 10, 100), market.new(BUY, 10, 100)
    market.amend(first, 4, 100)
    assert market.bids == [(first, 100, 4), (second, 100, 10)]


@pytest.mark.parametrize("quantity, price", [(11, 100), (10, 99), (5, 101)])
def test_any_other_amendment_loses_its_place(market: Market, quantity: int, price: int) -> None:
    first, second = market.new(BUY, 10, 100), market.new(BUY, 10, price)
    market.amend(first, quantity, price)
    assert market.bids == [(second, price, 10), (first, price, quantity)]


def test_an_amendment_that_crosses_takes(market: Market) -> None:
    ask, bid = market.new(SELL, 5, 105), market.new(BUY, 8, 100)
    market.amend(bid, 8, 105)
    assert market.trades == [(bid, ask, 105, 5)]
    assert market.bids == [(bid, 105, 3)]


def test_an_amendment_of_a_post_only_order_that_would_cross_is_refused_and_the_order_stays(market: Market) -> None:
    market.new(SELL, 5, 105)
    bid = market.new(BUY, 8, 100, Tif.POST)
    digest = market.digest
    market.amend(bid, 8, 105)
    assert market.refusal == "post_would_cross"
    assert market.digest == digest


def test_a_smaller_iceberg_gives_up_hidden_quantity_first(market: Market) -> None:
    iceberg = market.new(SELL, 25, 100, display=10)
    market.amend(iceberg, 12, 100)
    taker = market.new(BUY, 12, 100)
    assert market.trades == [(taker, iceberg, 100, 10), (taker, iceberg, 100, 2)]


def test_only_the_owner_cancels_and_amends(market: Market) -> None:
    order = market.new(BUY, 5, 100, user=7)
    market.cancel(order, user=8)
    assert market.refusal == "unknown_order"
    market.amend(order, 3, 100, user=8)
    assert market.refusal == "unknown_order"
    market.cancel(order, user=7)
    assert market.ended == [(order, "by_owner")]


def test_an_operator_cancels_anybodys_order(market: Market) -> None:
    order = market.new(BUY, 5, 100, user=7)
    market.tell(Op.FORCE_CANCEL, id=order)
    assert market.ended == [(order, "by_operator")]


def test_a_mass_cancel_ends_all_of_one_participant_in_order_of_id(market: Market) -> None:
    ids = [market.new(BUY, 1, price, user=3) for price in (97, 99, 98)]
    parked = market.stop(BUY, 1, 200, user=3)
    other = market.new(BUY, 1, 96, user=4)
    market.amend(ids[0], 2, 97, user=3)
    market.tell(Op.MASS_CANCEL, user=3)
    assert market.ended == [(each, "by_mass") for each in (*ids, parked)]
    assert market.bids == [(other, 96, 1)]


def test_dated_orders_end_when_their_time_comes_and_a_finished_one_leaves_no_date_behind(market: Market) -> None:
    traded = market.new(BUY, 1, 101, Tif.GTD, time=50)
    late, early = market.new(BUY, 1, 100, Tif.GTD, time=60), market.new(BUY, 1, 99, Tif.GTD, time=50)
    parked = market.stop(BUY, 1, 200, tif=Tif.GTD, time=55)
    market.new(SELL, 1, 101)
    assert market.trades[0][1] == traded
    market.tell(Op.TIME, time=60)
    assert market.ended == [(each, "expired") for each in (early, parked, late)]
    market.tell(Op.TIME, time=60)
    assert market.refusal == "bad_time"


def test_the_day_ends_by_a_command(market: Market) -> None:
    kept, day = market.new(BUY, 1, 100), market.new(BUY, 1, 101, Tif.DAY)
    posted = market.new(BUY, 1, 99, Tif.POST_DAY)
    market.tell(Op.END_DAY)
    assert market.ended == [(day, "day_ended"), (posted, "day_ended")]
    assert market.bids == [(kept, 100, 1)]


@pytest.mark.parametrize(
    "prevention, ended, left",
    [
        (model.Prevention.NEWEST, ["taker"], ["own", "other"]),
        (model.Prevention.OLDEST, ["own"], []),
        (model.Prevention.BOTH, ["own", "taker"], ["other"]),
    ],
)
def test_nobody_trades_with_themselves(
    market: Market, prevention: model.Prevention, ended: list[str], left: list[str]
) -> None:
    market.tell(Op.RULES, type=prevention)
    market.new(SELL, 2, 99, user=2)
    names = {"own": market.new(SELL, 5, 100, user=1), "other": market.new(SELL, 5, 100, user=2)}
    names["taker"] = market.new(BUY, 7, 100, user=1)
    assert market.ended == [(names[each], "self_trade") for each in ended]
    assert [each[0] for each in market.asks] == [names[each] for each in left]


def test_all_or_nothing_sees_its_own_orders_in_the_way(market: Market) -> None:
    market.tell(Op.RULES, type=model.Prevention.NEWEST)
    market.new(SELL, 20, 100, display=5, user=2)
    market.new(SELL, 5, 100, user=1)
    taker = market.new(BUY, 6, 100, Tif.FOK, user=1)
    assert market.ended == [(taker, "not_fillable")]
    market.new(BUY, 5, 100, Tif.FOK, user=1)
    assert sum(each[3] for each in market.trades) == 5


def test_ids_ascend_and_a_refusal_takes_none(market: Market) -> None:
    assert [market.new(BUY, 1, 100), market.new(BUY, 0, 100), market.new(BUY, 1, 100)] == [1, 0, 2]


def test_types_are_what_they_become(market: Market) -> None:
    """A stop becomes a market order, a stop-limit a limit order; never the other way round."""
    market.trade_at(100)
    plain = market.stop(BUY, 5, 100)
    assert market.triggered == [plain]
    assert market.ended == [(plain, "unfilled")]
    limited = market.stop(BUY, 5, 100, price=95)
    assert market.triggered == [limited]
    assert market.bids == [(limited, 95, 5)]
    assert market.said[0].reason == Type.STOP_LIMIT
