"""Money: it stays exact, refuses to mix, and never meets a float."""

import decimal
import itertools
import operator
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundary.kernel import currencies, errors, money, rounding

law = settings(deadline=None)
USD = money.currency("USD")
EUR = money.currency("EUR")
JPY = money.currency("JPY")
MINOR_MAX = 10**38 - 1
HALF = MINOR_MAX // 2

every_currency = st.sampled_from(sorted(currencies.ACTIVE)).map(money.currency)
minors = st.one_of(st.integers(-1000, 1000), st.integers(-HALF, HALF))
ratios = st.one_of(
    st.integers(-(10**9), 10**9),
    st.fractions(-(10**9), 10**9, max_denominator=10**9),
    st.decimals(-(10**9), 10**9, places=9, allow_nan=False),
)
rules = st.sampled_from(rounding.Rule)


def usd(text: str) -> money.Money:
    return money.parse(text, USD)


def price(text: str) -> money.Price:
    return money.Price(money.parse_decimal(text), USD)


def quantity(text: str) -> money.Quantity:
    return money.Quantity(money.parse_decimal(text))


# --- currencies


def test_the_table_holds_every_scale_and_no_number_twice() -> None:
    assert {scale for _, scale in currencies.ACTIVE.values()} == {0, 2, 3, 4}
    assert len({number for number, _ in currencies.ACTIVE.values()}) == len(currencies.ACTIVE) == 165
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in currencies.ACTIVE)
    assert not currencies.WITHOUT_MINOR_UNIT & currencies.ACTIVE.keys()


@pytest.mark.parametrize(
    "code, number, scale",
    [("USD", 840, 2), ("LKR", 144, 2), ("JPY", 392, 0), ("KWD", 414, 3), ("CLF", 990, 4), ("AFN", 971, 2)],
)
def test_a_currency_carries_isos_number_and_scale(code: str, number: int, scale: int) -> None:
    assert money.currency(code) == money.Currency(code, scale=scale, number=number)


@pytest.mark.parametrize("code", sorted(currencies.WITHOUT_MINOR_UNIT))
def test_what_has_no_minor_unit_is_not_money(code: str) -> None:
    with pytest.raises(money.CurrencyWithoutMinorUnit):
        money.currency(code)


@pytest.mark.parametrize("code", ["", "usd", "USDX", "DEM", "BGN", "US", " USD", "ＵＳＤ"])
def test_an_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(money.UnknownCurrency):
        money.currency(code)


def test_a_currency_that_differs_from_the_table_cannot_be_made() -> None:
    with pytest.raises(money.UnknownCurrency):
        money.Currency("USD", scale=6, number=840)
    with pytest.raises(money.UnknownCurrency):
        money.Currency("USD", scale=2, number=841)


# --- what an amount is


@pytest.mark.parametrize("amount", [1.0, 1, True, "1", None, Fraction(1)])
def test_an_amount_is_a_decimal_and_nothing_else(amount: object) -> None:
    for make in (lambda: money.Money(amount, USD), lambda: money.Price(amount, USD), lambda: money.Quantity(amount)):  # type: ignore[arg-type]  # the point of the test
        with pytest.raises(TypeError):
            make()


@pytest.mark.parametrize("currency", ["USD", None, 840])
def test_a_currency_is_no_text(currency: object) -> None:
    for kind in (money.Money, money.Price):
        with pytest.raises(TypeError):
            kind(Decimal(1), currency)  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "-NaN123", "Infinity", "-Infinity"])
def test_what_is_not_finite_is_refused(amount: str) -> None:
    for make in (
        lambda: money.Money(Decimal(amount), USD),
        lambda: money.Price(Decimal(amount), USD),
        lambda: money.Quantity(Decimal(amount)),
        lambda: money.multiply(usd("1"), Decimal(amount), rounding.Rule.DOWN),
    ):
        with pytest.raises(money.AmountNotFinite):
            make()


