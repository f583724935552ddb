"""What the gate knows of each channel, and what it writes into the audit log."""

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
    HEARD = "heard"
    SILENT = "silent"


class Agreement(enum.StrEnum):
    """What became of totals: our own are stated, the other side's agree with ours or do not."""

    STATED = "stated"
    AGREES = "agrees"
    DIFFERS = "differs"


class ChannelState(msgspec.Struct, frozen=True):
    """One customer stack's channel."""

    channel: UUID
    link: Link
    heard_at: datetime | None
    epoch: int = 1
    halted: str | None = None
    """Why the channel stands still; none while it runs."""
    decided: bool = False
    """Whether two operators decided here that it goes on."""


class ChannelRegistered(records.Entry, frozen=True, tag="execution.gate.channel_registered.v1"):
    """An operator admitted a customer stack."""

    channel: UUID


class LinkOpened(records.Entry, frozen=True, tag="execution.gate.link_opened.v1"):
    """A verified frame arrived for the first time, or again after silence."""

    channel: UUID
    frame: records.Hash32


class LinkLost(records.Entry, frozen=True, tag="execution.gate.link_lost.v1"):
    """No verified frame for longer than a link may be silent."""

    channel: UUID


class UnknownChannel(errors.Forbidden):
    """The frame verifies, but no operator has admitted its channel."""

    code = "channel_unknown"


class BadSigner(errors.Invalid):
    """What was given as a public key is none."""

    code = "public_key_wrong"


class SignerRegistered(records.Entry, frozen=True, tag="execution.gate.signer_registered.v1"):
    """An operator registered a key with which a customer stack signs its heads."""

    channel: UUID
    public_key: records.Hash32


class FrameRefused(records.Entry, frozen=True, tag="execution.gate.frame_refused.v1"):
    """A genuine frame had no effect. Its content is not kept: which place was due when it came, what it hashes to, how long
    it was, and why.
    """

    channel: UUID
    epoch: records.Count
    sequence: records.Count
    digest: records.Hash32
    size: records.Count
    code: records.Count


class ChannelHalted(records.Entry, frozen=True, tag="execution.gate.channel_halted.v1"):
    """Nothing more is applied or said on this channel until people open a new epoch. The reason is the number of a label of
    the type `channel_halt`, from 1.
    """

    channel: UUID
    epoch: records.Count
    sequence: records.Count
    core: records.Hash32
    reason: records.Count


class SequenceVoided(records.Entry, frozen=True, tag="execution.gate.sequence_voided.v1"):
    """The sender gave a sequence up; what stood there had no effect."""

    channel: UUID
    epoch: records.Count
    sequence: records.Count
    core: records.Hash32


class OwnSequenceVoided(records.Entry, frozen=True, tag="execution.gate.own_sequence_voided.v1"):
    """A customer stack could not read a core of ours; its sequence is given up, and what it said is not said again."""

    channel: UUID
    epoch: records.Count
    sequence: records.Count
    core: records.Hash32


class HeadsStated(records.Entry, frozen=True, tag="execution.gate.heads_stated.v1"):
    """Signed heads of ours were put into the outbox; the statement is what the signature is over, hashed."""

    channel: UUID
    statement: records.Hash32


class HeadsWitnessed(records.Entry, frozen=True, tag="execution.gate.heads_witnessed.v1"):
    """A customer stack's signed heads agree with our transcript, and are kept."""

    channel: UUID
    statement: records.Hash32


class HeadsNotBelieved(records.Entry, frozen=True, tag="execution.gate.heads_not_believed.v1"):
    """A customer stack's signed heads have a fault, by its number. Heads that contradict us are kept all the same: evidence."""

    channel: UUID
    statement: records.Hash32
    fault: records.Count


class ReopeningDecided(records.Entry, frozen=True, tag="execution.gate.reopening_decided.v1"):
    """Two operators decided that a halted channel goes on from where this side stands."""

    channel: UUID
    epoch: records.Count
    statement: records.Hash32


class ChannelReopened(records.Entry, frozen=True, tag="execution.gate.channel_reopened.v1"):
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


class CheckpointStated(records.Entry, frozen=True, tag="execution.gate.checkpoint_stated.v1"):
    """Totals of ours were stated for these cores."""

    channel: UUID
    epoch: records.Count
    sent: records.Count
    received: records.Count
    participants: records.Count
    open_intents: records.Count
    charged: records.Count
    paid: records.Count


class CheckpointJudged(records.Entry, frozen=True, tag="execution.gate.checkpoint_judged.v1"):
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
