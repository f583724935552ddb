"""What identity needs from elsewhere: the vault, people who are told, hashing away from the event loop, permissions."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.access import model as access
from customer_stack.identity.model import accounts, notices
from customer_stack.vault import model as vault


class Vault(Protocol):
    """Sealed fields under a key for each subject, and keyed hashes for look-up (`vault.service.Vault`)."""

    async def create(self, tx: transaction.Tx, subject: UUID) -> None: ...
    async def seal(self, tx: transaction.Tx, subject: UUID, values: Mapping[str, str | bytes]) -> dict[str, bytes]: ...
    async def open(self, tx: transaction.Tx, subject: UUID, values: Mapping[str, bytes]) -> dict[str, str]: ...
    async def open_many(
        self, tx: transaction.Tx, values: Mapping[tuple[UUID, str], bytes]
    ) -> dict[tuple[UUID, str], str]: ...
    async def shred(self, tx: transaction.Tx, subject: UUID, *, reason: vault.Reason) -> None: ...
    def blind(self, index: str, normalised: str) -> bytes: ...
    def commitment(self, purpose: str, value: str | bytes) -> bytes: ...


class Notifier(Protocol):
    """Tells people. Both only write rows in the caller's transaction; delivery is a job."""

    async def notify(
        self, tx: transaction.Tx, account: UUID, kind: notices.Notice, facts: Mapping[str, str], /
    ) -> object: ...
    async def send_code(
        self,
        tx: transaction.Tx,
        account: UUID,
        channel: accounts.Channel,
        address: str,
        purpose: notices.Purpose,
        code: str,
        /,
    ) -> object: ...


class Passwords(Protocol):
    """Slow hashing on purpose, outside the event loop, a bounded number at a time."""

    async def hash(self, password: str) -> str: ...
    async def verify(self, known: str | None, password: str) -> "Verdict": ...
    async def is_breached(self, password: str) -> bool: ...


class Verdict(Protocol):
    """Whether a password fits, and the hash to keep from now on if the cost has changed since."""

    @property
    def fits(self) -> bool: ...
    @property
    def renewed(self) -> str | None: ...


class Rights(Protocol):
    """What accounts are and may do (`access.service.rights`): told of each new account, asked for many at once."""

    async def enrol(self, tx: transaction.Tx, account: UUID, role: access.Role) -> None: ...
    async def effective(
        self, tx: transaction.Tx, accounts: Collection[UUID], now: datetime
    ) -> "Mapping[UUID, Held]": ...


class Held(Protocol):
    """An account's role and permissions at one moment."""

    @property
    def role(self) -> access.Role: ...
    @property
    def permissions(self) -> frozenset[access.Permission]: ...