@pytest.mark.parametrize(
    "amount, currency",
    [("0.001", "USD"), ("0.5", "JPY"), ("1.2345", "KWD"), ("0.00001", "CLF"), ("1E-999999999", "USD")],
)
def test_what_is_too_fine_is_refused_and_never_rounded(amount: str, currency: str) -> None:
    with pytest.raises(money.AmountTooFine):
        money.Money(Decimal(amount), money.currency(currency))


def test_prices_and_quantities_have_at_most_18_decimals() -> None:
    finest = Decimal("1E-18")
    assert money.Quantity(finest).text() == "0.000000000000000001"
    assert money.Price(finest, USD).amount == finest
    for make in (lambda: money.Quantity(Decimal("1E-19")), lambda: money.Price(Decimal("1E-999999999"), USD)):
        with pytest.raises(money.AmountTooFine):
            make()


@pytest.mark.parametrize("amount", ["1E+36", "1E+999999999", "-1E+36"])
def test_what_does_not_fit_is_refused(amount: str) -> None:
    for make in (
        lambda: money.Money(Decimal(amount), USD),
        lambda: money.Price(Decimal(amount), USD),
        lambda: money.Quantity(Decimal(amount)),
    ):
        with pytest.raises(money.AmountTooLarge):
            make()


def test_arithmetic_that_leaves_the_range_is_refused() -> None:
    most = money.from_minor(MINOR_MAX, USD)
    for make in (
        lambda: most + money.from_minor(1, USD),
        lambda: -most - money.from_minor(1, USD),
        lambda: most * 2,
        lambda: most * 10**1000,
        lambda: money.from_minor(MINOR_MAX + 1, USD),
        lambda: money.multiply(most, 2, rounding.Rule.DOWN),
        lambda: money.multiply(most, Decimal("1E+39"), rounding.Rule.DOWN),
        lambda: money.multiply(most, Decimal("1E-39"), rounding.Rule.DOWN),
    ):
        with pytest.raises(money.AmountTooLarge):
            make()


def test_the_callers_decimal_context_changes_nothing() -> None:
    with decimal.localcontext() as context:
        context.prec = 3
        context.rounding = decimal.ROUND_UP
        total = money.from_minor(123_456_789_012_345, USD) + money.from_minor(1, USD)
        assert total.to_minor() == 123_456_789_012_346
        assert str(total) == "1234567890123.46 USD"
        assert money.multiply(total, Fraction(1, 1), rounding.Rule.DOWN).money == total


def test_equal_amounts_have_one_form() -> None:
    assert str(money.Money(Decimal("1.5"), USD).amount) == str(money.Money(Decimal("1.500"), USD).amount) == "1.50"
    assert str(money.Money(Decimal("-0.000"), USD).amount) == "0.00"
    assert str(money.Money(Decimal("0E+999999"), USD).amount) == "0.00"
    assert str(money.Quantity(Decimal("1E+3")).amount) == "1000"
    assert str(money.Quantity(Decimal("-0.0")).amount) == "0"
    assert str(money.Price(Decimal("2.5000"), USD).amount) == "2.5"
    assert msgspec.msgpack.encode(money.Quantity(Decimal("1.0"))) == msgspec.msgpack.encode(quantity("1"))


def test_a_decoded_amount_is_checked_like_any_other() -> None:
    data = msgspec.json.encode(usd("12.50"))
    assert msgspec.json.decode(data, type=money.Money) == usd("12.50")
    with pytest.raises(money.AmountTooFine):
        msgspec.json.decode(data.replace(b"12.50", b"12.501"), type=money.Money)
    with pytest.raises(money.UnknownCurrency):
        msgspec.json.decode(data.replace(b'"scale":2', b'"scale":3'), type=money.Money)


@pytest.mark.parametrize(
    "kind",
    [
        money.UnknownCurrency,
        money.CurrencyWithoutMinorUnit,
        money.CurrencyMismatch,
        money.AmountMalformed,
        money.AmountNotFinite,
        money.AmountTooFine,
        money.AmountTooLarge,
    ],
)
def test_every_refusal_is_invalid_input_with_a_code_of_its_own(kind: type[errors.Refusal]) -> None:
    assert issubclass(kind, errors.Invalid)
    assert kind.code not in {errors.Invalid.code, errors.Refusal.code}


# --- arithmetic


