"""What happens to the open intents of somebody who may trade no more."""

from collections.abc import Sequence
from uuid import UUID

from boundary.kernel.runtime import transaction
from boundary.wire import messages, to_customer, values, words
from execution_stack.gate.service import outcomes
from execution_stack.intents import service as intents


class Intake:
    """Cancels what the intake holds (`participants.ports.Leaving`), and gathers the news of it."""

    def __init__(self, context: outcomes.Context) -> None:
        self._context = context
        self.news: list[messages.Message] = []

    async def left(self, tx: transaction.Tx, channel: UUID, refs: Sequence[UUID]) -> None:
        cancelled = await intents.leave(tx, channel, refs, self._context.now, self._context.desk, self._context.lanes)
        self.news += [
            to_customer.IntentCancelled(values.MessageName(*name), lots, words.CancelReason.PARTICIPANT_STATUS)
            for name, lots in cancelled
        ]
