"""What the register needs: a place for bytes, the sweep, and somebody who tells customer stacks."""

from typing import Protocol

from boundary.kernel.runtime import transaction
from execution_stack.documents import model


class Store(Protocol):
    """Bytes by their SHA-256. Whoever reads checks the hash again: a store may rot."""

    def put(self, hashed: bytes, data: bytes) -> None:
        """Durable when it returns. Putting the same bytes twice is putting them once."""
        ...

    def get(self, hashed: bytes) -> bytes | None: ...


class Sweep(Protocol):
    """Refuses what is no document of this type, and what holds personal data, by raising `Invalid`."""

    def admit(self, data: bytes, media: model.Media) -> None: ...


class Outbound(Protocol):
    """Every customer stack hears of a document in the transaction that registers it."""

    async def published(self, tx: transaction.Tx, document: model.Document) -> None: ...
