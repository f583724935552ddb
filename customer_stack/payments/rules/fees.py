"""What a customer pays: basis points by kind of account and monthly volume for a conversion, a fixed price per rail.

Volume tiers replace each other: whoever is past a million has fifteen basis points off, not thirty.
"""

import enum

from boundary.kernel import errors, rounding
from customer_stack.payments.model import rails

_WHOLE = 10_000


class AccountKind(enum.StrEnum):
    INDIVIDUAL = "individual"
    BUSINESS = "business"


BASIS_POINTS = {AccountKind.INDIVIDUAL: 50, AccountKind.BUSINESS: 30}
DISCOUNTS = ((100_000_00, 5), (500_000_00, 10), (1_000_000_00, 15))
"""Above this volume of the month, in US cents, so many basis points off."""


class NoPrice(errors.Invalid):
    """The rail has no price in this currency, so it is not offered in it."""

    code = "payment_rail_without_price"


class FeeTooHigh(errors.Invalid):
    """The fee would be more than the amount."""

    code = "payment_fee_above_amount"


def basis_points(kind: AccountKind, month_usd_cents: int) -> int:
    """Of a conversion, by what the customer turned over in this month before it."""
    off = max((points for above, points in DISCOUNTS if month_usd_cents > above), default=0)
    return BASIS_POINTS[kind] - off


def conversion(amount: int, kind: AccountKind, month_usd_cents: int) -> rounding.Division:
    """The fee of a conversion in the amount's own unit, rounded against us by less than one unit; the residue is over
    ten thousand.
    """
    return rounding.divide(amount * basis_points(kind, month_usd_cents), _WHOLE, rounding.Rule.DOWN)


def fixed(answer: rails.Answer, currency: str) -> int:
    """The price of a rail in the minor unit of the currency that is sent."""
    if answer.fee is None or answer.fee.currency != currency:
        raise NoPrice("this rail has no price in this currency", rail=answer.rail.value)
    return answer.fee.minor
