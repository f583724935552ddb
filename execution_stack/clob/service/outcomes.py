"""What events mean for the rows of orders and trades, and for the intents behind them. Pure: numbers in, rows out."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from execution_stack.clob import model
from execution_stack.clob.formats import batches, journal, records

ACCEPTED, TRADED, CANCELLED, REFUSED, REPLACED, TRIGGERED = 1, 2, 3, 4, 5, 6
WORKING, FILLED, ENDED, NOT_TAKEN = range(4)  # places in the enum of order states
NEW = int(model.Op.NEW)
_NOT_AN_ORDER = frozenset({int(model.Reason.BAD_ID), int(model.Reason.DUPLICATE_ID)})
_TICKS_MAX, _LOTS_MAX = 10**9, 10**12
_OP = journal.COMMAND_OFFSET
Key = tuple[int, int]
_BOOK, _ID, _COMMAND, _USER, _EPOCH, _SEQUENCE, _POSITION, _SIDE, _PRICE, _OPEN, _FILLED, _STATE, _REASON = range(13)


class Commands(NamedTuple):
    """The commands that were matched together, to be looked up by their numbers."""

    first: int
    packed: bytes
    """All records, one after the other."""
    origins: Sequence[tuple[int, UUID | None, int, int]]
    """By row of the journal, ascending: the number after its last command, and the core that brought it."""

    @property
    def last(self) -> int:
        return self.first + len(self.packed) // journal.RECORD.size - 1

    def op(self, number: int) -> int:
        return self.packed[(number - self.first) * journal.RECORD.size + _OP]

    def position(self, number: int) -> int:
        at = (number - self.first) * journal.RECORD.size + 4
        return int.from_bytes(self.packed[at : at + 4], "little")


class Word(NamedTuple):
    """News of an order, whose intent is looked up when all rows are written."""

    key: Key
    kind: int
    lots: int = 0
    price: int = 0
    reason: int = 0


class Said:
    """The rows of one batch: `new` orders and `changed` ones by key, trades by book, and words in order."""

    def __init__(self) -> None:
        self.new: dict[Key, list[int]] = {}
        self.channels: dict[Key, UUID] = {}
        self.changed: dict[Key, list[int]] = {}
        self.trades: list[tuple[int, int, int, int, bool, int, int]] = []
        self.words: list[Word] = []

    def order(self, book: int, id_: int) -> tuple[list[int], int]:
        """The row of an order, and from which place on it has price, open, filled, state and reason."""
        key = (book, id_)
        row = self.new.get(key)
        if row is not None:
            return row, _PRICE
        row = self.changed.get(key)
        if row is None:
            row = self.changed[key] = [book, id_, -1, -1, 0, 0, 0]
        return row, 2


class _Origins:
    """Follows ascending numbers through the rows of the journal."""

    def __init__(self, commands: Commands) -> None:
        self._rows = commands.origins
        self._at = 0

    def of(self, number: int) -> tuple[int, UUID | None, int, int]:
        if self._at and number < self._rows[self._at - 1][0]:
            self._at = 0
        while number >= self._rows[self._at][0]:
            self._at += 1
        return self._rows[self._at]


def read(commands: Commands, payload: bytes) -> Said:
    """What a batch's events change."""
    said = Said()
    origins = _Origins(commands)
    for book, packed in batches.sections(payload):
        for kind, side, reason, flags, user, _, id_, other, price, lots, left, command in records.EVENT.iter_unpack(
            packed
        ):
            if kind == TRADED:
                _traded(said, book, side, flags, id_, other, price, lots, left)
            elif kind == ACCEPTED:
                channel = _new(said, origins, commands, command, book, user, id_, side, price, lots)
                if channel is not None:
                    said.words.append(Word((book, id_), ACCEPTED))
            elif kind == CANCELLED:
                row, at = said.order(book, id_)
                row[at + 1], row[at + 3], row[at + 4] = 0, ENDED, reason
                said.words.append(Word((book, id_), CANCELLED, lots, 0, reason))
            elif kind == REFUSED:
                _refused(said, origins, commands, command, book, user, id_, side, price, lots, reason)
            elif kind in {REPLACED, TRIGGERED}:
                row, at = said.order(book, id_)
                row[at], row[at + 1] = price, lots
    return said


def _new(
    said: Said,
    origins: _Origins,
    commands: Commands,
    command: int,
    book: int,
    user: int,
    id_: int,
    side: int,
    price: int,
    lots: int,
) -> UUID | None:
    _, channel, epoch, sequence = origins.of(command)
    position = commands.position(command)
    key = (book, id_)
    said.new[key] = [book, id_, command, user, epoch, sequence, position, side, price, lots, 0, WORKING, 0]
    if channel is not None:
        said.channels[key] = channel
    return channel


def _refused(
    said: Said,
    origins: _Origins,
    commands: Commands,
    command: int,
    book: int,
    user: int,
    id_: int,
    side: int,
    price: int,
    lots: int,
    reason: int,
) -> None:
    """Only a new order becomes a row by being refused: of any other command nothing changed."""
    if commands.op(command) != NEW or not 0 < id_ <= model.ID_MAX or reason in _NOT_AN_ORDER:
        return
    if (book, id_) in said.new:
        return
    price = price if 0 <= price <= _TICKS_MAX else 0
    channel = _new(said, origins, commands, command, book, user, id_, min(side, 1), price, 0)
    row = said.new[book, id_]
    row[_STATE], row[_REASON] = NOT_TAKEN, reason
    if channel is not None:
        said.words.append(Word((book, id_), REFUSED, max(0, min(lots, _LOTS_MAX)), 0, reason))


def _traded(
    said: Said, book: int, side: int, flags: int, taker: int, maker: int, price: int, lots: int, left: int
) -> None:
    """In an auction the taker is the buyer, of whom the event does not say what is left: it is worked out from the row."""
    row, at = said.order(book, taker)
    row[at + 2] += lots
    if row[at + 1] >= 0:
        row[at + 1] -= lots
        if not row[at + 1]:
            row[at + 3] = FILLED
    row, at = said.order(book, maker)
    row[at + 2] += lots
    row[at + 1] = left
    if not left:
        row[at + 3] = FILLED
    said.trades.append((book, price, lots, side, bool(flags), taker, maker))
    said.words += (Word((book, taker), TRADED, lots, price), Word((book, maker), TRADED, lots, price))
