"""Amounts as people and programs write them: decimal text at the asset's scale, exact or refused, never rounded."""

import re

from boundary.kernel import errors
from customer_stack.ledger import model

_TEXT = re.compile(r"(?P<minus>-?)(?P<whole>0|[1-9][0-9]*)(?:\.(?P<places>[0-9]+))?", re.ASCII)
_LENGTH_MAX = 64


class AmountMalformed(errors.Invalid):
    """An amount is digits, and optionally a point with digits behind it: no sign, exponent, group, blank or word."""

    code = "ledger_amount_malformed"


class AmountNotPositive(errors.Invalid):
    """An amount to be moved is above zero."""

    code = "ledger_amount_not_positive"


class AmountTooFine(errors.Invalid):
    """The amount has more places than its asset counts, even if they are zeros; it is not rounded."""

    code = "ledger_amount_too_fine"


class AmountTooLarge(errors.Invalid):
    """The amount does not fit into 63 bits of the asset's smallest unit."""

    code = "ledger_amount_too_large"


def read(text: str, scale: int) -> int:
    """An amount to be moved, in the smallest unit."""
    found = _TEXT.fullmatch(text) if len(text) <= _LENGTH_MAX else None
    if found is None:
        raise AmountMalformed("write digits, and a point if there are places")
    places = found["places"] or ""
    if len(places) > scale:
        raise AmountTooFine("the asset counts fewer places", places_max=scale)
    minor = int(found["whole"] + places.ljust(scale, "0"))
    if found["minus"] or minor == 0:
        raise AmountNotPositive("an amount to be moved is above zero")
    if minor > model.API_AMOUNT_MAX:
        raise AmountTooLarge("the amount is too large")
    return minor


def shown(minor: int, scale: int) -> str:
    """Every place of the scale, always: the same amount has one text."""
    sign, digits = "-" * (minor < 0), str(abs(minor)).rjust(scale + 1, "0")
    return f"{sign}{digits[: len(digits) - scale]}.{digits[len(digits) - scale :]}" if scale else f"{sign}{digits}"
