"""What screening needs of the world: files, sealed fields, and somebody who looks at cases."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from customer_stack.screening import model


class Files(Protocol):
    def lists(self, paths: Sequence[Path]) -> tuple[model.ListFile, ...]:
        """The files that the paths name; a folder names those inside it."""

    def rows(self, path: Path, *needed: str) -> list[dict[str, str]]:
        """The rows of a CSV file whose header has the needed columns, by column in lower case."""


class Vault(Protocol):
    """The people's fields, as the vault keeps them."""

    async def create(self, tx: transaction.Tx, subject: UUID) -> None: ...

    async def seal(self, tx: transaction.Tx, subject: UUID, values: Mapping[str, str | bytes]) -> dict[str, bytes]: ...

    async def open_bytes(self, tx: transaction.Tx, subject: UUID, values: Mapping[str, bytes]) -> dict[str, bytes]: ...

    async def open_many(
        self, tx: transaction.Tx, values: Mapping[tuple[UUID, str], bytes]
    ) -> dict[tuple[UUID, str], str]:
        """What belongs to an erased subject is left out."""

    def commitment(self, purpose: str, value: str | bytes) -> bytes: ...


class Cases(Protocol):
    """Whoever keeps cases for people to work on."""

    async def open_(
        self,
        tx: transaction.Tx,
        *,
        kind: str,
        subject: UUID,
        reasons: tuple[str, ...],
        link: UUID | None,
        now: datetime,
        random: ids.Ids,
    ) -> UUID:
        """Open a case, or answer with the one that is open for this kind, subject and link."""
