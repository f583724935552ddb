"""What the execution stack may say to a customer stack: tags 200 to 299.

An outcome names the message that it answers; a participant or instrument is one that both know. Amounts are USD.
"""

from typing import Annotated

import msgspec

from boundary.wire import provenance, values, words

CHOSEN = provenance.CHOSEN

Participant = Annotated[values.Ref, provenance.REGISTERED]
Instrument = Annotated[values.Ref, provenance.REGISTERED]
Answered = Annotated[values.MessageName, provenance.REGISTERED]
NewRef = Annotated[values.Ref, CHOSEN]
"""Minted here, at random, before anybody stands behind it."""
FillNumber = Annotated[values.Number, provenance.REGISTERED]
Lots = Annotated[values.Lots, CHOSEN]
RemainingLots = Annotated[values.Lots, provenance.RECOMPUTED]
Amount = Annotated[values.Amount, CHOSEN]
Revision = Annotated[values.Number, provenance.RECOMPUTED]
"""1 for an instrument's first resolution or voiding, one more for each that replaces it."""
PublicDocument = Annotated[values.Hash32, provenance.RECOMPUTED]
"""The SHA-256 of a public document; the receiver fetches it and works the hash out."""
PastSecond = Annotated[values.Second, provenance.BACKLOG_WINDOW]


class Terms(values.Part, frozen=True):
    """All that a customer stack must know to keep an intent within bounds. Words about it are in the document.

    Prices go from one tick to `price_max`; the bands of the grid, in ascending order, thin them out, and without one
    every tick is a price. An intent has at most `cap_lots`.
    """

    route: Annotated[words.Route, CHOSEN]
    product: Annotated[words.Product, CHOSEN]
    tick_size: Annotated[values.TickSize, CHOSEN]
    lot_size: Annotated[values.LotSize, CHOSEN]
    price_max: Annotated[values.Ticks, CHOSEN]
    grid: Annotated[tuple[values.Band, ...], msgspec.Meta(min_length=0, max_length=8), CHOSEN]
    cap_lots: Lots
    opens_at: Annotated[values.Second, CHOSEN]
    closes_at: Annotated[values.Second, CHOSEN]
    document: PublicDocument


class MessageApplied(values.Message, frozen=True, tag=200):
    """The good end of a message that has no outcome of its own."""

    message: Answered


class MessageRefused(values.Message, frozen=True, tag=201):
    """The bad end of any message but a placed intent."""

    message: Answered
    code: Annotated[words.RefusalCode, CHOSEN]


class RefsIssued(values.Message, frozen=True, tag=202):
    """As many as were asked for."""

    request: Answered
    refs: Annotated[tuple[values.Ref, ...], msgspec.Meta(min_length=1, max_length=values.REFS_MAX), CHOSEN]


class WalletRegistered(values.Message, frozen=True, tag=203):
    participant: Participant
    address: Annotated[values.Address20, CHOSEN]
    kind: Annotated[words.WalletKind, CHOSEN]


class InstrumentListed(values.Message, frozen=True, tag=210):
    """A new instrument."""

    instrument: NewRef
    terms: Terms


class InstrumentChanged(values.Message, frozen=True, tag=211):
    """All of its terms as they are from now on."""

    instrument: Instrument
    terms: Terms


class InstrumentHalted(values.Message, frozen=True, tag=212):
    instrument: Instrument
    reason: Annotated[words.HaltReason, CHOSEN]


class InstrumentResumed(values.Message, frozen=True, tag=213):
    instrument: Instrument


class InstrumentDelisted(values.Message, frozen=True, tag=214):
    instrument: Instrument


class DocumentPublished(values.Message, frozen=True, tag=215):
    """A public document can be fetched by its hash."""

    document: PublicDocument
    size: Annotated[values.DocumentSize, provenance.RECOMPUTED]
    kind: Annotated[words.DocumentKind, CHOSEN]


class InstrumentClosed(values.Message, frozen=True, tag=216):
    """Its window is over, for good; what a lot pays, if anything, is told when it is decided."""

    instrument: Instrument


class IntentAccepted(values.Message, frozen=True, tag=220):
    intent: Answered


class IntentRefused(values.Message, frozen=True, tag=221):
    intent: Answered
    code: Annotated[words.RefusalCode, CHOSEN]


