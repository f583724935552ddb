"""The sending half: makes a frame and believes nothing but a signed answer to that very frame. Pure."""

from datetime import datetime

from boundary.kernel import clock, errors, ids
from boundary.wire import frame, keys, messages


class NotAnswered(errors.Unavailable):
    """What came back is no signed answer to what was sent, whatever its HTTP status said."""

    code = "channel_not_answered"


def heartbeat(ring: keys.Ring, now: datetime, random: ids.Ids) -> bytes:
    """A signed sign of life."""
    header = frame.Header(
        direction=frame.Direction.TO_EXECUTION,
        kind=frame.Kind.HEARTBEAT,
        key_id=ring.newest,
        epoch=1,
        sequence=0,
        at_micros=clock.to_micros(now),
        nonce=random.ref(),
        count=0,
        previous=frame.GENESIS,
    )
    return frame.seal(header, b"", ring.key(header.key_id, header.direction, header.kind))


def believe(sent: bytes, answer: bytes, ring: keys.Ring) -> messages.Seen:
    """The acknowledgement, if it verifies and speaks of the frame that was sent."""
    try:
        received = frame.parse(answer, frame.Direction.TO_CUSTOMER)
        header = received.header
        frame.verify(answer, ring.key(header.key_id, header.direction, frame.Kind.ACK))
        seen = messages.decode_seen(received.body)
    except errors.Refusal:
        raise NotAnswered("the answer does not verify") from None
    if header.kind is not frame.Kind.ACK or seen.digest != frame.digest(sent):
        raise NotAnswered("the answer is not to this frame")
    return seen
