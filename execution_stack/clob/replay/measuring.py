"""How fast both books are on the same flow, and whether they say the same while they are."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from execution_stack.clob import book as readable
from execution_stack.clob import model
from execution_stack.clob.formats import records
from execution_stack.clob.native import choosing
from execution_stack.clob.replay import flows

BATCH = 256
ROUNDS = 3  # the best counts: what else the machine does can only make one slower
_TRADED = int(model.Kind.TRADED)
_SECOND = 1_000_000_000
_SHARES = ((5_000, "p50"), (9_000, "p90"), (9_900, "p99"), (9_990, "p99.9"), (9_999, "p99.99"))  # of ten thousand


class Figure(NamedTuple):
    """Whole numbers a second."""

    name: str
    commands: int
    trades: int


class Measure(NamedTuple):
    commands: int
    trades: int
    live: int
    digest: str
    figures: list[Figure]
    latency: dict[str, dict[str, int]]
    bytes_per_order: int


def measure(count: int, seed: int, clock: Callable[[], int] = time.perf_counter_ns) -> Measure:
    """Fails if one book's digest is not the other's."""
    first = choosing.make()
    rows = flows.mixed(first, count, seed)
    engines = [choosing.NATIVE] if choosing.built() else []
    figures, latency, digests = [], {}, {choosing.digest(first)}
    trades = _trades(rows)
    gc.collect()
    gc.disable()  # as timeit does; neither book leaves cycles behind
    try:
        for engine in (*engines, choosing.PYTHON):
            for name, way in (("batch", _batches), ("call", _calls)):
                books = [choosing.make(engine) for _ in range(ROUNDS)]
                taken = min(way(book, rows, clock) for book in books)
                rate = len(rows) * _SECOND // taken
                figures.append(Figure(f"{engine} {name}", rate, trades * _SECOND // taken))
                digests |= {choosing.digest(book) for book in books}
            latency[engine] = _latency(choosing.make(engine), rows, clock)
    finally:
        gc.enable()
    assert len(digests) == 1, "the books do not agree"
    return Measure(len(rows), trades, first.live, digests.pop().hex(), figures, latency, _bytes_per_order(count))


def _trades(rows: Sequence[flows.Row]) -> int:
    book = choosing.make()
    return sum(event[0] == _TRADED for row in rows for event in book.run_rows((row,)))


def _batches(book: choosing.Book, rows: Sequence[flows.Row], clock: Callable[[], int]) -> int:
    taken = 0
    if not isinstance(book, readable.Book):
        pieces = [*_pieces(rows)]
        before = clock()
        for each in pieces:
            book.run(each)
        return clock() - before
    for packed in _pieces(rows):
        piece = [*records.unpack_commands(packed)]
        before = clock()
        book.run_rows(piece)
        taken += clock() - before
    return taken


def _pieces(rows: Sequence[flows.Row]) -> Iterator[bytes]:
    """Packed, so that each piece is unpacked just before it is used: no command waits long for its numbers in memory."""
    for at in range(0, len(rows), BATCH):
        yield records.pack_commands(rows[at : at + BATCH])


def _calls(book: choosing.Book, rows: Sequence[flows.Row], clock: Callable[[], int]) -> int:
    submit, taken = book.submit, 0
    for packed in _pieces(rows):
        piece = [*records.unpack_commands(packed)]
        before = clock()
        for row in piece:
            submit(*row)
        taken += clock() - before
    return taken


def _latency(book: choosing.Book, rows: Sequence[flows.Row], clock: Callable[[], int]) -> dict[str, int]:
    """Nanoseconds of single calls, the reading of the clock among them."""
    submit, taken = book.submit, []
    for packed in _pieces(rows):
        for row in [*records.unpack_commands(packed)]:
            before = clock()
            submit(*row)
            taken.append(clock() - before)
    taken.sort()
    found = {name: taken[min(len(taken) - 1, len(taken) * share // 10_000)] for share, name in _SHARES}
    return found | {"max": taken[-1]}


def _bytes_per_order(count: int) -> int:
    """Of a native book that holds `count` resting orders; 0 where there is none."""
    if not choosing.built():
        return 0
    draw = flows.draws(2)
    book = choosing.make(choosing.NATIVE)
    rows = []
    for index in range(count):
        side = index & 1
        away = 1 + draw(flows.REACH)
        rows.append((1, side, 0, 0, draw(1000), 0, flows.MIDDLE + (away if side else -away), 1 + draw(100), 0, 0, 0))
    book.run(records.pack_commands(rows))
    held: int = book.memory  # type: ignore[attr-defined]  # the native book alone counts its bytes
    return held // book.live
