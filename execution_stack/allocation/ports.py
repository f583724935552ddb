"""Whose wishes are weighed, and who hears of shares."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.allocation import model


class Members(Protocol):
    """The members of omnibus orders."""

    async def weights(self, tx: transaction.Tx, order: UUID, version: int) -> list[model.Weight]:
        """Everybody under this version in order of priority, with what is still wanted; holds the order."""
        ...

    async def filled(self, tx: transaction.Tx, order: UUID, numbers: Sequence[int], lots: Sequence[int]) -> None:
        """So many lots more for these; below zero for what was taken back."""
        ...


class Outbound(Protocol):
    """Every customer stack hears of its own shares, in the transaction that records them."""

    async def shared(self, tx: transaction.Tx, channel: UUID, told: Sequence[model.Told]) -> int:
        """The number of the first; the others follow without a gap."""
        ...

    async def reversed(self, tx: transaction.Tx, channel: UUID, told: Sequence[int]) -> None: ...


class Holdings(Protocol):
    """Who owns what."""

    async def traded(
        self,
        tx: transaction.Tx,
        order: UUID,
        recorded: model.Recorded,
        shares: Sequence[tuple[model.Weight, model.Share]],
    ) -> None:
        """These have so much more of the order's instrument, or so much less if it was a sale or was taken back."""
        ...
