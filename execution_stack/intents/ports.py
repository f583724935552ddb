"""Who judges an intent beside its own rules."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.risk import model as risk


class Risk(Protocol):
    """Compares orders with limits, and counts those that pass, in the transaction that takes them in."""

    async def judge(
        self, tx: transaction.Tx, channel: UUID, wanted: Sequence[risk.Wanted], now: datetime
    ) -> list[tuple[risk.Finding, ...]]:
        """All that is found of each, in the order given. One that was refused before is counted, not judged."""
        ...

    async def released(self, tx: transaction.Tx, ended: Sequence[risk.Ended], now: datetime) -> None:
        """What these held is free again."""
        ...