@law
@given(minors, minors, every_currency)
def test_sums_and_differences_are_those_of_the_minor_units(left: int, right: int, currency: money.Currency) -> None:
    one, other = money.from_minor(left, currency), money.from_minor(right, currency)
    assert (one + other).to_minor() == left + right
    assert (one - other).to_minor() == left - right
    assert (-one).to_minor() == -left
    assert one + other == other + one
    assert one + other - other == one


@law
@given(minors, minors, every_currency)
def test_order_is_that_of_the_minor_units(left: int, right: int, currency: money.Currency) -> None:
    one, other = money.from_minor(left, currency), money.from_minor(right, currency)
    for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        assert compare(one, other) == compare(left, right)
    assert (hash(one) == hash(other)) >= (left == right)


@law
@given(st.integers(-(10**18), 10**18), st.integers(-(10**18), 10**18), every_currency)
def test_multiplication_by_a_whole_number_is_exact(minor: int, times: int, currency: money.Currency) -> None:
    product = money.from_minor(minor, currency) * times
    assert product == times * money.from_minor(minor, currency)
    assert product.to_minor() == minor * times


@law
@given(st.integers(-(10**15), 10**15), ratios, rules, every_currency)
def test_a_product_and_its_residue_are_the_exact_product(
    minor: int, ratio: int | Decimal | Fraction, rule: rounding.Rule, currency: money.Currency
) -> None:
    product, residue = money.multiply(money.from_minor(minor, currency), ratio, rule)
    assert product.to_minor() + residue == minor * Fraction(ratio)
    assert abs(residue) < 1
    assert product.currency == currency


@law
@given(st.integers(-(10**15), 10**15), ratios.filter(bool), rules, every_currency)
def test_a_quotient_and_its_residue_are_the_exact_quotient(
    minor: int, ratio: int | Decimal | Fraction, rule: rounding.Rule, currency: money.Currency
) -> None:
    quotient, residue = money.divide(money.from_minor(minor, currency), ratio, rule)
    assert quotient.to_minor() + residue == minor / Fraction(ratio)
    assert abs(residue) < 1


def test_a_value_is_price_times_quantity_with_its_residue() -> None:
    worth = money.value(price("0.333333"), quantity("3.1"), rounding.Rule.HALF_EVEN)
    assert worth.money == usd("1.03")
    assert worth.residue == Fraction("103.33323") - 103
    assert money.value(price("2.5"), quantity("4"), rounding.Rule.UP) == money.Rounded(usd("10"), Fraction(0))


def test_prices_and_quantities_add_among_themselves() -> None:
    assert price("1.25") + price("0.005") == price("1.255")
    assert price("1") - price("0.3") == price("0.7")
    assert price("1") < price("1.000000000000000001")
    assert quantity("1") + quantity("0.5") == quantity("1.5") == quantity("0.5") * 3
    assert -quantity("2") <= quantity("-2")
    with pytest.raises(money.CurrencyMismatch):
        price("1") < money.Price(Decimal(1), EUR)  # noqa: B015 -- comparing is what raises


