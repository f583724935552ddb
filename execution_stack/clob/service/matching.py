"""All books of a shard in memory: takes rows of the journal, gives what the books said, packed. No I/O.

What comes out follows from the state and the range of commands: within a range the commands of one book are run
together, book after book in order of their numbers. So whoever matches the same ranges again says the same bytes.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from execution_stack.clob import model
from execution_stack.clob.formats import batches, journal, pictures, records
from execution_stack.clob.native import choosing
from execution_stack.clob.repo import journal as rows_
from execution_stack.clob.rules import intents
from execution_stack.clob.service import outcomes

_SPLIT = struct.Struct("<II56s")
_AMEND, _CANCEL = int(model.Op.AMEND), int(model.Op.CANCEL)
_TRADED, _CANCELLED = int(model.Kind.TRADED), int(model.Kind.CANCELLED)
_TRADE = struct.Struct("<qq8xqq")  # id, other, quantity, open: of a packed event from its 16th byte on
_EVENT_BYTES = records.EVENT.size
_KEEP_FILLED = 100_000


class Matched(NamedTuple):
    """A range of commands, and what the books said, as payloads of batches."""

    commands: outcomes.Commands
    payloads: list[bytes]


def range_of(found: Sequence[rows_.Row], first: int) -> outcomes.Commands:
    """Rows of the journal as one range, which begins with this command; refused if there is a gap."""
    number = first
    origins = []
    for row in found:
        if row.no != number or len(row.payload) != row.size * journal.RECORD.size or not row.size:
            raise model.BadJournal("a command is missing in the journal")
        number += row.size
        origins.append((number, row.channel, row.epoch or 0, row.sequence or 0))
    return outcomes.Commands(first, b"".join(row.payload for row in found), origins)


class Matcher:
    """The books of one shard by their numbers."""

    def __init__(self, engine: str | None = None) -> None:
        self._engine = engine
        self._books: dict[int, choosing.Book] = {}
        self._filled: dict[int, dict[int, int]] = {}
        """By book and order: how much of it has traded. Of orders that are over it goes when there are many."""

    @property
    def live(self) -> int:
        return sum(book.live for book in self._books.values())

    def match(self, commands: outcomes.Commands) -> Matched:
        """Run a range, and cut what was said into payloads."""
        groups: dict[int, list[tuple[int, bytes]]] = {}
        for number, (book, _, command) in enumerate(_SPLIT.iter_unpack(commands.packed), commands.first):
            groups.setdefault(book, []).append((number, command))
        said = [(book, self._run(book, groups[book])) for book in sorted(groups)]
        return Matched(commands, batches.cut(said))

    def _run(self, number: int, commands: Iterable[tuple[int, bytes]]) -> bytes:
        book = self._books.get(number)
        if book is None:
            book = self._books[number] = choosing.make(self._engine, given_ids=True)
            self._filled[number] = {}
        filled = self._filled[number]
        pack = records.NUMBER.pack
        said: list[bytes] = []
        waiting: list[bytes] = []
        for at, command in commands:
            packed = command
            if command[0] == _AMEND and command[2] == intents.TOTAL:
                self._flush(book, filled, waiting, said)
                packed = _to_open(command, filled)
            waiting.append(pack(at) + packed)
        self._flush(book, filled, waiting, said)
        if len(filled) > _KEEP_FILLED + 2 * book.live:
            self._filled[number] = {id_: lots for id_, lots in filled.items() if book.left(id_)}
        return b"".join(said)

    def _flush(self, book: choosing.Book, filled: dict[int, int], waiting: list[bytes], said: list[bytes]) -> None:
        if not waiting:
            return
        book.run_numbered(b"".join(waiting))
        events = book.events()
        waiting.clear()
        said.append(events)
        for at, kind in enumerate(events[::_EVENT_BYTES]):
            if kind == _TRADED:
                taker, maker, lots, left = _TRADE.unpack_from(events, at * _EVENT_BYTES + 16)
                filled[taker] = filled.get(taker, 0) + lots
                if left:
                    filled[maker] = filled.get(maker, 0) + lots
                else:
                    filled.pop(maker, None)
            elif kind == _CANCELLED and filled:
                filled.pop(int.from_bytes(events[at * _EVENT_BYTES + 16 : at * _EVENT_BYTES + 24], "little"), None)

    def books(self) -> list[pictures.Kept]:
        """The full state, one copy of it."""
        return [
            pictures.Kept(
                number,
                book.snapshot(),
                pictures.filled((id_, lots) for id_, lots in self._filled[number].items() if book.left(id_)),
            )
            for number, book in sorted(self._books.items())
        ]

    def digest(self) -> bytes:
        return pictures.digest(self.books())

    @classmethod
    def restore(cls, kept: Iterable[pictures.Kept], engine: str | None = None) -> "Matcher":
        """The shard as it was kept; whatever no book wrote is refused."""
        made = cls(engine)
        for number, snapshot, traded in kept:
            made._books[number] = choosing.from_snapshot(snapshot, engine)
            made._filled[number] = dict(pictures.FILLED_ROW.iter_unpack(traded))
        return made


def _to_open(command: bytes, filled: dict[int, int]) -> bytes:
    """An amendment to a total as one to what shall be open; as a cancel, if that much has traded."""
    row = list(records.COMMAND.unpack(command))
    lots = row[7] - filled.get(row[5], 0)
    if row[7] > 0 and lots <= 0:
        row[0], row[7] = _CANCEL, 0
    elif lots > 0:
        row[7] = lots
    row[2] = 0
    return records.COMMAND.pack(*row)
