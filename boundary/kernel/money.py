"""Money, prices and quantities: exact decimals that refuse to mix, to lose a digit or to meet a float.

| left     | operator  | right                 | result                                                       |
|----------|-----------|-----------------------|--------------------------------------------------------------|
| Money    | + -       | Money, same currency  | Money                                                        |
| Money    | < <= > >= | Money, same currency  | bool                                                         |
| Money    | *         | int                   | Money                                                        |
| Price    | + -       | Price, same currency  | Price                                                        |
| Price    | < <= > >= | Price, same currency  | bool                                                         |
| Quantity | + -       | Quantity              | Quantity                                                     |
| Quantity | < <= > >= | Quantity              | bool                                                         |
| Quantity | *         | int                   | Quantity                                                     |
| any      | unary -   |                       | the same kind                                                |
| any      | == !=     | anything              | bool; True only for the same kind, currency and amount       |
| Money    | `multiply`, `divide` by int, Decimal or Fraction, with a rule | Rounded: Money and residue   |
| Price    | `value` of a Quantity, with a rule                            | Rounded: Money and residue   |

Another currency raises `CurrencyMismatch`; everything else that is not in the table is a `TypeError`, bool and float
first of all. A residue is an exact Fraction of the minor unit, `exact == money.to_minor() + residue`: whoever rounds
has to post it somewhere.

An amount is kept in one form (money at its currency's scale, the others without trailing zeros), so equal amounts have
equal bytes. Counted in its smallest unit an amount has at most 38 digits, as in the database's `numeric(38,0)`; the
smallest unit of a price or quantity is the 18th decimal.
"""

import decimal
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, Self, TypeVar

import msgspec

from boundary.kernel import currencies, errors, rounding

DIGITS_MAX = 38
PLACES_MAX = 18  # of a price or a quantity

_TEXT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
_TEXT_SIZE_MAX = DIGITS_MAX + 2  # a sign and a point
# Arithmetic in this context is exact or an exception, whatever context the caller's thread happens to be in.
_EXACT = decimal.Context(prec=DIGITS_MAX, traps=[decimal.Inexact, decimal.InvalidOperation])


class UnknownCurrency(errors.Invalid):
    """No active ISO 4217 currency is described so."""

    code = "unknown_currency"


class CurrencyWithoutMinorUnit(errors.Invalid):
    """A code such as XAU or XXX: ISO 4217 gives it no smallest amount, so it is not money here."""

    code = "currency_without_minor_unit"


class CurrencyMismatch(errors.Invalid):
    """Two amounts in different currencies have no sum and no order."""

    code = "currency_mismatch"


class AmountMalformed(errors.Invalid):
    """The text is not an optional minus, digits without a leading zero, and optionally a point with digits after it."""

    code = "amount_malformed"


class AmountNotFinite(errors.Invalid):
    """NaN and the infinities are not amounts."""

    code = "amount_not_finite"


class AmountTooFine(errors.Invalid):
    """The amount has more decimals than its kind allows; it is never rounded in silence."""

    code = "amount_too_fine"


class AmountTooLarge(errors.Invalid):
    """The amount does not fit into 38 digits."""

    code = "amount_too_large"


N = TypeVar("N", bound="_Amount")


class Currency(msgspec.Struct, frozen=True):
    """A row of ISO 4217. Taken from `currency`; one that differs from the table cannot be made."""

    code: str
    scale: int
    number: int

    def __post_init__(self) -> None:
        if self.code in currencies.WITHOUT_MINOR_UNIT:
            raise CurrencyWithoutMinorUnit("a currency without a minor unit is not money")
        if currencies.ACTIVE.get(self.code) != (self.number, self.scale):
            raise UnknownCurrency("not an active ISO 4217 currency")


_CURRENCIES = {code: Currency(code, scale, number) for code, (number, scale) in currencies.ACTIVE.items()}


def currency(code: str) -> Currency:
    try:
        return _CURRENCIES[code]
    except KeyError:
        return Currency(code, scale=0, number=0)  # says why it is refused


class _Amount(msgspec.Struct, frozen=True):
    """What the three kinds share. Each operation is between two of one kind, and of one currency where there is one."""

    amount: Decimal

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError("an amount is a Decimal, never a float, a bool or an int")
        if not self.amount.is_finite():
            raise AmountNotFinite("an amount is a finite number")
        msgspec.structs.force_setattr(self, "amount", self._canonical(self.amount))

    def _canonical(self, amount: Decimal) -> Decimal:
        normal = _EXACT.normalize(_fixed(amount, places=PLACES_MAX))
        return _fixed(normal, places=max(0, -_exponent(normal)))

    def _check_same(self, other: Self) -> None:
        """Extended where there is a currency to compare."""
        if type(other) is not type(self):
            raise TypeError(f"{type(self).__name__} does not mix with {type(other).__name__}")

    def _combine(self, other: Self, operation: Callable[[Decimal, Decimal], Decimal]) -> Self:
        self._check_same(other)
        return msgspec.structs.replace(self, amount=_exactly(operation, self.amount, other.amount))

    def _order(self, other: Self) -> Decimal:
        """Negative, zero or positive, as this amount is below, at or above the other."""
        self._check_same(other)
        return _EXACT.compare(self.amount, other.amount)

    def __add__(self, other: Self) -> Self:
        return self._combine(other, _EXACT.add)

    def __sub__(self, other: Self) -> Self:
        return self._combine(other, _EXACT.subtract)

    def __neg__(self) -> Self:
        return msgspec.structs.replace(self, amount=self.amount.copy_negate())

    def __lt__(self, other: Self) -> bool:
        return self._order(other) < 0

    def __le__(self, other: Self) -> bool:
        return self._order(other) <= 0

    def __gt__(self, other: Self) -> bool:
        return self._order(other) > 0

    def __ge__(self, other: Self) -> bool:
        return self._order(other) >= 0

    def text(self) -> str:
        """The canonical text of the amount, which `parse` reads back."""
        return format(self.amount, "f")