OPERATIONS: list[Callable[[Any, Any], object]] = [
    operator.add,
    operator.sub,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_currencies_do_not_mix(operation: Callable[[object, object], object]) -> None:
    with pytest.raises(money.CurrencyMismatch):
        operation(usd("1"), money.Money(Decimal(1), EUR))
    assert usd("0") != money.Money(Decimal(0), EUR)


KINDS: list[object] = [usd("2"), price("2"), quantity("2")]
STRANGERS: list[object] = [2, 2.0, True, Decimal(2), Fraction(2), "2", None]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_kinds_do_not_mix_with_each_other_or_with_numbers(operation: Callable[[object, object], object]) -> None:
    pairs = [*itertools.permutations(KINDS, 2), *itertools.product(KINDS, STRANGERS)]
    for left, right in [*pairs, *((right, left) for left, right in pairs)]:
        with pytest.raises(TypeError):
            operation(left, right)
        assert left != right


@pytest.mark.parametrize(
    "operation", [operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow, divmod]
)
def test_nothing_but_a_whole_number_multiplies_and_nothing_divides(
    operation: Callable[[object, object], object],
) -> None:
    whole = {2} if operation is operator.mul else set[int]()
    for kind, other in itertools.product(KINDS, [*STRANGERS, *KINDS]):
        if type(other) is int and other in whole and not isinstance(kind, money.Price):
            continue
        for left, right in ((kind, other), (other, kind)):
            with pytest.raises(TypeError):
                operation(left, right)


@pytest.mark.parametrize("ratio", [1.5, True, "1", None])
def test_a_ratio_is_exact(ratio: object) -> None:
    for scale in (money.multiply, money.divide):
        with pytest.raises(TypeError):
            scale(usd("1"), ratio, rounding.Rule.DOWN)  # type: ignore[arg-type]  # the point of the test


def test_a_ratio_may_be_as_fine_or_large_as_an_amount() -> None:
    assert money.multiply(usd("0"), Decimal("1E+38"), rounding.Rule.UP).money == usd("0")
    assert money.multiply(usd("1"), Decimal("1E-38"), rounding.Rule.UP).money == usd("0.01")


def test_a_value_takes_a_price_and_a_quantity_in_that_order() -> None:
    for left, right in itertools.product(KINDS, repeat=2):
        if (left, right) != (price("2"), quantity("2")):
            with pytest.raises(TypeError):
                money.value(left, right, rounding.Rule.DOWN)  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize("minor", [1.0, True, Decimal(1), "1", None])
def test_minor_units_are_whole_numbers(minor: object) -> None:
    with pytest.raises(TypeError):
        money.from_minor(minor, USD)  # type: ignore[arg-type]  # the point of the test


def test_an_amount_cannot_be_changed() -> None:
    for amount in (usd("1"), price("1"), quantity("1")):
        with pytest.raises(AttributeError):
            amount.amount = Decimal(2)  # type: ignore[misc]  # the point of the test


# --- text


@law
@given(minors, every_currency)
def test_text_reads_back_as_the_same_money(minor: int, currency: money.Currency) -> None:
    amount = money.from_minor(minor, currency)
    assert money.parse(amount.text(), currency) == amount
    assert str(amount) == f"{amount.text()} {currency.code}"
    assert len(amount.text().partition(".")[2]) == currency.scale


@law
@given(st.decimals(-(10**15), 10**15, places=18, allow_nan=False))
def test_text_of_a_quantity_reads_back_and_has_no_trailing_zeros(value: Decimal) -> None:
    text = money.Quantity(value).text()
    assert money.Quantity(money.parse_decimal(text)) == money.Quantity(value)
    assert "." not in text or not text.endswith("0")


@pytest.mark.parametrize(
    "text",
    [
        "", "-", "+1", "01", "00", "-01", ".5", "5.", "1e3", "1E+3", "1_000", "1,5", "1,000.00", " 1", "1 ", "1\n", "\n1",
        "--1", "1.2.3", "NaN", "Infinity", "-inf", "0x1", "١٢", "１", "1.２", "−1", "1" * 41, "0." + "0" * 500,
    ],
)  # fmt: skip
def test_text_that_is_not_strict_is_refused(text: str) -> None:
    with pytest.raises(money.AmountMalformed):
        money.parse(text, USD)


@pytest.mark.parametrize("text, minor", [("0", 0), ("-0", 0), ("-0.00", 0), ("1", 100), ("-1.5", -150), ("0.07", 7)])
def test_strict_text_is_read(text: str, minor: int) -> None:
    assert usd(text) == money.from_minor(minor, USD)


@pytest.mark.parametrize("text, currency", [("1.500", USD), ("1.001", USD), ("1.0", JPY)])
def test_text_with_more_digits_than_the_minor_unit_is_refused_even_if_they_are_zero(
    text: str, currency: money.Currency
) -> None:
    with pytest.raises(money.AmountTooFine):
        money.parse(text, currency)


def test_text_is_parsed_from_text() -> None:
    for stranger in (1, 1.0, b"1", None, Decimal(1)):
        with pytest.raises(TypeError):
            money.parse(stranger, USD)  # type: ignore[arg-type]  # the point of the test
