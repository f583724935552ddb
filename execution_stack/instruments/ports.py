"""Whom the register tells, and whom it asks."""

from typing import Protocol
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.instruments import model


class Outbound(Protocol):
    """Every customer stack hears of the register's changes in the transaction that makes them."""

    async def listed(self, tx: transaction.Tx, instrument: model.Instrument) -> None: ...

    async def changed(self, tx: transaction.Tx, instrument: model.Instrument) -> None: ...

    async def state_changed(self, tx: transaction.Tx, instrument: model.Instrument) -> None: ...


class Orders(Protocol):
    """Knows who may still trade on an instrument's grid."""

    async def open_in(self, tx: transaction.Tx, instrument: UUID) -> int:
        """How many orders are open; nobody places one before the transaction ends."""
        ...


class Books(Protocol):
    """The books of those instruments that trade on one of ours; each word goes into the book's own journal."""

    async def grid(self, tx: transaction.Tx, instrument: model.Instrument) -> None:
        """Its prices from now on; a new book begins with it."""
        ...

    async def halt(self, tx: transaction.Tx, instrument: UUID) -> None: ...

    async def resume(self, tx: transaction.Tx, instrument: UUID) -> None: ...
