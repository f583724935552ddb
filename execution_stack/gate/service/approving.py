"""Messages that two people must have approved: their signatures are checked before anything else is done with them.

The statement is worked out from the message as it came, so a signature over other content, for another channel or of
another decision is none. It is used up when it counts, whatever becomes of the message then.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel import clock
from boundary.kernel.runtime import approvals, transaction
from boundary.wire import messages, provenance, statements, words
from execution_stack.operators import service as operators

_CODES: Mapping[approvals.Refusal, words.RefusalCode] = {
    approvals.Refusal.NOT_TWO: words.RefusalCode.APPROVALS_INVALID,
    approvals.Refusal.BAD_SIGNATURE: words.RefusalCode.APPROVALS_INVALID,
    approvals.Refusal.UNKNOWN_OPERATOR: words.RefusalCode.UNKNOWN_OPERATOR,
    approvals.Refusal.USED: words.RefusalCode.DUPLICATE,
}
_AHEAD_SECONDS_MAX = 60
"""How far the clock of those who decided may be ahead of ours."""


async def judge(
    tx: transaction.Tx, channel: UUID, message: statements.Approved, now: datetime
) -> words.RefusalCode | None:
    """Why the message must not be followed; none if two operators of its channel decided it, just now and only once."""
    age = clock.to_micros(now) // 1_000_000 - message.decided_at
    if not -_AHEAD_SECONDS_MAX <= age <= provenance.DECISION_WINDOW.window_seconds:
        return words.RefusalCode.OUTSIDE_WINDOW
    first, second = message.approvals
    if first.operator.bytes >= second.operator.bytes:  # in this order, so that the order says nothing
        return words.RefusalCode.APPROVALS_INVALID
    given = [approvals.Approval(each.operator, each.signature) for each in message.approvals]
    statement = messages.statement_hash(message, channel)
    refusal = await operators.judge_two(tx, statement, given, channel=channel)
    return None if refusal is None else _CODES[refusal]


async def judge_all(
    tx: transaction.Tx, channel: UUID, run: Sequence[statements.Approved], now: datetime
) -> list[words.RefusalCode | None]:
    """One after the other: of two that are the same, the second comes too late. Such messages are rare."""
    return [await judge(tx, channel, each, now) for each in run]
