"""A house with rules in force and customers whose money moves."""

import asyncio
import dataclasses
import itertools
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from customer_stack.access import model as access_model
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import accounts, posting
from customer_stack.monitoring import model, ports
from customer_stack.monitoring.adapters import files, opening, rates
from customer_stack.monitoring.model import entries
from customer_stack.monitoring.model import reports as report_model
from customer_stack.monitoring.service import cases as service
from customer_stack.monitoring.service import reports, rulebook, watching
from tests import stacks
from tests.boundary.kernel.runtime import conftest as runtime
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import conftest as access_conftest
from tests.customer.access import house as houses

log = runtime.log
usual = access_conftest.usual
composed = access_conftest.composed
house = access_conftest.house

NOON = houses.NOON
LKR = ledger.Asset(1, "LKR", 2, ledger.AssetKind.CURRENCY)
USD = ledger.Asset(2, "USD", 6, ledger.AssetKind.CURRENCY)
K, D = model.Kind, model.Direction
MILLION = 1_000_000_00
OVER = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8"
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

    async def settled(self) -> None:
        """Until everything begun so far is over, in all databases of the server: other tests use it at the same time,
        and from the oldest open transaction on nothing counts as over.
        """
        begun = await self.superuser.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        while not await self.superuser.fetchval(OVER, begun):  # noqa: ASYNC110 -- PostgreSQL sends no event
            await asyncio.sleep(0.01)

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


@dataclasses.dataclass
class Office:
    """Two officers and a town, over the product's own API."""

    house: houses.House
    town: Town
    first: houses.Person
    second: houses.Person
    _keys: "itertools.count[int]" = dataclasses.field(default_factory=lambda: itertools.count(1))

    async def officer(self) -> houses.Person:
        return await self.house.person(access_model.Role.STAFF, access_model.Preset.COMPLIANCE_OFFICER)

    def key(self) -> tuple[str, str]:
        return ("idempotency-key", f"k{next(self._keys)}")

    def case(self, **more: Any) -> dict[str, Any]:
        return {"kind": "manual", "subject": str(self.house.ids.ref()), "reasons": ["adverse_media"]} | more

    async def etag(self, what: str, of: str = "cases") -> str:
        answer = await self.first.get(f"/api/v1/admin/compliance/{of}/{what}")
        assert answer.status == 200, answer
        return answer.header("etag") or ""

    async def acts(
        self, who: houses.Person, what: str, word: str, body: Any = None, of: str = "cases"
    ) -> loopback.Answer:
        """As somebody who has just read it."""
        path = f"/api/v1/admin/compliance/{of}/{what}/{word}"
        return await who.send("POST", path, body, ("if-match", await self.etag(what, of)))

    async def forge(self, statement: str, case: str, *arguments: Any) -> None:
        """By the role of the API, with an officer named, past every rule of the program."""

        async def work(tx: transaction.Tx) -> None:
            await service.enter(tx, self.first.account)
            await tx.execute(statement, UUID(case), *arguments)

        await self.town.api.run("t", work)


@pytest.fixture
async def office(house: houses.House, customer_schema: stacks.StackDatabase) -> AsyncIterator[Office]:
    worker = await customer_schema.connect("customer_worker", size=2)
    for asset in (LKR, USD):
        await worker.run("t", lambda tx, asset=asset: accounts.add_asset(tx, asset))
    await worker.run("t", lambda tx: rulebook.install(tx, files.shipped("LK"), house.time.now()))
    random = ids.SeededIds(5)
    wired = Rates()
    people = [await house.person(access_model.Role.STAFF, access_model.Preset.COMPLIANCE_OFFICER) for _ in range(2)]
    town = Town(customer_schema, house.db, worker, house.superuser, house.time, random, wired)
    executors = {
        **house.inner.state.executors,
        entries.ChangeRules: rulebook.Execute(house.time),
        entries.FileReport: reports.Execute(),
    }
    house.inner.state.update({"executors": executors, "monitoring": opening.Wiring(wired, KnownPeople())})
    yield Office(house, town, *people)
    await worker.close()


class KnownPeople(ports.People):
    """A clearly fictional person behind every account."""

    async def of(self, _tx: transaction.Tx, _account: UUID, /) -> report_model.Person:
        return PERSON


PERSON = report_model.Person(
    first_name="Test", last_name="Sample", birthdate=date(1990, 1, 2), id_number="199000000000", nationality="LK",
    residence="LK",
)  # fmt: skip
