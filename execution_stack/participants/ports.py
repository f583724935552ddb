"""Who acts when somebody may trade no more."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from boundary.kernel.runtime import transaction


class Leaving(Protocol):
    """Cancels what participants have open, in the transaction that freezes or closes them."""

    async def left(self, tx: transaction.Tx, channel: UUID, refs: Sequence[UUID]) -> None:
        """They were eligible until now, and are not; the references are in order."""
        ...
