"""The rings of all channels in one process, looked up by key id, which names a channel without a word in the frame."""

from collections.abc import Mapping
from uuid import UUID

from boundary.kernel import key_states
from boundary.wire import keys


class Keyring:
    """What the receiver verifies and seals with. `take` exchanges all keys or none."""

    def __init__(self, held: Mapping[UUID, Mapping[int, key_states.Held]]) -> None:
        self._of: dict[UUID, keys.Ring] = {}
        self._by_key: dict[int, keys.Ring] = {}
        self.take(held)

    def __repr__(self) -> str:
        return f"Keyring({len(self._of)})"

    def get(self, key_id: int, /) -> keys.Ring | None:
        return self._by_key.get(key_id)

    def take(self, held: Mapping[UUID, Mapping[int, key_states.Held]]) -> None:
        """Every ring is made, and so checked, before the first is exchanged. A ring lives on under its channel."""
        made = {channel: ring_of(channel, masters) for channel, masters in held.items()}
        for channel, ring in made.items():
            if channel in self._of:
                self._of[channel].adopt(ring)
            else:
                self._of[channel] = ring
        self._of = {channel: ring for channel, ring in self._of.items() if channel in made}
        self._by_key = {key_id: ring for ring in self._of.values() for key_id in ring.key_ids}

    def seen(self) -> set[int]:
        found: set[int] = set()
        for ring in self._of.values():
            found |= ring.seen
            ring.seen.clear()
        return found


def ring_of(channel: UUID, held: Mapping[int, key_states.Held]) -> keys.Ring:
    """With the states that each key has."""
    masters = {key_id: one.master for key_id, one in held.items()}
    return keys.Ring(channel, masters, {key_id: one.state for key_id, one in held.items()})
