"""What a file is, by its own bytes: a JPEG, PNG or PDF from the first byte to the last, and nothing beside it.

What an uploader calls a file is not asked. A file that is two things at once is refused, and so is one with anything
behind its end, or a PDF that does something when it is opened.
"""

import re
from typing import NamedTuple

from customer_stack.kyc import model

SIZE_MAX = 10 * 1024 * 1024
SIZE_MIN = 64
PART_MAX = 512 * 1024

_PNG = b"\x89PNG\r\n\x1a\n"
_ACTIVE_PDF = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|OpenAction|AA|RichMedia|XFA|SubmitForm)\b")
_ESCAPED_NAME = re.compile(rb"/[A-Za-z]*#[0-9A-Fa-f]{2}")
_OTHERS = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf",
    b"MZ\x90\x00",
    b"\x7fELF",
    b"<script",
    b"<?php",
    b"<html",
    b"<svg",
)
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})


class Sniffed(NamedTuple):
    """What a file is, or why it is not taken."""

    media: model.Media | None
    reason: str


def sniff(data: bytes) -> Sniffed:
    if len(data) < SIZE_MIN:
        return Sniffed(None, "too_small")
    if data.startswith(_PNG):
        return _judged(model.Media.PNG, _png_end(data), data)
    if data.startswith(b"\xff\xd8\xff"):
        return _judged(model.Media.JPEG, _jpeg_end(data), data)
    if data.startswith(b"%PDF-"):
        return _pdf(data)
    return Sniffed(None, "unknown_type")


def _judged(media: model.Media, end: int, data: bytes) -> Sniffed:
    if not end:
        return Sniffed(None, "malformed")
    if end != len(data):
        return Sniffed(None, "trailing_data")
    head = data[:1024]
    if b"%PDF-" in head or any(other in data.lower() for other in (b"<script", b"<?php", b"<html", b"<svg")):
        return Sniffed(None, "polyglot")
    return Sniffed(media, "")


def _png_end(data: bytes) -> int:
    """Where the last chunk ends; nothing if the chunks do not lead there."""
    at = len(_PNG)
    while at + 12 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if at == len(_PNG) and kind != b"IHDR":
            return 0
        at += 12 + length
        if kind == b"IEND":
            return at if length == 0 and at <= len(data) else 0
    return 0


def _jpeg_end(data: bytes) -> int:
    """Where the end of the image is: segments up to the scan, then its bytes, in which a marker is not stuffed."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return 0
        marker = data[at + 1]
        if marker == 0xD9:
            return at + 2
        if marker in _STANDALONE or marker == 0xFF:
            at += 1 if marker == 0xFF else 2
            continue
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker == 0xDA:
            at = _scan_end(data, at)
            if not at:
                return 0
    return at + 2 if data[at : at + 2] == b"\xff\xd9" else 0


def _scan_end(data: bytes, at: int) -> int:
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            return 0
        if data[at + 1] == 0 or data[at + 1] in _STANDALONE:
            at += 2
            continue
        return at


def _pdf(data: bytes) -> Sniffed:
    end = data.rfind(b"%%EOF")
    if end < 0:
        return Sniffed(None, "malformed")
    if data[end + 5 :].strip(b"\r\n \x00"):
        return Sniffed(None, "trailing_data")
    if _ACTIVE_PDF.search(data) or _ESCAPED_NAME.search(data):
        return Sniffed(None, "active_content")
    lowered = data.lower()
    if any(other.lower() in lowered for other in _OTHERS) or _PNG in data[:1024]:
        return Sniffed(None, "polyglot")
    return Sniffed(model.Media.PDF, "")
