"""Judges a text: as one value, as text in disguise, as JSON or a log line made of many values."""

import math
import re
from collections.abc import Iterator
from decimal import Decimal

from boundary.privacy.detect import (
    decoding,
    folding,
    keys,
    letters,
    names,
    numbers,
    patterns,
    shapes,
    siblings,
    trees,
    words,
)
from boundary.privacy.detect.keys import Context

Hit = tuple[str, tuple[str, ...]]

_LAYERS_MAX = 4  # three encodings, and the line or field that they stand in
_TEXT_MAX = 64 * 1024
_TOKENS_MAX = 4096
_RULER_MAX = 120  # signs without a letter or digit: a ruled line, not a message

_UNMISTAKABLE = frozenset({"percent", "html", "escape"})  # what decodes from these was encoded; others may be chance
_TOKEN = re.compile(r"[^\s,;|(){}\[\]<>\"'`]+")
_PAIR = re.compile(r"([A-Za-z][A-Za-z0-9_.-]{0,39})(?:=|: ?|:=)(.+)")
_URL = re.compile(r"(?:[a-z][a-z0-9+.-]{1,15}:)?/{0,2}[^\s]*[/?&][^\s]*")
_MORSE = re.compile(r"(?=.*-)(?=.*\.)[.\s/-]{8,}")
_DIGIT_GROUPS = re.compile(r"[\d/]+")
_BARE_SIGNS = frozenset("-+=/\\~@&^")
_TRIM = ".:!?*#%=-_"


