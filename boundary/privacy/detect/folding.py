"""Takes typographic disguises off: compatibility forms, invisible and direction-changing characters, foreign digits.

Legitimate values are plain ASCII. So folding never makes a value acceptable; it only lets the rest of the detector
name what the disguise hid.
"""

import unicodedata

# Signs that honest log text uses and that cannot spell anything.
_SIGNS = dict.fromkeys(map(ord, "→←≥≤≠≈±×÷…·•°§©®™‘’“”«»\u00a0"), " ")  # noqa: RUF001 -- the signs themselves
_SIGNS |= dict.fromkeys(map(ord, "€£¥₨₹"), "$") | dict.fromkeys(map(ord, "–—−"), "-")  # noqa: RUF001 -- as above
_SIGNS |= {0xB5: "u", 0x3BC: "u"}  # both micro signs


def plain(text: str) -> str:
    """The text with harmless signs made ASCII; equal to `fold(text)` if nothing else was unusual."""
    return text if text.isascii() else text.translate(_SIGNS)


def fold(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_folded, unicodedata.normalize("NFKC", text.translate(_SIGNS))))


def _folded(char: str) -> str:
    if char in "\t\n\r" or (char.isascii() and char.isprintable()):
        return char
    category = unicodedata.category(char)
    if category == "Nd" or (category == "No" and unicodedata.digit(char, None) is not None):
        return str(unicodedata.digit(char))
    if category == "Zs":
        return " "
    if category == "Pd":
        return "-"
    invisible = (
        category in {"Cf", "Cc", "Cn", "Co", "Cs"} or 0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF
    )
    return "" if invisible else char


def is_plain(text: str) -> bool:
    """No character in it that a legitimate value would not use."""
    return text.isascii() and (text.isprintable() or all(c.isprintable() or c in "\t\n\r" for c in text))
