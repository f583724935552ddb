"""Every message that may cross, as positional, tagged, frozen structs: enums, refs, bounded integers, hashes, times.

A message is never changed. A new shape is a new tag; the receiver ships first; old tags stay for replay.
"""

from typing import Annotated

import msgspec

from boundary.kernel import canonical

Hash32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Micros = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]


class Message(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The base of everything that crosses."""


class Seen(Message, frozen=True, tag=1):
    """The answer to a frame: the digest of its bytes, so that no answer fits another frame, and the receiver's time."""

    digest: Hash32
    at_micros: Micros


def encode(message: Message) -> bytes:
    return canonical.pack(message)


def decode_seen(data: bytes) -> Seen:
    return canonical.unpack(data, Seen)
