"""What is open at an instrument's prices, for whoever is about to change them (`instruments.ports.Orders`)."""

from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.intents import service as intents


class Intake:
    async def open_in(self, tx: transaction.Tx, instrument: UUID) -> int:
        return await intents.open_in(tx, instrument)
