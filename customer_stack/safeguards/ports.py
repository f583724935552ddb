"""What safeguards need of others: who is here, what somebody spent, and somebody who tells people."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from boundary.kernel.runtime import transaction


class Sittings(Protocol):
    """Who is here. `identity` knows."""

    async def __call__(self, tx: transaction.Tx, now: datetime, /) -> Mapping[UUID, datetime]:
        """Accounts that are signed in and active, and when each one's sitting began; a bounded number."""
        ...


class Spent(Protocol):
    """What was lost on this day, by the calendar of the jurisdiction. `compliance` reads it from the ledger."""

    async def __call__(self, tx: transaction.Tx, accounts: Collection[UUID], now: datetime, /) -> Mapping[UUID, str]:
        """Of each account the amount as text with its currency; none where it cannot be told."""
        ...


class Teller(Protocol):
    """Tells somebody, in their language."""

    async def reality(self, tx: transaction.Tx, account: UUID, *, minutes: int, spent: str) -> None: ...


class Currency(Protocol):
    """The currency in which limits are set at this moment: that of the jurisdiction's pack."""

    def __call__(self, now: datetime, /) -> str: ...
