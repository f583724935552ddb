"""Rounding: the named rules against the standard library's decimal, and the laws of residues and shares."""

import decimal
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundary.kernel import rounding

law = settings(deadline=None)
whole = st.integers(-(10**30), 10**30)
divisor = whole.filter(bool)
small = st.integers(-60, 60)
rules = st.sampled_from(rounding.Rule)

HALVES = [Decimal(each) / 10 for each in range(-40, 41)]
DECIMAL_NAMES = {
    rounding.Rule.HALF_EVEN: decimal.ROUND_HALF_EVEN,
    rounding.Rule.HALF_UP: decimal.ROUND_HALF_UP,
    rounding.Rule.DOWN: decimal.ROUND_DOWN,
    rounding.Rule.UP: decimal.ROUND_UP,
    rounding.Rule.FLOOR: decimal.ROUND_FLOOR,
    rounding.Rule.CEILING: decimal.ROUND_CEILING,
}


@pytest.mark.parametrize("rule", rounding.Rule)
def test_every_rule_agrees_with_the_standard_librarys_decimal(rule: rounding.Rule) -> None:
    for value in HALVES:
        expected = int(value.to_integral_value(DECIMAL_NAMES[rule]))
        assert rounding.divide(int(value * 10), 10, rule).quotient == expected, (rule, value)
        assert rounding.divide(int(value * -10), -10, rule).quotient == expected, (rule, value)


@law
@given(whole, divisor, rules)
def test_the_residue_accounts_exactly_for_what_was_rounded(
    numerator: int, denominator: int, rule: rounding.Rule
) -> None:
    quotient, residue = rounding.divide(numerator, denominator, rule)
    assert quotient * denominator + residue == numerator
    assert abs(residue) < abs(denominator)
    if rule in {rounding.Rule.HALF_EVEN, rounding.Rule.HALF_UP}:
        assert 2 * abs(residue) <= abs(denominator)


@law
@given(small, small.filter(bool), rules)
def test_the_sign_may_stand_on_either_side(numerator: int, denominator: int, rule: rounding.Rule) -> None:
    assert rounding.divide(-numerator, -denominator, rule).quotient == (
        rounding.divide(numerator, denominator, rule).quotient
    )


@law
@given(st.fractions(), rules)
def test_a_fraction_is_its_integer_and_its_residue(value: Fraction, rule: rounding.Rule) -> None:
    rounded = rounding.round_fraction(value, rule)
    assert rounded.value + rounded.residue == value
    assert abs(rounded.residue) < 1


def test_division_by_zero_is_an_error() -> None:
    with pytest.raises(ZeroDivisionError):
        rounding.divide(1, 0, rounding.Rule.DOWN)


@pytest.mark.parametrize("operand", [1.0, True, Decimal(1), "1", None])
def test_only_integers_are_divided_or_shared(operand: object) -> None:
    for call in (
        lambda: rounding.divide(operand, 1, rounding.Rule.DOWN),  # type: ignore[arg-type]  # the point of the test
        lambda: rounding.divide(1, operand, rounding.Rule.DOWN),  # type: ignore[arg-type]  # the point of the test
        lambda: rounding.largest_remainder(operand, [1]),  # type: ignore[arg-type]  # the point of the test
        lambda: rounding.largest_remainder(1, [operand]),  # type: ignore[list-item]  # the point of the test
    ):
        with pytest.raises(TypeError):
            call()


weights_lists = st.lists(st.one_of(st.integers(0, 5), st.integers(0, 10**20)), max_size=30)


@law
@given(st.integers(0, 10**25), weights_lists.filter(any))
def test_shares_are_exact_in_sum_and_within_one_of_their_proportion(total: int, weights: list[int]) -> None:
    shares = rounding.largest_remainder(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(Fraction(total * weight, sum(weights)) - share) < 1
        assert share == 0 or weight > 0
    assert shares == rounding.largest_remainder(total, list(weights))


@law
@given(st.integers(0, 200), st.lists(st.integers(0, 3), min_size=1, max_size=12).filter(any))
def test_of_equal_weights_the_earlier_never_gets_less(total: int, weights: list[int]) -> None:
    shares = rounding.largest_remainder(total, weights)
    for weight in set(weights):
        alike = [share for share, each in zip(shares, weights, strict=True) if each == weight]
        assert alike == sorted(alike, reverse=True)
        assert alike[0] - alike[-1] <= 1


@law
@given(st.integers(0, 200), st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_no_smaller_remainder_is_served_before_a_larger_one(total: int, weights: list[int]) -> None:
    shares = rounding.largest_remainder(total, weights)
    remainders = [total * weight % sum(weights) for weight in weights]
    got_one = [share - total * weight // sum(weights) for share, weight in zip(shares, weights, strict=True)]
    served = [rest for rest, extra in zip(remainders, got_one, strict=True) if extra]
    waiting = [rest for rest, extra in zip(remainders, got_one, strict=True) if not extra]
    assert min(served, default=sum(weights)) >= max(waiting, default=0)


def test_shares_by_hand() -> None:
    assert rounding.largest_remainder(10, [1, 1, 1]) == [4, 3, 3]
    assert rounding.largest_remainder(1, [0, 1, 0, 1]) == [0, 1, 0, 0]
    assert rounding.largest_remainder(100, [1, 2, 4]) == [14, 29, 57]
    assert rounding.largest_remainder(0, [1, 2]) == [0, 0]
    assert rounding.largest_remainder(0, [0, 0]) == [0, 0]
    assert rounding.largest_remainder(0, []) == []


@pytest.mark.parametrize(
    "total, weights", [(-1, [1]), (1, [2, -1]), (1, []), (1, [0, 0])], ids=["total", "weight", "nobody", "zeros"]
)
def test_what_cannot_be_shared_is_refused(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match=r"not negative|nobody has a weight"):
        rounding.largest_remainder(total, weights)
