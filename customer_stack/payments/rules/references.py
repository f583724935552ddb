"""Creditor references of ISO 11649, which customers write into a transfer so that it finds them. Pure."""

import re
from collections.abc import Iterable

from customer_stack.payments.rules import accounts

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: nobody takes an O for a zero."""
LENGTH = 14
_IN_TEXT = re.compile(r"RF[ ]?[0-9]{2}(?:[ ]?[0-9A-HJKMNP-TV-Z]){14}", re.ASCII)
TEXT_MAX = 512


def make(chance: bytes) -> str:
    """`RF`, two check digits and seventy bits of chance."""
    number = int.from_bytes(chance, "big")
    body = "".join(_ALPHABET[number >> 5 * place & 31] for place in range(LENGTH))
    return f"RF{accounts.check_digits(body + 'RF')}{body}"


def is_one(text: str) -> bool:
    return len(text) == LENGTH + 4 and bool(_IN_TEXT.fullmatch(text)) and accounts.mod97(text[4:] + text[:4]) == 1


def found(texts: Iterable[str]) -> list[str]:
    """Every reference in what a payer wrote, however they spaced it; a mistyped one is none."""
    hits: dict[str, None] = {}
    for text in texts:
        for match in _IN_TEXT.finditer(text[:TEXT_MAX].upper()):
            compact = match[0].replace(" ", "")
            if is_one(compact):
                hits[compact] = None
    return list(hits)
