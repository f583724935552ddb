"""What identity and notifications know of each other: where somebody is reached, and what they are told."""

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.access import model as access
from customer_stack.identity import ports as identity_ports
from customer_stack.identity.service import accounts
from customer_stack.notifications import model
from customer_stack.notifications.rules import kinds
from customer_stack.notifications.service import notices

_SPOKEN = {locale.value for locale in model.Locale}


class Directory(NamedTuple):
    """Addresses and members, as identity keeps them."""

    vault: identity_ports.Vault

    async def addresses(self, tx: transaction.Tx, account: UUID) -> model.Addresses:
        reach = await accounts.reach(tx, self.vault, account)
        if reach is None:
            return model.Addresses()
        locale = model.Locale(reach.language) if reach.language in _SPOKEN else None
        return model.Addresses(reach.email, reach.phone, locale)

    async def members(
        self, tx: transaction.Tx, *, role: str | None, registered_by: datetime, after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        wanted = access.Role(role) if role else None
        return await accounts.members(tx, role=wanted, registered_by=registered_by, after=after, limit=limit)


class Teller(NamedTuple):
    """Tells people what identity has done. Both name kinds and purposes alike, which a test holds them to."""

    post: notices.Post

    async def notify(self, tx: transaction.Tx, account: UUID, kind: enum.StrEnum, facts: Mapping[str, str]) -> None:
        """What a kind has no words for is left out, such as why somebody was suspended."""
        told = model.Kind(kind.value)
        said = {name: facts[name] for name in kinds.KINDS[told].names}
        await self.post.notify(tx, account, told, said)

    async def send_code(
        self,
        tx: transaction.Tx,
        account: UUID,
        channel: enum.StrEnum,
        address: str,
        purpose: enum.StrEnum,
        code: str,
    ) -> None:
        await self.post.send_code(
            tx, account, model.Channel(channel.value), address, model.Purpose(purpose.value), code
        )
