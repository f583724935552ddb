"""One end of a channel, for tests: makes the frames that it may make, and those that nobody may."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec

from boundary.channel import envelope, transcript
from boundary.kernel import clock, ids, key_states, primitives
from boundary.kernel.runtime import transcript_store
from boundary.wire import control, frame, keys, messages

OTHER = {
    frame.Direction.TO_EXECUTION: frame.Direction.TO_CUSTOMER,
    frame.Direction.TO_CUSTOMER: frame.Direction.TO_EXECUTION,
}


def held(masters: Mapping[uuid.UUID, Mapping[int, bytes]]) -> dict[uuid.UUID, dict[int, key_states.Held]]:
    """Keys as a process holds those that no row speaks of: the newest of each channel seals."""
    assumed = {channel: key_states.assumed((), found) for channel, found in masters.items()}
    return {
        channel: {key_id: key_states.Held(master, assumed[channel][key_id]) for key_id, master in found.items()}
        for channel, found in masters.items()
    }


class Answer(NamedTuple):
    """What came back: the signed word about the frame, and perhaps a core."""

    said: control.Control | None
    core: envelope.Arrived | None


class End:
    """Speaks in one direction, hears the other, and knows how far it has come; nothing stops it from lying."""

    def __init__(
        self,
        channel: uuid.UUID,
        masters: dict[int, bytes],
        direction: frame.Direction,
        time: clock.Clock,
        random: ids.Ids,
    ) -> None:
        self.channel = channel
        self.masters = masters
        self.ring = keys.Ring(channel, masters)
        self.direction = direction
        self.time = time
        self.ids = random
        self.position = transcript.START
        self.heard = transcript.START
        self.owed: control.Ack | None = None

    def core(self, *said: messages.Message, **changes: Any) -> transcript_store.Core:
        """The core that is due, or one that is changed where the caller says so. Nothing is remembered."""
        return self.core_of(messages.body([messages.encode(each) for each in said]), len(said), **changes)

    def core_of(self, body: bytes, count: int, **changes: Any) -> transcript_store.Core:
        here = self.position
        place = {"epoch": here.epoch, "sequence": here.due, "previous": here.head, "count": count} | changes
        core = transcript.core_hash(place["epoch"], place["sequence"], place["count"], place["previous"], body)
        return transcript_store.Core(core=core, body=body, **place)

    def went(self, core: transcript_store.Core) -> None:
        """The core is part of the transcript now."""
        self.position = transcript.after(self.position, core.core)

    def data(self, core: transcript_store.Core, **changes: Any) -> bytes:
        return self.seal(frame.Kind.DATA, core, **changes)

    def void(self, core: transcript_store.Core, /, **changes: Any) -> bytes:
        """Gives a core up; `changes` are of the message."""
        message = control.Void(core.epoch, core.sequence, core.core)
        body = messages.encode(msgspec.structs.replace(message, **changes))
        return self.seal(frame.Kind.VOID, msgspec.structs.replace(core, count=1, body=body))

    def control(self, message: control.Control, **changes: Any) -> bytes:
        return self.seal(frame.Kind.ACK, nowhere(messages.encode(message), 1), **changes)

    def heartbeat(self, **changes: Any) -> bytes:
        return self.seal(frame.Kind.HEARTBEAT, nowhere(b"", 0), **changes)

    def seal(
        self,
        kind: frame.Kind,
        core: transcript_store.Core,
        *,
        key: bytes | None = None,
        later: timedelta = timedelta(0),
        **header: Any,
    ) -> bytes:
        """`header` names fields that shall say something else; the tag is made over what they say."""
        made = frame.Header(
            direction=self.direction,
            kind=kind,
            key_id=self.ring.active,
            epoch=core.epoch,
            sequence=core.sequence,
            at_micros=clock.to_micros(self.time.now() + later),
            nonce=self.ids.ref(),
            count=core.count,
            previous=core.previous,
        )
        made = msgspec.structs.replace(made, **header)
        return frame.seal(made, core.body, key or self.ring.key(made.key_id, made.direction, made.kind))

    def resealed(self, data: bytes, kind: frame.Kind = frame.Kind.DATA) -> bytes:
        """A fresh tag over whatever stands before it."""
        return resealed(data, self.ring.key(self.ring.active, self.direction, kind))

    def open(self, answer: bytes) -> Answer:
        """Verify an answer as its receiver must."""
        rings = dict.fromkeys(self.ring.key_ids, self.ring)
        arrived = [envelope.verify(each, rings, OTHER[self.direction], self.time.now()) for each in frame.split(answer)]
        said = [messages.decode_control(each.body) for each in arrived if each.header.kind is frame.Kind.ACK]
        cores = [each for each in arrived if each.header.kind is frame.Kind.DATA]
        assert len(said) <= 1, "at most one word"
        assert len(cores) <= 1, "at most one core"
        assert len(said) + len(cores) == len(arrived), "nothing else"
        return Answer(said[0] if said else None, cores[0] if cores else None)

    def take(self, arrived: envelope.Arrived) -> tuple[messages.Message, ...]:
        """Apply a core from the other end as an honest receiver would, and owe it an acknowledgement."""
        header = arrived.header
        received = messages.decode_body(arrived.body, OTHER[self.direction])
        assert (header.epoch, header.sequence, header.previous) == tuple(msgspec.structs.astuple(self.heard))
        assert header.count == len(received)
        core = transcript.core_hash(header.epoch, header.sequence, header.count, header.previous, arrived.body)
        self.heard = transcript.after(self.heard, core)
        self.owed = control.Ack(header.epoch, header.sequence, core)
        return received


def nowhere(body: bytes, count: int) -> transcript_store.Core:
    """What stands in the place of a core in a frame that has none."""
    return transcript_store.Core(1, 0, count, frame.GENESIS, frame.GENESIS, body)


def resealed(data: bytes, key: bytes) -> bytes:
    return data[: -frame.TAG_SIZE] + primitives.hmac_sha256(key, data[: -frame.TAG_SIZE])
