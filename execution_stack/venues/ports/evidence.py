"""Where bytes of a venue are kept, and who looks whether they say more than they may."""

from typing import Protocol


class Evidence(Protocol):
    """Sealed files outside the database."""

    def put(self, data: bytes) -> bytes:
        """Keep these bytes; durable when it returns. The hash of the sealed file, which is its name."""
        ...

    def get(self, file: bytes) -> bytes | None:
        """What was kept, opened and compared with what it was sealed as."""
        ...


class Sweep(Protocol):
    """What the detector says of bytes that are to be kept."""

    def is_clean(self, data: bytes) -> bool: ...
