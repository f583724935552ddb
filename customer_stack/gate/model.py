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
