"""Whom the engine tells."""

from collections.abc import Sequence
from typing import Protocol

from boundary.kernel.runtime import transaction
from execution_stack.clob import model


class Outbound(Protocol):
    """What became of intents, in order, in the transaction that makes it so."""

    async def tell(self, tx: transaction.Tx, news: Sequence[model.News]) -> None: ...
