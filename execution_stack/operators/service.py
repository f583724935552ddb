"""Whether two people decided it: what the gate asks of messages, and commands of what they are about to do."""

from collections.abc import Sequence
from uuid import UUID

from boundary.kernel.runtime import approvals as pure
from boundary.kernel.runtime import operator_register, transaction

STACK = "execution"


async def require_two(
    tx: transaction.Tx, statement: bytes, approvals: Sequence[pure.Approval], *, channel: UUID | None = None
) -> None:
    """Two different active operators, of the channel or else of this stack, signed this hash; raises `NotApproved`.

    It is used up with the transaction that asks.
    """
    await operator_register.require_two(tx, statement, approvals, channel=channel)


async def judge_two(
    tx: transaction.Tx, statement: bytes, approvals: Sequence[pure.Approval], *, channel: UUID | None = None
) -> pure.Refusal | None:
    """As `require_two` where a refusal must leave its evidence and let the rest of the transaction stand."""
    return await operator_register.judge_two(tx, statement, approvals, channel=channel)