def judge_tree(value: object, layers: int = 0) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(path, kind, layers seen through) for whatever in a value is not legitimate."""
    for visit in trees.walk(value):
        if isinstance(visit, trees.Leaf):
            for kind, via in _leaf(visit, layers):
                yield visit.path, kind, via
        elif isinstance(visit, trees.Key):
            for kind, via in judge(visit.text, Context.NEUTRAL, layers):
                yield visit.path, kind, ("key", *via)
        elif isinstance(visit, trees.Siblings):
            for path, kind in siblings.joined(visit.pieces):
                yield path, kind, ("split",)
        else:
            yield visit.path, "unrecognised", ()


def _leaf(leaf: trees.Leaf, layers: int) -> list[Hit]:
    value, context = leaf.value, leaf.context
    if (
        leaf.telling is not None
        and value not in ("", b"", 0)
        and not (leaf.telling == "address" and _is_on_chain(value))
    ):
        return [(leaf.telling, ())]
    if isinstance(value, str):
        return judge(value, context, layers)
    if isinstance(value, int):
        kind = shapes.integer(value, context)
        return [(kind, ())] if kind else []
    if isinstance(value, bytes | bytearray | memoryview):
        return judge_bytes(bytes(value), layers)
    return judge(_spelled(value), context, layers)


def _is_on_chain(value: object) -> bool:
    return isinstance(value, str) and len(value) == 42 and isinstance(shapes.judge(value), bytes)


def _spelled(value: object) -> str:
    """The digits of a number as somebody would write them; infinities and NaN have none."""
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else ""
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 40:
        return f"{value:f}"
    return str(value)


def judge(text: str, context: Context, layers: int = 0) -> list[Hit]:
    """Nothing if the text is legitimate, else what it is and through which layers that was seen."""
    if folding.is_plain(text):
        verdict = shapes.judge(text, context)
        if isinstance(verdict, bytes):
            hits = _opaque(text, verdict, layers)
            return hits if hits or layers or len(verdict) > 5 else []
        if verdict is not None:
            return [(verdict, ())] if verdict else []
    if len(text) > _TEXT_MAX:
        return _long(text, context, layers)
    plain = folding.plain(text)
    if folding.is_plain(plain):
        return _running(plain, context, layers)
    return _disguised(text, context, layers)


def judge_bytes(data: bytes, layers: int = 0) -> list[Hit]:
    """Bytes that spell text are judged as text, compressed bytes as what they hold; other bytes are keys and hashes."""
    if (inner := decoding.inflated(data)) is not None:
        return (
            _within("gzip", judge_bytes(inner, layers + 1)) if layers < _LAYERS_MAX else [("unrecognised", ("gzip",))]
        )
    try:
        text = data.decode()
    except UnicodeDecodeError:
        printed = sum(32 <= byte < 127 for byte in data)
        return (
            judge(data.decode("latin-1"), Context.NEUTRAL, layers)
            if printed > 0.8 * len(data)
            else _binary(data, layers)
        )
    return judge(text, Context.NEUTRAL, layers) if text.isprintable() or len(text) > 9 else _binary(data, layers)


def _long(text: str, context: Context, layers: int) -> list[Hit]:
    """Whatever is longer than a value or a line ever is gets judged in overlapping pieces."""
    step = _TEXT_MAX - 256
    hits: list[Hit] = []
    for start in range(0, len(text), step):
        hits += judge(text[start : start + _TEXT_MAX], context, layers)
    return list(dict.fromkeys(hits))


def _within(via: str, hits: list[Hit]) -> list[Hit]:
    return [(kind, (via, *inner)) for kind, inner in hits]


def _opaque(text: str, data: bytes, layers: int) -> list[Hit]:
    via = (
        "hex"
        if re.fullmatch(r"(?:0x)?[0-9a-fA-F]+", text)
        else "base32"
        if text.isupper() or text.islower()
        else "base64"
    )
    if decoding.inflated(data) is not None:
        return _within(via, judge_bytes(data, layers + 1))
    spelled = decoding.as_text(data)
    if spelled is None:
        return _within(via, _binary(data, layers))
    if layers >= _LAYERS_MAX:
        return [("unrecognised", (via,))]
    return _within(via, judge(spelled, Context.NEUTRAL, layers + 1))


def _binary(data: bytes, layers: int) -> list[Hit]:
    if (spelled := decoding.as_text(data)) is not None and layers < _LAYERS_MAX:
        return judge(spelled, Context.NEUTRAL, layers + 1)
    for run in decoding.printed_runs(data):
        if run.isdigit():
            return [(numbers.written(run) or "unrecognised", ())]
        if letters.resemblance(run) > 0.4 and (run.islower() or run.isupper() or run.istitle()):
            return [("name", ())]
    return []


def _disguised(text: str, context: Context, layers: int) -> list[Hit]:
    """Characters that no legitimate value holds: refused, and named by what folding or decoding leaves."""
    folded = folding.fold(text)
    via: tuple[str, ...] = () if folded == text else ("unicode",)
    found = next(patterns.find(folded), None)
    if found:
        return [(found, via)]
    if folded != text and folding.is_plain(folded):
        inner = judge(folded, context, layers)
        return [(kind, (*via, *more)) for kind, more in inner] or [("unrecognised", via)]
    for coding, hits in _decoded(folded, layers):
        if hits:
            return [(kind, (*via, coding, *more)) for kind, more in hits]
    return [("name" if any(c.isalpha() for c in folded) else "unrecognised", via)]


def _running(text: str, context: Context, layers: int) -> list[Hit]:
    if text.lstrip()[:1] in {"{", "[", '"'} and (hits := _json(text, layers)) is not None:
        return hits
    found = next(patterns.find(text), None)
    if found:
        return [(found, ())]
    if layers < _LAYERS_MAX:
        for coding, hits in _decoded(text, layers):
            if coding in _UNMISTAKABLE:
                return _within(coding, hits)
            if precise := [hit for hit in hits if hit[0] != "unrecognised"]:
                return _within(coding, precise[:1])
    kind = _tokens(text, context, layers)
    return [(kind, ())] if kind else []


def _json(text: str, layers: int) -> list[Hit] | None:
    try:
        value = trees.parse(text)
    except (ValueError, RecursionError):
        return None
    if layers >= _LAYERS_MAX:
        return [("unrecognised", ("json",))]
    return [(kind, ("json", *via)) for _, kind, via in judge_tree(value, layers + 1)]


def _decoded(text: str, layers: int) -> Iterator[tuple[str, list[Hit]]]:
    if layers >= _LAYERS_MAX:
        return
    for coding, inner in decoding.readings(text):
        if isinstance(inner, bytes):
            if coding in {"percent", "quoted-printable"}:
                spelled: str | None = _whole_text(inner)
            elif decoding.inflated(inner) is not None:
                yield coding, judge_bytes(inner, layers + 1)
                continue
            else:
                spelled = decoding.as_text(inner)
        else:
            spelled = inner
        if spelled and spelled != text:
            yield coding, judge(spelled, Context.NEUTRAL, layers + 1)


def _whole_text(data: bytes) -> str | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return text if all(char.isprintable() or char in "\t\r\n\u200c\u200d" for char in text) else None


def _tokens(text: str, context: Context, layers: int) -> str | None:
    """A line of many values: each must be recognised, and no two of them may be a name together."""
    tokens = _TOKEN.findall(text)
    if (
        len(tokens) > _TOKENS_MAX
        or _MORSE.fullmatch(text)
        or (len(text) > _RULER_MAX and not any(map(str.isalnum, text)))
    ):
        return "unrecognised"
    alone = len(tokens) == 1
    shouted: list[str] = []
    certain = alone
    previous = ""
    label: str | None = None
    for raw in tokens:
        token = raw if alone else raw.strip(_TRIM)
        if not token or token in _BARE_SIGNS:
            previous = ""
            continue
        if label and token:
            return label
        kind = _token(token, context, layers, alone=alone)
        if kind:
            return kind
        if words.given_in_title(previous, token):
            return "name"
        label = keys.classify(raw[:-1]).telling if raw.endswith((":", "=")) else None
        if token.isupper() and token.isalpha() and not words.known(token.lower()):
            shouted.append(token)
        else:
            certain = certain or any(c.isdigit() for c in token) or words.known(token.lower())
        previous = token
    lowered = [token.lower() for token in tokens]
    if len(tokens) == 2 and words.names_together(lowered):
        return "name"
    if len(shouted) > 1 and (not certain or sum(map(words.resembles_name, shouted)) > 1):
        return "name"
    return None


def _token(token: str, context: Context, layers: int, *, alone: bool) -> str | None:
    verdict = shapes.judge(token, context, strict=not alone)
    if isinstance(verdict, bytes):
        hits = _opaque(token, verdict, layers)
        return hits[0][0] if hits else None
    if verdict is not None:
        return verdict or None
    if layers > _LAYERS_MAX:
        return "unrecognised"
    if found := _PAIR.fullmatch(token):
        about = keys.classify(found[1])
        value = found[2].strip("\"'")
        if about.telling:
            return about.telling
        if about.printable or not judge(found[1], Context.NEUTRAL, layers + 1):
            hits = judge(value, about.context, layers + 1)
            return hits[0][0] if hits else None
    if ("/" in token or "?" in token) and _URL.fullmatch(token) and not _DIGIT_GROUPS.fullmatch(token):
        return _url(token, layers)
    return _guess(token)


def _url(token: str, layers: int) -> str | None:
    scheme, _, rest = token.rpartition("://")
    parts = [part for part in re.split(r"[/?&#;]", rest) if part]
    if scheme:
        parts.append(scheme)
    if not parts or parts == [token]:
        return _guess(token)
    for part in parts:
        kind = _token(part, Context.NEUTRAL, layers + 1, alone=False)
        if kind:
            return kind
    return None


def _guess(token: str) -> str:
    """The best name for something unrecognised."""
    runs = re.findall(r"[A-Za-z]+", token)
    unknown = [run for run in runs if len(run) > 2 and not words.known(run.lower())]
    spells = any(run.lower() in names.SHORT_NAMES or (len(run) > 3 and words.resembles_name(run)) for run in unknown)
    return "name" if spells and len(token) < 60 else "unrecognised"
