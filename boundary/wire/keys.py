"""The keys of a channel, derived from one master secret per channel and key id: two directions and two duties give four.

A reflected frame, or an acknowledgement passed off as data, is refused by the key it would need, not by a check.
Masters live in files named `<channel id>.<key id>.key`, 64 hexadecimal digits, readable by their owner alone.
"""

import uuid

from boundary.kernel import errors, primitives
from boundary.wire import frame

_DUTIES = {kind: b"ack" if kind is frame.Kind.ACK else b"data" for kind in frame.Kind}


class UnknownKey(errors.Unauthenticated):
    """The header names a key that is not active on this channel."""

    code = "frame_key_unknown"


class Ring:
    """The keys of one channel by key id. It has no representation that shows key material."""

    __slots__ = ("_keys", "channel", "key_ids", "newest")

    def __init__(self, channel: uuid.UUID, masters: dict[int, bytes]) -> None:
        if not masters:
            raise ValueError("a channel needs at least one key")
        if len(set(masters.values())) != len(masters):
            raise ValueError("the keys of a channel are all different")
        if any(len(master) != 32 or not any(master) for master in masters.values()):
            raise ValueError("a channel's key is 32 bytes, and not all zeros")
        self.channel = channel
        self.key_ids = tuple(sorted(masters))
        self.newest = self.key_ids[-1]
        self._keys = {
            (key_id, direction, duty): primitives.hkdf_sha256(
                key=master,
                salt=channel.bytes,
                info=b"channel/1|" + str(int(direction)).encode() + b"|" + duty + b"|" + str(key_id).encode(),
                size=32,
            )
            for key_id, master in masters.items()
            for direction in frame.Direction
            for duty in (b"data", b"ack")
        }

    def __repr__(self) -> str:
        return f"Ring({self.channel})"

    def key(self, key_id: int, direction: frame.Direction, kind: frame.Kind) -> bytes:
        found = self._keys.get((key_id, direction, _DUTIES[kind]))
        if found is None:
            raise UnknownKey("the frame names a key that is not active here")
        return found