class IntentWorking(values.Message, frozen=True, tag=222):
    """Its order has left. The manifest's hash was in the audit log before; zeros on a book of our own, which has none."""

    intent: Answered
    manifest: Annotated[values.Hash32, CHOSEN]


class IntentCancelled(values.Message, frozen=True, tag=223):
    """So many lots were unfilled and are so for good."""

    intent: Answered
    lots: RemainingLots
    reason: Annotated[words.CancelReason, CHOSEN]


class IntentExpired(values.Message, frozen=True, tag=224):
    intent: Answered
    lots: RemainingLots


class FillAllocated(values.Message, frozen=True, tag=230):
    """One intent's share of one fill. Its cost is lots times price times tick size; fee and improvement are its shares."""

    fill: Annotated[values.Number, provenance.RECOMPUTED]
    intent: Answered
    lots: Lots
    price: Annotated[values.Ticks, CHOSEN]
    fee: Amount
    improvement: Amount
    rule: Annotated[words.ResidueRule, CHOSEN]
    filled_at: PastSecond


class FillReversed(values.Message, frozen=True, tag=231):
    """The venue took a fill back. Nothing is edited: this undoes all of it."""

    fill: FillNumber


class EventResolved(values.Message, frozen=True, tag=240):
    """What one lot pays."""

    instrument: Instrument
    revision: Revision
    value: Amount
    decided_at: PastSecond


class EventVoided(values.Message, frozen=True, tag=241):
    """Every position gets back what it cost."""

    instrument: Instrument
    revision: Revision
    decided_at: PastSecond


class EventAmended(values.Message, frozen=True, tag=242):
    """The value of the revision before was wrong; its payouts are reversed and new ones follow."""

    instrument: Instrument
    revision: Revision
    value: Amount
    decided_at: PastSecond


class Payout(values.Message, frozen=True, tag=243):
    """What a position gets under a revision: once."""

    participant: Participant
    instrument: Instrument
    revision: Revision
    side: Annotated[words.Side, provenance.RECOMPUTED]
    lots: RemainingLots
    amount: Annotated[values.Amount, provenance.RECOMPUTED]


class PayoutReversed(values.Message, frozen=True, tag=244):
    """Takes the whole payout of a revision back."""

    participant: Participant
    instrument: Instrument
    revision: Revision


class TokenCreated(values.Message, frozen=True, tag=250):
    request: Answered
    token: NewRef


class TokenDeployed(values.Message, frozen=True, tag=251):
    token: Instrument
    address: Annotated[values.Address20, CHOSEN]
    place: values.ChainPlace


class ChainConfirmed(values.Message, frozen=True, tag=252):
    """What a message asked for is final on the chain."""

    message: Answered
    place: values.ChainPlace


class BatchProposed(values.Message, frozen=True, tag=260):
    """These fills may settle together once they are authorised; the root is over them, in order."""

    batch: NewRef
    first_fill: FillNumber
    last_fill: FillNumber
    root: Annotated[values.Hash32, provenance.RECOMPUTED]


class TradeSettled(values.Message, frozen=True, tag=261):
    fill: FillNumber
    batch: Annotated[values.Ref, provenance.REGISTERED]
    place: values.ChainPlace


class BatchSettled(values.Message, frozen=True, tag=262):
    """Fills of the batch that did not settle are open again and come with a later one."""

    batch: Annotated[values.Ref, provenance.REGISTERED]
    settled: Annotated[values.Count, provenance.RECOMPUTED]
    not_settled: Annotated[values.Count, provenance.RECOMPUTED]
    place: values.ChainPlace


class SignedHeads(values.Heads, frozen=True, tag=290):
    """The execution stack's heads."""


class Checkpoint(values.Totals, frozen=True, tag=291):
    """The execution stack's totals."""


ToCustomer = (
    MessageApplied
    | MessageRefused
    | RefsIssued
    | WalletRegistered
    | InstrumentListed
    | InstrumentChanged
    | InstrumentHalted
    | InstrumentResumed
    | InstrumentDelisted
    | InstrumentClosed
    | DocumentPublished
    | IntentAccepted
    | IntentRefused
    | IntentWorking
    | IntentCancelled
    | IntentExpired
    | FillAllocated
    | FillReversed
    | EventResolved
    | EventVoided
    | EventAmended
    | Payout
    | PayoutReversed
    | TokenCreated
    | TokenDeployed
    | ChainConfirmed
    | BatchProposed
    | TradeSettled
    | BatchSettled
    | SignedHeads
    | Checkpoint
)
