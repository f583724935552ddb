"""Packed rows of the books, as an auditor reads them: fixed records, each field within bounds, nothing before or between.

The layouts stand here and not in the stack that writes them, because a prover imports no stack; a test compares both.
"""

import struct
from collections.abc import Callable, Sequence

Bounds = tuple[int, int]

_NUMBER = (0, 1 << 40)
_USER = (0, (1 << 20) - 1)
_TIME = (0, 1 << 62)
_PLACE = (0, 1999)
_OPS, _SIDE, _TYPE, _TIF = (1, 14), (0, 1), (0, 3), (0, 7)

COMMAND = struct.Struct("<II4BI6q")
COMMAND_BOUNDS: Sequence[Bounds] = (
    *(_NUMBER, _PLACE, _OPS, _SIDE, _TYPE, _TIF, _USER),
    *(_NUMBER, _NUMBER, _TIME, _TIME, _NUMBER, _TIME),
)
SECTION = struct.Struct("<II")
EVENT = struct.Struct("<4BIQ5qQ")
EVENT_BOUNDS: Sequence[Bounds] = (
    *((1, 9), _SIDE, (0, 63), _TIF, _USER, _TIME),
    *(_NUMBER, _TIME, _NUMBER, _TIME, _TIME, _TIME),
)
PART = struct.Struct("<III")
HEADER = struct.Struct("<8sQ12q4B5I")
HEADER_MAGIC = b"CLOBOOK\x01"
ORDER = struct.Struct("<6qII3B5s")
PARTICIPANT = struct.Struct("<II3q")
FILLED = struct.Struct("<QQ")


def _within(row: Sequence[int], bounds: Sequence[Bounds]) -> bool:
    return all(low <= value <= high for value, (low, high) in zip(row, bounds, strict=True))


def commands(data: bytes) -> bool:
    """A row of the journal."""
    if not data or len(data) % COMMAND.size:
        return False
    return all(_within(row, COMMAND_BOUNDS) for row in COMMAND.iter_unpack(data))


def events(data: bytes) -> bool:
    """A batch: sections of a book's number, a count, and so many events."""
    at = 0
    while at < len(data):
        if len(data) - at < SECTION.size:
            return False
        _, count = SECTION.unpack_from(data, at)
        start, end = at + SECTION.size, at + SECTION.size + count * EVENT.size
        if not count or end > len(data):
            return False
        if not all(_within(row, EVENT_BOUNDS) for row in EVENT.iter_unpack(data[start:end])):
            return False
        at = end
    return bool(data)


def books(data: bytes) -> bool:
    """A part of a snapshot: records of one kind."""
    if len(data) <= PART.size:
        return False
    _, kind, count = PART.unpack_from(data)
    layout, judge = _PARTS.get(kind, (None, None))
    body = data[PART.size :]
    if layout is None or judge is None or not count or len(body) != count * layout.size:
        return False
    return all(judge(row) for row in layout.iter_unpack(body))


def _header(row: tuple[object, ...]) -> bool:
    magic, *numbers = row
    return magic == HEADER_MAGIC and all(isinstance(each, int) and 0 <= each <= 1 << 62 for each in numbers)


def _order(row: tuple[object, ...]) -> bool:
    *numbers, nothing = row
    whole = [each for each in numbers if isinstance(each, int)]
    bounds = (*[_NUMBER] * 5, _TIME, _USER, (0, (1 << 32) - 1), _SIDE, _TYPE, _TIF)
    return nothing == bytes(5) and _within(whole, bounds)


def _participant(row: tuple[object, ...]) -> bool:
    whole = [each for each in row if isinstance(each, int)]
    return _within(whole, (_USER, (0, 1), _NUMBER, _NUMBER, _TIME))


def _filled(row: tuple[object, ...]) -> bool:
    return _within([each for each in row if isinstance(each, int)], (_NUMBER, _NUMBER))


_PARTS: dict[int, tuple[struct.Struct, Callable[[tuple[object, ...]], bool]]] = {
    1: (HEADER, _header),
    2: (ORDER, _order),
    3: (PARTICIPANT, _participant),
    4: (FILLED, _filled),
}
JUDGES: dict[str, Callable[[bytes], bool]] = {"commands": commands, "events": events, "books": books}
