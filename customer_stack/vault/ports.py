"""What the vault needs from outside: who holds the key-encryption keys, where the ledger is kept, who approves."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.vault import model


class KeyProvider(Protocol):
    """Wraps and unwraps under versioned key-encryption keys that never leave it. All calls take many at once, keep the
    order, and raise `KeyServiceDown` or `KeyServiceWrong` as a whole: there is no half answer.
    """

    async def newest(self) -> int:
        """The version that `wrap` uses."""
        ...

    async def wrap(self, secrets: Sequence[bytes]) -> list[model.Wrapped]: ...

    async def unwrap(self, wrapped: Sequence[model.Wrapped]) -> list[bytes]: ...

    async def rewrap(self, wrapped: Sequence[model.Wrapped]) -> list[model.Wrapped]:
        """The same secrets under the newest version."""
        ...

    async def close(self) -> None: ...


class Ledger(Protocol):
    """The erasure ledger outside the database, where no restore reaches it."""

    def read(self) -> model.Ledger | None:
        """What it says, or nothing if there is none yet; raises `LedgerRefused` if it was changed."""
        ...

    def write(self, erasures: Sequence[model.Erasure]) -> None:
        """Replace it as a whole, signed."""
        ...


class Approvals(Protocol):
    """Four eyes over an erasure. Spending an approval is part of the transaction that destroys the key."""

    async def spend(self, tx: transaction.Tx, action: str, subject: UUID) -> UUID:
        """The approval that allows this, used up by it; raises if there is none."""
        ...
