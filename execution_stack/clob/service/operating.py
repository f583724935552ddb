"""What operators tell a book, as commands; each goes into the journal with an audit entry."""

from uuid import UUID

from boundary.kernel import clock
from boundary.kernel.runtime import transaction
from execution_stack.clob import model
from execution_stack.clob.repo import books, timers
from execution_stack.clob.service import journal

Op = model.Op


async def halt(tx: transaction.Tx, instrument: UUID, *, auction: bool = False) -> int:
    """Stop trading: halted, or collecting orders for an auction."""
    state = model.State.AUCTION if auction else model.State.HALTED
    return await journal.tell(tx, instrument, [model.Command(int(Op.HALT), type=int(state))])


async def resume(tx: transaction.Tx, instrument: UUID, reference: int = 0) -> int:
    """Open again, by an auction; the reference price is the last one if none is given."""
    return await journal.tell(tx, instrument, [model.Command(int(Op.RESUME), price=reference)])


async def band(tx: transaction.Tx, instrument: UUID, ticks: int) -> int:
    """How far from the last price a trade may be; 0 for any."""
    return await journal.tell(tx, instrument, [model.Command(int(Op.BAND), price=ticks)])


async def volume(tx: transaction.Tx, instrument: UUID, lots: int, seconds: int, time: clock.Clock) -> int:
    """The most that may trade in a window of so many seconds; 0 for any. The book is told the time at each window's end."""
    place = (await books.places(tx, [instrument])).get(instrument)
    if place is None:
        raise model.NoBook("this instrument has no book")
    window = seconds if lots else 0
    await books.set_window(tx, place.book, window)
    now = clock.to_micros(time.now()) // 1_000_000
    if window:
        await timers.remind(tx, [(place.book, now + window)])
    said = [
        model.Command(int(Op.TIME), time=now * 1_000_000),
        model.Command(int(Op.VOLUME), quantity=lots, time=window * 1_000_000),
    ]
    return await journal.tell(tx, instrument, said)


async def limits(
    tx: transaction.Tx, instrument: UUID, participant: UUID, lots: int, orders: int, notional: int, *, barred: bool
) -> int:
    """A participant's limits on one book: largest order, most open orders, most open ticks times lots; 0 for none."""
    user = await _number(tx, participant)
    command = model.Command(
        int(Op.PARTICIPANT), side=int(barred), user=user, price=orders, quantity=lots, stop=notional
    )
    return await journal.tell(tx, instrument, [command])


async def rules(tx: transaction.Tx, instrument: UUID, prevention: model.Prevention) -> int:
    """Whose order ends when a participant would trade with itself."""
    return await journal.tell(tx, instrument, [model.Command(int(Op.RULES), type=int(prevention))])


async def cancel(tx: transaction.Tx, instrument: UUID, order: int) -> int:
    return await journal.tell(tx, instrument, [model.Command(int(Op.FORCE_CANCEL), id=order)])


async def mass_cancel(tx: transaction.Tx, instrument: UUID, participant: UUID) -> int:
    """All of a participant's orders on one book."""
    user = await _number(tx, participant)
    return await journal.tell(tx, instrument, [model.Command(int(Op.MASS_CANCEL), user=user)])


async def _number(tx: transaction.Tx, participant: UUID) -> int:
    found = await books.known(tx, participant)
    if found is None:
        raise model.NoParticipant("this participant has never had an order on a book")
    return found
