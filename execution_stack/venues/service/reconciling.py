"""Compares our record with the venue's: order by order, fill by fill, contract by contract, micro-USD by micro-USD.

The venue moves while it is read, so only what differs twice, with everything in between read back, is a difference.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from boundary.kernel import errors
from boundary.kernel.runtime import transaction
from execution_stack.venues import model
from execution_stack.venues.model import dealing
from execution_stack.venues.model.dealing import Difference, FindingKind, State
from execution_stack.venues.repo import accounts, markets
from execution_stack.venues.repo import fills as fills_repo
from execution_stack.venues.repo import orders as repo
from execution_stack.venues.rules import dealing as rules
from execution_stack.venues.service import killing, polling, reading
from execution_stack.venues.service.wiring import Dealing

PAGE = 500
_FIRST = UUID(int=0)
PAUSE = timedelta(seconds=2)


class Busy(errors.Unavailable):
    """Orders are of unknown fate or on their way: nothing can be compared until they are known."""

    code = "venue_busy"


class Theirs(msgspec.Struct, frozen=True):
    """The venue's record, whole."""

    orders: Mapping[UUID, model.Order]
    fills: Mapping[UUID, model.Fill]
    positions: Mapping[str, model.Position]
    settlements: Mapping[str, model.Settlement]
    balance: model.Balance


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was compared, and what differs."""

    orders: int
    fills: int
    positions: int
    cash: int | None
    reserved: int
    differences: tuple[Difference, ...]


async def run(db: transaction.Database, deal: Dealing, *, pause: timedelta = PAUSE, settle: bool = True) -> Report:
    """Compare; write down what differs (which stops the venue), and end what does so no more."""
    first = await compare(db, deal)
    if first.differences and settle:
        await _look_again(db, deal, first.differences)
        await asyncio.sleep(pause / timedelta(seconds=1))
        second = await compare(db, deal)
        names = {killing.name_of(deal.name, each) for each in first.differences}
        both = tuple(each for each in second.differences if killing.name_of(deal.name, each) in names)
        first = msgspec.structs.replace(second, differences=both)
    await db.run("venues.findings", lambda tx: _write(tx, deal, first.differences))
    return first


async def _write(tx: transaction.Tx, deal: Dealing, differences: Sequence[Difference]) -> None:
    now = deal.clock.now()
    still = [await killing.found(tx, deal.listeners, deal.name, each, now) for each in differences]
    await accounts.end_findings(tx, deal.name, still)


async def _look_again(db: transaction.Database, deal: Dealing, differences: Sequence[Difference]) -> None:
    """Read back whatever an order or a fill of ours is in doubt about: a bust, or what a lagging list left out."""
    await polling.fills(db, deal, since=await db.read("venues.first", lambda tx: accounts.opened_at(tx, deal.name)))
    await polling.settlements(db, deal)
    for ref in sorted({each.order for each in differences if each.order}):
        order = await db.read("venues.order", lambda tx, ref=ref: repo.one(tx, ref))  # type: ignore[misc]  # bound per turn
        if order is not None and order.venue_id is not None:
            await reading.read(db, deal, order)


async def compare(db: transaction.Database, deal: Dealing) -> Report:
    """One comparison, at one moment as far as the venue allows."""
    account = await db.read("venues.account", lambda tx: accounts.find(tx, deal.name))
    if account is None:
        raise dealing.NoAccount("the worker has not reached this venue yet")
    opened = await db.read("venues.first", lambda tx: accounts.opened_at(tx, deal.name))
    theirs = await _theirs(deal, opened)
    return await db.read("venues.compare", lambda tx: _compare(tx, deal, account, opened, theirs), seconds_max=60)


async def _theirs(deal: Dealing, since: datetime) -> Theirs:
    return Theirs(
        orders={each.order: each for each in await _orders(deal, since)},
        fills={each.fill: each for each in await _fills(deal, since)},
        positions={each.market: each for each in await positions(deal)},
        settlements={each.market: each for each in reversed(await _settlements(deal, since))},
        balance=await deal.venue.balance(),
    )


async def _orders(deal: Dealing, since: datetime) -> list[model.Order]:
    found: list[model.Order] = []
    cursor = ""
    while True:
        page = await deal.venue.orders(since=since, cursor=cursor)
        found += page.items
        cursor = page.cursor
        if not cursor:
            return found


async def _fills(deal: Dealing, since: datetime) -> list[model.Fill]:
    found: list[model.Fill] = []
    cursor = ""
    while True:
        page = await deal.venue.fills(since=since, cursor=cursor)
        found += page.items
        cursor = page.cursor
        if not cursor:
            return found


async def positions(deal: Dealing) -> list[model.Position]:
    found: list[model.Position] = []
    cursor = ""
    while True:
        page = await deal.venue.positions(cursor=cursor)
        found += page.items
        cursor = page.cursor
        if not cursor:
            return found


async def _settlements(deal: Dealing, since: datetime) -> list[model.Settlement]:
    found: list[model.Settlement] = []
    cursor = ""
    while True:
        page = await deal.venue.settlements(since=since, cursor=cursor)
        found += page.items
        cursor = page.cursor
        if not cursor:
            return found


async def _compare(
    tx: transaction.Tx, deal: Dealing, account: dealing.Account, opened: datetime, theirs: Theirs
) -> Report:
    found: list[Difference] = []
    orders = await _own_orders(tx, deal)
    fills = await _own_fills(tx, deal)
    held = await fills_repo.positions(tx, deal.name)
    settled = await fills_repo.settled(tx, deal.name)
    found += _orders_differ(orders, theirs.orders, opened)
    found += _fills_differ(fills, theirs.fills, opened)
    found += _positions_differ(held, settled, theirs.positions)
    codes = {each.market: each.instrument for each in await markets.every(tx, deal.name)}
    found += _settlements_differ(settled, codes, theirs.settlements)
    reserved = await repo.reserved(tx, deal.name)
    cash = None
    if account.cash is not None:
        cash = account.cash + rules.cash(held, (revenue for revenue, _ in settled.values()))
        there, rests = theirs.balance.available, any(each.state in dealing.OPEN for each in orders)
        if there > cash or (there != cash and not rests):  # while orders rest, the venue holds back what they may cost
            found.append(Difference(kind=FindingKind.BALANCE_DIFFERS, ours=cash, theirs=there))
    return Report(
        orders=len(orders),
        fills=len(fills),
        positions=len(held),
        cash=cash,
        reserved=reserved,
        differences=tuple(found),
    )


async def _own_orders(tx: transaction.Tx, deal: Dealing) -> list[dealing.Order]:
    found: list[dealing.Order] = []
    after = _FIRST
    while page := await repo.page(tx, deal.name, after, PAGE, over=True):
        found += page
        after = page[-1].ref
    return found


async def _own_fills(tx: transaction.Tx, deal: Dealing) -> list[fills_repo.Known]:
    found: list[fills_repo.Known] = []
    after = _FIRST
    while page := await fills_repo.after(tx, deal.name, after, PAGE):
        found += page
        after = page[-1].fill
    return found


_STATUS = {
    State.WORKING: {model.OrderStatus.RESTING},
    State.PARTIALLY_FILLED: {model.OrderStatus.RESTING},
    State.FILLED: {model.OrderStatus.EXECUTED, model.OrderStatus.CANCELED},  # the latter when a fill was taken back
    State.CANCELLED: {model.OrderStatus.CANCELED},
    State.EXPIRED: {model.OrderStatus.CANCELED},
}


def _orders_differ(
    ours: Sequence[dealing.Order], theirs: Mapping[UUID, model.Order], opened: datetime
) -> list[Difference]:
    """Orders that are on their way or of unknown fate are not compared, but neither are they strays."""
    found = []
    known = {each.venue_id: each for each in ours if each.venue_id}
    unnamed = {each.client: each for each in ours if each.venue_id is None}
    for there in theirs.values():
        here = known.get(there.order)
        mine = unnamed.get(there.client) if there.client else None
        if here is None and mine is not None:
            if mine.state not in dealing.OPEN and not _came_to_nothing(there):
                found.append(_order(FindingKind.ORDER_DIFFERS, mine, there.filled))
        elif here is None:
            if there.placed_at is None or there.placed_at >= opened:
                found.append(Difference(kind=FindingKind.ORDER_STRAY, fill=there.order, market=there.market))
        elif (
            here.filled != there.filled
            or there.status not in _STATUS.get(here.state, {there.status})
            or rules.differs(here, there, None)
        ):
            found.append(_order(FindingKind.ORDER_DIFFERS, here, there.filled))
    found += [
        _order(FindingKind.ORDER_MISSING, each, None) for venue_id, each in known.items() if venue_id not in theirs
    ]
    return found


def _came_to_nothing(there: model.Order) -> bool:
    """An order that the venue refused may stand in its lists, as one that was cancelled at once."""
    return there.status is model.OrderStatus.CANCELED and there.filled == 0


def _order(kind: FindingKind, here: dealing.Order, theirs: int | None) -> Difference:
    return Difference(kind=kind, order=here.ref, market=here.market, ours=here.filled, theirs=theirs)


def _fills_differ(
    ours: Sequence[fills_repo.Known], theirs: Mapping[UUID, model.Fill], opened: datetime
) -> list[Difference]:
    found = []
    known = {each.fill: each for each in ours}
    for there in theirs.values():
        here = known.get(there.fill)
        if here is None or here.busted:
            if there.at >= opened:
                found.append(Difference(kind=FindingKind.FILL_STRAY, fill=there.fill, market=there.market))
        elif (here.side, here.price, here.count, here.fee) != (there.side, there.price, there.count, there.fee):
            found.append(Difference(kind=FindingKind.FILL_DIFFERS, order=here.order, fill=here.fill))
    found += [
        Difference(kind=FindingKind.FILL_MISSING, order=each.order, fill=each.fill, ours=each.count)
        for each in ours
        if not each.busted and each.fill not in theirs
    ]
    return found


def _positions_differ(
    held: Sequence[dealing.Held], settled: Mapping[UUID, object], theirs: Mapping[str, model.Position]
) -> list[Difference]:
    """A market that has settled leaves no position at the venue."""
    found = []
    ours = {each.market: 0 if each.instrument in settled else each.net for each in held}
    for market in sorted({*ours, *theirs}):
        here, there = ours.get(market, 0), theirs[market].count if market in theirs else 0
        if here != there:
            found.append(Difference(kind=FindingKind.POSITION_DIFFERS, market=market, ours=here, theirs=there))
    return found


def _settlements_differ(
    ours: Mapping[UUID, tuple[int, int]], codes: Mapping[str, UUID], theirs: Mapping[str, model.Settlement]
) -> list[Difference]:
    found = []
    for market, there in theirs.items():
        here = ours.get(codes[market]) if market in codes else None
        if market in codes and here != (there.revenue, there.fee):
            figures = (here[0] if here else None, there.revenue)
            found.append(
                Difference(kind=FindingKind.SETTLEMENT_DIFFERS, market=market, ours=figures[0], theirs=figures[1])
            )
    return found
