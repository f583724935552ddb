"""Takes encodings off, one layer at a time and within a budget: what was hidden comes back as text.

`readings` proposes every way in which a text can be decoded; `as_text` says whether some bytes are text at all. Nobody
here judges content. A decompressor stops at `_INFLATED_MAX` bytes, so no bomb expands.
"""

import base64
import binascii
import html
import quopri
import re
import unicodedata
import urllib.parse
import zlib
from collections.abc import Iterator

_INFLATED_MAX = 64 * 1024
_DECODED_MAX = 256 * 1024

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4,}|[A-Za-z0-9_-]{4,})={0,2}")
_BASE64_LINES = re.compile(r"[A-Za-z0-9+/\s]{8,}={0,2}\s*")
_BASE32 = re.compile(r"[A-Z2-7]{8,}={0,6}")
_HEX = re.compile(r"(?:0[xX]|\\x)?((?:[0-9a-fA-F]{2}){4,})")
_HEX_PAIRS = re.compile(r"(?:(?:0x|\\x|%)?[0-9a-fA-F]{2}[ :,-]?){4,}")
_BIT_GROUPS = re.compile(r"[01]{8}(?: ?[01]{8}){3,}")
_DECIMAL_CODES = re.compile(r"\d{2,3}(?:[ ,;]+\d{2,3}){4,}")
_ESCAPES = re.compile(r"\\u\{?([0-9a-fA-F]{4,6})\}?|\\U([0-9a-fA-F]{8})|\\x([0-9a-fA-F]{2})")
_MIME_WORD = re.compile(r"=\?[\w-]+\?([bBqQ])\?([^?]*)\?=")
_QUOTED = re.compile(r"(?:=[0-9A-Fa-f]{2}){2}|=\n")
_UTF7 = re.compile(r"\+([A-Za-z0-9/]{3,})-")

_WORDY = re.compile(r"[A-Za-z0-9 .@_'+,-]+")
_PRINTED_RUN = re.compile(rb"[A-Za-z][A-Za-z ._@-]{6,}|[0-9]{9,}")


def readings(text: str) -> Iterator[tuple[str, str | bytes]]:
    """(name of the encoding, what it would decode to): candidates, many of them nonsense."""
    if "%" in text and re.search(r"%[0-9A-Fa-f]{2}", text):
        yield (
            "percent",
            urllib.parse.unquote_to_bytes(text.replace("+", " ") if "%" in text and " " not in text else text),
        )
    if "&" in text and ";" in text:
        yield "html", html.unescape(text)
    if "\\" in text and _ESCAPES.search(text):
        yield "escape", _unescaped(text)
    if "=?" in text and _MIME_WORD.search(text):
        yield from _mime_words(text)
    if "=" in text and _QUOTED.search(text):
        yield "quoted-printable", quopri.decodestring(text.encode())
    if "xn--" in text.lower():
        yield from _punycode(text)
    yield from _whole(text.strip())


def _whole(text: str) -> Iterator[tuple[str, str | bytes]]:
    if text.startswith("data:") and "," in text:
        yield "data-uri", urllib.parse.unquote(text.partition(",")[2])
    if found := _HEX.fullmatch(text):
        yield "hex", bytes.fromhex(found[1])
    elif _HEX_PAIRS.fullmatch(text):
        digits = re.sub(r"0x|\\x|[^0-9a-fA-F]", "", text)
        yield "hex", bytes.fromhex(digits[: len(digits) // 2 * 2])
    if _BIT_GROUPS.fullmatch(text):
        yield "binary", bytes(int(group, 2) for group in re.findall("[01]{8}", text))
    if _DECIMAL_CODES.fullmatch(text):
        codes = [int(code) for code in re.findall(r"\d+", text)]
        yield "codes", bytes(code for code in codes if code < 256)
    if (found := _UTF7.search(text)) is not None and not _BASE64.fullmatch(text):
        yield "utf-7", text.replace(found[0], base64_bytes(found[1]).decode("utf-16-be", "replace"))
    if _BASE64.fullmatch(text) or ((" " in text or "\n" in text) and _BASE64_LINES.fullmatch(text)):
        yield "base64", base64_bytes(text)
    if text.count(".") in {1, 2} and (parts := text.split(".")) and all(map(_BASE64.fullmatch, parts)):
        yield "base64", b"\n".join(map(base64_bytes, parts[:2]))
    if _BASE32.fullmatch(text.upper()):
        yield "base32", base32_bytes(text)


def base64_bytes(text: str) -> bytes:
    """Either alphabet, with or without padding; empty if it is not base64 after all."""
    body = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4))
    except binascii.Error:
        return b""


