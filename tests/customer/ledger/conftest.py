"""A ledger with a handful of accounts, and what a test does with it."""

import dataclasses
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from customer_stack.ledger import model
from customer_stack.ledger.model import status
from customer_stack.ledger.service import accounts, posting
from tests import stacks

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
USD = model.Asset(1, "USD", 6, model.AssetKind.CURRENCY)
EUR = model.Asset(2, "EUR", 2, model.AssetKind.CURRENCY)
KIND = int(model.Kind.PAYABLE)
"""A kind of the house's: what leaves a customer's needs a verdict, which `test_warrants` is about."""
BOUNDED = int(model.AccountFlag.DEBITS_MUST_NOT_EXCEED_CREDITS | model.AccountFlag.HISTORY)
FREE = int(model.AccountFlag.HISTORY)


@dataclasses.dataclass
class Book:
    """`a`, `b` are accounts that may not be overdrawn; `house` may swing; `euro` counts another asset."""

    db: transaction.Database
    ids: ids.SeededIds
    a: UUID
    b: UUID
    house: UUID
    euro: UUID
    euro_house: UUID
    now: datetime = NOW
    _numbers: "itertools.count[int]" = dataclasses.field(default_factory=lambda: itertools.count(1))

    def transfer(self, debit: UUID, credit: UUID, amount: int, **more: Any) -> model.Transfer:
        more = {"asset": 1, "code": 1, "flags": 0} | more
        id_ = more.pop("id", None) or UUID(int=next(self._numbers))
        return model.Transfer(
            id_, debit, credit, amount, int(more.pop("asset")), more.pop("code"), int(more.pop("flags")), **more
        )

    async def post(self, *wanted: model.Transfer) -> list[status.Status]:
        results = await self.db.run("test.post", lambda tx: posting.post(tx, wanted, self.now))
        return [result.status for result in results]

    async def done(self, *wanted: model.Transfer) -> None:
        assert await self.post(*wanted) == [status.Status.CREATED] * len(wanted)

    async def fund(self, account: UUID, amount: int) -> None:
        await self.done(self.transfer(self.house, account, amount))

    async def account(self, id_: UUID) -> model.Account:
        return (await self.db.read("test.account", lambda tx: accounts.some(tx, [id_])))[id_]

    def pass_time(self, **by: int) -> None:
        self.now += timedelta(**by)


async def book_on(db: transaction.Database, seed: int = 1) -> Book:
    random = ids.SeededIds(seed)
    a, b, house, euro, euro_house = (random.ref() for _ in range(5))

    async def work(tx: transaction.Tx) -> None:
        await accounts.add_asset(tx, USD)
        await accounts.add_asset(tx, EUR)
        wanted = [(a, 1, BOUNDED), (b, 1, BOUNDED), (house, 1, FREE), (euro, 2, BOUNDED), (euro_house, 2, FREE)]
        answers = await accounts.open_all(tx, [model.Account(id_, asset, KIND, flags) for id_, asset, flags in wanted])
        assert set(answers) == {status.Status.CREATED}

    await db.run("test.book", work)
    return Book(db, random, a, b, house, euro, euro_house)


@pytest.fixture
async def book(customer_schema: stacks.StackDatabase) -> AsyncIterator[Book]:
    db = await customer_schema.connect("customer_api", size=8)
    operator = await customer_schema.connect("customer_worker", size=2)
    made = await book_on(operator)
    yield dataclasses.replace(made, db=db)
    await operator.close()
    await db.close()
