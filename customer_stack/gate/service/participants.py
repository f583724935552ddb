"""What the execution stack is told of a participant's status: admitted at a level, frozen, admitted again. Never why.

Whose reference it is stays here; over there a level is a row of limits.
"""

from typing import NamedTuple
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from boundary.wire import to_execution, words
from customer_stack.gate import model, repo
from customer_stack.gate.service import outbound, references


class Participants(NamedTuple):
    """Those of one channel. Implements the `Outbound` of whoever decides about people."""

    channel: UUID
    ids: ids.Ids

    async def attach(self, tx: transaction.Tx, subject: UUID, level: int) -> bool:
        """A reference for the subject, if one is in stock, and its admission at this level."""
        try:
            await references.attach(tx, self.channel, subject, self.ids)
        except model.NoReferences:
            return False
        return await self._say(tx, subject, words.ParticipantStatus.ELIGIBLE, level)

    async def freeze(self, tx: transaction.Tx, subject: UUID, level: int) -> None:
        await self._say(tx, subject, words.ParticipantStatus.FROZEN, level)

    async def thaw(self, tx: transaction.Tx, subject: UUID, level: int) -> None:
        await self._say(tx, subject, words.ParticipantStatus.ELIGIBLE, level)

    async def _say(self, tx: transaction.Tx, subject: UUID, status: words.ParticipantStatus, level: int) -> bool:
        """Of a subject without a reference nobody over there has heard: nothing is said. Whether something was."""
        reference = await repo.reference_of(tx, subject)
        if reference is None:
            return False
        message = to_execution.SetParticipantStatus(reference, status, words.Level(level), words.Category.RETAIL)
        await outbound.say(tx, self.channel, [outbound.Said(message, self.ids.ref())])
        return True
