"""Four eyes over an erasure at the command line: a statement about this subject, signed by two operators."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import approvals, transaction
from customer_stack.operators import service as operators
from customer_stack.vault import model


def statement(subject: UUID, random: ids.Ids, now: int, seconds: int) -> approvals.Statement:
    """What the two sign."""
    return approvals.statement(operators.STACK, model.SHRED, subject, {}, nonce=random.ref(), now=now, seconds=seconds)


class TwoOperators(NamedTuple):
    """Implements `ports.Approvals`. Used twice it allows the same again, which does nothing."""

    made: approvals.Statement
    signed: Sequence[approvals.Approval]
    now: int

    async def spend(self, tx: transaction.Tx, action: str, subject: UUID) -> UUID:
        approvals.expect(self.made, stack=operators.STACK, purpose=action, subject=subject, facts={}, now=self.now)
        await operators.require_two(tx, approvals.statement_hash(self.made), self.signed)
        return self.made.nonce
