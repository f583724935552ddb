"""The scored corpus: personal data plain and encoded, and legitimate values and messages, all from one seed.

It shares no code and no list with the detector, so that a figure means something. Every case is JSON: what a line of
`boundary scan` can hold.
"""

import base64
import gzip
import html
import json
import quopri
import random  # noqa: TID251 -- a corpus is drawn from a printed seed
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.boundary.privacy import corpus_legitimate as legitimate
from tests.boundary.privacy import corpus_people as people
from tests.boundary.privacy import corpus_personal as personal

Rng = random.Random


class Case(NamedTuple):
    kind: str
    via: tuple[str, ...]
    value: Any


Maker = Callable[[Rng], Case]

NEUTRAL_KEYS = people.words("value v data field x payload a note ref text item detail content")
SCRIPT_ZEROS = "٠۰०০൦௦๐០０𝟎𝟘᠐෦"
HIDDEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e\u202c\u2066\u2069\u180e\U000e0041\ufe0f"


def _digits_of_a_script(text: str, rng: Rng) -> str:
    zero = ord(rng.choice(SCRIPT_ZEROS))
    return "".join(chr(zero + int(c)) if c in "0123456789" else c for c in text)


def _wide(text: str, rng: Rng) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _sprinkled(text: str, rng: Rng) -> str:
    return rng.choice(HIDDEN).join(text)


def _percent(text: str, rng: Rng) -> str:
    return (
        "".join(f"%{byte:02X}" for byte in text.encode()) if rng.random() < 0.7 else urllib.parse.quote(text, safe="")
    )


def _entities(text: str, rng: Rng) -> str:
    form = rng.choice(["&#{};", "&#x{:x};"])
    return (
        "".join(form.format(ord(c)) for c in text)
        if rng.random() < 0.8
        else html.escape(text).encode("ascii", "xmlcharrefreplace").decode()
    )


def _base64(text: str, rng: Rng) -> str:
    return base64.b64encode(text.encode()).decode()


def _base64url(text: str, rng: Rng) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _base32(text: str, rng: Rng) -> str:
    return base64.b32encode(text.encode()).decode()


def _hex(text: str, rng: Rng) -> str:
    form = text.encode().hex()
    return rng.choice([form, form.upper(), "0x" + form])


def _gzip(text: str, rng: Rng) -> str:
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _gzip_hex(text: str, rng: Rng) -> str:
    return gzip.compress(text.encode(), mtime=0).hex()


def _quoted(text: str, rng: Rng) -> str:
    return (
        "".join(f"={byte:02X}" for byte in text.encode())
        if rng.random() < 0.7
        else quopri.encodestring(text.encode(), quotetabs=True).decode()
    )


def _json_text(text: str, rng: Rng) -> str:
    return json.dumps({rng.choice(NEUTRAL_KEYS): text})


def _escapes(text: str, rng: Rng) -> str:
    return "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else c for c in text)


ENCODERS: dict[str, Callable[[str, Rng], str]] = {
    "script_digits": _digits_of_a_script, "wide": _wide, "hidden_characters": _sprinkled, "percent": _percent, "html": _entities,
    "base64": _base64, "base64url": _base64url, "base32": _base32, "hex": _hex, "gzip": _gzip, "gzip_hex": _gzip_hex,
    "quoted_printable": _quoted, "json": _json_text, "escapes": _escapes,
}  # fmt: skip


def _placed(value: Any, rng: Rng) -> Any:
    """The same value alone, under a neutral key, or as one field of an otherwise clean message."""
    where = rng.random()
    if where < 0.5:
        return value
    if where < 0.75:
        return {rng.choice(NEUTRAL_KEYS): value}
    around = legitimate.message(rng)
    if isinstance(around, dict):
        return {**around, rng.choice([*NEUTRAL_KEYS, "symbol", "status", "reason"]): value}
    return [around, value]


def plain(rng: Rng) -> Case:
    kind, value = personal.plain(rng)
    return Case(kind, (), _placed(value, rng))


def encoded(rng: Rng) -> Case:
    while True:
        kind, value = personal.plain(rng)
        if isinstance(value, str):
            break
    via = []
    for _ in range(rng.choices([1, 2, 3], [70, 20, 10])[0]):
        coding = rng.choice(list(ENCODERS))
        if coding == "script_digits" and not any(c in "0123456789" for c in value):
            coding = "wide"
        value = ENCODERS[coding](value, rng)
        via.append(coding)
    return Case(kind, tuple(via), _placed(value, rng))


def clean_value(rng: Rng) -> Case:
    label, value = legitimate.value(rng)
    return Case(label, (), value if rng.random() < 0.7 else {rng.choice(NEUTRAL_KEYS): value})


def clean_message(rng: Rng) -> Case:
    return Case("message", (), legitimate.message(rng))


def cases(make: Maker, seed: int, count: int) -> Iterator[Case]:
    rng = random.Random(f"{make.__name__}:{seed}")
    return (make(rng) for _ in range(count))
