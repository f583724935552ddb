"""What people see of a venue: our own record."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel.runtime import transaction
from execution_stack.venues import model
from execution_stack.venues.model import dealing
from execution_stack.venues.repo import accounts
from execution_stack.venues.repo import commands as commands_repo
from execution_stack.venues.repo import fills as fills_repo
from execution_stack.venues.repo import markets as markets_repo
from execution_stack.venues.repo import orders as repo
from execution_stack.venues.rules import dealing as rules

_FIRST = UUID(int=0)


class Balance(msgspec.Struct, frozen=True):
    """`cash` is what our record explains; none until the worker has taken the account up."""

    state: dealing.AccountState
    cause: dealing.Cause | None
    killed_at: datetime | None
    cash: int | None
    reserved: int
    orders: Mapping[str, int]


class Position(msgspec.Struct, frozen=True):
    market: str
    instrument: UUID
    net: int
    bought: int
    sold: int
    cost: int
    proceeds: int
    fees: int
    settled: bool


class Shown(msgspec.Struct, frozen=True):
    order: dealing.Order
    commands: tuple[dealing.Command, ...]
    fills: tuple[fills_repo.Known, ...]


async def balance(tx: transaction.Tx, venue: dealing.Name) -> Balance:
    account = await accounts.find(tx, venue)
    if account is None:
        raise dealing.NoAccount("the worker has not reached this venue yet")
    settled = await fills_repo.settled(tx, venue)
    explained = rules.cash(await fills_repo.positions(tx, venue), (revenue for revenue, _ in settled.values()))
    cash = None if account.cash is None else account.cash + explained
    counts = {state.value: count for state, count in (await repo.counts(tx, venue)).items()}
    reserved = await repo.reserved(tx, venue)
    return Balance(account.state, account.cause, account.killed_at, cash, reserved, counts)


async def positions(tx: transaction.Tx, venue: dealing.Name) -> list[Position]:
    settled = await fills_repo.settled(tx, venue)
    return [
        Position(
            each.market,
            each.instrument,
            each.net,
            each.bought,
            each.sold,
            each.cost,
            each.proceeds,
            each.fees,
            each.instrument in settled,
        )
        for each in await fills_repo.positions(tx, venue)
    ]


async def orders(tx: transaction.Tx, venue: dealing.Name, limit: int, *, over: bool) -> list[dealing.Order]:
    return await repo.page(tx, venue, _FIRST, limit, over=over)


async def order(tx: transaction.Tx, venue: dealing.Name, ref: UUID) -> Shown:
    found = await repo.one(tx, ref)
    if found is None:
        raise dealing.UnknownOrder("there is no such order here")
    asked = await commands_repo.every(tx, ref)
    return Shown(found, tuple(asked), tuple(await fills_repo.of_order(tx, venue, ref)))


async def fills(tx: transaction.Tx, venue: dealing.Name, limit: int) -> list[fills_repo.Known]:
    return await fills_repo.after(tx, venue, _FIRST, limit)


async def findings(tx: transaction.Tx, venue: dealing.Name) -> list[dealing.Difference]:
    return await accounts.findings(tx, venue)


async def grid(tx: transaction.Tx, instrument: UUID) -> model.Grid:
    """The tick table of the market behind an instrument."""
    found = (await markets_repo.of_instruments(tx, [instrument])).get(instrument)
    if found is None:
        raise dealing.UnknownMarket("no market of a venue stands behind this instrument")
    return found.grid


async def asked_to_cancel(tx: transaction.Tx, ref: UUID) -> bool:
    """Whether we ever asked for all of an order to be cancelled."""
    return any(each.kind is dealing.CommandKind.CANCEL for each in await commands_repo.every(tx, ref))


async def markets(tx: transaction.Tx, venue: dealing.Name) -> list[dealing.Market]:
    return await markets_repo.every(tx, venue)
