"""What a customer pays for being paid out: a fixed price per rail, taken beside the amount.

The basis points of a conversion, by kind of account and monthly volume, are in the quote that the customer accepts: `fx`
prices them, posts them and names them in the receipt.
"""

from boundary.kernel import errors
from customer_stack.payments.model import rails


class NoPrice(errors.Invalid):
    """The rail has no price in this currency, so it is not offered in it."""

    code = "payment_rail_without_price"


def fixed(answer: rails.Answer, currency: str) -> int:
    """The price of a rail in the minor unit of the currency that is sent."""
    if answer.fee is None or answer.fee.currency != currency:
        raise NoPrice("this rail has no price in this currency", rail=answer.rail.value)
    return answer.fee.minor
