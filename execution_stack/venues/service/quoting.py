"""Prices of venues as this stack tells them: the newest picture of each market, and whether it is still to be believed."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from boundary.kernel.runtime import transaction
from execution_stack.venues.model import dealing
from execution_stack.venues.repo import markets as repo
from execution_stack.venues.rules import boards

STALE = timedelta(seconds=15)
"""Prices that nobody has confirmed for so long may be anything by now."""


class Picture(NamedTuple):
    quote: dealing.Quote
    stale: bool


async def keep(
    tx: transaction.Tx, venue: dealing.Name, held: boards.Boards, changed: Collection[str], now: datetime
) -> int:
    """Write down the boards of these markets; how many of them are known here."""
    known = await repo.by_code(tx, venue, sorted(changed))
    quotes = [held.quote(each.market, each.instrument, each.grid, now) for each in known.values()]
    if quotes:
        await repo.put_quotes(tx, sorted(quotes, key=lambda quote: quote.instrument))
    return len(quotes)


async def confirm(tx: transaction.Tx, venue: dealing.Name, watched: Sequence[str], now: datetime) -> None:
    """The stream is there and said nothing: what was said last is still so."""
    await repo.confirm_quotes(tx, venue, watched, now)


async def watched(tx: transaction.Tx, venue: dealing.Name) -> list[str]:
    return await repo.active(tx, venue)


async def pictures(tx: transaction.Tx, now: datetime) -> list[Picture]:
    """Every market's newest prices."""
    return [Picture(each, each.torn or now - each.heard_at > STALE) for each in await repo.quotes(tx)]
