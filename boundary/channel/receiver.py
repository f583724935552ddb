"""The receiving half: the exact order of checks on a frame that has just arrived. Pure; the gate brings the I/O.

length -> magic, version, suite, direction -> key known -> tag in constant time -> kind -> time window. Nothing is
written, logged or answered in the clear before the tag verifies.
"""

from collections.abc import Mapping
from datetime import datetime

from boundary.kernel import clock, errors, ids
from boundary.wire import frame, keys, messages

WINDOW_MICROS = 30_000_000


class OutsideWindow(errors.Conflict):
    """The frame was made too long ago, or the two clocks disagree."""

    code = "frame_outside_window"


def verified(data: bytes, rings: Mapping[int, keys.Ring], now: datetime) -> tuple[keys.Ring, frame.Frame]:
    """The frame and the keys of the channel that it proves to come from."""
    received = frame.parse(data, frame.Direction.TO_EXECUTION)
    ring = rings.get(received.header.key_id)
    if ring is None:
        raise keys.UnknownKey("the frame names a key that is not active here")
    frame.verify(data, ring.key(received.header.key_id, received.header.direction, received.header.kind))
    if abs(received.header.at_micros - clock.to_micros(now)) > WINDOW_MICROS:
        raise OutsideWindow("the frame's time is outside the window")
    return ring, received


def answer(received: bytes, header: frame.Header, ring: keys.Ring, now: datetime, random: ids.Ids) -> bytes:
    """The signed acknowledgement of one frame, bound to its bytes."""
    at = clock.to_micros(now)
    body = messages.encode(messages.Seen(frame.digest(received), at))
    sent = frame.Header(
        direction=frame.Direction.TO_CUSTOMER,
        kind=frame.Kind.ACK,
        key_id=header.key_id,
        epoch=header.epoch,
        sequence=header.sequence,
        at_micros=at,
        nonce=random.ref(),
        count=1,
        previous=header.previous,
    )
    return frame.seal(sent, body, ring.key(header.key_id, sent.direction, sent.kind))
