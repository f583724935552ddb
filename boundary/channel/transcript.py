"""The order of things on a channel, as pure rules: what a data frame means for a side that has come this far.

Each direction of a channel is a chain of cores. A core is an epoch, a sequence, the messages and the hash of the core
before it; it is made once. Both sides hold the same head, so a core that repeats a sequence with other content, or
continues another history, proves that somebody lies or that a database was restored: the channel halts.
"""

import enum
import hashlib
import struct

import msgspec

GENESIS = bytes(32)
_CORE = struct.Struct(">IQH32s")


class Position(msgspec.Struct, frozen=True):
    """How far one direction has come: the next sequence that is due, and the hash of the last core."""

    epoch: int
    due: int
    head: bytes


class Verdict(enum.Enum):
    NEXT = "next"
    """The core that is due: apply it."""
    AGAIN = "again"
    """A core that was applied before: its stored answer, and no effect."""
    EARLY = "early"
    """One before it is missing: wait a moment, then say which is due."""
    EQUIVOCATION = "equivocation"
    """Two histories: halt this channel, and let people look."""
    OTHER_EPOCH = "other_epoch"
    """Of an epoch that is closed or not open yet."""


START = Position(epoch=1, due=1, head=GENESIS)


def core_hash(epoch: int, sequence: int, count: int, previous: bytes, body: bytes) -> bytes:
    """Names a core: what both sides chain, acknowledge and sign. The leading zero keeps it apart from other hashes."""
    return hashlib.sha256(b"\x00" + _CORE.pack(epoch, sequence, count, previous) + body).digest()


def judge(
    position: Position, *, epoch: int, sequence: int, previous: bytes, core: bytes, stored: bytes | None
) -> Verdict:
    """What a verified data frame means here; `stored` is the hash of the core applied under that sequence, if any."""
    if epoch != position.epoch:
        return Verdict.OTHER_EPOCH
    if sequence > position.due:
        return Verdict.EARLY
    if sequence < position.due:
        return Verdict.AGAIN if stored == core else Verdict.EQUIVOCATION
    return Verdict.NEXT if previous == position.head else Verdict.EQUIVOCATION


def after(position: Position, core: bytes) -> Position:
    return Position(position.epoch, position.due + 1, core)
