"""What the gate needs from outside."""

from typing import Protocol


class Exchange(Protocol):
    """One request to the execution stack's only door, one answer. Anything but an answer raises `Unavailable`."""

    async def post(self, body: bytes) -> bytes: ...
