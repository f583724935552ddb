"""Candles, kept: folded from the trades as these are committed, and read again by whoever was not there.

Everything in them follows from the trades, so nothing else is written down of a fold, and it may begin anew.
"""

from collections.abc import Sequence
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.clob.market_data import candles
from execution_stack.clob.repo import candles as repo

TRADES_MAX = 2_000
"""Of one instrument in one transaction: the lock is held for milliseconds."""


async def books(tx: transaction.Tx) -> list[UUID]:
    """Every instrument that has a book."""
    return await repo.books(tx)


async def keep(tx: transaction.Tx, instruments: Sequence[UUID], limit: int = TRADES_MAX) -> list[UUID]:
    """Fold what was traded since into candles; those of the instruments of which there may be more to fold."""
    if not instruments:
        return []
    places = await repo.lock(tx, instruments)
    found = await repo.trades(tx, places, limit)
    if not found:
        return []
    newest = await repo.newest(tx, list(found))
    kept = [
        repo.Kept(instrument, span, each)
        for instrument, trades in found.items()
        for span in candles.Span
        for each in candles.fold(span, newest.get((instrument, span)), trades)
    ]
    await repo.put(tx, kept)
    await repo.folded(tx, {instrument: trades[-1].number for instrument, trades in found.items()})
    return [instrument for instrument, trades in found.items() if len(trades) == limit]


async def trades(tx: transaction.Tx, instrument: UUID, after: int, limit: int) -> list[candles.Trade]:
    """The trades that follow this number, in order."""
    return (await repo.trades(tx, {instrument: after}, limit)).get(instrument, [])


async def spans(
    tx: transaction.Tx, instrument: UUID, span: candles.Span, after: int, limit: int
) -> list[candles.Candle]:
    """The candles that hold trades after this number, in order."""
    return await repo.after(tx, instrument, span, after, limit)
