"""A recorded flow through one book: its own ids in, its own ids out.

Ids of other engines may be any numbers and may come again once their order is finished, so each gets a small number of
its own here. Whose orders they are plays no part: self-trade prevention is off, and every order belongs to one hand.
"""

from collections.abc import Sequence

from execution_stack.clob import model
from execution_stack.clob.formats import records, scenarios
from execution_stack.clob.native import choosing

_BATCH = 8192
_TRADED, _REFUSED = int(model.Kind.TRADED), int(model.Kind.REFUSED)


def run(commands: Sequence[scenarios.Row], engine: str | None = None) -> scenarios.Outcome:
    book = choosing.make(engine, given_ids=True)
    names: dict[int, int] = {}
    ours: list[int] = [0]
    trades: list[tuple[int, int, int, int, int]] = []
    rejected: list[int] = []
    for first in range(0, len(commands), _BATCH):
        packed = records.pack_commands(_row(each, names, ours) for each in commands[first : first + _BATCH])
        book.run(packed, first)
        for event in records.unpack_events(book.events()):
            if event[0] == _TRADED:
                _, _, _, _, _, taker, maker, price, quantity, _, index = event
                trades.append((index, ours[taker], ours[maker], price, quantity))
            elif event[0] == _REFUSED:
                rejected.append(event[-1])
    bids, asks = ([(ours[id_], price, left) for id_, price, left in book.orders(side)] for side in (0, 1))
    return scenarios.Outcome(trades, rejected, bids, asks)


def _row(command: scenarios.Row, names: dict[int, int], ours: list[int]) -> tuple[int, ...]:
    op, side, type_, tif, _, theirs, price, quantity, stop = command
    id_ = names.get(theirs)
    if id_ is None:
        if op != 1:
            return op, 0, 0, 0, 0, 0, price, quantity, 0, 0, 0  # never heard of: nobody has the id 0
        id_ = names[theirs] = len(ours)
        ours.append(theirs)
    if op != 1:
        return op, 0, 0, 0, 0, id_, price, quantity, 0, 0, 0
    return op, side, type_, tif, 0, id_, price, quantity, stop, 0, 0
