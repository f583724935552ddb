"""Scenario files, format `clob-scenario/1`: a flow recorded from any engine, and what a book made of it."""

from typing import Annotated

import msgspec

from execution_stack.clob import model

FORMAT = "clob-scenario/1"
Number = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
Row = tuple[Number, Number, Number, Number, Number, Number, Number, Number, Number]


class Scenario(msgspec.Struct, frozen=True):
    """`commands`: [op, side, type, tif, user, id, price, qty, stop]; whatever else a recorder noted is passed over."""

    commands: list[Row]
    format: str = FORMAT


class Outcome(msgspec.Struct, frozen=True):
    """What came of it: [command, taker, maker, price, quantity], and [id, price, open quantity] best first."""

    trades: list[tuple[int, int, int, int, int]]
    rejected_cmd_indexes: list[int]
    bids: list[tuple[int, int, int]]
    asks: list[tuple[int, int, int]]


def read(data: bytes) -> list[Row]:
    try:
        found = msgspec.json.decode(data, type=Scenario)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise model.BadScenario(f"not a scenario: {' '.join(str(error).split())}") from None
    if found.format != FORMAT:
        raise model.BadScenario(f"not a scenario of the format {FORMAT}")
    for index, (op, side, type_, tif, *_) in enumerate(found.commands):
        if not 1 <= op <= 3 or (op == 1 and not (0 <= side <= 1 and 0 <= type_ <= 3 and 0 <= tif <= 3)):
            raise model.BadScenario(f"not a scenario: command {index} has an op, side, type or tif that there is not")
    return found.commands


def write(outcome: Outcome, *, compact: bool) -> str:
    """One JSON document either way: in one line, or with a line for each row."""
    if compact:
        return msgspec.json.encode(outcome).decode()
    parts = []
    for name in outcome.__struct_fields__:
        rows = [msgspec.json.encode(each).decode() for each in getattr(outcome, name)]
        parts.append(f'"{name}": [' + ("\n  " + ",\n  ".join(rows) + "\n" if rows else "") + "]")
    return "{" + ",\n".join(parts) + "}"
