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
