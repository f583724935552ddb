"""What a customer stack may say to the execution stack: tags 100 to 199.

Refs were minted by the execution stack; hashes it recomputes; a name is a place on the channel. What is left to choose
is listed, in bits, in `schema/capacity.json`. No message says who, where, in which currency or at which rate.
"""

from typing import Annotated

import msgspec

from boundary.wire import provenance, values, words

CHOSEN = provenance.CHOSEN

Participant = Annotated[values.Ref, provenance.MINTED_BY_RECEIVER]
Instrument = Annotated[values.Ref, provenance.MINTED_BY_RECEIVER]
Intent = Annotated[values.MessageName, provenance.REGISTERED]
"""Filled in by the relay for what was written before the intent was sent."""
Lots = Annotated[values.Lots, CHOSEN]
Amount = Annotated[values.Amount, CHOSEN]
LimitTicks = Annotated[values.LimitTicks, CHOSEN]
DecidedAt = Annotated[values.Second, provenance.DECISION_WINDOW]
"""When the second person signed. It makes two decisions of the same content two different statements."""


class ReserveRefs(values.Message, frozen=True, tag=100):
    """Mint so many participant refs; nobody stands behind any of them yet."""

    count: Annotated[int, msgspec.Meta(ge=1, le=values.REFS_MAX), CHOSEN]


class ActivateRef(values.Message, frozen=True, tag=101):
    """Somebody stands behind this ref now. Once, ever."""

    participant: Participant


class SetParticipantStatus(values.Message, frozen=True, tag=102):
    participant: Participant
    status: Annotated[words.ParticipantStatus, CHOSEN]
    level: Annotated[words.Level, CHOSEN]
    category: Annotated[words.Category, CHOSEN]


class PlaceIntent(values.Message, frozen=True, tag=110):
    """`cost_cap` is the most that the participant may be charged for it, fees included.

    A market intent has no limit and the others have one; only an intent in force until a time has an expiry.
    """

    participant: Participant
    instrument: Instrument
    side: Annotated[words.Side, CHOSEN]
    kind: Annotated[words.IntentKind, CHOSEN]
    time_in_force: Annotated[words.TimeInForce, CHOSEN]
    limit_ticks: LimitTicks
    lots: Lots
    cost_cap: Amount
    expires_at: Annotated[values.ExpirySecond, provenance.EXPIRY_WINDOW]


class AmendIntent(values.Message, frozen=True, tag=111):
    """The new limit, cap and total of lots, those already filled included: so it means the same whenever it arrives."""

    intent: Intent
    limit_ticks: LimitTicks
    lots: Lots
    cost_cap: Amount


class CancelIntent(values.Message, frozen=True, tag=112):
    intent: Intent


class RegisterWallet(values.Message, frozen=True, tag=120):
    """The proof is the wallet's own signature over this message; the address is what it recovers to."""

    participant: Participant
    address: Annotated[values.Address20, provenance.SIGNATURE_VERIFIED]
    signed_at: Annotated[values.Second, provenance.PROOF_WINDOW]
    proof: Annotated[values.Signature65, provenance.SIGNATURE_VERIFIED]


class RequestCustodyWallet(values.Message, frozen=True, tag=121):
    participant: Participant


class CreateToken(values.Message, frozen=True, tag=130):
    """A security that an approved offering is about. Its code is minted by the execution stack."""

    issuer: Participant
    kind: Annotated[words.TokenKind, CHOSEN]
    tick_size: Annotated[values.TickSize, CHOSEN]
    lot_size: Annotated[values.LotSize, CHOSEN]
    supply_cap_lots: Lots
    holders_max: Annotated[values.HoldersMax, CHOSEN]
    document: Annotated[values.Hash32, provenance.REGISTERED]


class DeployToken(values.Message, frozen=True, tag=131):
    token: Instrument


class MintTokens(values.Message, frozen=True, tag=132):
    """New lots into the issuer's own wallet."""

    token: Instrument
    lots: Lots


class AllocateTokens(values.Message, frozen=True, tag=133):
    """From the issuer's wallet to whom the offering gave them."""

    token: Instrument
    holder: Participant
    lots: Lots


class RestrictTransfer(values.Message, frozen=True, tag=134):
    """From now on, so much of a holding may not move; this replaces what was said before."""

    token: Instrument
    holder: Participant
    restriction: Annotated[words.Restriction, CHOSEN]
    lots: Annotated[values.LockedLots, CHOSEN]
    until: Annotated[values.EndSecond, CHOSEN]
    decided_at: DecidedAt
    approvals: values.TwoApprovals


class ForceTransfer(values.Message, frozen=True, tag=135):
    token: Instrument
    source: Participant
    target: Participant
    lots: Lots
    decided_at: DecidedAt
    approvals: values.TwoApprovals


class AuthoriseSettlementBatch(values.Message, frozen=True, tag=140):
    """The batch that the execution stack proposed may settle; the root is worked out from the fills on either side."""

    batch: Annotated[values.Ref, provenance.MINTED_BY_RECEIVER]
    root: Annotated[values.Hash32, provenance.RECOMPUTED]
    decided_at: DecidedAt
    approvals: values.TwoApprovals


class SignedHeads(values.Heads, frozen=True, tag=190):
    """The customer stack's heads."""


class Checkpoint(values.Totals, frozen=True, tag=191):
    """The customer stack's totals."""


ToExecution = (
    ReserveRefs
    | ActivateRef
    | SetParticipantStatus
    | PlaceIntent
    | AmendIntent
    | CancelIntent
    | RegisterWallet
    | RequestCustodyWallet
    | CreateToken
    | DeployToken
    | MintTokens
    | AllocateTokens
    | RestrictTransfer
    | ForceTransfer
    | AuthoriseSettlementBatch
    | SignedHeads
    | Checkpoint
)
