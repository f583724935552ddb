"""A sealed value: `0x01 ‖ key version, 4 bytes big-endian ‖ nonce, 12 bytes ‖ AES-256-GCM ciphertext and tag`.

What it is bound to (GCM's additional data): `"sealed/1" ‖ 0x00 ‖ subject, 16 bytes ‖ key version, 4 bytes ‖ field`. All
but the last part have a fixed length, so no two different triples give the same bytes. The key version stands at a fixed
place: SQL finds values under an older key by it.
"""

import struct
from typing import NamedTuple
from uuid import UUID

FORM = 1
VERSION_AT = 2
"""Where SQL's `substring` finds the key version, counted from one."""
VERSION_SIZE = 4
OVERHEAD = 1 + VERSION_SIZE + 12 + 16
_HEADER = struct.Struct(">BI12s")
_DOMAIN = b"sealed/1\0"


class Sealed(NamedTuple):
    version: int
    nonce: bytes
    body: bytes


def bound(subject: UUID, field: str, version: int) -> bytes:
    return _DOMAIN + subject.bytes + version.to_bytes(VERSION_SIZE, "big") + field.encode()


def pack(version: int, nonce: bytes, body: bytes) -> bytes:
    return _HEADER.pack(FORM, version, nonce) + body


def unpack(data: bytes) -> Sealed | None:
    """The parts, or nothing if these bytes are of no form that we know."""
    if len(data) < OVERHEAD or data[0] != FORM:
        return None
    _, version, nonce = _HEADER.unpack_from(data)
    return Sealed(version, nonce, data[_HEADER.size :])
