"""The frames of RFC 6455 as a server reads and writes them: bytes in, whole messages out, and nothing that it forbids.

No extension is ever agreed on, so a reserved bit is an error. A message has a bound, and a frame that would pass it is
refused by its length, before its payload is here.
"""

import base64
import enum
import hashlib
import struct
from typing import NamedTuple

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTROL_MAX = 125
_LONG = struct.Struct(">H")
_VERY_LONG = struct.Struct(">Q")
_SENT_CODES = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014})
"""Codes of the protocol that may stand in a close frame; from 3000 on, libraries and applications have theirs."""


class Opcode(enum.IntEnum):
    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class Code(enum.IntEnum):
    """Why a connection is closed."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL = 1002
    NO_CODE = 1005
    LOST = 1006
    NOT_TEXT = 1007
    POLICY = 1008
    TOO_BIG = 1009
    BROKEN = 1011
    RESTART = 1012


class Violation(Exception):  # noqa: N818 -- what the peer did, and the code that tells it so
    """The peer broke the protocol; the connection is closed with this code."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.name)
        self.code = code


class Message(NamedTuple):
    """A whole text or binary message, or a control frame."""

    opcode: Opcode
    payload: bytes


def accept(key: bytes) -> bytes:
    """What answers the client's key."""
    return base64.b64encode(hashlib.sha1(key + _GUID).digest())  # noqa: S324 -- the protocol's own; it protects nothing


def is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except ValueError:
        return False


def frame(opcode: Opcode, payload: bytes) -> bytes:
    """One whole frame of a server: not masked."""
    size = len(payload)
    if size <= _CONTROL_MAX:
        return bytes((0x80 | opcode, size)) + payload
    if size < 1 << 16:
        return bytes((0x80 | opcode, 126)) + _LONG.pack(size) + payload
    return bytes((0x80 | opcode, 127)) + _VERY_LONG.pack(size) + payload


def closing(code: int, reason: str = "") -> bytes:
    """A close frame."""
    return frame(Opcode.CLOSE, _LONG.pack(code) + reason.encode()[: _CONTROL_MAX - 2])


def close_code(payload: bytes) -> Code | int:
    """What a close frame says, once it is known to be one."""
    if not payload:
        return Code.NO_CODE
    code = int(_LONG.unpack_from(payload)[0]) if len(payload) >= 2 else 0
    if code not in _SENT_CODES and not 3000 <= code < 5000:
        raise Violation(Code.PROTOCOL)
    _require_text(payload[2:])
    return code


class Reader:
    """Puts together what one client sends."""

    def __init__(self, message_max: int) -> None:
        self._max = message_max
        self._data = bytearray()
        self._parts = bytearray()
        self._opcode: Opcode | None = None

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete now. Raises `Violation`, after which nothing more is to be read."""
        self._data += data
        found = []
        while (each := self._next()) is not None:
            message = self._whole(*each)
            if message is not None:
                found.append(message)
        return found

    def _next(self) -> tuple[bool, Opcode, bytes] | None:
        """One frame, if all of it is here."""
        data = self._data
        if len(data) < 2:
            return None
        final, opcode, size = self._head(data[0], data[1])
        start = 2
        if size >= 126:
            length = _LONG if size == 126 else _VERY_LONG
            if len(data) < start + length.size:
                return None
            size = length.unpack_from(data, start)[0]
            start += length.size
        if opcode < Opcode.CLOSE and len(self._parts) + size > self._max:
            raise Violation(Code.TOO_BIG)
        if len(data) < start + 4 + size:
            return None
        payload = _unmasked(bytes(data[start + 4 : start + 4 + size]), bytes(data[start : start + 4]))
        del data[: start + 4 + size]
        return final, opcode, payload

    def _head(self, first: int, second: int) -> tuple[bool, Opcode, int]:
        final, size = bool(first & 0x80), second & 0x7F
        known = (first & 0x0F) in Opcode.__members__.values()
        if first & 0x70 or not second & 0x80 or not known:
            raise Violation(Code.PROTOCOL)
        opcode = Opcode(first & 0x0F)
        if opcode >= Opcode.CLOSE and (not final or size > _CONTROL_MAX):
            raise Violation(Code.PROTOCOL)
        if opcode < Opcode.CLOSE and (opcode is Opcode.CONTINUATION) != (self._opcode is not None):
            raise Violation(Code.PROTOCOL)
        return final, opcode, size

    def _whole(self, final: bool, opcode: Opcode, payload: bytes) -> Message | None:
        if opcode >= Opcode.CLOSE:
            return Message(opcode, payload)
        self._parts += payload
        self._opcode = self._opcode or opcode
        if not final:
            return None
        message = Message(self._opcode, bytes(self._parts))
        self._opcode = None
        self._parts.clear()
        if message.opcode is Opcode.TEXT:
            _require_text(message.payload)
        return message


def _require_text(payload: bytes) -> None:
    try:
        payload.decode()
    except UnicodeDecodeError:
        raise Violation(Code.NOT_TEXT) from None


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")
