"""Whom the pools tell: the desk that deals with a venue, and the gate that tells customer stacks."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from execution_stack.aggregation import model
from execution_stack.intents import model as intents


class Desk(Protocol):
    """Deals with the venue. What it is told here is committed before anything leaves, and is done once."""

    async def place(self, tx: transaction.Tx, order: model.Outgoing) -> None: ...

    async def reduce(self, tx: transaction.Tx, order: UUID, *, by: int) -> None:
        """So many lots less, whatever is filled meanwhile: a race may leave too little resting, never too much."""
        ...

    async def cancel(self, tx: transaction.Tx, order: UUID) -> None: ...


class Outbound(Protocol):
    """Every customer stack hears of its own intents, in the transaction that changes them."""

    async def working(
        self, tx: transaction.Tx, channel: UUID, names: Sequence[intents.Name], manifest: bytes
    ) -> None: ...

    async def complete(self, tx: transaction.Tx, channel: UUID, names: Sequence[intents.Name]) -> None:
        """These have all that they wanted."""
        ...

    async def over(self, tx: transaction.Tx, channel: UUID, endings: Sequence[model.Ending]) -> None: ...


class Around(NamedTuple):
    """What pools work with."""

    desk: Desk
    outbound: Outbound
    random: ids.Ids
    limits: model.Limits
