"""The flow on which both books are measured: half passive orders, three eighths cancels, one eighth that takes.

Its numbers come from a small generator of our own, so that the same seed is the same flow wherever it runs. Orders that
are cancelled are alive, because a book says as the flow is made who is.
"""

from collections.abc import Callable
from typing import Protocol

Row = tuple[int, ...]
MIDDLE, REACH = 100_000, 230
_PASSIVE, _CANCEL = 8, 14  # of sixteen
_NEW, _CANCEL_OP, _SELL, _GTC, _IOC = 1, 2, 1, 0, 1
_ACCEPTED, _TRADED, _CANCELLED = 1, 2, 3
_MASK = (1 << 64) - 1


class Book(Protocol):
    def run_rows(self, rows: tuple[Row, ...], /) -> list[Row]: ...


def draws(seed: int) -> Callable[[int], int]:
    """Numbers from 0 below a bound (splitmix64)."""
    state = seed

    def draw(bound: int) -> int:
        nonlocal state
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        mixed = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & _MASK
        return ((mixed ^ mixed >> 31) * bound) >> 64

    return draw


class _Alive:
    """Orders that can be cancelled, and one of them by its place."""

    def __init__(self) -> None:
        self.orders: list[tuple[int, int]] = []  # id, owner
        self._place: dict[int, int] = {}

    def came(self, id_: int, owner: int) -> None:
        self._place[id_] = len(self.orders)
        self.orders.append((id_, owner))

    def went(self, id_: int) -> None:
        index = self._place.pop(id_, None)
        if index is None:
            return
        last = self.orders.pop()
        if last[0] != id_:
            self.orders[index] = last
            self._place[last[0]] = index


def mixed(book: Book, count: int, seed: int = 1) -> list[Row]:
    """`count` commands for an empty book that assigns ids; `book` is one, and ends as they leave it."""
    draw, alive, rows = draws(seed), _Alive(), []
    for _ in range(count):
        row = _one(draw, alive)
        rows.append(row)
        for kind, _, _, tif, owner, id_, other, _, _, left, _ in book.run_rows((row,)):
            if kind == _ACCEPTED and tif == _GTC:
                alive.came(id_, owner)
            elif kind == _TRADED and left == 0:
                alive.went(other)
            elif kind == _CANCELLED:
                alive.went(id_)
    return rows


def _one(draw: Callable[[int], int], alive: _Alive) -> Row:
    chosen, side, user = draw(16), draw(2), draw(1000)
    outwards = 1 if side == _SELL else -1
    if chosen >= _CANCEL:
        return (_NEW, side, 0, _IOC, user, 0, MIDDLE - outwards * REACH, 1 + draw(93), 0, 0, 0)
    if chosen >= _PASSIVE and alive.orders:
        id_, owner = alive.orders[draw(len(alive.orders))]
        return (_CANCEL_OP, 0, 0, 0, owner, id_, 0, 0, 0, 0, 0)
    away = 1 + min(draw(REACH), draw(REACH))
    return (_NEW, side, 0, _GTC, user, 0, MIDDLE + outwards * away, 1 + draw(100), 0, 0, 0)
