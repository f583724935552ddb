"""What is read of prices: by the REST routes, and by the relay."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.markets import model as markets_model
from customer_stack.markets import service as markets
from customer_stack.prices import model, repo

NEWEST = (1 << 63) - 1
"""A number that no trade will have."""


async def newest(tx: transaction.Tx) -> tuple[int, datetime | None]:
    """The newest revision of any book, and when the feed was heard last."""
    return await repo.newest(tx)


async def require_instrument(tx: transaction.Tx, instrument: UUID) -> None:
    """Raises if the transcript has brought no such instrument."""
    reasons = await markets.untradable(tx, [instrument])
    if reasons.get(instrument) is markets_model.Untradable.UNKNOWN:
        raise markets_model.UnknownInstrument("there is no such instrument")


async def book(tx: transaction.Tx, instrument: UUID) -> model.Book:
    await require_instrument(tx, instrument)
    found = await repo.some(tx, [instrument])
    if not found:
        raise model.NoBook("nothing was heard of a book of this instrument")
    return found[0]


async def books(tx: transaction.Tx, instruments: Sequence[UUID]) -> list[model.Book]:
    return await repo.some(tx, instruments)


async def page(tx: transaction.Tx, after: UUID, limit: int) -> list[model.Book]:
    """Books in the order of their instruments, behind one of them."""
    return await repo.page(tx, after, limit)


async def changed(tx: transaction.Tx, revision: int, instruments: Sequence[UUID]) -> list[model.Book]:
    return await repo.changed(tx, revision, instruments)


async def trades(tx: transaction.Tx, instrument: UUID, before: int, limit: int) -> list[model.Trade]:
    """The newest first."""
    await require_instrument(tx, instrument)
    return await repo.trades_before(tx, instrument, before, limit)


async def trades_after(tx: transaction.Tx, instrument: UUID, number: int, limit: int) -> list[model.Trade]:
    """The newest so many that follow a number, in order."""
    return (await repo.trades_after(tx, {instrument: number}, limit)).get(instrument, [])


async def candles(
    tx: transaction.Tx, instrument: UUID, span: model.Span, before: int, limit: int
) -> list[model.Candle]:
    """The newest first; `before` is the first trade of the candle that follows."""
    await require_instrument(tx, instrument)
    return await repo.candles_before(tx, instrument, span, before, limit)


async def newest_candles(tx: transaction.Tx, instrument: UUID, span: model.Span, limit: int) -> list[model.Candle]:
    """In order."""
    return (await repo.newest_candles(tx, [(instrument, span)], limit)).get((instrument, span), [])
