"""A desk at the simulated exchange: a database of its own, an account there, and what the worker's loops do, step by step."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from execution_stack.venues import model
from execution_stack.venues.adapters.kalshi import client, signing
from execution_stack.venues.jobs import loops
from execution_stack.venues.model import dealing
from execution_stack.venues.model.dealing import Instruction, Order
from execution_stack.venues.repo import markets, orders
from execution_stack.venues.service import accounting, placing, polling, reconciling
from execution_stack.venues.service.wiring import Dealing
from execution_stack.venues.simulators.kalshi import server
from tests.stacks import StackDatabase

T = TypeVar("T")
NAME = dealing.Name.KALSHI
TICKER = "KXRAINCMB-27JAN01-T10"
OTHER = "KXRATELK-27MAR-S"
ACCEPTANCE = timedelta(milliseconds=600)
WINDOW_MS = 300
PATIENCE = timedelta(seconds=1)


def keys(directory: Path) -> tuple[Path, bytes]:
    """A directory as the adapter reads it, and the public half."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=3072)
    private = directory / "desk.pem"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    private.chmod(0o600)
    (directory / signing.CURRENT).write_text("desk")
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (directory / "desk.public").write_bytes(public)
    return directory, public


def venue(url: str, directory: Path, *, acceptance: timedelta = ACCEPTANCE) -> client.Client:
    return client.Client(
        url,
        signing.Directory(directory),
        clock.SystemClock(),
        ids.SystemIds(),
        patience=PATIENCE,
        acceptance=acceptance,
    )


class Ears:
    """Whoever wants to hear: what was told, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.fails = False

    async def moved(self, tx: transaction.Tx, before: Order, after: Order) -> None:
        """Heard by who pools orders."""

    async def refused(self, tx: transaction.Tx, order: Order, kind: dealing.CommandKind) -> None:
        """Likewise."""

    async def filled(self, tx: transaction.Tx, order: Order, fill: model.Fill) -> None:
        if self.fails:
            raise ValueError("the listener cannot take this")
        self.told.append(("filled", fill.fill))

    async def busted(self, tx: transaction.Tx, order: Order, fill: UUID) -> None:
        self.told.append(("busted", fill))

    async def over(self, tx: transaction.Tx, order: Order) -> None:
        self.told.append(("over", (order.ref, order.state)))

    async def settled(self, tx: transaction.Tx, instrument: UUID, revision: int, told: model.Settlement) -> None:
        self.told.append(("settled", (instrument, revision, told.result)))


@dataclasses.dataclass
class Desk:
    schema: StackDatabase
    db: transaction.Database
    deal: Dealing
    exchange: server.Server
    ears: Ears
    instruments: dict[str, UUID]
    sender: loops.Sender
    reader: loops.Reader

    async def run(self, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
        return await self.db.run("test", work)

    def now(self) -> datetime:
        return self.deal.clock.now()

    async def place(
        self, *, ticker: str = TICKER, side: str = "bid", ticks: int = 50, lots: int = 1000, **more: Any
    ) -> Order:
        """`lots` of a hundredth of a contract where the market trades fractions."""
        wanted = Instruction(instrument=self.instruments[ticker], side=model.Side(side), ticks=ticks, lots=lots, **more)
        return (await self.run(lambda tx: placing.place(tx, [wanted], self.deal.ids, self.now())))[0]

    async def order(self, ref: UUID) -> Order:
        found = await self.run(lambda tx: orders.one(tx, ref))
        assert found is not None
        return found

    async def settle(self, seconds: int = 30) -> None:
        """Run the loops' turns until nothing is on its way, unknown or to be looked at."""
        end = self.now() + timedelta(seconds=seconds)
        while self.now() < end:
            sent, read = await self.sender.turn(), await self.reader.turn()
            tasks = [*self.sender._orders.tasks, *self.sender._commands.tasks, *self.reader._crew.tasks]
            if tasks:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            elif not sent and not read:
                if not await self.busy():
                    return
                await asyncio.sleep(0.02)
        raise AssertionError("orders are still on their way")

    async def busy(self) -> int:
        """Orders and commands that somebody still has to look at."""
        found: int = await self.run(
            lambda tx: tx.value(
                "SELECT (SELECT count(*) FROM venue_order WHERE due_at IS NOT NULL) +"
                " (SELECT count(*) FROM venue_command WHERE state NOT IN ('done', 'refused'))"
            )
        )
        return found

    async def listed(self) -> None:
        """The catalogue's markets, as an import would list them, in a few statements."""
        for status in (model.MarketStatus.ACTIVE,):
            page = await self.deal.venue.markets(status=status)
            for market in page.items:
                await self.run(lambda tx, market=market: self._list(tx, market))  # type: ignore[misc]  # bound per turn

    async def _list(self, tx: transaction.Tx, market: model.Market) -> None:
        ref = self.deal.ids.ref()
        row = dealing.Market(
            venue=NAME, market=market.ticker, instrument=ref, event=market.event, series="KX", status=market.status,
            grid=market.grid, document=bytes(range(32)), opens_at=market.opens_at, closes_at=market.closes_at,
        )  # fmt: skip
        await markets.put(tx, row, self.now())
        self.instruments[market.ticker] = ref

    async def poll(self) -> None:
        await polling.fills(self.db, self.deal)

    async def compared(self) -> reconciling.Report:
        return await reconciling.run(self.db, self.deal, pause=timedelta(milliseconds=50))

    async def error(self) -> tuple[reconciling.Report, int]:
        """The comparison, and what the exchange itself says beside what its interface says: cash, exactly."""
        report = await self.compared()
        assert report.cash is not None
        return report, report.cash - self.exchange.exchange.account.cash

    def fault(self, fault: str, times: int = 1, on: str = "", **more: int) -> None:
        self.exchange.faults.order({"fault": fault, "times": times, "on": on, **more})


async def opened(
    schema: StackDatabase, exchange: server.Server, directory: Path, *, acceptance: timedelta = ACCEPTANCE
) -> Desk:
    db = await schema.connect("execution_worker", size=12)
    ears = Ears()
    deal = Dealing(
        NAME, venue(exchange.origin, directory, acceptance=acceptance), [ears], clock.SystemClock(), ids.SystemIds()
    )
    desk = Desk(schema, db, deal, exchange, ears, {}, loops.Sender(db, deal), loops.Reader(db, deal))
    await desk.listed()
    await accounting.open_(db, deal)
    return desk
