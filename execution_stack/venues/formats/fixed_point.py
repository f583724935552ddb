"""Decimal text and whole numbers, exactly or not at all: no float stands between them."""

import re

from execution_stack.venues import model

_TEXT = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,12}))?", re.ASCII)
_MONEY_DIGITS = 6
_COUNT_DIGITS = 2


class NotFixedPointError(ValueError):
    """The text is no decimal number, or finer than what it stands for can be."""


def money(text: str) -> int:
    """Dollars as micro-USD."""
    return _read(text, _MONEY_DIGITS)


def count(text: str) -> int:
    """Contracts as hundredths."""
    return _read(text, _COUNT_DIGITS)


def _read(text: str, digits: int) -> int:
    found = _TEXT.fullmatch(text)
    if found is None:
        raise NotFixedPointError("not a decimal number")
    sign, whole, part = found.groups("")
    if len(part) > digits:
        if part[digits:].strip("0"):
            raise NotFixedPointError("finer than it can be")
        part = part[:digits]
    value = int(whole + part.ljust(digits, "0"))
    return -value if sign else value


def price_text(micros: int) -> str:
    """As requests want prices: two to four decimals, and more only where the price has them."""
    whole, part = divmod(micros, model.DOLLAR)
    return f"{whole}.{str(part).rjust(_MONEY_DIGITS, '0').rstrip('0').ljust(4, '0')}"


def count_text(hundredths: int) -> str:
    whole, part = divmod(hundredths, model.CONTRACT)
    return f"{whole}.{part:02d}"
