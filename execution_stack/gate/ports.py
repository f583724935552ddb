"""Where market data comes from."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import msgspec

from boundary.kernel.runtime import transaction
from boundary.wire import market


class Ticker(msgspec.Struct, frozen=True):
    """The newest state of one instrument. `state` is a word of `words.MarketState` in small letters; `prices` are what
    is told beside it, where somebody else makes them.
    """

    instrument: UUID
    state: str
    reference_ticks: int | None
    prices: tuple[market.Tick, ...] = ()


class MarketSource(Protocol):
    async def tickers(self, tx: transaction.Tx) -> Sequence[Ticker]:
        """Everything there is now; an instrument that is not in it is delisted."""
        ...
