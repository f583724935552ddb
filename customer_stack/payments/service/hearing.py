"""What providers tell us by themselves: signed, kept once, applied in whatever order it comes.

What is forged, stale or malformed has no effect and leaves its digest and reason; so does what comes twice, and what
speaks of a payment that we do not know. An event that was kept can be applied again: what it says is compared with where
the payment stands, so a second time is no news.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

import msgspec

from boundary.kernel import canonical, primitives
from boundary.kernel.runtime import audit, transaction
from customer_stack.payments.model import entries
from customer_stack.payments.model import hooks as model
from customer_stack.payments.model.deposits import Arrival
from customer_stack.payments.model.hooks import Incoming, Kind, Seen
from customer_stack.payments.model.payouts import Found, Standing
from customer_stack.payments.repo import hooks as repo
from customer_stack.payments.repo import withdrawals
from customer_stack.payments.rules import references
from customer_stack.payments.service import deposits, sending
from customer_stack.payments.service.wiring import CurrencyNotHeld, Payments

REFUSED_MAX = 1000
REFUSED_WITHIN = timedelta(hours=1)
REPLAY_MAX = 500


async def hear(db: transaction.Database, pay: Payments, name: str, headers: Mapping[str, str], body: bytes) -> Seen:
    """One request at a provider's door. A refusal is raised after its evidence is committed."""
    provider = pay.provider(name)
    digest = primitives.sha256(body)
    try:
        incoming = provider.event(headers, body, pay.clock.now())
    except model.BadEvent as refusal:
        seen = refusal.seen
        await db.run("payments.event.refused", lambda tx: _refused(tx, pay, name, digest, seen))
        raise
    return await db.run("payments.event", lambda tx: _kept(tx, pay, name, incoming, digest))


async def _refused(tx: transaction.Tx, pay: Payments, name: str, digest: bytes, seen: Seen) -> None:
    """Evidence, up to a number in an hour: whoever floods the door does not fill the table."""
    now = pay.clock.now()
    if await repo.refused_lately(tx, name, now - REFUSED_WITHIN) < REFUSED_MAX:
        await repo.hear(tx, name, None, digest, seen, "", None, now)
        await audit.write(tx, entries.EventRefused(digest, seen.value))


async def _kept(tx: transaction.Tx, pay: Payments, name: str, incoming: Incoming, digest: bytes) -> Seen:
    now, key = pay.clock.now(), primitives.sha256(incoming.key.encode())
    incoming = msgspec.structs.replace(
        incoming, texts=tuple(references.found(incoming.texts))
    )  # the rest may name people
    content = canonical.pack(incoming)
    number = await repo.hear(tx, name, key, digest, Seen.NO_EFFECT, incoming.kind.value, content, now)
    if number is None:
        await repo.hear(tx, name, None, digest, Seen.REPEATED, incoming.kind.value, None, now)
        return Seen.REPEATED
    seen = await _apply(tx, pay, name, incoming)
    await repo.became(tx, number, seen)
    await audit.write(tx, entries.EventHeard(key, digest, seen.value))
    return seen


async def _apply(tx: transaction.Tx, pay: Payments, name: str, incoming: Incoming) -> Seen:
    if incoming.kind is Kind.PAYOUT:
        id_ = await withdrawals.named(tx, name, incoming.external, _ours(incoming.reference))
        if id_ is None:
            return Seen.UNKNOWN_PAYMENT
        found = Found(Standing(incoming.standing), incoming.external, incoming.code, incoming.minor or None)
        return Seen.APPLIED if await sending.learn(tx, pay, id_, found) else Seen.NO_EFFECT
    if incoming.kind is Kind.FUNDS and incoming.minor:
        account, _, named = incoming.reference.partition("\n")
        day = date.fromordinal(incoming.day)
        line = deposits.line_of(name, incoming.key)
        if named:  # as the bank's statement will name it, so that this line is not booked twice
            line = deposits.line_of(name, account, named, incoming.currency, str(incoming.minor), day.isoformat())
        arrival = Arrival(
            provider=name,
            line=line,
            currency=incoming.currency,
            minor=incoming.minor,
            value_date=day,
            texts=incoming.texts,
            external=incoming.external,
        )
        try:
            booked = await deposits.book(tx, pay, name, [arrival])
        except CurrencyNotHeld:  # looked up before anything is written
            return Seen.NOT_HELD
        return Seen.NO_EFFECT if booked.known else Seen.APPLIED
    return Seen.NO_EFFECT


def _ours(reference: str) -> UUID | None:
    try:
        return UUID(hex=reference) if reference else None
    except ValueError:
        return None


async def replay(tx: transaction.Tx, pay: Payments, name: str, after: int) -> tuple[int, int]:
    """Apply again what was heard after a number, a bounded number at a time: how many, and the last of them."""
    pay.provider(name)
    last = after
    count = 0
    for number, content in await repo.heard(tx, name, after, REPLAY_MAX):
        seen = await _apply(tx, pay, name, canonical.unpack(content, Incoming))
        if seen is Seen.APPLIED:
            await repo.became(tx, number, seen)
        last, count = number, count + 1
    return count, last


async def not_held(tx: transaction.Tx) -> list[int]:
    """Events that tell of money in a currency that nobody held when they came."""
    return await repo.not_held(tx, REPLAY_MAX)


async def count_in(tx: transaction.Tx, pay: Payments, number: int) -> None:
    """Register the currency and book the money."""
    found = await repo.one_heard(tx, number)
    if found is None:
        return
    name, content = found
    incoming = canonical.unpack(content, Incoming)
    await deposits.count_in(tx, {incoming.currency})
    await repo.became(tx, number, await _apply(tx, pay, name, incoming))


async def evidence(tx: transaction.Tx, name: str | None, before: int | None, limit: int) -> list[model.Evidence]:
    return await repo.evidence(tx, name, before, limit)
