"""Values that are legitimate because they are chance: UUIDs, hashes, nonces, keys, MACs. So chance is what is checked.

A UUID is judged by its digits. Hex and base64 come back as bytes: legitimate unless they turn out to be text.
"""

import re

from boundary.privacy.detect import checksums, decoding, letters, numbers, words
from boundary.privacy.detect.keys import Context

HEX = re.compile(r"(0x)?([0-9a-fA-F]+)")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{6,}={0,2}|[A-Za-z0-9_-]{6,}={0,2}")
_IBAN_IN_HEX = re.compile(r"[a-fA-F]{2}\d{13,32}")
_PASSPORT_IN_HEX = re.compile(r"[A-F]\d{7}|[A-F]\d{9}")
_BARE_SIZES = frozenset({16, 20, 24, 28, 32, 33, 48, 64, 65, 66, 70, 71, 72, 96, 128})  # bytes, written without padding
_EARLIEST_V7, _LATEST_V7 = 0x014_0000_0000, 0x03B_0000_0000  # 2013 to 2100, in units of 16 ms
_LETTERS_AND_DIGITS = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")


def judge(text: str, context: Context) -> str | bytes | None:
    if (found := HEX.fullmatch(text)) and (found[1] or len(text) >= 8):
        return hexadecimal(text, context)
    if not _BASE64.fullmatch(text):
        return None
    one_case = text == text.upper() or text == text.lower()
    if one_case and words.known(text.lower()):
        return None
    for spelled in (decoding.base32_bytes(text) if one_case else b"", decoding.base64_bytes(text)):
        if decoding.inflated(spelled) is not None or decoding.as_text(spelled) is not None:
            return spelled
    return None if one_case else _base64(text, context)


def _base64(text: str, context: Context) -> bytes | None:
    """Base64 of a plausible size that does not read like words written together."""
    body = text.rstrip("=")
    padded = body != text
    if len(body) < 11 or (padded and len(text) % 4) or len(body) % 4 == 1:
        return None
    data = decoding.base64_bytes(text)
    if not padded and len(data) not in _BARE_SIZES and not (len(data) >= 12 and len(body) % 4 == 0):
        return None
    if context is Context.OPAQUE:
        ceiling = 2.0
    elif body.isalpha():
        ceiling = -0.2
    else:
        ceiling = 0.9 if padded or len(body) > 20 else 0.3
    return data if letters.resemblance(body) < ceiling else None


def hexadecimal(text: str, context: Context) -> str | bytes | None:
    body = text.removeprefix("0x")
    core = body.strip("0")
    if len(body) - len(core) >= 9 and len(core) >= 8 and core.isdigit():
        return numbers.written(core) or "unrecognised"
    if body.isdigit() and len(body) >= 9 and text != body:
        return numbers.strong(body) or (bytes.fromhex(body) if len(body) % 2 == 0 else "")
    if _IBAN_IN_HEX.fullmatch(text) and checksums.iban(text.upper()):
        return "iban"
    if _PASSPORT_IN_HEX.fullmatch(text) and context is not Context.OPAQUE:
        return "passport"
    if len(body) > 64 and body.isdigit():
        return None
    if len(body) % 2:
        return "" if text != body else None
    return bytes.fromhex(body)


def hides_text(part: str) -> bool:
    """Whether a part of a longer code is base64 of something readable, as in a JSON web token."""
    return (
        len(part) >= 8
        and part.lower() != part != part.upper()
        and decoding.as_text(decoding.base64_bytes(part)) is not None
    )


def uuid(text: str) -> str | None:
    """Version 4 of plausible chance, version 7 of plausible time. Upper case is how advertising ids are written."""
    if text != text.lower():
        return "device_id"
    digits = text.replace("-", "")
    version = text[14]
    if digits in {"0" * 32, "f" * 32}:
        return ""
    if version not in "47" or text[19] not in "89ab":
        return "device_id" if version == "1" else None
    if version == "7" and not _EARLIEST_V7 <= int(digits[:11], 16) <= _LATEST_V7:
        return None
    if _is_contrived(digits, version):
        return "unrecognised"
    if (tail := digits[20:]).isdigit():
        number = tail.lstrip("0")
        return "phone" if "phone" in {numbers.strong(number), numbers.strong("94" + number)} else ""
    return ""


def _is_contrived(digits: str, version: str) -> bool:
    """All decimal, mostly zeros, of few digits, or spelling something: the version makes one byte a letter, and of the
    fifteen others chance makes four.
    """
    free = (digits[12:] if version == "7" else digits).replace(version, "", 1)
    if (free.isdigit() and len(free) > 20) or free.count("0") > len(free) // 3 + 1 or len(set(free)) < 6:
        return True
    return sum(byte in _LETTERS_AND_DIGITS for byte in bytes.fromhex(digits)) >= 14
