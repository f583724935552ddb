"""Who wants to hear of orders, fills and settlements: in the transaction that records them, or not at all."""

from typing import Protocol
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.venues import model
from execution_stack.venues.model import dealing


class Listener(Protocol):
    """Told once of each. What it raises undoes what it was told of, which is then told again."""

    async def moved(self, tx: transaction.Tx, before: dealing.Order, after: dealing.Order) -> None:
        """Another state, or other figures."""
        ...

    async def refused(self, tx: transaction.Tx, order: dealing.Order, kind: dealing.CommandKind) -> None:
        """The venue will not do what was asked about an order."""
        ...

    async def filled(self, tx: transaction.Tx, order: dealing.Order, fill: model.Fill) -> None:
        """A fill was recorded; `order` is as it stands with it. It may come after the order was said to be over."""
        ...

    async def busted(self, tx: transaction.Tx, order: dealing.Order, fill: UUID) -> None:
        """The venue took a fill back."""
        ...

    async def over(self, tx: transaction.Tx, order: dealing.Order) -> None:
        """Nothing of the order can trade any more, as far as the venue says: filled, cancelled, refused or expired."""
        ...

    async def settled(self, tx: transaction.Tx, instrument: UUID, revision: int, told: model.Settlement) -> None:
        """What the venue paid for a market; a later revision replaces an earlier one."""
        ...
