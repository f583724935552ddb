"""How much a sender could hide in each message, in bits: the table that a test pins and an auditor reads.

Three numbers are kept apart, because different checks close them:

* `free_bits`: log2 of what may be chosen freely, at most. The gate's checks against an instrument's own grid and caps
  leave less than what stands here.
* `known_choices`: fields that name something which the receiver minted or registered before. They carry nothing of
  their own; which one is named is a choice among as many as there are.
* `signer_bits`: what the holder of a key could put into a signature's nonce, or into the choice of a wallet's key. The
  stack that sends holds no such key but the one for its heads; people's keys sign what people decided.

The frame around the messages has its own row. No table of fields can show what the choice of messages, their order and
their timing say: `message_choice_bits` states the first, and that the relay sends in frames blurs the rest.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from boundary.wire import frame, messages, provenance, shape, values

_REF_BITS = 122.0
_SIGNER_BITS = {64: 252.0, 65: 256.0, 20: 160.0}
"""By size in bytes: the nonces of Ed25519 and secp256k1, and an address, which follows from a key."""


_SEQUENCE = shape.Whole(0, values.INT64_MAX, None, "")
FRAME = (
    shape.Field("direction", shape.Word(frame.Direction), provenance.RECOMPUTED),
    shape.Field("kind", shape.Word(frame.Kind), provenance.CHOSEN),
    shape.Field("key_id", shape.Whole(0, (1 << 32) - 1, None, ""), provenance.REGISTERED),
    shape.Field("epoch", _SEQUENCE, provenance.RECOMPUTED),
    shape.Field("sequence", _SEQUENCE, provenance.RECOMPUTED),
    shape.Field("at_micros", shape.Whole(0, values.INT64_MAX, values.Unit.MICROS, ""), provenance.FRAME_WINDOW),
    shape.Field("nonce", shape.Reference(), provenance.CHOSEN),
    shape.Field("count", _SEQUENCE, provenance.RECOMPUTED),
    shape.Field("previous", shape.Octets(32), provenance.RECOMPUTED),
)
"""The header of every frame, by the fields of `frame.Header`."""


class Capacity(NamedTuple):
    free_bits: float
    known_choices: int
    signer_bits: float


_NONE = Capacity(0.0, 0, 0.0)


def of_fields(fields: Sequence[shape.Field]) -> Capacity:
    each = [of_field(field.shape, field.origin) for field in fields]
    return Capacity(
        sum(of.free_bits for of in each), sum(of.known_choices for of in each), sum(of.signer_bits for of in each)
    )


def of_field(kind: shape.Shape, origin: provenance.Provenance | None) -> Capacity:
    if origin is None:
        return _of_parts(kind)
    match origin.source:
        case provenance.Source.CHOSEN:
            return _NONE._replace(free_bits=_bits(kind))
        case provenance.Source.TIME_WINDOW:
            return _NONE._replace(free_bits=_window_bits(kind, origin.window_seconds))
        case provenance.Source.MINTED_BY_RECEIVER | provenance.Source.REGISTERED:
            return _NONE._replace(known_choices=kind.most if isinstance(kind, shape.Series) else 1)
        case provenance.Source.SIGNATURE_VERIFIED:
            return _NONE._replace(signer_bits=_signer_bits(kind))
        case provenance.Source.RECOMPUTED:
            return _NONE


def table() -> dict[str, Any]:
    """Of the frame, then per direction, message and field; plain values, ready for JSON."""
    return {"frame": _row(FRAME)} | {name: _vocabulary(of) for name, of in messages.BY_NAME.items()}


def _vocabulary(of: messages.Vocabulary) -> dict[str, Any]:
    return {
        "message_choice_bits": _rounded(math.log2(len(of.shapes))),
        "messages": {each.name: {"tag": each.tag, **_row(each.fields)} for each in of.shapes.values()},
    }


def _row(fields: Sequence[shape.Field]) -> dict[str, Any]:
    return {**_numbers(of_fields(fields)), "fields": {field.name: _field(field) for field in fields}}


def _field(field: shape.Field) -> dict[str, Any]:
    numbers = _numbers(of_field(field.shape, field.origin))
    if field.origin is None:
        inner = field.shape.item if isinstance(field.shape, shape.Series) else field.shape
        parts = inner.fields if isinstance(inner, shape.Group) else ()
        return {**numbers, "fields": {part.name: _field(part) for part in parts}}
    window = {"window_seconds": field.origin.window_seconds} if field.origin.window_seconds else {}
    return {"provenance": field.origin.source.value, **window, **numbers}


def _of_parts(kind: shape.Shape) -> Capacity:
    match kind:
        case shape.Group(fields):
            return of_fields(fields)
        case shape.Series(item, least, most):
            each = _of_parts(item)
            return Capacity(
                most * each.free_bits + math.log2(most - least + 1),
                most * each.known_choices,
                most * each.signer_bits,
            )
        case _:
            raise shape.ShapeError("a field does not say where its value comes from")


def _bits(kind: shape.Shape) -> float:
    match kind:
        case shape.Reference():
            return _REF_BITS
        case shape.Octets(size):
            return 8.0 * size
        case shape.Whole(low, high):
            return math.log2(high - low + 1)
        case shape.Word(words):
            return math.log2(len(words))
        case shape.Group(fields):
            return sum(_bits(field.shape) for field in fields)
        case shape.Series(item, least, most):
            return most * _bits(item) + math.log2(most - least + 1)


def _window_bits(kind: shape.Shape, seconds: int) -> float:
    if not isinstance(kind, shape.Whole) or kind.unit not in {values.Unit.SECONDS, values.Unit.MICROS}:
        raise shape.ShapeError("only a time has a window")
    steps = 2 * seconds * (1 if kind.unit is values.Unit.SECONDS else 1_000_000) + 1
    return math.log2(min(steps + bool(kind.zero), kind.high - kind.low + 1))


def _signer_bits(kind: shape.Shape) -> float:
    if not isinstance(kind, shape.Octets) or kind.size not in _SIGNER_BITS:
        raise shape.ShapeError("only a signature, or the address that it recovers to, is verified with a key")
    return _SIGNER_BITS[kind.size]


def _numbers(of: Capacity) -> dict[str, Any]:
    return {name: _rounded(value) for name, value in of._asdict().items()}


def _rounded(bits: float) -> float | int:
    return int(bits) if bits == int(bits) else round(bits, 2)
