"""What the switch moves."""

from typing import Protocol
from uuid import UUID

from boundary.kernel.runtime import transaction


class Books(Protocol):
    """The books of instruments that trade on one of ours; each word goes into the book's own journal."""

    async def halt(self, tx: transaction.Tx, instrument: UUID) -> None: ...

    async def resume(self, tx: transaction.Tx, instrument: UUID) -> None: ...


class Subjects(Protocol):
    """Knows the channels, which no capability below the gate does."""

    async def is_channel(self, tx: transaction.Tx, channel: UUID) -> bool: ...
