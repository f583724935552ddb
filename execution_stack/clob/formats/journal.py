"""A row of the journal: commands as fixed records of 64 bytes, each with its book and its place in the core that brought it.

The place is that of an intent's message; a command that no intent brought has 0 there.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from execution_stack.clob import model

RECORD = struct.Struct("<II4BI6q")
COMMAND_OFFSET = 8
RUN_MAX = 128
"""Commands in a row: whoever looks for one of them reads eight kilobytes."""


class Entry(NamedTuple):
    """A command on its way into the journal."""

    book: int
    command: model.Command
    position: int = 0


def write(entries: Iterable[Entry]) -> bytes:
    pack = RECORD.pack
    try:
        return b"".join(pack(book, position, *command) for book, command, position in entries)
    except struct.error:
        raise OverflowError("a number of a command does not fit its field") from None


def read(payload: bytes) -> Iterator[tuple[int, ...]]:
    """Book, position, and the eleven numbers of the command."""
    if not payload or len(payload) % RECORD.size:
        raise model.BadJournal("a row of the journal is no run of commands")
    return RECORD.iter_unpack(payload)
