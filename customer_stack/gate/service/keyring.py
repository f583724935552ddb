"""The ring of this stack's one channel, and how we find out that the other side has a key before we seal with it."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

from boundary.kernel import errors, key_states
from boundary.wire import control, keys
from customer_stack.gate import model
from customer_stack.gate.service import exchanging

ASK_SECONDS = 1.0
ASK_AGAIN_SECONDS = 5.0


class Keyring:
    """What the relay seals and verifies with. `take` exchanges all keys or none."""

    def __init__(self, channel: UUID, held: Mapping[UUID, Mapping[int, key_states.Held]]) -> None:
        self.ring = _ring(channel, held)

    def __repr__(self) -> str:
        return f"Keyring({self.ring.channel})"

    def take(self, held: Mapping[UUID, Mapping[int, key_states.Held]]) -> None:
        self.ring.adopt(_ring(self.ring.channel, held))

    def seen(self) -> set[int]:
        found = set(self.ring.seen)
        self.ring.seen.clear()
        return found


async def ask_for_pending(line: exchanging.Line, ring: keys.Ring) -> None:
    """Put a heartbeat under each pending key to the other side: an answer to it proves that both have the key.

    One that is known to both is not asked about again.
    """
    known: set[int] = set()
    while True:
        await asyncio.sleep(ASK_SECONDS)
        for key_id in ring.pending:
            if key_id in known:
                continue
            try:
                said = await line.ask(line.sealer.heartbeat(pending=key_id))
            except errors.Refusal:  # the other side does not know it yet, or is away: both are usual
                await asyncio.sleep(ASK_AGAIN_SECONDS)
                break
            if isinstance(said, control.Seen):
                known.add(key_id)
                ring.seen.add(key_id)


def _ring(channel: UUID, held: Mapping[UUID, Mapping[int, key_states.Held]]) -> keys.Ring:
    """A stack with another's keys beside its own is misconfigured."""
    if set(held) != {channel}:
        raise model.WrongKeys("the key directory must hold the keys of this channel and no other")
    ours = held[channel]
    masters = {key_id: one.master for key_id, one in ours.items()}
    return keys.Ring(channel, masters, {key_id: one.state for key_id, one in ours.items()})
