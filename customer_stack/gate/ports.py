"""What the gate needs from outside, and what it offers to capabilities that hear of outcomes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from boundary.kernel.runtime import transaction


class Exchange(Protocol):
    """One request to the execution stack's only door, one answer. Anything but an answer raises `Unavailable`."""

    async def post(self, body: bytes) -> bytes: ...


class Listing(msgspec.Struct, frozen=True):
    """An instrument as the execution stack describes it. `grid` are (from, step) in ticks; without one each is a price."""

    instrument: UUID
    route: str
    product: str
    tick_size: int
    lot_size: int
    price_max: int
    cap_lots: int
    opens_at: datetime
    closes_at: datetime
    document: bytes
    grid: tuple[tuple[int, int], ...] = ()


class Published(msgspec.Struct, frozen=True):
    """A public document that can be fetched by its hash."""

    document: bytes
    size: int
    kind: str


class Fetched(msgspec.Struct, frozen=True):
    """What was handed out, and what it claims to be."""

    data: bytes
    media_type: str


class Documents(Protocol):
    """Asks the execution stack's door for a document. Anything but bytes raises `Unavailable`."""

    async def fetch(self, hashed: bytes, size: int) -> Fetched: ...


class Quote(msgspec.Struct, frozen=True):
    """The newest that was heard of an instrument's price; none where nothing was said. Levels are (ticks, lots)."""

    instrument: UUID
    state: str | None = None
    reference_ticks: int | None = None
    bid_ticks: int | None = None
    bid_lots: int | None = None
    ask_ticks: int | None = None
    ask_lots: int | None = None
    trade_ticks: int | None = None
    trade_lots: int | None = None
    traded_at: datetime | None = None
    bids: tuple[tuple[int, int], ...] = ()
    asks: tuple[tuple[int, int], ...] = ()


class Trading(Protocol):
    """What an intent must pass before it leaves."""

    async def require_tradable(self, tx: transaction.Tx, instrument: UUID) -> None:
        """Raises with a stable code if customers may not trade it now."""
        ...


class Quotes(Protocol):
    """Keeps the newest state where every process of this stack can read it."""

    async def heard(
        self, tx: transaction.Tx, place: tuple[int, int], quotes: Sequence[Quote], *, anew: bool, now: datetime
    ) -> None:
        """`place` is run and sequence of the feed. `anew`: whatever is not among the quotes is no more."""
        ...


class Markets(Protocol):
    """Hears of instruments and documents, in the transaction that applies the core."""

    async def published(self, tx: transaction.Tx, documents: Sequence[Published]) -> None: ...

    async def listed(self, tx: transaction.Tx, listings: Sequence[Listing]) -> None: ...

    async def state_changed(self, tx: transaction.Tx, instrument: UUID, state: str) -> None: ...
