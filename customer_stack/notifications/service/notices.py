"""Telling somebody: a row in the inbox and messages beside it, in the transaction of whatever happened."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import clock, ids, records
from boundary.kernel.runtime import audit, jobs, transaction
from customer_stack.notifications import model, ports
from customer_stack.notifications.repo import deliveries, inbox
from customer_stack.notifications.rules import channels, delivering, kinds
from customer_stack.notifications.service import wording

FACTS = "notification.facts"
CONTENT = "delivery.content"


class Deliver(records.Job, frozen=True, tag="customer.notifications.deliver.v1"):
    """Hand this message to its carrier, now."""

    delivery: UUID


class Post(NamedTuple):
    """What it takes to tell somebody something. Made once, by the composition root."""

    vault: ports.Vault
    addresses: ports.Addresses
    wording: wording.Wording
    clock: clock.Clock
    ids: ids.Ids

    async def notify(self, tx: transaction.Tx, account: UUID, kind: model.Kind, facts: Mapping[str, str]) -> UUID:
        """Write the notice into the account's inbox and promise a message on every channel that it leaves on."""
        kinds.check(kind, facts)
        now, number = self.clock.now(), self.ids.ordered()
        sealed = await self.vault.seal(tx, account, {FACTS: wording.seal_facts(facts)})
        await inbox.add(tx, number, account, kind, sealed[FACTS], now)
        choice = await inbox.choice(tx, account)
        known = await self.addresses.addresses(tx, account)
        locale = await self._locale(tx, account, choice.locale, known.locale)
        leaving = channels.leaving(kinds.KINDS[kind], choice.preferences, known)
        for channel, address in leaving:
            content = {"to": address, **{f"fact.{name}": value for name, value in facts.items()}}
            delivery = self._delivery(account, number, channel, kind.value, locale)
            await self._promise(tx, delivery, content)
        await audit.write(tx, model.NoticeWritten(number, account, kind.value, len(leaving)))
        return number

    async def send_code(
        self,
        tx: transaction.Tx,
        account: UUID,
        channel: model.Channel,
        address: str,
        purpose: model.Purpose,
        code: str,
    ) -> UUID:
        """Promise one message to an address that may not be verified yet. It stands in no inbox."""
        chosen = (await inbox.choice(tx, account)).locale
        known = None if chosen else (await self.addresses.addresses(tx, account)).locale
        locale = await self._locale(tx, account, chosen, known)
        delivery = self._delivery(account, None, channel, f"code.{purpose.value}", locale, delivering.life(purpose))
        await self._promise(tx, delivery, {"to": address, "code": code})
        await audit.write(tx, model.CodeOrdered(delivery.id, account, purpose.value))
        return delivery.id

    def _delivery(
        self,
        account: UUID,
        notification: UUID | None,
        channel: model.Channel,
        kind: str,
        locale: model.Locale,
        life: timedelta | None = None,
    ) -> model.Delivery:
        now = self.clock.now()
        return model.Delivery(
            id=self.ids.ordered(),
            account=account,
            notification=notification,
            channel=channel,
            kind=kind,
            locale=locale,
            state=delivering.DELIVERY.initial,
            attempts=0,
            code="",
            sealed=None,
            due_at=now,
            expires_at=now + life if life else None,
            created_at=now,
        )

    async def _locale(
        self, tx: transaction.Tx, account: UUID, chosen: model.Locale | None, known: model.Locale | None
    ) -> model.Locale:
        """The account's choice, else what it registered in, which is noted so that an inbox need not ask for it."""
        if chosen is None and known is not None:
            await inbox.speak(tx, account, known, self.clock.now())
        return chosen or known or self.wording.default

    async def _promise(self, tx: transaction.Tx, delivery: model.Delivery, content: Mapping[str, str]) -> None:
        sealed = await self.vault.seal(tx, delivery.account, {CONTENT: wording.seal_facts(content)})
        await deliveries.add(tx, delivery, sealed[CONTENT])
        await jobs.enqueue(tx, Deliver(delivery.id), self.ids)
