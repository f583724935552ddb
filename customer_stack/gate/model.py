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


class ChannelState(msgspec.Struct, frozen=True):
    """The state of the link to the execution stack."""

    channel: UUID
    link: Link
    answered_at: datetime | None


class LinkOpened(records.Entry, frozen=True, tag="customer.gate.link_opened.v1"):
    """The execution stack answered a signed heartbeat for the first time, or again after silence."""

    channel: UUID
    frame: records.Hash32


class LinkLost(records.Entry, frozen=True, tag="customer.gate.link_lost.v1"):
    """No verified answer for longer than a link may be silent."""

    channel: UUID


class WrongKeys(errors.Invalid):
    """The keys at hand are not those of the channel that the settings name."""

    code = "channel_keys_wrong"
