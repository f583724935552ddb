"""Carrying messages: taken in one transaction, handed over outside of any, the outcome written in another.

A worker that dies in between leaves a delivery in `sending`; when its lease has run out that counts as what it is, an
attempt of unknown fate.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec
import prometheus_client

from boundary.kernel import clock, errors
from boundary.kernel.runtime import audit, transaction
from customer_stack.notifications import model, ports
from customer_stack.notifications.repo import announcements as announcements_repo
from customer_stack.notifications.repo import deliveries
from customer_stack.notifications.rules import announcing, delivering
from customer_stack.notifications.service import notices, wording

AT_ONCE = 4
ABANDONED_MAX = 100
FORGET = 5000
DELIVERIES = prometheus_client.Counter(
    "notification_deliveries", "Attempts, by channel and verdict", ["channel", "verdict"]
)
_NO_ADDRESS = model.Outcome(model.Verdict.REFUSED, "no_address")
_EXPIRED = model.Outcome(model.Verdict.REFUSED, "expired")
_ERASED = model.Outcome(model.Verdict.REFUSED, "erased")
_ABANDONED = model.Outcome(model.Verdict.UNKNOWN, "sender_died")


class Carrying(NamedTuple):
    """What it takes to carry: words, addresses, and a carrier for each channel."""

    post: notices.Post
    carriers: Mapping[model.Channel, ports.Carrier]
    clock: clock.Clock

    async def one(self, db: transaction.Database, delivery: UUID) -> None:
        """Carry this one if it is due and nobody else has it."""
        await self._carry(db, 1, delivery)

    async def due(self, db: transaction.Database, seconds_max: int) -> int:
        """Carry whatever is due, one after the other, until nothing is or the time is over; how many."""
        await db.run("notifications.abandoned", self._abandoned)
        end, count = self.clock.now() + timedelta(seconds=seconds_max), 0
        while self.clock.now() < end:
            carried = await self._carry(db, AT_ONCE)
            count += carried
            if carried < AT_ONCE:
                break
        return count

    async def _carry(self, db: transaction.Database, limit: int, only: UUID | None = None) -> int:
        """Take so many and carry them side by side: a lease is longer than any carrier's patience."""
        now = self.clock.now()
        taken = await db.run("notifications.take", lambda tx: deliveries.take(tx, now, delivering.LEASE, limit, only))
        await asyncio.gather(*(self._attempt(db, delivery) for delivery in taken))
        return len(taken)

    async def _attempt(self, db: transaction.Database, delivery: model.Delivery) -> None:
        if delivering.is_over(delivery.expires_at, self.clock.now()):
            outcome = _EXPIRED
        else:
            found = await db.run("notifications.compose", lambda tx: self._compose(tx, delivery))
            carrier = self.carriers[delivery.channel]
            outcome = found if isinstance(found, model.Outcome) else await carrier.carry(found)
        DELIVERIES.labels(delivery.channel.value, outcome.verdict.value).inc()
        await db.run("notifications.record", lambda tx: self._record(tx, delivery, outcome))

    async def _compose(self, tx: transaction.Tx, delivery: model.Delivery) -> model.Message | model.Outcome:
        """The message, or why there can be none."""
        try:
            content = await self._content(tx, delivery)
        except errors.NotFound:  # the vault's word for an erased subject
            return _ERASED
        address = content.pop("to", "")
        if not address:
            return _NO_ADDRESS
        word = self.post.wording
        if delivery.kind.startswith("code."):
            purpose = model.Purpose(delivery.kind.removeprefix("code."))
            said = word.code(purpose, content.get("code", ""), delivery.locale, delivery.created_at)
        else:
            said = word.notice(model.Kind(delivery.kind), content, delivery.locale, delivery.created_at)
        return model.Message(
            id=delivery.id,
            channel=delivery.channel,
            to=address,
            locale=delivery.locale,
            subject=said.subject,
            paragraphs=said.paragraphs,
            text=said.text,
            at=delivery.created_at,
        )

    async def _content(self, tx: transaction.Tx, delivery: model.Delivery) -> dict[str, str]:
        if delivery.sealed is not None:
            opened = await self.post.vault.open(tx, delivery.account, {notices.CONTENT: delivery.sealed})
            content = wording.open_facts(opened[notices.CONTENT])
            return {name.removeprefix("fact."): value for name, value in content.items()}
        assert delivery.notification is not None, "what is not sealed is an announcement"
        texts = await announcements_repo.texts_of(tx, delivery.notification)
        _, (title, text) = announcing.text_for(texts, delivery.locale, self.post.wording.default)
        known = await self.post.addresses.addresses(tx, delivery.account)
        to = known.email if delivery.channel is model.Channel.EMAIL else known.phone
        return {"to": to or "", "title": title, "text": text}

    async def _abandoned(self, tx: transaction.Tx) -> None:
        for delivery in await deliveries.abandoned(tx, self.clock.now(), ABANDONED_MAX):
            await self._record(tx, delivery, _ABANDONED)

    async def _record(self, tx: transaction.Tx, delivery: model.Delivery, outcome: model.Outcome) -> None:
        now = self.clock.now()
        event, due = delivering.after(delivery.channel, outcome, delivery.attempts, delivery.expires_at, now)
        state = delivering.DELIVERY.advance(model.DeliveryState.SENDING, event)
        over = state is model.DeliveryState.SENT or (state is not model.DeliveryState.WAITING and _is_code(delivery))
        if await deliveries.record(tx, delivery, state, outcome, due, now, empty=over) and (
            state is not model.DeliveryState.WAITING
        ):
            await audit.write(tx, model.DeliveryEnded(delivery.id, state.value, outcome.code, delivery.attempts))


async def listed(
    tx: transaction.Tx,
    state: model.DeliveryState | None,
    account: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[model.Delivery]:
    """For staff: what is on its way, dead, or of unknown fate. Content and addresses stay sealed."""
    return await deliveries.listed(tx, state, account, before, limit)


async def again(tx: transaction.Tx, post: notices.Post, delivery: UUID, staff: UUID) -> model.Delivery:
    """Try one that is dead or of unknown fate from the beginning. A code has a life of minutes and is not repeated."""
    found = await deliveries.lock(tx, delivery)
    if found is None:
        raise model.DeliveryUnknown("there is no such delivery")
    state = delivering.DELIVERY.advance(found.state, model.DeliveryEvent.TRY_AGAIN)
    if _is_code(found):
        raise model.DeliveryOver("a code is not sent again: its owner asks for a new one")
    now = post.clock.now()
    await deliveries.again(tx, delivery, now)
    await audit.write(tx, model.DeliveryRepeated(delivery, staff))
    return msgspec.structs.replace(found, state=state, attempts=0, due_at=now)


async def forget(tx: transaction.Tx, now: datetime) -> int:
    """Delete what ended long ago, a bounded number at a time."""
    count = await deliveries.forget(tx, now - delivering.KEPT, FORGET)
    if count:
        await audit.write(tx, model.DeliveriesForgotten(count))
    return count


def _is_code(delivery: model.Delivery) -> bool:
    return delivery.kind.startswith("code.")
