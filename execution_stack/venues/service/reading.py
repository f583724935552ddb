"""Reads orders back: what is unknown, until it is known; what was accepted, since its body was not signed; what was
asked about, since only the order itself says what came of it.

What the venue filled is recorded before anything is concluded from an order's state, so an order is over here only when
everything it brought stands in the record.
"""

import functools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec
import prometheus_client

from boundary.kernel.runtime import audit, telemetry, transaction
from execution_stack.venues import model
from execution_stack.venues.model import dealing, entries
from execution_stack.venues.model.dealing import (
    Command,
    CommandEvent,
    CommandKind,
    CommandState,
    Difference,
    Event,
    FindingKind,
    Order,
    State,
)
from execution_stack.venues.repo import commands as commands_repo
from execution_stack.venues.repo import fills as fills_repo
from execution_stack.venues.repo import orders as repo
from execution_stack.venues.rules import dealing as rules
from execution_stack.venues.service import filling, killing, moving, sending
from execution_stack.venues.service.wiring import Dealing

MISSING_AFTER = timedelta(seconds=30)
"""How long a venue may not know an order that it has taken, before that is a contradiction."""
BUSTED_AFTER = timedelta(seconds=30)
"""How long a fill may be missing from lists that lag, before it counts as taken back."""
LAG_MAX = timedelta(seconds=30)
"""How long after an amendment the venue may still tell of the order as it was before."""
OVERDUE = timedelta(seconds=60)
RESOLVED = prometheus_client.Histogram(
    "venue_unknown_seconds",
    "How long orders were of unknown fate",
    buckets=(0.5, 1, 2, 5, 10, 20, 30, 45, 60, 120, 300),
)
STILL_UNKNOWN = telemetry.Event("venues.still_unknown", count=int, seconds=int)


class Word(NamedTuple):
    """What the venue said of an order. `fills` is everything that it filled, if that was asked."""

    order: model.Order | None
    fills: Sequence[model.Fill] | None


async def claim(tx: transaction.Tx, deal: Dealing, limit: int) -> list[Order]:
    """Orders to be read back now, and nobody else's while the lease runs."""
    now = deal.clock.now()
    await commands_repo.ask(tx, deal.name, now)
    return await repo.claim_asking(tx, deal.name, limit, now, rules.LEASE)


async def some(tx: transaction.Tx, refs: Sequence[UUID]) -> dict[UUID, Order]:
    return await repo.some(tx, refs)


async def read(db: transaction.Database, deal: Dealing, asked: Order) -> None:
    """Ask about one order and write down what follows. Nothing follows from silence but that it is asked again."""
    if asked.state is State.SENDING:
        await db.run("venues.lost", functools.partial(_lost, deal=deal, asked=asked))
    try:
        word = await _word(deal, asked)
    except (model.Silent, model.Refused, model.Limited, model.Unreachable, model.Unauthorised) as failure:
        wait = failure.retry_after if isinstance(failure, model.Limited) else None
        work = functools.partial(_silent, deal=deal, asked=asked, wait=wait)
        await db.run("venues.silent", work)
        return
    await db.run("venues.read", lambda tx: learn(tx, deal, asked, word))


async def _word(deal: Dealing, asked: Order) -> Word:
    found = await _find(deal, asked)
    if found is None:
        return Word(None, None)
    if found.filled == asked.filled:
        return Word(found, None)
    return Word(found, await fills_of(deal, found))


async def _find(deal: Dealing, asked: Order) -> model.Order | None:
    if asked.venue_id is not None:
        return await deal.venue.order(asked.venue_id)
    assert asked.sent_at is not None, "an order that was never sent is not asked about"
    return await deal.venue.order_by_client(asked.client, market=asked.market, sent_at=asked.sent_at)


async def fills_of(deal: Dealing, order: model.Order) -> list[model.Fill]:
    """Everything that the venue says an order brought."""
    told: list[model.Fill] = []
    cursor = ""
    while True:
        page = await deal.venue.fills(order=order.order, cursor=cursor)
        told += page.items
        cursor = page.cursor
        if not cursor:
            return told


