"""What the books said in one transaction: for one book after the other its number, how many events follow, and those.

Batches are chained: the hash of each covers the one before it, so that one hash stands for all that was ever said.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator

from execution_stack.clob import model
from execution_stack.clob.formats import records

SECTION = struct.Struct("<II")
BYTES_MAX = 256 * 1024 - 64
NOTHING = bytes(32)
"""The hash before the first batch."""
_DOMAIN = b"clob-batch/1\0"
_PLACE = struct.Struct("<QQQQ?")


def chain(before: bytes, *, shard: int, number: int, first: int, last: int, done: bool, payload: bytes) -> bytes:
    place = _PLACE.pack(shard, number, first, last, done)
    return hashlib.sha256(_DOMAIN + before + place + hashlib.sha256(payload).digest()).digest()


def cut(said: Iterable[tuple[int, bytes]], bytes_max: int = BYTES_MAX) -> list[bytes]:
    """Packed events by book, as payloads that each fit into a row; one, if empty, when nothing was said."""
    payloads: list[bytes] = []
    parts: list[bytes] = []
    room = bytes_max
    for book, events in said:
        at = 0
        while at < len(events):
            fits = (room - SECTION.size) // records.EVENT.size * records.EVENT.size
            if fits <= 0:
                payloads.append(b"".join(parts))
                parts, room = [], bytes_max
                continue
            piece = events[at : at + fits]
            parts += (SECTION.pack(book, len(piece) // records.EVENT.size), piece)
            room -= SECTION.size + len(piece)
            at += len(piece)
    if parts or not payloads:
        payloads.append(b"".join(parts))
    return payloads


def sections(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """Book and packed events, in order."""
    at = 0
    while at < len(payload):
        if len(payload) - at < SECTION.size:
            raise model.BadJournal("a batch is cut short")
        book, count = SECTION.unpack_from(payload, at)
        end = at + SECTION.size + count * records.EVENT.size
        if not count or end > len(payload):
            raise model.BadJournal("a batch is cut short")
        yield book, payload[at + SECTION.size : end]
        at = end


def read(payload: bytes) -> Iterator[tuple[int, list[model.Event]]]:
    """Book and events, in order."""
    for book, events in sections(payload):
        yield book, [model.Event(*each) for each in records.unpack_events(events)]


def count(payload: bytes) -> int:
    return sum(len(events) // records.EVENT.size for _, events in sections(payload))
