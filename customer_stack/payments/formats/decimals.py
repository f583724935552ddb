"""Amounts of messages: XML decimals with a currency to and from whole minor units, exactly."""

import re

from boundary.kernel import errors, money
from customer_stack.payments.model.messages import MessageRefused

_DECIMAL = re.compile(r"\+?([0-9]{1,18})(?:\.([0-9]{0,17}))?", re.ASCII)
MINOR_MAX = (1 << 63) - 1


def scale(currency: str) -> int:
    try:
        return money.currency(currency).scale
    except errors.Invalid:
        raise MessageRefused("an amount is in no currency that we know", reason="currency") from None


def read(text: str, currency: str) -> int:
    """Zeros behind the currency's places are XML's manner; any other digit there is refused, never rounded."""
    places = scale(currency)
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise MessageRefused("an amount is not written as one", reason="amount")
    fraction = (found[2] or "").rstrip("0")
    if len(fraction) > places:
        raise MessageRefused("an amount is finer than its currency", reason="amount_too_fine")
    minor = int(found[1] + fraction.ljust(places, "0"))
    if minor > MINOR_MAX:
        raise MessageRefused("an amount is too large", reason="amount_too_large")
    return minor


def shown(minor: int, currency: str) -> str:
    return money.from_minor(minor, money.currency(currency)).text()