def base32_bytes(text: str) -> bytes:
    """In either case, with or without padding; empty if it is not base32."""
    body = text.upper().rstrip("=")
    if not _BASE32.fullmatch(body):
        return b""
    try:
        return base64.b32decode(body + "=" * (-len(body) % 8))
    except binascii.Error:
        return b""


def _unescaped(text: str) -> str:
    def char(found: re.Match[str]) -> str:
        point = int(found[1] or found[2] or found[3], 16)
        return chr(point) if point < 0x110000 else ""

    return _ESCAPES.sub(char, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _mime_words(text: str) -> Iterator[tuple[str, bytes]]:
    for coding, body in _MIME_WORD.findall(text):
        if coding in "bB":
            yield "base64", base64_bytes(body)
        else:
            yield "quoted-printable", quopri.decodestring(body.replace("_", " ").encode())


def _punycode(text: str) -> Iterator[tuple[str, str]]:
    for label in re.findall(r"xn--([a-z0-9-]+)", text.lower()):
        try:
            yield "punycode", label.encode().decode("punycode")
        except UnicodeError:
            continue


def inflated(data: bytes) -> bytes | None:
    """What gzip or zlib data expands to, cut at a bound; None if the data is neither."""
    if data[:2] == b"\x1f\x8b":
        window = 31
    elif data[:1] == b"\x78" and int.from_bytes(data[:2], "big") % 31 == 0 and len(data) > 6:
        window = 15
    else:
        return None
    try:
        return zlib.decompressobj(window).decompress(data, _INFLATED_MAX)
    except zlib.error:
        return None


def as_text(data: bytes) -> str | None:
    """The text that the bytes spell, or None if chance would spell as much: short nonces often look like letters."""
    if len(data) > _DECODED_MAX:
        data = data[:_DECODED_MAX]
    core = data.strip(b"\0 \t\r\n\xff")
    if len(core) >= 8 and 0 in core and (wide := _wide_text(data)) is not None:
        return wide
    try:
        text = core.decode()
    except UnicodeDecodeError:
        return None
    if text.isascii():
        padded = len(data) - len(core) > 3 and len(core) > 5 and text.isprintable()
        return text if padded or _believable(text) else None
    return text if _believable_foreign(text, len(core)) else None


def _wide_text(data: bytes) -> str | None:
    even = data[::2].count(0) * 2 / len(data)
    odd = data[1::2].count(0) * 2 / len(data)
    if max(even, odd) < 0.7 or min(even, odd) > 0.3:
        return None
    return data.decode("utf-16-be" if even > odd else "utf-16-le", "ignore").strip("\0\ufeff")


def _believable(text: str) -> bool:
    if not all(c.isprintable() or c in "\t\r\n" for c in text):
        return False
    if _WORDY.fullmatch(text):
        return len(text) >= 6 or (
            len(text) >= 4 and text.isalpha() and (text.istitle() or text.islower() or text.isupper())
        )
    return len(text) >= 10


def _believable_foreign(text: str, size: int) -> bool:
    """A dozen bytes of printable UTF-8 are no chance; fewer must be letters of one alphabet."""
    categories = [category for category in map(unicodedata.category, text) if category != "Cf"]
    if size >= 12:
        spelled = sum(category[0] in "LMN" for category in categories)
        return spelled * 2 >= len(categories) and all(category[0] in "LMNPSZ" for category in categories)
    foreign = {ord(char) >> 8 for char in text if char != " "}
    wide = all(0x30 <= block < 0xD8 for block in foreign)  # ideographs and syllables spread over many blocks
    one_alphabet = len(foreign) == 1 or wide
    return size >= 6 and one_alphabet and all(category[0] in "LMZ" for category in categories)


def printed_runs(data: bytes) -> list[str]:
    """Stretches of letters or digits inside binary data that are too long to be chance."""
    return [run.decode() for run in _PRINTED_RUN.findall(data)]
