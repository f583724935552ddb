"""What every vendor's answers have in common: JSON that must have a shape, and rates that must be plain decimals."""

from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from boundary.kernel import errors, money
from customer_stack.fx.model import refusals

T = TypeVar("T")


def decoded(body: bytes, type_: type[T]) -> T:
    """The answer as it must look. What it says instead is not repeated: it may quote what was sent."""
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise refusals.ProviderSilent("the vendor's answer makes no sense") from None


def number(value: Any) -> Decimal:
    """A decimal above zero, from its text or from a JSON number that was kept as it stood."""
    try:
        found = value if isinstance(value, Decimal) else money.parse_decimal(str(value))
    except errors.Refusal:
        raise refusals.ProviderSilent("the vendor's answer holds no number where one belongs") from None
    if not found.is_finite() or found <= 0:
        raise refusals.ProviderSilent("the vendor's answer holds a number that cannot be")
    return found


def plain(amount: Decimal) -> str:
    return format(amount, "f")


def signed(text: str) -> Decimal:
    """A decimal that may be zero or below."""
    try:
        return money.parse_decimal(text)
    except errors.Refusal:
        raise refusals.ProviderSilent("the vendor's answer holds no number where one belongs") from None
