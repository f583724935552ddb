"""For a process that is not connected to `notifications`: whoever would have to be told cannot be, and hears that."""

from collections.abc import Mapping
from uuid import UUID

from boundary.kernel import errors
from boundary.kernel.runtime import transaction
from customer_stack.identity.model import accounts, notices


class CannotTell(errors.Unavailable):
    """Nobody can be told anything at the moment, so nothing is done that somebody must be told of."""

    code = "cannot_tell"


class Unconnected:
    async def notify(
        self, _tx: transaction.Tx, _account: UUID, _kind: notices.Notice, _facts: Mapping[str, str], /
    ) -> None:
        raise CannotTell("nobody can be told at the moment")

    async def send_code(
        self,
        _tx: transaction.Tx,
        _account: UUID,
        _channel: accounts.Channel,
        _address: str,
        _purpose: notices.Purpose,
        _code: str,
        /,
    ) -> None:
        raise CannotTell("nothing can be sent at the moment")
