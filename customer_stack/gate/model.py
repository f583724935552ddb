"""What the gate knows of its channel, and what it writes into the audit log."""

import enum
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import errors, records


class Link(enum.StrEnum):
    UNSEEN = "unseen"
    OPEN = "open"
    LOST = "lost"


class LinkEvent(enum.StrEnum):
    ANSWERED = "answered"
    SILENT = "silent"


class Agreement(enum.StrEnum):
    """What became of totals: our own are stated, the other side's agree with ours or do not."""

    STATED = "stated"
    AGREES = "agrees"
    DIFFERS = "differs"


class ChannelState(msgspec.Struct, frozen=True):
    """The state of the link to the execution stack."""

    channel: UUID
    link: Link
    answered_at: datetime | None
    epoch: int = 1
    halted: str | None = None
    """Why the channel stands still; none while it runs."""
    decided: bool = False
    """Whether two operators decided here that it goes on."""


class LinkOpened(records.Entry, frozen=True, tag="customer.gate.link_opened.v1"):
    """The execution stack answered a signed heartbeat for the first time, or again after silence."""

    channel: UUID
    frame: records.Hash32


class LinkLost(records.Entry, frozen=True, tag="customer.gate.link_lost.v1"):
    """No verified answer for longer than a link may be silent."""

    channel: UUID


class BadSigner(errors.Invalid):
    """What was given as a public key is none."""

    code = "public_key_wrong"


class WrongKeys(errors.Invalid):
    """The keys at hand are not those of the channel that the settings name."""

    code = "channel_keys_wrong"


class NoReferences(errors.Unavailable):
    """The stock of opaque references is empty for the moment."""

    code = "references_exhausted"


class Outcome(enum.StrEnum):
    """What became of a message, as the execution stack said."""

    SENT = "sent"
    APPLIED = "applied"
    REFUSED = "refused"
    ACCEPTED = "accepted"
    WORKING = "working"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class ReferenceState(enum.StrEnum):
    SPARE = "spare"
    ATTACHED = "attached"
    BURNT = "burnt"


class WalletKind(enum.StrEnum):
    """Whose key it is: the customer's, or the execution stack's vault's."""

    OWN = "own"
    CUSTODY = "custody"


class Wallet(msgspec.Struct, frozen=True):
    """A wallet that the execution stack registered for one of our references."""

    reference: UUID
    address: bytes
    kind: WalletKind


class CoreApplied(records.Entry, frozen=True, tag="customer.gate.core_applied.v1"):
    """A core of outcomes was applied; its hash covers every message in it."""

    channel: UUID
    epoch: records.Count
    sequence: records.Count
    count: records.Count
    core: records.Hash32


class CoreRefused(records.Entry, frozen=True, tag="customer.gate.core_refused.v1"):
    """A genuine frame from the execution stack had no effect; its content is not kept."""

    channel: UUID
    epoch: records.Count
    sequence: records.Count
    digest: records.Hash32
    size: records.Count
    code: str


class ChannelHalted(records.Entry, frozen=True, tag="customer.gate.channel_halted.v1"):
    """Nothing more is applied or sent. The reason is the number of a label of the type `channel_halt`, from 1."""

    channel: UUID
    epoch: records.Count
    sequence: records.Count
    core: records.Hash32
    reason: records.Count


class SequenceVoided(records.Entry, frozen=True, tag="customer.gate.sequence_voided.v1"):
    """The execution stack could not read a core; its sequence is given up and its messages count as refused."""

    channel: UUID
    epoch: records.Count
    sequence: records.Count
    core: records.Hash32


class ReferencesBurnt(records.Entry, frozen=True, tag="customer.gate.references_burnt.v1"):
    """So many references that nobody stood behind were given up."""

    channel: UUID
    count: records.Count


class HeadsStated(records.Entry, frozen=True, tag="customer.gate.heads_stated.v1"):
    """Signed heads of ours were put into the outbox; the statement is what the signature is over, hashed."""

    channel: UUID
    statement: records.Hash32


class HeadsWitnessed(records.Entry, frozen=True, tag="customer.gate.heads_witnessed.v1"):
    """An execution stack's signed heads agree with our transcript, and are kept."""

    channel: UUID
    statement: records.Hash32


class HeadsNotBelieved(records.Entry, frozen=True, tag="customer.gate.heads_not_believed.v1"):
    """An execution stack's signed heads have a fault, by its number. Heads that contradict us are kept all the same: evidence."""

    channel: UUID
    statement: records.Hash32
    fault: records.Count


class ReopeningDecided(records.Entry, frozen=True, tag="customer.gate.reopening_decided.v1"):
    """Two operators decided that a halted channel goes on from where this side stands."""

    channel: UUID
    epoch: records.Count
    statement: records.Hash32


class ChannelReopened(records.Entry, frozen=True, tag="customer.gate.channel_reopened.v1"):
    """An epoch was closed at these heads, and the next begun: how far both sides had the same, how many cores go again."""

    channel: UUID
    epoch: records.Count
    following: records.Count
    sent_last: records.Count
    sent_head: records.Hash32
    received_last: records.Count
    received_head: records.Hash32
    compared: records.Count
    sent_common: records.Count
    received_common: records.Count
    resent: records.Count


class NotHalted(errors.Conflict):
    """Only a halted channel is opened again: halt it first."""

    code = "channel_not_halted"


class CheckpointStated(records.Entry, frozen=True, tag="customer.gate.checkpoint_stated.v1"):
    """Totals of ours were stated for these cores."""

    channel: UUID
    epoch: records.Count
    sent: records.Count
    received: records.Count
    participants: records.Count
    open_intents: records.Count
    charged: records.Count
    paid: records.Count


class CheckpointJudged(records.Entry, frozen=True, tag="customer.gate.checkpoint_judged.v1"):
    """The other side's totals were worked out here for the same cores: these are ours, and whether its are the same."""

    channel: UUID
    epoch: records.Count
    sent: records.Count
    received: records.Count
    participants: records.Count
    open_intents: records.Count
    charged: records.Count
    paid: records.Count
    agrees: bool
