"""What signed heads and checkpoints of a customer stack come to: judged, kept, and answered."""

from collections.abc import Mapping, Sequence

from boundary.channel import witness
from boundary.kernel.runtime import transaction
from boundary.wire import to_execution, words
from execution_stack.gate import repo
from execution_stack.gate.service import checkpoints, heads, outcomes

_HEADS_REFUSAL: Mapping[witness.Fault, words.RefusalCode] = {
    witness.Fault.NOT_REGISTERED: words.RefusalCode.UNKNOWN_OPERATOR,
    witness.Fault.FORGED: words.RefusalCode.PROOF_INVALID,
    witness.Fault.OUT_OF_TIME: words.RefusalCode.OUTSIDE_WINDOW,
    witness.Fault.OTHER_EPOCH: words.RefusalCode.WRONG_STATE,
    witness.Fault.CONTRADICTS_TRANSCRIPT: words.RefusalCode.INCONSISTENT,
    witness.Fault.CONTRADICTS_ITSELF: words.RefusalCode.INCONSISTENT,
    witness.Fault.CONTRADICTS_AUDIT: words.RefusalCode.INCONSISTENT,
}


async def signed_heads(
    tx: transaction.Tx, context: outcomes.Context, first: int, run: Sequence[to_execution.SignedHeads]
) -> outcomes.Outcomes:
    """Heads that hold are kept; others are refused, and what contradicts our transcript halts the channel."""
    signers = await repo.signers(tx, context.channel)
    place = (context.epoch, context.sequence)
    faults = [await heads.hear(tx, context.channel, place, each, signers, context.now) for each in run]
    return [
        outcomes.applied(context, index) if fault is None else outcomes.refused(context, index, _HEADS_REFUSAL[fault])
        for index, fault in enumerate(faults, start=first)
    ]


async def checkpoint(
    tx: transaction.Tx, context: outcomes.Context, first: int, run: Sequence[to_execution.Checkpoint]
) -> outcomes.Outcomes:
    """Totals are compared; a difference is told and halts nothing."""
    found = [await checkpoints.hear(tx, context.channel, context.epoch, each, context.so_far) for each in run]
    return [
        outcomes.applied(context, index) if code is None else outcomes.refused(context, index, code)
        for index, code in enumerate(found, start=first)
    ]
