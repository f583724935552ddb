"""Where public documents come from."""

from typing import Protocol


class Library(Protocol):
    async def pull(self, hashed: bytes, size: int) -> tuple[bytes, str]:
        """A document's bytes, which hash to its name and passed the sweep, and their media type.

        Raises `Unavailable` if it cannot be had now, `Invalid` if what came is not to be shown to anybody.
        """
        ...
