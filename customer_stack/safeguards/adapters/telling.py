"""Tells people by a notice, in their inbox and on their channels."""

from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.notifications import model
from customer_stack.notifications.service import notices

UNTOLD = "?"
"""What was spent in a currency for which there is no rate at this moment."""


class Teller(NamedTuple):
    post: notices.Post

    async def reality(self, tx: transaction.Tx, account: UUID, *, minutes: int, spent: str) -> None:
        facts = {"minutes": str(minutes), "spent": spent or UNTOLD}
        await self.post.notify(tx, account, model.Kind.REALITY_CHECK, facts)
