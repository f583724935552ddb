"""Whom the register tells."""

from typing import Protocol

from boundary.kernel.runtime import transaction
from execution_stack.instruments import model


class Outbound(Protocol):
    """Every customer stack hears of the register's changes in the transaction that makes them."""

    async def listed(self, tx: transaction.Tx, instrument: model.Instrument) -> None: ...

    async def state_changed(self, tx: transaction.Tx, instrument: model.Instrument) -> None: ...