async def _lost(tx: transaction.Tx, deal: Dealing, asked: Order) -> None:
    """Its sender died, as the lease says: from here on it is of unknown fate."""
    order = await moving.held(tx, asked.ref)
    if order.state is State.SENDING and order.attempts == asked.attempts:
        await moving.moved(tx, deal.listeners, order, Event.LOSE, deal.clock.now())


async def _silent(tx: transaction.Tx, deal: Dealing, asked: Order, wait: timedelta | None) -> None:
    now = deal.clock.now()
    order = await moving.held(tx, asked.ref)
    if order.due_at is not None:
        await repo.later(tx, order.ref, now + max(rules.asks_again(order.changed_at, now), wait or rules.ASK))


async def learn(tx: transaction.Tx, deal: Dealing, asked: Order, word: Word) -> None:
    """What follows from the venue's word about an order."""
    now = deal.clock.now()
    order = await moving.held(tx, asked.ref)
    if word.order is None:
        await _absent(tx, deal, asked, order, now)
        return
    theirs = word.order
    pending = await commands_repo.pending(tx, order.ref)
    if rules.differs(order, theirs, _open_amendment(pending)):
        if await commands_repo.changed_since(tx, order.ref, now - LAG_MAX):
            await repo.later(tx, order.ref, now + rules.ASK)  # this may be how it was before it was amended
            return
        difference = Difference(kind=FindingKind.ORDER_DIFFERS, order=order.ref, market=order.market)
        await killing.found(tx, deal.listeners, deal.name, difference, now)
        pending = await commands_repo.pending(tx, order.ref)
    if word.fills:
        await filling.record(tx, deal.name, deal.listeners, word.fills, now)
    if word.fills is not None:
        await _busted(tx, deal, order, theirs, word.fills, now)
    order = await moving.held(tx, asked.ref)
    if order.state is State.UNKNOWN:
        RESOLVED.observe((now - order.changed_at) / timedelta(seconds=1))
    if order.state in {State.UNKNOWN, State.RECORDED, State.SENDING}:
        order = await moving.moved(tx, deal.listeners, order, Event.ACCEPT, now, venue_id=theirs.order)
    elif order.venue_id is None:
        order = await moving.moved(tx, deal.listeners, order, None, now, venue_id=theirs.order)
    order = await _settle_commands(tx, deal, order, theirs, pending, now)
    await _conclude(tx, deal, order, theirs, now)


def _open_amendment(pending: Sequence[Command]) -> Command | None:
    on_its_way = (CommandState.SENDING, CommandState.UNKNOWN)
    return next((each for each in pending if each.state in on_its_way and each.kind is not CommandKind.CANCEL), None)


async def _absent(tx: transaction.Tx, deal: Dealing, asked: Order, order: Order, now: datetime) -> None:
    if order.attempts != asked.attempts or order.venue_id != asked.venue_id:
        return  # another attempt, or news, came in between
    if order.venue_id is None:
        if order.state is State.UNKNOWN:
            RESOLVED.observe((now - order.changed_at) / timedelta(seconds=1))
            await sending.not_there(tx, deal, order, Event.MISS, now, now)
        return
    if now - order.changed_at > MISSING_AFTER:
        difference = Difference(kind=FindingKind.ORDER_MISSING, order=order.ref, market=order.market)
        await killing.found(tx, deal.listeners, deal.name, difference, now)
    await repo.later(tx, order.ref, now + rules.ASK)


async def _busted(
    tx: transaction.Tx,
    deal: Dealing,
    order: Order,
    theirs: model.Order,
    told: Sequence[model.Fill],
    now: datetime,
) -> None:
    """Fills of ours that the venue no longer has, where its own count of the order says the same."""
    there = {each.fill for each in told}
    ours = [each for each in await fills_repo.of_order(tx, deal.name, order.ref) if not each.busted]
    gone = [each for each in ours if each.fill not in there and now - each.at > BUSTED_AFTER]
    if gone and sum(each.count for each in ours) - sum(each.count for each in gone) == theirs.filled:
        for each in gone:
            await filling.bust(tx, deal.name, deal.listeners, order.ref, each.fill)


