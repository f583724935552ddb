"""What the register needs: a vault for custody keys, and somebody who tells the customer stack."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.wallets import model


class KeyVault(Protocol):
    """Holds the keys of custody wallets. It never hands one out: it gives addresses, and signs where settlement asks."""

    def address(self, channel: UUID, participant: UUID) -> bytes:
        """The address of a participant's custody wallet: always the same one."""
        ...


class Outbound(Protocol):
    """Tells a customer stack in the transaction that registers."""

    async def registered(self, tx: transaction.Tx, channel: UUID, wallets: Sequence[model.Wallet]) -> None: ...
