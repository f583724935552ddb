"""The only place that draws randomness. Everybody else is handed an id, bytes, or an `Ids`.

`ref` makes a version-4 UUID: 122 bits of chance that say nothing about when, where or for whom they were made.
`ordered` makes a version-7 UUID, whose leading milliseconds keep an index compact; it must not cross the wall.
"""

import random  # noqa: TID251 -- for SeededIds only: tests that replay
import secrets
import uuid
from typing import Protocol

from boundary.kernel import clock


class Ids(Protocol):
    def ref(self) -> uuid.UUID: ...
    def ordered(self) -> uuid.UUID: ...
    def token(self, size: int) -> bytes: ...


class SystemIds:
    def __init__(self, time: clock.Clock | None = None) -> None:
        self._time = time or clock.SystemClock()

    def ref(self) -> uuid.UUID:
        return _version_4(secrets.token_bytes(16))

    def ordered(self) -> uuid.UUID:
        return _version_7(clock.to_micros(self._time.now()) // 1000, secrets.token_bytes(10))

    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)


class SeededIds:
    """Repeatable ids for tests and simulations. Never for anything real: whoever knows the seed knows them all."""

    def __init__(self, seed: int, time: clock.Clock | None = None) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- repeatable on purpose
        self._time = time or clock.SystemClock()

    def ref(self) -> uuid.UUID:
        return _version_4(self._random.randbytes(16))

    def ordered(self) -> uuid.UUID:
        return _version_7(clock.to_micros(self._time.now()) // 1000, self._random.randbytes(10))

    def token(self, size: int) -> bytes:
        return self._random.randbytes(size)


def is_ref(value: uuid.UUID) -> bool:
    """Whether the version and variant bits are those of a version-4 UUID."""
    return value.version == 4


def _version_4(entropy: bytes) -> uuid.UUID:
    return uuid.UUID(bytes=entropy, version=4)


def _version_7(millis: int, entropy: bytes) -> uuid.UUID:
    """RFC 9562 §5.7: 48 bits of time, version, 12 bits of chance, variant, 62 bits of chance."""
    chance = int.from_bytes(entropy, "big")
    high = (millis << 16) | (0x7 << 12) | (chance >> 62 & 0xFFF)
    low = (0b10 << 62) | (chance & ((1 << 62) - 1))
    return uuid.UUID(int=(high << 64) | low)
