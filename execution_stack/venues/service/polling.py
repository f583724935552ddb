"""Reads lists of the venue, so that news which the stream lost changes nothing: fills, what rests, settlements."""

import functools
from collections.abc import Sequence
from datetime import datetime, timedelta

from boundary.kernel.runtime import audit, transaction
from execution_stack.venues import model
from execution_stack.venues.model import dealing, entries
from execution_stack.venues.model.dealing import Difference, FindingKind
from execution_stack.venues.repo import accounts, markets
from execution_stack.venues.repo import fills as fills_repo
from execution_stack.venues.repo import orders as repo
from execution_stack.venues.rules import dealing as rules
from execution_stack.venues.service import filling, killing
from execution_stack.venues.service.wiring import Dealing

_RESULTS = list(model.Result)


async def fills(db: transaction.Database, deal: Dealing, *, since: datetime | None = None) -> int:
    """Everything filled since the cursor less an overlap, oldest page last; how many fills were told."""
    account = await db.read("venues.account", lambda tx: accounts.find(tx, deal.name))
    if account is None:
        return 0
    started = deal.clock.now()
    cursor, told = "", 0
    from_ = since or account.fills_read_to - rules.OVERLAP
    while True:
        page = await deal.venue.fills(since=from_, cursor=cursor)
        told += len(page.items)
        if page.items:
            await db.run("venues.fills", functools.partial(heard, deal=deal, told=page.items))
        cursor = page.cursor
        if not cursor:
            break
    await db.run("venues.fills_to", lambda tx: accounts.read_fills_to(tx, deal.name, started))
    return told


async def heard(tx: transaction.Tx, deal: Dealing, told: Sequence[model.Fill]) -> None:
    """Fills from a list or by stream. One that no order of ours explains may be early; later it is a contradiction."""
    now = deal.clock.now()
    for each in await filling.record(tx, deal.name, deal.listeners, told, now):
        if now - each.at > rules.STRAY and each.at >= await _first(tx, deal):
            difference = Difference(kind=FindingKind.FILL_STRAY, fill=each.fill, market=each.market)
            await killing.found(tx, deal.listeners, deal.name, difference, now)


async def _first(tx: transaction.Tx, deal: Dealing) -> datetime:
    """What was traded before this account was ours to watch is not ours to explain."""
    return await accounts.opened_at(tx, deal.name)


async def resting(db: transaction.Database, deal: Dealing) -> int:
    """Orders that should rest and are not among those that do: they are read back; how many."""
    now = deal.clock.now()
    there: set[object] = set()
    cursor = ""
    while True:
        page = await deal.venue.orders(status=model.OrderStatus.RESTING, cursor=cursor)
        there.update(each.order for each in page.items)
        cursor = page.cursor
        if not cursor:
            break

    async def compare(tx: transaction.Tx) -> int:
        gone = [
            each.ref
            for each in await repo.open_ones(tx, deal.name)
            if each.state in dealing.AT_VENUE and each.venue_id not in there and each.changed_at < now
        ]
        return await repo.look_at(tx, gone, deal.clock.now()) if gone else 0

    return await db.run("venues.resting", compare)


async def order_news(tx: transaction.Tx, deal: Dealing, told: model.Order) -> None:
    """News of an order is a reason to read it back, and nothing more."""
    by_venue, by_client = await repo.named(tx, deal.name, [told.order], [told.client] if told.client else [])
    refs = {*by_venue.values(), *by_client.values()}
    if refs:
        await repo.look_at(tx, sorted(refs), deal.clock.now())


async def settlements(db: transaction.Database, deal: Dealing) -> int:
    """What markets paid since the cursor; how many were new."""
    account = await db.read("venues.account", lambda tx: accounts.find(tx, deal.name))
    if account is None:
        return 0
    started = deal.clock.now()
    cursor, new = "", 0
    while True:
        page = await deal.venue.settlements(since=account.settlements_read_to - rules.OVERLAP, cursor=cursor)
        for each in page.items:
            new += await db.run("venues.settled", functools.partial(settled, deal=deal, told=each))
        cursor = page.cursor
        if not cursor:
            break
    await db.run("venues.settled_to", lambda tx: accounts.read_settlements_to(tx, deal.name, started))
    return new


async def settled(tx: transaction.Tx, deal: Dealing, told: model.Settlement) -> bool:
    """A settlement is a fact; another word about the same market is a revision of it, and nothing is overwritten."""
    market = (await markets.by_code(tx, deal.name, [told.market])).get(told.market)
    if market is None:
        return False
    await fills_repo.hold_market(tx, market.instrument)
    before = await fills_repo.newest_settlement(tx, market.instrument, told.market, told.event)
    if before is not None and _same(before[1], told):
        return False
    revision = 1 if before is None else before[0] + 1
    await fills_repo.add_settlement(tx, deal.name, market.instrument, revision, told)
    entry = entries.Settled(market.instrument, revision, _RESULTS.index(told.result) + 1, told.revenue)
    await audit.write(tx, entry)
    for listener in deal.listeners:
        await listener.settled(tx, market.instrument, revision, told)
    return True


def _same(one: model.Settlement, other: model.Settlement) -> bool:
    def figures(each: model.Settlement) -> tuple[object, ...]:
        return (each.result, each.value, each.yes_count, each.no_count, each.revenue, each.fee)

    return figures(one) == figures(other) and abs(one.at - other.at) < timedelta(seconds=1)
