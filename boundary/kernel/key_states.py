"""The states of a channel's key, and what a key is allowed in each. One side seals with exactly one key at a time.

pending      known, so that the other side may seal with it before we do
active       what this side seals with; verified too
verify-only  no longer sealed with; frames under it that are still on their way verify
retired      not known any more, and its file may go
revoked      the same, at once: somebody else may have it

A new key is pending on both sides before either promotes it, so each promotes when it likes and nothing is refused.
"""

import enum
import uuid
from collections.abc import Collection, Mapping
from typing import NamedTuple

from boundary.kernel import primitives, states

VERIFY_SECONDS_MIN = 120
"""How long a key verifies after it was sealed with: a frame lives at most as long as the time window of 30 s either way
and an attempt of 6 s, and what is sent again is sealed again. The rest is for processes that learn of it late.
"""


class State(enum.StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    VERIFY_ONLY = "verify_only"
    RETIRED = "retired"
    REVOKED = "revoked"


class Event(enum.StrEnum):
    ACTIVATE = "activate"
    REPLACE = "replace"
    RETIRE = "retire"
    REVOKE = "revoke"


STATE: states.Machine[State, Event] = states.Machine(
    name="channel key",
    initial=State.PENDING,
    transitions={
        (State.PENDING, Event.ACTIVATE): State.ACTIVE,
        (State.PENDING, Event.REVOKE): State.REVOKED,
        (State.ACTIVE, Event.REPLACE): State.VERIFY_ONLY,
        (State.ACTIVE, Event.REVOKE): State.REVOKED,
        (State.VERIFY_ONLY, Event.RETIRE): State.RETIRED,
        (State.VERIFY_ONLY, Event.REVOKE): State.REVOKED,
    },
    terminal=(State.RETIRED, State.REVOKED),
)
KNOWN = frozenset({State.PENDING, State.ACTIVE, State.VERIFY_ONLY})
"""In these states frames under a key verify."""


class Held(NamedTuple):
    """A master that lies in a file, and what it may be used for."""

    master: bytes
    state: State


def fingerprint(channel: uuid.UUID, key_id: int, master: bytes) -> bytes:
    """Names a master without telling it: equal on both sides if the file was carried unharmed."""
    info = b"channel/1|fingerprint|" + str(key_id).encode()
    return primitives.hkdf_sha256(key=master, salt=channel.bytes, info=info, size=32)


def assumed(listed: Collection[State], files: Collection[int]) -> Mapping[int, State]:
    """What files of one channel are that no row speaks of yet: the first keys are in use, later ones wait to be."""
    if listed:
        return dict.fromkeys(files, State.PENDING)
    newest = max(files, default=0)
    return {key_id: State.ACTIVE if key_id == newest else State.VERIFY_ONLY for key_id in files}
