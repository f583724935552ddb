"""Words about frames, tags 1 to 99, either way. None of them is business, and none stands in a body of messages."""

from typing import Annotated

from boundary.wire import provenance, values, words

KnownHash = Annotated[values.Hash32, provenance.RECOMPUTED]
KnownEpoch = Annotated[values.Epoch, provenance.RECOMPUTED]
KnownSequence = Annotated[values.Number, provenance.RECOMPUTED]


class Seen(values.Message, frozen=True, tag=1):
    """The answer to a heartbeat: the digest of its bytes, so that no answer fits another frame, and the answerer's time."""

    digest: KnownHash
    at_micros: Annotated[values.Micros, provenance.FRAME_WINDOW]


class Ack(values.Message, frozen=True, tag=2):
    """The core was applied, now or before; whoever delivers the same core again hears so again."""

    epoch: KnownEpoch
    sequence: KnownSequence
    core: KnownHash
    head: KnownHash


class Nack(values.Message, frozen=True, tag=3):
    """The frame had no effect: which one, why, and which core is due after which head."""

    epoch: KnownEpoch
    sequence: KnownSequence
    digest: KnownHash
    code: Annotated[words.NackCode, provenance.CHOSEN]
    due_epoch: KnownEpoch
    due_sequence: KnownSequence
    head: KnownHash


class Void(values.Message, frozen=True, tag=4):
    """The sender gives a sequence up; what stood there is named by the hash of its core and never sent again."""

    epoch: KnownEpoch
    sequence: KnownSequence
    core: Annotated[values.Hash32, provenance.CHOSEN]
    size: Annotated[values.FrameSize, provenance.RECOMPUTED]
    reason: Annotated[words.VoidReason, provenance.CHOSEN]


Control = Seen | Ack | Nack | Void
