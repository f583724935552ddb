"""The keys of a channel, derived from one master secret per channel and key id: two directions and three duties give six.

A reflected frame, or an acknowledgement passed off as data, is refused by the key it would need, not by a check.
Masters live in files named `<channel id>.<key id>.key`, 64 hexadecimal digits, readable by their owner alone; their
states are `boundary.kernel.key_states`. A running process exchanges the keys in its rings, never the rings.
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Protocol

from boundary.kernel import errors, key_states, primitives
from boundary.wire import frame

_DUTIES = dict.fromkeys(frame.Kind, b"data") | {frame.Kind.ACK: b"ack", frame.Kind.MARKET: b"market"}
_BYTES_DIFFERENT_MIN = 8


class UnknownKey(errors.Unauthenticated):
    """The header names a key that is not active on this channel."""

    code = "frame_key_unknown"


class NoActiveKey(errors.Unavailable):
    """No key of the channel may be sealed with: people must bring or activate one."""

    code = "channel_key_none_active"


class Ring:
    """The keys of one channel by key id. It has no representation that shows key material."""

    __slots__ = ("_active", "_keys", "channel", "key_ids", "pending", "seen")

    def __init__(
        self, channel: uuid.UUID, masters: Mapping[int, bytes], states: Mapping[int, key_states.State] | None = None
    ) -> None:
        """Without states the newest key seals and the others only verify."""
        if not masters:
            raise ValueError("a channel needs at least one key")
        states = key_states.assumed((), masters) if states is None else states
        known = [key_id for key_id in sorted(masters) if states[key_id] in key_states.KNOWN]
        active = [key_id for key_id in known if states[key_id] is key_states.State.ACTIVE]
        if len(active) > 1:
            raise ValueError("one key of a channel is active at a time")
        self.channel = channel
        self.key_ids = tuple(known)
        self.pending = tuple(key_id for key_id in known if states[key_id] is key_states.State.PENDING)
        self.seen: set[int] = set()
        """Keys under which the other side was heard since somebody last asked: it has them too."""
        self._active = active[0] if active else None
        self._keys = {
            (key_id, direction, duty): primitives.hkdf_sha256(
                key=masters[key_id],
                salt=channel.bytes,
                info=b"channel/1|" + str(int(direction)).encode() + b"|" + duty + b"|" + str(key_id).encode(),
                size=32,
            )
            for key_id in known
            for direction in frame.Direction
            for duty in sorted(set(_DUTIES.values()))
        }
        _refuse_weak(masters.values(), self._keys.values())

    def __repr__(self) -> str:
        return f"Ring({self.channel})"

    @property
    def active(self) -> int:
        """The key to seal with."""
        if self._active is None:
            raise NoActiveKey("no key of this channel is active")
        return self._active

    def adopt(self, other: "Ring") -> None:
        """Hold another's keys from now on. It was checked when it was made, so this cannot fail half-way."""
        if other.channel != self.channel:
            raise ValueError("a ring keeps its channel")
        self.key_ids, self.pending = other.key_ids, other.pending
        self._active, self._keys = other._active, other._keys  # noqa: SLF001 -- another of this class

    def get(self, key_id: int, /) -> "Ring | None":
        """Itself, if it knows the key: a side with one channel looks its ring up as one with many does."""
        return self if key_id in self.key_ids else None

    def key(self, key_id: int, direction: frame.Direction, kind: frame.Kind) -> bytes:
        found = self._keys.get((key_id, direction, _DUTIES[kind]))
        if found is None:
            raise UnknownKey("the frame names a key that is not active here")
        return found


class Rings(Protocol):
    """Where a receiver looks up whose key a frame names."""

    def get(self, key_id: int, /) -> Ring | None: ...


def _refuse_weak(masters: Iterable[bytes], derived: Iterable[bytes]) -> None:
    """Short, zero, equal, or one that is what another gives for some duty."""
    found = list(masters)
    if any(len(master) != 32 or len(set(master)) < _BYTES_DIFFERENT_MIN for master in found):
        raise ValueError("a channel's key is 32 random bytes")
    found += derived
    if len(set(found)) != len(found):
        raise ValueError("the keys of a channel are all different")