async def _settle_commands(
    tx: transaction.Tx,
    deal: Dealing,
    order: Order,
    theirs: model.Order,
    pending: Sequence[Command],
    now: datetime,
) -> Order:
    """What became of what was asked, as the order itself shows."""
    rests = theirs.status is model.OrderStatus.RESTING
    for each in pending:
        if each.state is not CommandState.UNKNOWN:
            continue
        cancels = each.kind is CommandKind.CANCEL
        took = theirs.status is model.OrderStatus.CANCELED if cancels else _took_effect(order, theirs, each)
        if took:
            await moving.command_moved(tx, each, CommandEvent.FINISH, now)
            order = order if cancels else await _changed(tx, deal, order, theirs, each, now)
        elif not rests:
            await moving.command_moved(tx, each, CommandEvent.REFUSE, now)  # it was over before
        elif cancels or _is_late(each, now):
            await moving.command_moved(tx, each, CommandEvent.MISS, now, due_at=now + rules.waits(each.attempts))
    return order


def _took_effect(order: Order, theirs: model.Order, command: Command) -> bool:
    if command.kind is CommandKind.DECREASE:
        return theirs.status is model.OrderStatus.RESTING and theirs.remaining <= (command.count or 0)
    if theirs.client is not None and theirs.client == command.client:
        return True
    meant = (command.price or order.price, command.count or order.count)
    return meant == (theirs.price, theirs.filled + theirs.remaining) != (order.price, order.count)


def _is_late(command: Command, now: datetime) -> bool:
    """Whether what was sent then cannot arrive any more. Both kinds say what there shall be, so again is harmless."""
    return command.sent_at is None or now - command.sent_at > rules.LEASE


async def _changed(
    tx: transaction.Tx, deal: Dealing, order: Order, theirs: model.Order, command: Command, now: datetime
) -> Order:
    """The order as it is now meant to be."""
    count = theirs.filled + theirs.remaining
    if command.kind is CommandKind.DECREASE:
        after = msgspec.structs.replace(order, count=count)
    else:
        client = command.client or order.client
        after = msgspec.structs.replace(
            order, client=client, price=theirs.price, count=max(count, order.filled), venue_id=theirs.order
        )
    await audit.write(tx, entries.OrderAmended(after.ref, after.client, after.price, after.count))
    return await moving.moved(tx, deal.listeners, after, None, now)


async def _conclude(tx: transaction.Tx, deal: Dealing, order: Order, theirs: model.Order, now: datetime) -> None:
    """The state that the venue's word comes to. While fills are missing in our record, none."""
    if order.filled < theirs.filled:
        await repo.later(tx, order.ref, now + rules.ASK)
        return
    pending = await commands_repo.pending(tx, order.ref)
    unknown = any(each.state is CommandState.UNKNOWN for each in pending)
    if theirs.status is model.OrderStatus.RESTING:
        due_at = now + rules.ASK if unknown or order.state not in dealing.AT_VENUE else None
        await moving.moved(tx, deal.listeners, order, None, now, checked=True, due_at=due_at)
        return
    event: Event | None = None
    if order.state in dealing.OPEN:
        event = Event.CANCEL
        if theirs.status is model.OrderStatus.EXECUTED:
            event = Event.COMPLETE
        elif order.expires_at is not None and order.expires_at <= now:
            event = Event.EXPIRE
    await moving.moved(tx, deal.listeners, order, event, now, checked=True, due_at=None)


async def overdue(tx: transaction.Tx, deal: Dealing) -> int:
    """How many have been of unknown fate for longer than anything should."""
    count, since = await repo.unknown_since(tx, deal.name)
    if since is None:
        return 0
    waited = deal.clock.now() - since
    if waited <= OVERDUE:
        return 0
    telemetry.emit(STILL_UNKNOWN, "error", count=count, seconds=waited // timedelta(seconds=1))
    return count
