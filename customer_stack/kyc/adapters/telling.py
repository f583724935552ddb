"""Tells customers by a notice, in their inbox and on their channels."""

from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.kyc import model
from customer_stack.notifications import model as notifications
from customer_stack.notifications.service import notices
from customer_stack.vault import model as vault

KINDS = {
    model.Notice.APPROVED: notifications.Kind.KYC_APPROVED,
    model.Notice.CHECKING: notifications.Kind.KYC_CHECKING,
    model.Notice.EXPIRED: notifications.Kind.KYC_EXPIRED,
    model.Notice.REJECTED: notifications.Kind.KYC_REJECTED,
    model.Notice.RETURNED: notifications.Kind.KYC_RETURNED,
}


class Teller(NamedTuple):
    """`ports.Teller`. Whoever was erased has nobody left to tell."""

    post: notices.Post

    async def told(self, tx: transaction.Tx, account: UUID, notice: model.Notice, level: int) -> None:
        facts = {"level": str(level)} if notice is model.Notice.APPROVED else {}
        try:
            await self.post.notify(tx, account, KINDS[notice], facts)
        except vault.Unreadable:
            return
