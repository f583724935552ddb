"""Prices to the last digit, in currencies with none, two and three places."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary.kernel import money
from customer_stack.fx import model
from customer_stack.fx.model import policy, refusals
from customer_stack.fx.rules import positions, pricing
from tests.boundary.verify import test_quote as documents

LEVEL = model.Tier("individual", 50)


def price(base: str, quote: str, bid: str, ask: str, asked: pricing.Asked, *, fee_bp: int = 0) -> model.Computed:
    terms = policy.Terms(base=base, quote=quote, feeds=documents.TERMS.feeds, single_max=10**15, fee_bp=fee_bp)
    rate = documents.priced(bid, ask)
    board = model.Priced(terms.pair, rate.reference, rate.witness)
    scales = pricing.Scales(money.currency(asked.sell).scale, money.currency(asked.buy).scale)
    return pricing.computed(terms, board, LEVEL, asked, scales)


SELL, BUY = model.Side.SELL, model.Side.BUY


@pytest.mark.parametrize(
    "base, quote, asked, sold, bought, residue",
    [
        # 150 yen less half a percent is 149.25 for a dollar
        ("USD", "JPY", pricing.Asked("USD", "JPY", SELL, 10_01), 10_01, 1493, "397/400"),
        ("USD", "JPY", pricing.Asked("USD", "JPY", BUY, 1493), 10_01, 1493, "397/597"),
        # 151 yen and half a percent are 151.755 for a dollar
        ("USD", "JPY", pricing.Asked("JPY", "USD", SELL, 10_000), 10_000, 65_89, "17261/30351"),
        ("USD", "JPY", pricing.Asked("JPY", "USD", BUY, 65_89), 10_000, 65_89, "17261/20000"),
        # a dinar has three places
        ("KWD", "USD", pricing.Asked("KWD", "USD", SELL, 1_001), 1_001, 149_39, "37/40"),
    ],
)
def test_amounts_follow_from_the_rate_in_each_currencys_own_places(
    base: str, quote: str, asked: pricing.Asked, sold: int, bought: int, residue: str
) -> None:
    found = price(base, quote, "150", "151", asked)
    assert (found.sell_minor, found.buy_minor, found.residue) == (sold, bought, residue)


def test_the_fee_is_rounded_up_and_part_of_what_is_sold() -> None:
    found = price("USD", "LKR", "300", "301", pricing.Asked("LKR", "USD", SELL, 1000_05), fee_bp=10)
    assert found.fee_minor == 1_01
    found = price("USD", "LKR", "300", "301", pricing.Asked("LKR", "USD", BUY, 10_00), fee_bp=10)
    assert (found.sell_minor, found.fee_minor) == (3025_05 + 3_03, 3_03)


def test_a_price_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(refusals.AmountTooSmall):
        price("USD", "LKR", "300", "301", pricing.Asked("LKR", "USD", SELL, 3_02))
    with pytest.raises(refusals.AmountTooLarge):
        price("USD", "LKR", "300", "301", pricing.Asked("LKR", "USD", SELL, 10**30))


@given(minor=st.integers(1, 10**10), sells_base=st.booleans(), side=st.sampled_from(model.Side))
def test_nobody_gains_by_there_and_back(minor: int, side: model.Side, *, sells_base: bool) -> None:
    """Whatever is exchanged and at once exchanged back is never more than it was."""
    there = ("USD", "LKR") if sells_base else ("LKR", "USD")
    try:
        out = price("USD", "LKR", "300.10", "301.20", pricing.Asked(*there, side, minor))
        back = price("USD", "LKR", "300.10", "301.20", pricing.Asked(*there[::-1], SELL, out.buy_minor))
    except refusals.AmountTooSmall:
        return
    assert back.buy_minor < out.sell_minor
    assert 0 <= Fraction(out.residue) < 1


TERMS = policy.Terms(base="USD", quote="LKR", feeds=documents.TERMS.feeds, hedge_at=100_00)
SCALES = positions.Scales(6, 2)


@pytest.mark.parametrize(
    "base, under_way, expected",
    [
        (0, 0, 0),
        (-99_990_000, 0, 0),
        (-100_000_000, 0, 100_00),
        (-100_009_999, 0, 100_00),
        (250_000_000, 0, -250_00),
        (-250_000_000, 250_000_000, 0),
        (-250_000_000, 100_000_000, 150_00),
    ],
)
def test_what_is_under_way_counts_as_arrived(base: int, under_way: int, expected: int) -> None:
    position = model.Position(TERMS.pair, base, 0, under_way)
    assert positions.to_hedge(TERMS, position, SCALES) == expected


def test_a_result_is_cut_towards_the_loss() -> None:
    position = model.Position(TERMS.pair, -1, 1, 0)
    assert positions.result(position, Decimal("300.65"), SCALES) == Decimal("0.00")
    assert positions.result(model.Position(TERMS.pair, -1, 0, 0), Decimal("300.65"), SCALES) == Decimal("-0.01")
