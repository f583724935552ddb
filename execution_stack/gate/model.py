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
    """Two histories of one channel were seen. Nothing more is applied on it until people open a new epoch."""

    channel: UUID
    epoch: records.Count
    sequence: records.Count
    core: records.Hash32


class SequenceVoided(records.Entry, frozen=True, tag="execution.gate.sequence_voided.v1"):
    """The sender gave a sequence up; what stood there had no effect."""

    channel: UUID
    epoch: records.Count
    sequence: records.Count
    core: records.Hash32
