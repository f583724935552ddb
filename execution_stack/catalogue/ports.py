"""What the import needs of whoever composes it: the sweep with its findings."""

from typing import Protocol


class Sweep(Protocol):
    def findings(self, data: bytes) -> int | None:
        """How much personal data there is in a JSON document; nothing if it is no document that may be public."""
        ...
