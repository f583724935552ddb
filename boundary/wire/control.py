"""Words about frames, tags 1 to 99, either way. None of them is business, and none stands in a body of messages."""

from typing import Annotated

from boundary.wire import provenance, values, words

KnownHash = Annotated[values.Hash32, provenance.RECOMPUTED]
KnownEpoch = Annotated[values.Epoch, provenance.RECOMPUTED]
KnownSequence = Annotated[values.Number, provenance.RECOMPUTED]
AskedPlace = Annotated[values.Count, provenance.CHOSEN]


class Seen(values.Message, frozen=True, tag=1):
    """The answer to a heartbeat: the digest of its bytes, so that no answer fits another frame, and the answerer's time."""

    digest: KnownHash
    at_micros: Annotated[values.Micros, provenance.FRAME_WINDOW]


class Ack(values.Message, frozen=True, tag=2):
    """The core was applied, now or before, and so was every core before it; whoever delivers it again hears so again."""

    epoch: KnownEpoch
    sequence: KnownSequence
    core: KnownHash


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
    """The sender gives up a core that the receiver could not read, and names it by the hash that the receiver worked out."""

    epoch: KnownEpoch
    sequence: KnownSequence
    core: KnownHash


class Compare(values.Message, frozen=True, tag=5):
    """Of a halted channel: how far has each direction come in this epoch, and which cores stand at these places?

    Nothing of the question is stored; sequence 0 asks for no core.
    """

    epoch: KnownEpoch
    to_execution: AskedPlace
    to_customer: AskedPlace


class Held(values.Part, frozen=True):
    """The last sequence of a direction, and the core at the place that was asked for; zeros if there is none."""

    last: values.Count
    core: values.Hash32


class Compared(values.Message, frozen=True, tag=6):
    """The answer to `Compare`: the epoch in which the answerer stands, and what it holds in the one asked for."""

    digest: KnownHash
    epoch: KnownEpoch
    to_execution: Annotated[Held, provenance.RECOMPUTED]
    to_customer: Annotated[Held, provenance.RECOMPUTED]


class Junction(values.Part, frozen=True):
    """The last core of a direction that both sides have, and the asker's next, by which the answerer sees that it is."""

    sequence: values.Count
    core: values.Hash32
    following: values.Hash32


class Reopen(values.Message, frozen=True, tag=7):
    """Close the epochs up to the one in which both sides stand, and begin a new one after what is common.

    Obeyed only if people of the answerer's side have decided the same.
    """

    epoch: KnownEpoch
    compared: KnownEpoch
    to_execution: Annotated[Junction, provenance.RECOMPUTED]
    to_customer: Annotated[Junction, provenance.RECOMPUTED]


Control = Seen | Ack | Nack | Void | Compare | Compared | Reopen
