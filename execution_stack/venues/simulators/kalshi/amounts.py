"""Fixed-point text and whole numbers: dollars are micro-USD, counts are hundredths of a contract."""

import re

DOLLAR = 1_000_000
CONTRACT = 100
_DOLLARS = re.compile(r"(\d{1,9})(?:\.(\d{1,6}))?", re.ASCII)
_COUNT = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))?", re.ASCII)


class BadAmountError(ValueError):
    """The text is no amount."""


def dollars(text: object) -> int:
    found = _DOLLARS.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise BadAmountError("no fixed-point dollars")
    return int(found[1]) * DOLLAR + int((found[2] or "").ljust(6, "0"))


def count(text: object) -> int:
    found = _COUNT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise BadAmountError("no fixed-point count")
    return int(found[1]) * CONTRACT + int((found[2] or "").ljust(2, "0"))


def price_text(micros: int) -> str:
    """Four decimals, and up to six where they are needed."""
    return _text(micros, DOLLAR, 6, 4)


def money_text(micros: int) -> str:
    return _text(micros, DOLLAR, 6, 6)


def count_text(hundredths: int) -> str:
    return _text(hundredths, CONTRACT, 2, 2)


def _text(value: int, unit: int, digits: int, shown: int) -> str:
    whole, part = divmod(abs(value), unit)
    decimals = str(part).rjust(digits, "0")
    kept = decimals.rstrip("0").ljust(shown, "0")
    return f"{'-' if value < 0 else ''}{whole}.{kept}"
