"""Where market data comes from."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import msgspec

from boundary.kernel.runtime import transaction
from boundary.wire import market
from execution_stack.clob.service import following


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


class BookSource(Protocol):
    """What is said of books, in a process that follows them."""

    @property
    def has_unfolded(self) -> bool:
        """Whether there is anything for `fold` to do."""
        ...

    async def read(self, tx: transaction.Tx) -> None:
        """Take in what was committed since."""
        ...

    async def fold(self, tx: transaction.Tx) -> None:
        """Keep candles of what was traded."""
        ...

    def states(self, now: int) -> Sequence[following.State]:
        """The books of which there is news."""
        ...
