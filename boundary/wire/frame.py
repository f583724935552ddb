"""The frame: a fixed binary header, a body, a tag over both. Nothing in it is optional, nothing is negotiated.

    0  magic 2 | version 1 | suite 1 | direction 1 | kind 1 | key id 4 | epoch 4 | sequence 8 | time µs 8 | nonce 16
   46  message count 2 | body length 4 | previous head 32 | body … | HMAC-SHA256 tag 32

Integers are big-endian. The epoch, the sequence, the messages and the previous head are made once and never change;
time, nonce, key id and tag are made anew for each attempt to deliver, so the clock window can be narrow.
"""

import enum
import hashlib
import struct
import uuid

import msgspec

from boundary.kernel import errors, ids, primitives

_HEADER = struct.Struct(">2sBBBBIIQQ16sHI32s")
HEADER_SIZE = _HEADER.size
TAG_SIZE = 32
SIZE_MAX = 256 * 1024
BODY_SIZE_MAX = SIZE_MAX - HEADER_SIZE - TAG_SIZE
MAGIC = b"\xb1\x7c"
VERSION = 1
SUITE = 1  # HMAC-SHA256 with keys from HKDF-SHA256, heads signed with Ed25519
GENESIS = bytes(32)


class Direction(enum.IntEnum):
    TO_EXECUTION = 1
    TO_CUSTOMER = 2


class Kind(enum.IntEnum):
    DATA = 1
    ACK = 2
    HEARTBEAT = 3
    VOID = 4
    REOPEN = 5
    MARKET = 6


class Malformed(errors.Invalid):
    """The bytes are not a frame of this version."""

    code = "frame_malformed"


class Forged(errors.Unauthenticated):
    """The tag does not verify under the key that the header names."""

    code = "frame_forged"


class Header(msgspec.Struct, frozen=True):
    direction: Direction
    kind: Kind
    key_id: int
    epoch: int
    sequence: int
    at_micros: int
    nonce: uuid.UUID
    count: int
    previous: bytes


class Frame(msgspec.Struct, frozen=True):
    header: Header
    body: bytes


def seal(header: Header, body: bytes, key: bytes) -> bytes:
    """Header, body and tag as they travel."""
    if len(body) > BODY_SIZE_MAX or len(header.previous) != 32:
        raise ValueError("the body or the previous head has an impossible size")
    packed = _HEADER.pack(
        MAGIC, VERSION, SUITE, header.direction, header.kind, header.key_id, header.epoch, header.sequence,
        header.at_micros, header.nonce.bytes, header.count, len(body), header.previous,
    )  # fmt: skip
    return packed + body + primitives.hmac_sha256(key, packed + body)


def split(data: bytes) -> list[bytes]:
    """The frames of one exchange, which follow each other without a gap; their lengths must add up exactly."""
    frames = []
    while data:
        if len(data) < HEADER_SIZE + TAG_SIZE:
            raise Malformed("the frame is too short")
        size = HEADER_SIZE + int.from_bytes(data[48:52], "big") + TAG_SIZE
        if size > min(len(data), SIZE_MAX):
            raise Malformed("the frame's length does not fit")
        frames.append(data[:size])
        data = data[size:]
    return frames


def parse(data: bytes, direction: Direction) -> Frame:
    """Read the header, still unverified: enough to find the key, and nothing that may be acted upon."""
    if not HEADER_SIZE + TAG_SIZE <= len(data) <= SIZE_MAX:
        raise Malformed("the frame has an impossible size")
    magic, version, suite, way, kind, key_id, epoch, sequence, at, nonce, count, length, previous = _HEADER.unpack_from(
        data
    )
    if (magic, version, suite) != (MAGIC, VERSION, SUITE) or way != direction:
        raise Malformed("the frame is of another protocol, version or direction")
    if length != len(data) - HEADER_SIZE - TAG_SIZE:
        raise Malformed("the frame's length does not fit")
    number = uuid.UUID(bytes=nonce)
    if kind not in Kind.__members__.values() or not ids.is_ref(number):
        raise Malformed("the frame is of an unknown kind")
    header = Header(direction, Kind(kind), key_id, epoch, sequence, at, number, count, previous)
    return Frame(header, data[HEADER_SIZE:-TAG_SIZE])


def verify(data: bytes, key: bytes) -> None:
    """Constant-time comparison of the whole tag."""
    if not primitives.hmac_matches(key, data[:-TAG_SIZE], data[-TAG_SIZE:]):
        raise Forged("the frame's tag does not verify")


def digest(data: bytes) -> bytes:
    """Names a frame as it travelled; evidence of a refused one, and what an answer binds itself to."""
    return hashlib.sha256(data).digest()
