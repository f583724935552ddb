"""The snapshots of all books of a shard, cut into parts that fit into rows, and put together again.

A part holds records of one kind of one book: its header, orders, or participants. Together they are the bytes that
`snapshots` reads, and the digest of the whole covers those of every book.
"""

import hashlib
import itertools
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from execution_stack.clob import model
from execution_stack.clob.formats import snapshots

PART = struct.Struct("<III")
HEADER, ORDERS, PARTICIPANTS = 1, 2, 3
ROWS_MAX = 4_000
_NUMBER = struct.Struct("<I")
_COUNTS = struct.Struct("<5I")
SIZES = {HEADER: snapshots.HEADER_SIZE, ORDERS: snapshots.ORDER_SIZE, PARTICIPANTS: snapshots.PARTICIPANT_SIZE}


class Header(NamedTuple):
    """The row that makes a snapshot one: written last."""

    batch: int
    command: int
    parts: int
    orders: int
    digest: bytes


def digest(books: Iterable[tuple[int, bytes]]) -> bytes:
    """Of the full state of every book, in order of their numbers."""
    hasher = hashlib.sha256()
    for number, snapshot in sorted(books):
        hasher.update(_NUMBER.pack(number) + snapshots.digest(snapshot))
    return hasher.digest()


def split(books: Iterable[tuple[int, bytes]]) -> Iterator[bytes]:
    for number, snapshot in sorted(books):
        counts = _counts(snapshot)
        start = 0
        for kind, count in ((HEADER, 1), (ORDERS, sum(counts[:4])), (PARTICIPANTS, counts[4])):
            size = SIZES[kind]
            for first in range(0, count, ROWS_MAX):
                rows = min(ROWS_MAX, count - first)
                at = start + first * size
                yield PART.pack(number, kind, rows) + snapshot[at : at + rows * size]
            start += count * size


def join(header: Header, parts: Sequence[bytes]) -> list[tuple[int, bytes]]:
    """Number and snapshot of each book; refused unless every part is there and the digest is that of the header."""
    if len(parts) != header.parts:
        raise model.BadSnapshot("a part of it is missing")
    books = []
    for number, group in itertools.groupby(map(_part, parts), key=lambda each: each[0]):
        books.append((number, b"".join(rows for _, rows in group)))
    if digest(books) != header.digest:
        raise model.BadSnapshot("its digest does not fit: it is torn or changed")
    return books


def _part(part: bytes) -> tuple[int, bytes]:
    if len(part) <= PART.size:
        raise model.BadSnapshot("a part of it is cut short")
    number, kind, rows = PART.unpack_from(part)
    if kind not in SIZES or not 0 < rows <= ROWS_MAX or len(part) != PART.size + rows * SIZES[kind]:
        raise model.BadSnapshot("a part of it is none")
    return number, part[PART.size :]


def _counts(snapshot: bytes) -> tuple[int, ...]:
    """How many orders and participants, as the header ends."""
    return _COUNTS.unpack_from(snapshot, snapshots.HEADER_SIZE - _COUNTS.size)
