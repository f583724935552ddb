"""A frame in words: the only place where the numbers that cross become something to read.

No key is needed and none is asked for, so the tag is shown but not verified. Nothing that crosses is text, so there is
nothing personal that could be printed.
"""

import enum
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from boundary.kernel import clock, errors
from boundary.wire import frame, messages, shape, values

_DIRECTION_AT = 4
_WIDTH = 24


_WORDS = {frame.Kind.ACK, frame.Kind.VOID, frame.Kind.REOPEN}


def render(data: bytes) -> str:
    """One frame; `frame.Malformed` if it is none. A body that does not decode is named by the reason, header shown."""
    received = frame.parse(data, _direction(data))
    return "\n".join([*_header(data, received.header), *_body(received)]) + "\n"


def words_of(message: messages.Message, *, without: frozenset[str] = frozenset()) -> str:
    """One message, as in a frame, but for the fields that somebody is still to fill."""
    known = messages.SHAPES[type(message)]
    fields = [field for field in known.fields if field.name not in without]
    return "\n".join([f"{known.name} ({known.tag})", *_fields(fields, message, "")]) + "\n"


def _direction(data: bytes) -> frame.Direction:
    number = data[_DIRECTION_AT] if len(data) > _DIRECTION_AT else 0
    if number not in list(frame.Direction):
        raise frame.Malformed("the frame goes neither way")
    return frame.Direction(number)


def _header(data: bytes, header: frame.Header) -> Iterator[str]:
    yield f"frame of {len(data)} bytes, sha256 {frame.digest(data).hex()}"
    yield _line("direction", _word(header.direction))
    yield _line("kind", _word(header.kind))
    yield _line("key id", str(header.key_id))
    yield _line("epoch", str(header.epoch))
    yield _line("sequence", str(header.sequence))
    yield _line("time", _micros(header.at_micros))
    yield _line("nonce", str(header.nonce))
    yield _line("messages", str(header.count))
    yield _line("previous head", header.previous.hex())
    yield _line("tag", f"{data[-frame.TAG_SIZE :].hex()} (not verified: that takes the channel's key)")


def _body(received: frame.Frame) -> Iterator[str]:
    header = received.header
    try:
        found = _messages(received)
    except errors.Refusal as refusal:
        yield f"body of {len(received.body)} bytes: refused ({refusal.code})"
        return
    if len(found) != header.count:
        yield f"the header speaks of {header.count} messages, the body has {len(found)}"
    for index, message in enumerate(found):
        known = messages.SHAPES[type(message)]
        yield ""
        yield f"{header.epoch}.{header.sequence}.{index}  {known.name} ({known.tag})"
        yield from _fields(known.fields, message, "")


def _messages(received: frame.Frame) -> Sequence[messages.Message]:
    if not received.body:
        return ()
    if received.header.kind in _WORDS:
        return (messages.decode_control(received.body),)
    if received.header.kind is frame.Kind.MARKET:
        return _market(received)
    return messages.decode_body(received.body, received.header.direction)


def _market(received: frame.Frame) -> Sequence[messages.Message]:
    """A question, the page that answers it, or an update."""
    if received.header.direction is frame.Direction.TO_EXECUTION:
        return (messages.decode_question(received.body),)
    try:
        return (messages.decode_page(received.body),)
    except errors.Invalid:
        return messages.decode_market(received.body)


def _fields(fields: Sequence[shape.Field], struct: Any, prefix: str) -> Iterator[str]:
    for field in fields:
        yield from _value(f"{prefix}{field.name}", field.shape, getattr(struct, field.name))


def _value(name: str, kind: shape.Shape, value: Any) -> Iterator[str]:
    match kind:
        case shape.Group(fields):
            if isinstance(value, values.MessageName):
                yield _line(name, f"{value.epoch}.{value.sequence}.{value.index}")
            else:
                yield from _fields(fields, value, f"{name}.")
        case shape.Series(item):
            if not value:
                yield _line(name, "none")
            for index, each in enumerate(value):
                yield from _value(f"{name}[{index}]", item, each)
        case shape.Whole():
            yield _line(name, _number(kind, value))
        case _:
            yield _line(name, _plain(value))


def _number(kind: shape.Whole, value: int) -> str:
    if value == 0 and kind.zero:
        return f"0 ({kind.zero})"
    match kind.unit:
        case values.Unit.USD_MICROS:
            return f"USD {value // 1_000_000}.{value % 1_000_000:06d}"
        case values.Unit.SECONDS:
            return _micros(value * 1_000_000)
        case values.Unit.MICROS:
            return _micros(value)
        case None:
            return str(value)
        case _:
            return f"{value} {kind.unit.value}"


def _plain(value: uuid.UUID | bytes | enum.IntEnum) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return _word(value) if isinstance(value, enum.IntEnum) else str(value)


def _word(value: enum.IntEnum) -> str:
    return value.name.lower()


def _micros(value: int) -> str:
    """A time as people write it; one beyond the year 9999 stays a number."""
    try:
        return clock.from_micros(value).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return f"{value} {values.Unit.MICROS.value}"


def _line(name: str, value: str) -> str:
    return f"  {name:<{_WIDTH}} {value}"
