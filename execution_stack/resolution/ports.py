"""Who hears of outcomes and payouts."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.resolution import model


class Outbound(Protocol):
    """Every customer stack hears of an outcome, and of its own participants' payouts, as they are written."""

    async def decided(self, tx: transaction.Tx, resolution: model.Resolution) -> None: ...

    async def paid(
        self, tx: transaction.Tx, channel: UUID, resolution: model.Resolution, payouts: Sequence[model.Payout]
    ) -> None: ...

    async def taken_back(
        self, tx: transaction.Tx, channel: UUID, instrument: UUID, revision: int, payouts: Sequence[model.Payout]
    ) -> None: ...
