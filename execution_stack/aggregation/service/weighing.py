"""Members as those who share fills out see them (`allocation.ports.Members`)."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.aggregation import model, ports
from execution_stack.aggregation.repo import weighing
from execution_stack.allocation import model as allocation
from execution_stack.intents import model as intents


class Members(NamedTuple):
    outbound: ports.Outbound

    async def weights(self, tx: transaction.Tx, order: UUID, version: int) -> list[allocation.Weight]:
        return await weighing.weights(tx, order, version)

    async def filled(self, tx: transaction.Tx, order: UUID, numbers: Sequence[int], lots: Sequence[int]) -> None:
        """Who has all it wanted is done. Who had, and loses some because the venue took it back, will not get it here
        again: the venue does not put back what it took.
        """
        complete: dict[UUID, list[intents.Name]] = {}
        lost: dict[UUID, list[model.Ending]] = {}
        for channel, name, is_open, change in await weighing.filled(tx, order, numbers, lots):
            if is_open:
                continue
            if change > 0:
                complete.setdefault(channel, []).append(name)
            else:
                lost.setdefault(channel, []).append(model.Ending(name, -change, model.Why.VENUE))
        for channel, names in sorted(complete.items()):
            await self.outbound.complete(tx, channel, names)
        for channel, endings in sorted(lost.items()):
            await self.outbound.over(tx, channel, endings)
