"""What the clock says to the books: the time, when an order's has come or a window of volume is over, and the day's end.

A book reads no clock. It is told the time only when that can change something, so a quiet book stays quiet.
"""

from datetime import datetime

from boundary.kernel import clock
from boundary.kernel.runtime import transaction
from execution_stack.clob import model
from execution_stack.clob.formats import journal as packed
from execution_stack.clob.repo import timers
from execution_stack.clob.service import journal


async def is_due(tx: transaction.Tx, now: datetime) -> bool:
    return await timers.is_due(tx, now)


async def pass_time(tx: transaction.Tx, now: datetime) -> int:
    """Append what is due; how many commands that was. Two workers at once wait for each other at the rows."""
    seconds = clock.to_micros(now) // 1_000_000
    wanted: dict[int, list[packed.Entry]] = {}
    again = []
    for each in await timers.due(tx, now):
        command = model.Command(int(model.Op.TIME), time=seconds * 1_000_000)
        wanted.setdefault(each.shard, []).append(packed.Entry(each.book, command))
        if each.window_seconds:
            again.append((each.book, seconds + each.window_seconds))
    for book, shard in await timers.days_ended(tx, now):
        wanted.setdefault(shard, []).append(packed.Entry(book, model.Command(int(model.Op.END_DAY))))
    if again:
        await timers.remind(tx, again)
    await journal.append(tx, wanted)
    return sum(map(len, wanted.values()))
