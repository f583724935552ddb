"""Appends commands in the caller's own transaction, numbered without a gap."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from boundary.kernel.runtime import audit, transaction
from execution_stack.clob import model
from execution_stack.clob.formats import journal
from execution_stack.clob.repo import books
from execution_stack.clob.repo import journal as repo

TICKS_MAX, LOTS_MAX = 10**9, 10**12
"""What the columns of orders and trades hold; a book itself would take more."""
_WIDE = 1 << 62
_OPS = max(model.Op)
NEW, AMEND, GRID = int(model.Op.NEW), int(model.Op.AMEND), int(model.Op.GRID)


async def append(
    tx: transaction.Tx, wanted: Mapping[int, Sequence[journal.Entry]], origin: repo.Origin | None = None
) -> dict[int, int]:
    """Entries by shard; a new order is given its id here. The number of the first command of each shard."""
    shards = sorted(shard for shard, entries in wanted.items() if entries)
    await repo.hold(tx, shards)
    firsts: dict[int, int] = {}
    for shard in shards:
        entries = await _with_ids(tx, wanted[shard])
        runs = [
            repo.Run(len(run), run[0].position if origin else None, journal.write(run))
            for run in (entries[at : at + journal.RUN_MAX] for at in range(0, len(entries), journal.RUN_MAX))
        ]
        firsts[shard] = await repo.append(tx, shard, runs, origin)
    return firsts


async def _with_ids(tx: transaction.Tx, entries: Sequence[journal.Entry]) -> list[journal.Entry]:
    counts = Counter(each.book for each in entries if each.command.op == NEW)
    if not counts:
        return list(entries)
    due = await books.take_ids(tx, counts)
    given = []
    for each in entries:
        if each.command.op == NEW:
            given.append(each._replace(command=each.command._replace(id=due[each.book])))
            due[each.book] += 1
        else:
            given.append(each)
    return given


async def tell(tx: transaction.Tx, instrument: UUID, commands: Sequence[model.Command]) -> int:
    """What an operator, a limit or a rule says to an instrument's book; the number of the first command."""
    place = (await books.places(tx, [instrument])).get(instrument)
    if place is None:
        raise model.NoBook("this instrument has no book")
    for each in commands:
        _check(each)
    entries = [journal.Entry(place.book, each) for each in commands]
    first = (await append(tx, {place.shard: entries}))[place.shard]
    digest = hashlib.sha256(journal.write(entries)).digest()
    await audit.write(tx, model.OperatorCommanded(instrument, place.shard, first, len(entries), digest))
    return first


def _check(command: model.Command) -> None:
    """What fits into the columns: whether it makes sense the book decides."""
    prices = command.quantity if command.op == GRID else command.price
    lots = command.quantity if command.op in {NEW, AMEND} else 0
    if max(prices if command.op in {NEW, AMEND, GRID} else 0, command.stop) > TICKS_MAX or lots > LOTS_MAX:
        raise model.BadCommand("a price or quantity is beyond what is kept")
    high = (_OPS, 1, 3, 7, model.USERS_MAX - 1, model.ID_MAX, model.PRICE_MAX, _WIDE, _WIDE, model.PRICE_MAX, _WIDE)
    if any(not 0 <= each <= most for each, most in zip(command, high, strict=True)):
        raise model.BadCommand("a number of a command is out of range")
