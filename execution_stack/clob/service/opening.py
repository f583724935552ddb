"""Gives instruments their books."""

from datetime import datetime, timedelta
from uuid import UUID

from boundary.kernel.runtime import audit, transaction
from execution_stack.clob import model
from execution_stack.clob.repo import books
from execution_stack.clob.service import journal
from execution_stack.instruments import model as instruments_model
from execution_stack.instruments import rules as instrument_rules
from execution_stack.instruments import service as instruments
from execution_stack.risk.service import stopping

DAY_SECONDS = 86_400
SHARDS_MAX = 1024


def listable(route: instruments_model.Route) -> None:
    """Refuses the route of our own books: what is traded there cannot be settled before tokens are."""
    if route is instruments_model.Route.CLOB:
        raise model.NotEnabled("nothing is listed on our own book before its trades can be settled")


async def open_book(
    tx: transaction.Tx, instrument: UUID, shard: int, now: datetime, *, day_ends: int = 0
) -> books.Place:
    """An empty book on a shard; `day_ends` is in seconds after midnight, UTC. Its grid is the first thing it hears, and
    that it is halted, if the register or the switch says so.
    """
    await instruments.hold(tx)
    found = (await instruments.some(tx, [instrument])).get(instrument)
    if found is None or found.state is instruments_model.State.DELISTED:
        raise instruments_model.UnknownInstrument("there is no such instrument")
    if found.route is not instruments_model.Route.CLOB:
        raise model.NotMatchedHere("this instrument is not of the route clob")
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    next_day = midnight + timedelta(seconds=day_ends)
    if next_day <= now:
        next_day += timedelta(days=1)
    number = await books.add(tx, instrument, shard, day_ends, next_day)
    if number is None:
        raise model.HasBook("this instrument has a book")
    await audit.write(tx, model.BookOpened(instrument, number, shard))
    grid = model.Command(
        int(model.Op.GRID), price=1, quantity=found.price_max, stop=instrument_rules.common_step(found), display=1
    )
    rules = model.Command(int(model.Op.RULES), type=int(model.Prevention.NEWEST))
    halted = found.state is not instruments_model.State.LISTED or await stopping.halts(tx, instrument)
    halt = model.Command(int(model.Op.HALT), type=int(model.State.HALTED))
    await journal.tell(tx, instrument, [grid, rules, *([halt] if halted else [])])
    return books.Place(number, shard)
