"""What a public document may be, and the sweep that each one passes on either side of the wall.

Public text is prose, which the tripwire was not made for: it holds names of places, of banks, of the months. So what
is refused here are the findings that prose gives no reason for: numbers of people, of accounts and of devices, mail
and street addresses, dates of birth, plain or in disguise. A name alone is not refused: people who import a document
read it, and two of them sign. A finding says where and what kind, and never what.
"""

import enum
import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from boundary.kernel import errors, strict_json
from boundary.privacy import scan
from boundary.privacy.detect import trees

BYTES_MAX = 4 * 1024 * 1024
TEXT_LENGTH_MAX = 256 * 1024
"""Of the text in a document: what it takes to sweep it is a second or two."""
FINDINGS_MAX = 100
INFLATED_BYTES_MAX = 4 * BYTES_MAX
_GUESSES = frozenset({"name", "unrecognised"})
"""Kinds that mean "no word of our vocabulary", which in prose is most of them."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
_PDF_HEAD = re.compile(rb"%PDF-[12]\.\d[\r\n]")
_PDF_ACTIVE = re.compile(
    rb"/(?:AA|AcroForm|EmbeddedFiles?|Encrypt|GoToE|GoToR|ImportData|JS|JavaScript|Launch|OpenAction|RichMedia"
    rb"|SubmitForm|XFA)(?![A-Za-z0-9])"
)
_PDF_AUTHOR = re.compile(rb"/Author\s*[(<]|<dc:creator|<pdf:Author", re.IGNORECASE)
_PDF_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_PDF_ESCAPED_NAME = re.compile(rb"/[^\s/<>\[\]()%]*#[0-9A-Fa-f]{2}")
_PDF_TEXT = re.compile(rb"\(((?:[^()\\]|\\.){0,4096})\)|<([0-9A-Fa-f\s]{2,4096})>", re.DOTALL)


class MediaType(enum.StrEnum):
    MARKDOWN = "text/markdown"
    JSON = "application/json"
    PDF = "application/pdf"


class BadDocument(errors.Invalid):
    """The bytes are no document that may be public here: their kind, their size or what they could do is wrong."""

    code = "document_invalid"


class PersonalData(errors.Invalid):
    """The sweep found personal data in the document; `kinds` says which kinds, never the values."""

    code = "document_personal_data"


class Finding(NamedTuple):
    """`line` counts from 1; in JSON and in a PDF it counts pieces of text."""

    line: int
    kind: str
    via: tuple[str, ...] = ()


def check(data: bytes, media: MediaType) -> None:
    """Refuse what is not of the type that it says, or could do more than be read."""
    if not 1 <= len(data) <= BYTES_MAX:
        raise BadDocument("the document is empty or too large", bytes_max=BYTES_MAX)
    match media:
        case MediaType.MARKDOWN:
            if _CONTROL.search(_text(data)):
                raise BadDocument("the text holds control characters")
        case MediaType.JSON:
            _check_json(data)
        case MediaType.PDF:
            _check_pdf(data)


def admit(data: bytes, media: MediaType) -> None:
    """`check` and `sweep` in one: a document that may be published, or the reason why not."""
    check(data, media)
    kinds = sorted({finding.kind for finding in sweep(data, media)})
    if kinds:
        raise PersonalData("the sweep found personal data", kinds=", ".join(kinds))


def sweep(data: bytes, media: MediaType) -> list[Finding]:
    """Everything personal in a document that `check` has passed."""
    if media is MediaType.JSON:
        tree = trees.parse(data)
        found = [Finding(1, each.kind, each.via) for each in scan.scan(tree) if each.kind not in _GUESSES]
        found += _sweep_lines([line for text in _json_texts(tree) for line in text.splitlines()])
    elif media is MediaType.PDF:
        found = [Finding(0, "name", ("author",))] if any(map(_PDF_AUTHOR.search, _pdf_parts(data))) else []
        found += _sweep_lines(list(_pdf_texts(data)))
    else:
        found = _sweep_lines(_text(data).splitlines())
    return list(dict.fromkeys(found))[:FINDINGS_MAX]


def _sweep_lines(lines: list[str]) -> list[Finding]:
    """Each line, each of its words once, and each line with the next: a value may be split over two."""
    if sum(map(len, lines)) > TEXT_LENGTH_MAX:
        raise BadDocument("the document holds more text than can be swept", length_max=TEXT_LENGTH_MAX)
    found: list[Finding] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        following = lines[number].lstrip() if number < len(lines) else ""
        words = [word for word in dict.fromkeys(line.split()) if word not in seen]
        seen.update(words)
        pieces = [line, *words]
        if line.strip() and following:
            pieces += [f"{line.rstrip()[-80:]} {following[:80]}", f"{line.rstrip()[-80:]}{following[:80]}"]
        for piece in pieces:
            found += [Finding(number, *hit) for hit in _hits(piece)]
    return found


def _hits(piece: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for each in scan.scan(piece):
        if each.kind not in _GUESSES:
            yield each.kind, each.via


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise BadDocument("the text is not UTF-8") from None


def _check_json(data: bytes) -> None:
    try:
        strict_json.check(data)
        tree = trees.parse(data)
    except (errors.Invalid, ValueError, RecursionError):
        raise BadDocument("the document is not JSON with one meaning") from None
    if not isinstance(tree, dict):
        raise BadDocument("a JSON document is an object")


def _json_texts(value: object) -> Iterator[str]:
    """Every text in a tree, keys included, in its order: a value may be split over neighbours."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _json_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _json_texts(inner)
    elif isinstance(value, str):
        yield value


def _check_pdf(data: bytes) -> None:
    if not _PDF_HEAD.match(data) or b"%%EOF" not in data[-1024:]:
        raise BadDocument("the document is not a whole PDF")
    for part in _pdf_parts(data):
        if _PDF_ACTIVE.search(part) or _PDF_ESCAPED_NAME.search(part):
            raise BadDocument("a public PDF is neither encrypted nor active, and carries no other files")


def _pdf_parts(data: bytes) -> Iterator[bytes]:
    """The file without its streams, and each stream inflated. Not compressed in that way, it is judged as it is."""
    yield _PDF_STREAM.sub(b"stream endstream", data)
    room = INFLATED_BYTES_MAX
    for stream in _PDF_STREAM.finditer(data):
        part = _inflated(stream[1], room)
        room -= len(part)
        if room <= 0:
            raise BadDocument("the PDF inflates to more than a document has")
        if not part.startswith((b"\xff\xd8", b"\x00\x01\x00\x00", b"OTTO")):  # a picture or a font holds no names
            yield part


def _inflated(stream: bytes, room: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream, room)
    except zlib.error:
        return stream


def _pdf_texts(data: bytes) -> Iterator[str]:
    """Strings as the file writes them. What a font maps to other letters is not seen: `docs/WALL.md` says so."""
    for part in _pdf_parts(data):
        run: list[str] = []  # a line of a page is often drawn in pieces, so they are judged together too
        for literal, digits in _PDF_TEXT.findall(part):
            text = re.sub(rb"\\(.)", rb"\1", literal) if literal else _unhexed(digits)
            run.append(text.decode("utf-16-be" if text.startswith(b"\xfe\xff") else "latin-1", errors="replace"))
        yield from run
        yield "".join(run)[:65536]


def _unhexed(digits: bytes) -> bytes:
    compact = re.sub(rb"\s", b"", digits)
    return bytes.fromhex((compact + b"0" * (len(compact) % 2)).decode("ascii"))
