"""What access needs from others: somebody who knows who is asking, and those who do what two people decided."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from litestar import connection

from boundary.kernel.runtime import transaction
from customer_stack.access import model

Connection = connection.ASGIConnection[Any, Any, Any, Any]


class Authenticator(Protocol):
    """Who is behind a request. `identity` implements it; the composition root puts it into the app's state."""

    async def authenticate(self, connection: Connection) -> model.Caller | None:
        """The caller, with the permissions of this moment; nothing if no credential was sent.

        Raises `errors.Unauthenticated` for a credential that is bad, expired or revoked, and `errors.Forbidden` for
        a good one that may not be used like this, such as a cookie without the token against forged requests.
        """
        ...


class Active(Protocol):
    """Which of some accounts can sign in today. `identity` knows."""

    async def __call__(self, tx: transaction.Tx, accounts: Sequence[UUID], /) -> Collection[UUID]: ...


class Approval(NamedTuple):
    """By whom an act was decided, for the audit entry of whoever does it."""

    hash: bytes
    proposer: UUID
    approver: UUID


class Executes(Protocol):
    """Does an act that was approved, in the transaction of the approval. The composition root registers one for each
    kind of act.

    What it raises undoes the approval as well, and leaves the proposal open; so an act checks again whatever may have
    changed since it was proposed.
    """

    async def __call__(self, tx: transaction.Tx, act: Any, approval: Approval) -> None: ...