def _times(self: N, times: int) -> N:
    if type(times) is not int:  # bool is a subclass
        raise TypeError("an amount is multiplied by a whole number; for a ratio, name a rounding rule")
    return msgspec.structs.replace(self, amount=_exactly(_EXACT.multiply, self.amount, Decimal(times)))


class Quantity(_Amount, frozen=True):
    """How much of something: a pure number, at most 18 decimals."""

    __mul__ = __rmul__ = _times


class _Denominated(_Amount, frozen=True):
    currency: Currency

    def __post_init__(self) -> None:
        if not isinstance(self.currency, Currency):
            raise TypeError("a currency is taken from the table by `money.currency`")
        super().__post_init__()

    def _check_same(self, other: Self) -> None:
        super()._check_same(other)
        if self.currency != other.currency:
            raise CurrencyMismatch("the amounts are in different currencies")


class Money(_Denominated, frozen=True):
    """An amount of a currency, kept at the currency's scale."""

    __mul__ = __rmul__ = _times

    def _canonical(self, amount: Decimal) -> Decimal:
        return _fixed(amount, places=self.currency.scale)

    def to_minor(self) -> int:
        return int(_EXACT.scaleb(self.amount, self.currency.scale))

    def __str__(self) -> str:
        return f"{self.text()} {self.currency.code}"


class Price(_Denominated, frozen=True):
    """Money per unit of a quantity. Finer than money may be, so it is not money until it meets a quantity."""


class Rounded(NamedTuple):
    money: Money
    residue: Fraction  # in minor units; positive where the money is below the exact value


def from_minor(minor: int, currency: Currency) -> Money:
    if type(minor) is not int:
        raise TypeError("minor units are counted in whole numbers")
    if abs(minor) >= 10**DIGITS_MAX:
        raise AmountTooLarge(f"at most {DIGITS_MAX} digits", digits_max=DIGITS_MAX)
    return Money(_EXACT.scaleb(Decimal(minor), -currency.scale), currency)


def multiply(money: Money, ratio: int | Decimal | Fraction, rule: rounding.Rule) -> Rounded:
    return _rounded(money.to_minor() * _fraction(ratio), money.currency, rule)


def divide(money: Money, ratio: int | Decimal | Fraction, rule: rounding.Rule) -> Rounded:
    return _rounded(money.to_minor() / _fraction(ratio), money.currency, rule)


def value(price: Price, quantity: Quantity, rule: rounding.Rule) -> Rounded:
    """What the quantity is worth at that price."""
    if type(price) is not Price or type(quantity) is not Quantity:
        raise TypeError("a value is a price times a quantity")
    exact = Fraction(price.amount) * Fraction(quantity.amount) * 10**price.currency.scale
    return _rounded(exact, price.currency, rule)


def parse(text: str, currency: Currency) -> Money:
    """Strict text. More digits than the minor unit has are refused even if zero: "1.500" may be a foreign thousand."""
    amount = parse_decimal(text)
    if -_exponent(amount) > currency.scale:
        raise AmountTooFine(f"at most {currency.scale} decimals", places_max=currency.scale)
    return Money(amount, currency)


def parse_decimal(text: str) -> Decimal:
    """The strict text of any amount. ASCII digits only: `Decimal` itself reads the digits of any script, and `1_000`."""
    if len(text) > _TEXT_SIZE_MAX or not _TEXT.fullmatch(text):
        raise AmountMalformed("an amount is digits, optionally with a leading minus and a decimal point")
    return Decimal(text)


def _rounded(exact_minor: Fraction, currency: Currency, rule: rounding.Rule) -> Rounded:
    minor, residue = rounding.round_fraction(exact_minor, rule)
    return Rounded(from_minor(minor, currency), residue)


def _fraction(ratio: int | Decimal | Fraction) -> Fraction:
    """Exact, and refused before a text of a few bytes such as 1E+999999999 becomes a number of gigabytes."""
    if type(ratio) is int or isinstance(ratio, Fraction):
        return Fraction(ratio)
    if not isinstance(ratio, Decimal):
        raise TypeError("a ratio is an int, a Decimal or a Fraction")
    if not ratio.is_finite():
        raise AmountNotFinite("a ratio is a finite number")
    if not -DIGITS_MAX <= _exponent(ratio) <= DIGITS_MAX:
        raise AmountTooLarge(f"a ratio has an exponent of at most {DIGITS_MAX}", digits_max=DIGITS_MAX)
    return Fraction(ratio)


def _fixed(amount: Decimal, *, places: int) -> Decimal:
    """The amount with exactly so many decimals, and no negative zero."""
    try:
        fixed = _EXACT.quantize(amount, Decimal((0, (1,), -places)))
    except decimal.Inexact:
        raise AmountTooFine(f"at most {places} decimals", places_max=places) from None
    except decimal.InvalidOperation:
        raise AmountTooLarge(f"at most {DIGITS_MAX} digits", digits_max=DIGITS_MAX) from None
    return fixed.copy_abs() if fixed.is_zero() else fixed


def _exactly(operation: Callable[..., Decimal], *operands: Decimal) -> Decimal:
    try:
        return operation(*operands)
    except decimal.Inexact:
        raise AmountTooLarge(f"at most {DIGITS_MAX} digits", digits_max=DIGITS_MAX) from None


def _exponent(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int), "callers have refused what is not finite"
    return exponent
