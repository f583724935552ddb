"""What is wrapped: `0x01 ‖ subject, 16 bytes ‖ version, 4 bytes big-endian ‖ data key, 32 bytes`.

The subject stands inside, because no key-wrapping binds to anything outside: a wrapped key that was moved to another
row, or that a key service mixed up, is found out when it is unwrapped.
"""

import struct
from uuid import UUID

FORM = 1
KEY_SIZE = 32
_LAYOUT = struct.Struct(f">B16sI{KEY_SIZE}s")


def pack(subject: UUID, version: int, key: bytes) -> bytes:
    assert len(key) == KEY_SIZE, "struct would pad or cut in silence"
    return _LAYOUT.pack(FORM, subject.bytes, version, key)


def unpack(data: bytes, subject: UUID, version: int) -> bytes | None:
    """The key, if it is that of this subject and version."""
    if len(data) != _LAYOUT.size:
        return None
    form, of, number, key = _LAYOUT.unpack(data)
    return key if (form, of, number) == (FORM, subject.bytes, version) else None
