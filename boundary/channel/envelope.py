"""Cores in envelopes: what is sealed anew for every attempt, and the exact order of checks on what arrives.

length -> magic, version, suite, direction -> key known -> tag in constant time -> place -> time window. Nothing is
written, logged or answered in the clear before the tag verifies. What the frame then means is `transcript`'s to say.
"""

from datetime import datetime
from typing import Protocol

import msgspec

from boundary.kernel import clock, ids
from boundary.wire import control, frame, keys, messages, values

WINDOW_MICROS = 30_000_000
_NOWHERE = (1, 0, frame.GENESIS)


class Core(Protocol):
    """What was sequenced: made once, sealed as often as it takes."""

    @property
    def epoch(self) -> int: ...
    @property
    def sequence(self) -> int: ...
    @property
    def count(self) -> int: ...
    @property
    def previous(self) -> bytes: ...
    @property
    def body(self) -> bytes: ...


class Arrived(msgspec.Struct, frozen=True):
    """A frame whose tag verifies, as it came; `timely` says whether it was made within the window."""

    data: bytes
    ring: keys.Ring
    header: frame.Header
    body: bytes
    timely: bool
    skew_micros: int


class Sealer:
    """Seals frames in one direction of a channel, always with its active key."""

    def __init__(self, ring: keys.Ring, direction: frame.Direction, time: clock.Clock, random: ids.Ids) -> None:
        self._ring = ring
        self._direction = direction
        self._clock = time
        self._ids = random

    def data(self, core: Core) -> bytes:
        return self._seal(frame.Kind.DATA, core.epoch, core.sequence, core.count, core.previous, core.body)

    def void(self, core: Core, message: control.Void) -> bytes:
        """Gives the sequence of a core up, in its place and after the same head."""
        body = messages.encode(message)
        return self._seal(frame.Kind.VOID, core.epoch, core.sequence, 1, core.previous, body)

    def reopen(self, message: control.Compare | control.Reopen) -> bytes:
        """A question about a halted channel: it has no place, since the places are what is in doubt."""
        return self._nowhere(frame.Kind.REOPEN, 1, messages.encode(message))

    def heartbeat(self, *, pending: int | None = None) -> bytes:
        """With a pending key it asks whether the other side has that key too; nothing else is ever sealed with one."""
        if pending is not None and pending not in self._ring.pending:
            raise keys.UnknownKey("this key is not pending")
        return self._nowhere(frame.Kind.HEARTBEAT, 0, b"", key_id=pending)

    def control(self, message: control.Control) -> bytes:
        """An answer about a frame: acknowledgement, refusal, or sign of life."""
        return self._nowhere(frame.Kind.ACK, 1, messages.encode(message))

    def _nowhere(self, kind: frame.Kind, count: int, body: bytes, *, key_id: int | None = None) -> bytes:
        epoch, sequence, previous = _NOWHERE
        return self._seal(kind, epoch, sequence, count, previous, body, key_id=key_id)

    def _seal(
        self,
        kind: frame.Kind,
        epoch: int,
        sequence: int,
        count: int,
        previous: bytes,
        body: bytes,
        *,
        key_id: int | None = None,
    ) -> bytes:
        key_id = self._ring.active if key_id is None else key_id
        header = frame.Header(
            direction=self._direction,
            kind=kind,
            key_id=key_id,
            epoch=epoch,
            sequence=sequence,
            at_micros=clock.to_micros(self._clock.now()),
            nonce=self._ids.ref(),
            count=count,
            previous=previous,
        )
        return frame.seal(header, body, self._ring.key(key_id, self._direction, kind))


def verify(data: bytes, rings: keys.Rings, direction: frame.Direction, now: datetime) -> Arrived:
    """Everything that can be known of a frame without the database. Raises, and tells nothing, if it is not genuine."""
    received = frame.parse(data, direction)
    header = received.header
    ring = rings.get(header.key_id)
    if ring is None:
        raise keys.UnknownKey("the frame names a key that is not active here")
    frame.verify(data, ring.key(header.key_id, direction, header.kind))
    if not _stands_right(header, received.body):
        raise frame.Malformed("a frame of this kind has no such place")
    skew = header.at_micros - clock.to_micros(now)
    timely = abs(skew) <= WINDOW_MICROS
    if timely:
        ring.seen.add(header.key_id)
    return Arrived(data, ring, header, received.body, timely, skew)


def _stands_right(header: frame.Header, body: bytes) -> bool:
    """Only a core has a place. In other frames the fields that would name one are fixed, so nothing hides in them."""
    place = (header.epoch, header.sequence, header.previous)
    match header.kind:
        case frame.Kind.DATA:
            return header.epoch > 0 and 0 < header.sequence <= values.INT64_MAX
        case frame.Kind.VOID:
            return header.epoch > 0 and 0 < header.sequence <= values.INT64_MAX and header.count == 1
        case frame.Kind.ACK | frame.Kind.REOPEN:
            return place == _NOWHERE and header.count == 1
        case frame.Kind.HEARTBEAT:
            return place == _NOWHERE and header.count == 0 and not body
        case frame.Kind.MARKET:
            return False  # on the lossy channel alone
