"""When a claim to a wallet holds: who, when, and whether the address signed it."""

from execution_stack.participants import model as participants
from execution_stack.wallets import model
from execution_stack.wallets.rules import ethereum

PROOF_SECONDS_MAX = 15 * 60
"""Between the holder signing and our looking: what the table of capacities counts on."""
AHEAD_SECONDS_MAX = 30
"""How far a signer's clock may be ahead of ours: as far as a frame's."""
OWN_MAX = 10
"""Wallets of one participant."""

_STANDING = {
    participants.Status.ISSUED: model.Refusal.NOT_ACTIVE,
    participants.Status.FROZEN: model.Refusal.FROZEN,
    participants.Status.CLOSED: model.Refusal.CLOSED,
}


def stands(standing: participants.Standing | None) -> model.Refusal | None:
    """Why a participant may have no wallet now."""
    if standing is None:
        return model.Refusal.UNKNOWN_PARTICIPANT
    return _STANDING.get(standing.status)


def judge(
    claim: model.Claim, standing: participants.Standing | None, own: int, now_seconds: int
) -> model.Refusal | None:
    """The first reason against it; the costly one, the signature, comes last. `own` counts the wallets there are."""
    if refused := stands(standing):
        return refused
    if not now_seconds - PROOF_SECONDS_MAX <= claim.signed_at <= now_seconds + AHEAD_SECONDS_MAX:
        return model.Refusal.OUTSIDE_WINDOW
    if own >= OWN_MAX:
        return model.Refusal.TOO_MANY
    if ethereum.signer(claim.text, claim.proof) != claim.address:
        return model.Refusal.PROOF_INVALID
    return None
