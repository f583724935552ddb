"""What this capability needs of others: somebody who seals, somebody who knows addresses, and carriers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.notifications import model


class Vault(Protocol):
    """Seals under a subject's key; the subject is the account."""

    async def seal(self, tx: transaction.Tx, subject: UUID, values: Mapping[str, str | bytes]) -> dict[str, bytes]: ...

    async def open(self, tx: transaction.Tx, subject: UUID, sealed: Mapping[str, bytes]) -> dict[str, str]:
        """Raises a refusal with the code `subject_shredded` once the subject's key is destroyed."""
        ...

    async def open_rows(self, tx: transaction.Tx, subject: UUID, field: str, values: Sequence[bytes]) -> list[str]: ...


class Addresses(Protocol):
    """Whoever keeps accounts."""

    async def addresses(self, tx: transaction.Tx, account: UUID) -> model.Addresses:
        """The verified addresses of one account; none for one that is erased."""
        ...

    async def members(
        self, tx: transaction.Tx, *, role: str | None, registered_by: datetime, after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        """The next accounts in the order of their numbers, of one role or all, that were there at that time and are
        neither pending nor closed.
        """
        ...


class Carrier(Protocol):
    """Hands one message over to whoever delivers it. It never raises for what a carrier does: silence after the message
    was handed over is `UNKNOWN`, and whatever came before it is `LATER` or `REFUSED`.
    """

    async def carry(self, message: model.Message) -> model.Outcome: ...

    async def close(self) -> None: ...


class Outbox(Protocol):
    """Where a developer reads what a carrier of test mode kept."""

    async def messages(self, to: str | None, limit: int) -> list[model.Message]:
        """Newest first, of one receiver or all."""
        ...
