"""The snapshots of all books of a shard, cut into parts that fit into rows, and put together again.

A part holds records of one kind of one book: its header, orders, participants, or how much of an order that is still
open has traded, which the book itself need not know. The first three together are the bytes that `snapshots` reads. The
digest of the whole covers all of every book.
"""

import hashlib
import itertools
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from execution_stack.clob import model
from execution_stack.clob.formats import snapshots

PART = struct.Struct("<III")
FILLED_ROW = struct.Struct("<QQ")
HEADER, ORDERS, PARTICIPANTS, FILLED = 1, 2, 3, 4
ROWS_MAX = 4_000
_NUMBER = struct.Struct("<I")
_COUNTS = struct.Struct("<5I")
SIZES = {
    HEADER: snapshots.HEADER_SIZE,
    ORDERS: snapshots.ORDER_SIZE,
    PARTICIPANTS: snapshots.PARTICIPANT_SIZE,
    FILLED: FILLED_ROW.size,
}


class Header(NamedTuple):
    """The row that makes a snapshot one: written last."""

    batch: int
    command: int
    parts: int
    orders: int
    digest: bytes


class Kept(NamedTuple):
    """A book as it is kept: its number, its snapshot, and what of its open orders has traded, by ascending id."""

    number: int
    snapshot: bytes
    filled: bytes


def filled(rows: Iterable[tuple[int, int]]) -> bytes:
    return b"".join(FILLED_ROW.pack(*each) for each in sorted(rows))


def digest(books: Iterable[Kept]) -> bytes:
    """Of the full state of every book, in order of their numbers."""
    hasher = hashlib.sha256()
    for number, snapshot, traded in sorted(books):
        hasher.update(_NUMBER.pack(number) + snapshots.digest(snapshot) + hashlib.sha256(traded).digest())
    return hasher.digest()


def split(books: Iterable[Kept]) -> Iterator[bytes]:
    for number, snapshot, traded in sorted(books):
        counts = _counts(snapshot)
        body = snapshot + traded
        start = 0
        kinds = ((HEADER, 1), (ORDERS, sum(counts[:4])), (PARTICIPANTS, counts[4]))
        for kind, count in (*kinds, (FILLED, len(traded) // FILLED_ROW.size)):
            size = SIZES[kind]
            for first in range(0, count, ROWS_MAX):
                rows = min(ROWS_MAX, count - first)
                at = start + first * size
                yield PART.pack(number, kind, rows) + body[at : at + rows * size]
            start += count * size


def join(header: Header, parts: Sequence[bytes]) -> list[Kept]:
    """Every book; refused unless every part is there and the digest is that of the header."""
    if len(parts) != header.parts:
        raise model.BadSnapshot("a part of it is missing")
    books = []
    for number, group in itertools.groupby(map(_part, parts), key=lambda each: each[0]):
        kinds = [(kind, rows) for _, kind, rows in group]
        snapshot, traded = (
            b"".join(rows for kind, rows in kinds if (kind == FILLED) is apart) for apart in (False, True)
        )
        books.append(Kept(number, snapshot, traded))
    if digest(books) != header.digest:
        raise model.BadSnapshot("its digest does not fit: it is torn or changed")
    return books


def _part(part: bytes) -> tuple[int, int, bytes]:
    if len(part) <= PART.size:
        raise model.BadSnapshot("a part of it is cut short")
    number, kind, rows = PART.unpack_from(part)
    if kind not in SIZES or not 0 < rows <= ROWS_MAX or len(part) != PART.size + rows * SIZES[kind]:
        raise model.BadSnapshot("a part of it is none")
    return number, kind, part[PART.size :]


def orders(snapshot: bytes) -> int:
    """How many a book's snapshot holds."""
    return sum(_counts(snapshot)[:4])


def _counts(snapshot: bytes) -> tuple[int, ...]:
    """How many orders and participants, as the header ends."""
    return _COUNTS.unpack_from(snapshot, snapshots.HEADER_SIZE - _COUNTS.size)
