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
    """An instrument as the execution stack describes it."""

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


class Markets(Protocol):
    """Hears of instruments, in the transaction that applies the core."""

    async def listed(self, tx: transaction.Tx, listings: Sequence[Listing]) -> None: ...

    async def state_changed(self, tx: transaction.Tx, instrument: UUID, state: str) -> None: ...
