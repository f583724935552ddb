"""Commands and events as fixed little-endian records: 56 and 64 bytes, as native/words.hpp lays them out."""

import struct
from collections.abc import Iterable, Iterator

from execution_stack.clob import model

COMMAND = struct.Struct("<4BI6q")
EVENT = struct.Struct("<4BIQ5qQ")
NUMBERED = struct.Struct("<Q4BI6q")
NUMBER = struct.Struct("<Q")


def pack_commands(commands: Iterable[tuple[int, ...]]) -> bytes:
    pack = COMMAND.pack
    return b"".join(pack(*each) for each in commands)


def unpack_commands(data: bytes) -> Iterator[tuple[int, ...]]:
    if len(data) % COMMAND.size:
        raise ValueError("not a whole number of records")
    return COMMAND.iter_unpack(data)


def unpack_numbered(data: bytes) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Number and command, of records with the number in front."""
    if len(data) % NUMBERED.size:
        raise ValueError("not a whole number of records")
    for number, *command in NUMBERED.iter_unpack(data):
        yield number, tuple(command)


def pack_events(events: Iterable[tuple[int, ...]], seq: int) -> bytes:
    """Each event takes the next number after `seq`; a refusal takes none and bears the number before it."""
    packed = []
    for kind, side, reason, flags, user, id_, other, price, quantity, left, command in events:
        seq += kind != model.Kind.REFUSED
        packed.append(EVENT.pack(kind, side, reason, flags, user, seq, id_, other, price, quantity, left, command))
    return b"".join(packed)


def unpack_events(data: bytes) -> Iterator[tuple[int, ...]]:
    """As tuples of `model.Event`, with the sequence number left out: it follows from the order."""
    for kind, side, reason, flags, user, _, id_, other, price, quantity, left, command in EVENT.iter_unpack(data):
        yield kind, side, reason, flags, user, id_, other, price, quantity, left, command


def require_fits(command: tuple[int, ...]) -> None:
    """A number that no record can hold is a fault of the caller, not a command that a book could refuse."""
    try:
        COMMAND.pack(*command)
    except struct.error:
        raise OverflowError("a number of a command does not fit its field") from None
