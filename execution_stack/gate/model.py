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


class Replayed(errors.Conflict):
    """The very frame, or its nonce, was received before."""

    code = "frame_replayed"


class UnknownChannel(errors.Forbidden):
    """The frame verifies, but no operator has admitted its channel."""

    code = "channel_unknown"
