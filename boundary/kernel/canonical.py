"""One byte form for whatever is hashed, signed or stored as evidence. Frozen: a new form is a new function.

* `pack` / `unpack`: MessagePack of positional, tagged, frozen structs. What is stored is what was hashed.
* `json_bytes`: RFC 8785 canonical JSON, for what outsiders verify with tools of their own.

`unpack` accepts only the bytes that `pack` would make. That one rule refuses non-minimal numbers, extension types,
trailing bytes, reordered or doubled fields and whatever else a lenient decoder lets through.
"""

import functools
from collections.abc import Hashable
from typing import Any, TypeVar, cast

import msgspec
import rfc8785

from boundary.kernel import errors

T = TypeVar("T")

_encoder = msgspec.msgpack.Encoder(uuid_format="bytes", decimal_format="string")


class NotCanonical(errors.Invalid):
    """The bytes are not the one form that their content has."""

    code = "not_canonical"


def pack(value: msgspec.Struct | tuple[msgspec.Struct, ...]) -> bytes:
    return _encoder.encode(value)


@functools.lru_cache(maxsize=256)
def _decoder(type_: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(type_, strict=True)


def unpack(data: bytes, type_: type[T]) -> T:
    """Decode one struct (or one of a union of tagged structs); refuse any bytes but its canonical ones."""
    decoder = _decoder(cast("Hashable", type_))  # a type that cannot be decoded at all is a defect and raises its own
    try:
        value: T = decoder.decode(data)
        same = _encoder.encode(value) == data
    except (msgspec.MsgspecError, ValueError, RecursionError):  # the text may quote the input: it stays here
        raise NotCanonical("the bytes do not decode") from None
    if not same:
        raise NotCanonical("the bytes are not in canonical form")
    return value


def json_bytes(value: Any) -> bytes:
    """RFC 8785. Integers beyond 2^53-1 are refused, as its readers would round them: write those as strings."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        raise NotCanonical("the value has no canonical JSON") from None
