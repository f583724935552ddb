"""Operators' systems are told what happened, by Standard Webhooks: at least once, in any order, signed.

An event is written in the transaction of what it tells, with a delivery for every system that listens. A worker hands
it over outside of any transaction; what is refused for a day is dead, and waits for somebody to replay it.
"""

import asyncio
import functools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from boundary.kernel import clock
from boundary.kernel.runtime import audit, transaction
from customer_stack.payments import ports
from customer_stack.payments.formats import standard_webhooks
from customer_stack.payments.model import entries
from customer_stack.payments.model import hooks as model
from customer_stack.payments.repo import hooks as repo
from customer_stack.payments.service.wiring import Payments

SECRET = "payment_hook.secret"  # noqa: S105 -- the name of a field
LEASE = timedelta(minutes=1)
AT_ONCE = 8
ATTEMPTS_MAX = 10
REPLAY_MAX = 1000
_DELAYS = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800)


async def tell(tx: transaction.Tx, events: Sequence[tuple[str, dict[str, Any]]], now: datetime) -> None:
    """Promise that these events are told, in the transaction in which they happen."""
    if not events:
        return
    stamp = clock.as_utc(now).isoformat(timespec="milliseconds")
    bodies = [
        (kind, msgspec.json.encode({"type": kind, "timestamp": stamp, "data": data}, order="sorted"))
        for kind, data in events
    ]
    await repo.tell(tx, bodies, now)


async def add(tx: transaction.Tx, pay: Payments, url: str, staff: UUID) -> tuple[model.Hook, str]:
    """A system that is told from now on, and its secret, which is shown this once."""
    standard_webhooks.check_url(url)
    now, id_ = pay.clock.now(), pay.ids.ordered()
    secret = pay.ids.token(standard_webhooks.SECRET_SIZE)
    await pay.vault.create(tx, id_)
    shown = standard_webhooks.shown(secret)
    sealed = await pay.vault.seal(tx, id_, {SECRET: shown})
    hook = model.Hook(id=id_, url=url, state=model.HookState.ACTIVE, secret=sealed[SECRET], created_at=now)
    await repo.add_hook(tx, hook, staff)
    await audit.write(tx, entries.HookChanged(id_, hook.state.value, staff))
    return hook, shown


async def listed(tx: transaction.Tx) -> list[model.Hook]:
    return await repo.hooks(tx)


async def set_state(tx: transaction.Tx, hook: UUID, state: model.HookState, staff: UUID) -> model.Hook:
    found = await _held(tx, hook)
    await repo.set_state(tx, hook, state)
    await audit.write(tx, entries.HookChanged(hook, state.value, staff))
    return msgspec.structs.replace(found, state=state)


async def replay(tx: transaction.Tx, hook: UUID, after: int, now: datetime) -> int:
    """Tell a system everything again that happened after a number, a bounded number at a time; how many."""
    await _held(tx, hook)
    return await repo.replay(tx, hook, after, REPLAY_MAX, now)


async def deliveries(
    tx: transaction.Tx, hook: UUID, state: model.DeliveryState | None, after: int, limit: int
) -> list[model.Delivery]:
    return await repo.deliveries(tx, hook, state, after, limit)


async def _held(tx: transaction.Tx, hook: UUID) -> model.Hook:
    found = await repo.hook(tx, hook)
    if found is None:
        raise model.NoHook("no such system is told anything")
    return found


async def due(db: transaction.Database, pay: Payments, teller: ports.Teller, seconds_max: int) -> int:
    """Hand over what is due until nothing is or the time is over; how many."""
    end, count = pay.clock.now() + timedelta(seconds=seconds_max), 0
    while pay.clock.now() < end:
        now = pay.clock.now()
        taken = await db.run("payments.hooks.take", functools.partial(repo.take, now=now, lease=LEASE, limit=AT_ONCE))
        await asyncio.gather(*(_deliver(db, pay, teller, each) for each in taken))
        count += len(taken)
        if len(taken) < AT_ONCE:
            break
    return count


async def _deliver(db: transaction.Database, pay: Payments, teller: ports.Teller, each: model.Delivery) -> None:
    async def read(tx: transaction.Tx) -> tuple[model.Outgoing, model.Hook, str]:
        event = (await repo.events(tx, [each.event]))[each.event]
        hook = next(hook for hook in await repo.hooks(tx) if hook.id == each.hook)
        opened = await pay.vault.open(tx, hook.id, {SECRET: hook.secret})
        return event, hook, opened[SECRET]

    event, hook, secret = await db.run("payments.hooks.read", read)
    headers = standard_webhooks.headers(secret, f"evt_{event.number}", pay.clock.now(), event.body)
    code = await teller.tell(hook.url, headers, event.body)
    now = pay.clock.now()
    if not code:
        state, due_at = model.DeliveryState.DONE, now
    elif each.attempts >= ATTEMPTS_MAX:
        state, due_at = model.DeliveryState.DEAD, now
    else:
        state = model.DeliveryState.WAITING
        due_at = now + timedelta(seconds=_DELAYS[min(each.attempts - 1, len(_DELAYS) - 1)])
    await db.run("payments.hooks.record", lambda tx: repo.record(tx, each, state, code, due_at))
