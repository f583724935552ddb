"""A house with rules in force and customers whose money moves."""

import dataclasses
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import accounts, posting
from customer_stack.monitoring import model, ports
from customer_stack.monitoring.adapters import files, rates
from customer_stack.monitoring.service import rulebook, watching
from tests import stacks
from tests.customer.access import house as houses

NOON = houses.NOON
LKR = ledger.Asset(1, "LKR", 2, ledger.AssetKind.CURRENCY)
USD = ledger.Asset(2, "USD", 6, ledger.AssetKind.CURRENCY)
K, D = model.Kind, model.Direction
MILLION = 1_000_000_00
"""A million rupees in cents: the threshold of Sri Lanka."""


class Rates(ports.Rates):
    """The own currency's, and those of others that a test sets."""

    def __init__(self) -> None:
        self.more: dict[int, model.Rate] = {}

    async def of(
        self, tx: transaction.Tx, assets: Collection[ledger.Asset], currency: str, now: datetime, /
    ) -> Mapping[int, model.Rate]:
        return {**await rates.OwnCurrency().of(tx, assets, currency, now), **self.more}


@dataclasses.dataclass
class Town:
    """Customers with accounts, a bank behind them, and who watches. `api` is the role that serves customers."""

    schema: stacks.StackDatabase
    api: transaction.Database
    worker: transaction.Database
    superuser: Any
    time: clock.ManualClock
    ids: ids.SeededIds
    rates: Rates
    house: dict[tuple[ledger.Kind, int], UUID] = dataclasses.field(default_factory=dict)
    cash: dict[tuple[UUID, int], UUID] = dataclasses.field(default_factory=dict)

    async def customer(self, *assets: int) -> UUID:
        owner = self.ids.ref()
        for asset in assets or (1, 2):
            made = await self._account(owner, ledger.Kind.CUSTOMER_CASH, asset)
            self.cash[owner, asset] = made
        return owner

    async def _account(self, owner: UUID, kind: ledger.Kind, asset: int) -> UUID:
        made = await self.worker.run("t", lambda tx: accounts.ensure(tx, owner, kind, asset, self.ids))
        return made.id

    async def kind(self, kind: ledger.Kind, asset: int) -> UUID:
        if (kind, asset) not in self.house:
            self.house[kind, asset] = await self._account(ledger.HOUSE, kind, asset)
        return self.house[kind, asset]

    async def moves(
        self, owner: UUID, amount: int, *, out: bool = False, asset: int = 1, other: UUID | None = None, **more: Any
    ) -> UUID:
        """Post a deposit, or a withdrawal, or what else the other side makes of it."""
        far = other or await self.kind(ledger.Kind.BANK, asset)
        near = self.cash[owner, asset]
        debit, credit = (near, far) if out else (far, near)
        wanted = ledger.Transfer(
            more.pop("id", None) or self.ids.ref(), debit, credit, amount, asset, 7,
            int(more.pop("flags", ledger.Flag.RECORDED)), **more,
        )  # fmt: skip
        now = self.time.now()
        await self.worker.run("t", lambda tx: posting.post_all(tx, [wanted], now))
        return wanted.id

    def operation(self, owner: UUID, amount: int, **more: Any) -> model.Operation:
        said = {"kind": K.DEPOSIT, "direction": D.IN, "asset": 1, "id": self.ids.ref()} | more
        return model.Operation(account=owner, amount=amount, **said)

    async def observe(self, *operations: model.Operation) -> list[model.Alert]:
        """As a customer's own request does, with the role of the API and no officer named."""
        now = self.time.now()
        return await self.api.run(
            "t", lambda tx: watching.observe(tx, operations, now, rates=self.rates, random=self.ids)
        )

    async def said(self, *operations: model.Operation) -> set[str]:
        return {each.rule for each in await self.observe(*operations)}

    async def stored(self, what: str = "alert") -> Sequence[Any]:
        return await self.superuser.fetch(f"SELECT * FROM monitoring_{what}")

    def passes(self, **time: int) -> None:
        self.time.advance(timedelta(**time))


@pytest.fixture
async def bare(customer_schema: stacks.StackDatabase) -> AsyncIterator[Town]:
    """A town without rules."""
    api = await customer_schema.connect("customer_api", size=8)
    worker = await customer_schema.connect("customer_worker", size=4)
    superuser = await customer_schema.superuser()
    for asset in (LKR, USD):
        await worker.run("t", lambda tx, asset=asset: accounts.add_asset(tx, asset))
    yield Town(customer_schema, api, worker, superuser, clock.ManualClock(NOON), ids.SeededIds(3), Rates())
    await superuser.close()
    await worker.close()
    await api.close()


@pytest.fixture
async def town(bare: Town) -> Town:
    """With the rules that are shipped for Sri Lanka."""
    assert await bare.worker.run("t", lambda tx: rulebook.install(tx, files.shipped("LK"), bare.time.now()))
    return bare
