"""Which book does the work: the native core where it was built, the readable book where it was not."""

from collections.abc import Sequence
from typing import Protocol

from execution_stack.clob import book, model, native
from execution_stack.clob.formats import snapshots

NATIVE, PYTHON = "native", "python"
Row = tuple[int, ...]


class Book(Protocol):
    """What both books offer, with the same answers."""

    @property
    def live(self) -> int: ...
    @property
    def last(self) -> int: ...
    @property
    def state(self) -> int: ...
    @property
    def seq(self) -> int: ...
    def submit(
        self, op: int, side: int, type_: int, tif: int, user: int, id_: int, price: int, quantity: int, /, *more: int
    ) -> list[Row]: ...
    def run(self, packed: bytes, first: int = 0, /) -> int: ...
    def run_numbered(self, packed: bytes, /) -> int: ...
    def run_rows(self, rows: Sequence[Row], /) -> list[Row]: ...
    def events(self) -> bytes: ...
    def orders(self, part: int, /) -> list[tuple[int, int, int]]: ...
    def left(self, id_: int, /) -> int: ...
    def snapshot(self) -> bytes: ...


def built() -> bool:
    return native.core is not None


def engine(asked: str | None = None) -> str:
    """The one asked for, or the faster one that is there."""
    if asked == NATIVE and not built():
        raise model.NoNativeCore("the native core was not built here; --engine python does the same, slower")
    return asked or (NATIVE if built() else PYTHON)


def make(asked: str | None = None, *, given_ids: bool = False) -> Book:
    """An empty book. With `given_ids` orders bring their ids along, and that of a finished order may come again."""
    if engine(asked) == NATIVE and native.core is not None:
        made: Book = native.core.Book(given_ids=given_ids)
        return made
    return book.Book(given_ids=given_ids)


def sealed(of: Book) -> bytes:
    """The full state, with a seal that shows whether it is whole."""
    return snapshots.seal(of.snapshot())


def restore(sealed: bytes, asked: str | None = None) -> Book:
    """The book that was sealed so; whatever no book wrote is refused."""
    return from_snapshot(snapshots.unseal(sealed), asked)


def from_snapshot(snapshot: bytes, asked: str | None = None) -> Book:
    """As `restore`, of bytes whose seal was looked at elsewhere."""
    if engine(asked) != NATIVE or native.core is None:
        return book.Book.restore(snapshot)
    try:
        made: Book = native.core.Book.restore(snapshot)
    except ValueError as error:
        raise model.BadSnapshot(str(error)) from None
    return made


def digest(of: Book) -> bytes:
    """Of the full state: every order in its place, stops, participants, rules, counters."""
    return snapshots.digest(of.snapshot())
