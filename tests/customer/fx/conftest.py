"""A desk that quotes dollars for rupees, customers with money, and a clearance that decides by a rule."""

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import pytest

from boundary.kernel import clock, errors, ids, primitives
from boundary.kernel.runtime import transaction
from customer_stack.fx import model
from customer_stack.fx.model import policy
from customer_stack.fx.service import board, converting, house, quotes
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import accounts, posting
from tests import stacks
from tests.customer import clearing

T = TypeVar("T")
SEED = bytes(range(32))
PROVIDER = model.Source("currencycloud", "https://provider.example")
CENTRAL_BANK = model.Source("cbsl", "https://central-bank.example")
DOLLAR = model.Pair("USD", "LKR")
TERMS = policy.Terms(
    base="USD", quote="LKR", feeds=(policy.PROVIDER, policy.CENTRAL_BANK), deviation_bp_max=300, fee_bp=10
)
POLICY = policy.Policy(policy.DEFAULT.tiers, (TERMS,))
GIVEN = 1_000_000_00
"""Rupees in cents that each customer has in the beginning; and ten thousand dollars."""
FUNDED_AT_ONCE = 250


class Frozen(errors.Forbidden):
    """What this clearance says to whom it refuses."""

    code = "test_frozen"


class Verdict(NamedTuple):
    id: UUID
    operation: UUID
    refusal: errors.Refusal | None


@dataclasses.dataclass
class Clearance:
    """Allows whoever is not on its list, and says nothing of some; what it was asked is kept."""

    refused: set[UUID] = dataclasses.field(default_factory=set)
    silent: set[UUID] = dataclasses.field(default_factory=set)
    asked: list[model.Operation] = dataclasses.field(default_factory=list)

    async def evaluate(
        self, tx: transaction.Tx, operations: Sequence[model.Operation], _now: datetime
    ) -> Sequence[Verdict]:
        self.asked += operations
        random, told = ids.SystemIds(), [each for each in operations if each.account not in self.silent]
        said = [Verdict(random.ref(), each.id, Frozen("no") if each.account in self.refused else None) for each in told]
        allowed = [(verdict.id, each) for verdict, each in zip(said, told, strict=True) if verdict.refusal is None]
        await clearing.allow(tx, "conversion", [number for number, _ in allowed], [each for _, each in allowed])
        return said


@dataclasses.dataclass
class Exchange:
    """`db` is the API's, `worker` the worker's."""

    schema: stacks.StackDatabase
    db: transaction.Database
    worker: transaction.Database
    desk: quotes.Desk
    clearance: Clearance
    ids: ids.SeededIds
    customers: list[UUID]

    async def run(self, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
        return await self.db.run("test", work)

    async def hear(
        self, source: model.Source, bid: str, ask: str, *, age: timedelta = timedelta(), pair: model.Pair = DOLLAR,
        payload: bytes | None = None,
    ) -> None:  # fmt: skip
        digest = primitives.sha256(f"{source}{bid}{ask}".encode()) if payload is None else payload
        said = model.Observation(pair, Decimal(bid), Decimal(ask), clock.SystemClock().now() - age, digest)
        await self.worker.run("test.hear", lambda tx: board.hear(tx, source, [said]))

    async def both(self, bid: str = "300.10", ask: str = "301.20") -> None:
        await self.hear(PROVIDER, bid, ask)
        await self.hear(CENTRAL_BANK, "297.5", "304.5", age=timedelta(hours=5))

    def wanted(self, amount: str = "30000.00", **more: Any) -> quotes.Wanted:
        said = {
            "account": self.customers[0],
            "kind": model.Kind.INDIVIDUAL,
            "sell": "LKR",
            "buy": "USD",
            "side": model.Side.SELL,
        }
        return quotes.Wanted(**(said | more), amount=amount)  # type: ignore[arg-type]  # a test's own words

    async def quote(self, amount: str = "30000.00", **more: Any) -> model.Quote:
        return await self.run(lambda tx: quotes.create(tx, self.desk, self.wanted(amount, **more)))

    def command(self, quote: model.Quote, key: bytes | None = None, **more: Any) -> converting.Command:
        named = primitives.sha256(quote.id.bytes) if key is None else key
        return converting.Command(quote.account, quote.id, named, quote.id.bytes * 2)._replace(**more)

    async def convert(self, *commands: converting.Command) -> list[converting.Answer]:
        return await self.run(lambda tx: converting.convert(tx, self.desk, commands))

    async def done(self, quote: model.Quote) -> model.Conversion:
        [answer] = await self.convert(self.command(quote))
        assert isinstance(answer, model.Conversion), answer
        return answer

    async def refused(self, quote: model.Quote, **more: Any) -> errors.Refusal:
        [answer] = await self.convert(self.command(quote, **more))
        assert isinstance(answer, errors.Refusal), answer
        return answer

    async def balances(self, owner: UUID) -> dict[tuple[str, str], int]:
        """By asset and kind."""

        async def work(tx: transaction.Tx) -> dict[tuple[str, str], int]:
            known = await accounts.assets(tx)
            return {
                (known[each.asset].code, ledger.Kind(each.code).name): each.total
                for each in await accounts.of_owner(tx, owner)
            }

        return await self.worker.read("test.balances", work)

    async def time(self, high: str) -> None:
        """Put the highest time that was written down where a test wants it: SQL that makes a moment."""
        superuser = await self.schema.superuser()
        await superuser.execute(
            f"INSERT INTO fx_clock (id, high) VALUES (1, {high}) ON CONFLICT (id) DO UPDATE SET high = excluded.high"
        )
        await superuser.close()


async def opened(
    schema: stacks.StackDatabase, found: policy.Policy = POLICY, customers: int = 3, seed: int = 7
) -> Exchange:
    random = ids.SeededIds(seed)
    db, worker = await schema.connect("customer_api", size=8), await schema.connect("customer_worker", size=3)
    clearance = Clearance()
    desk = quotes.Desk(found, SEED, house.House(), clearance, random)
    made = Exchange(schema, db, worker, desk, clearance, random, [random.ref() for _ in range(customers)])
    await worker.run("test.ensure", lambda tx: house.ensure(tx, found.pairs, random))
    for start in range(0, customers, FUNDED_AT_ONCE):
        part = made.customers[start : start + FUNDED_AT_ONCE]
        await worker.run("test.fund", lambda tx, part=part: fund(tx, part, random))
    return made


async def fund(tx: transaction.Tx, customers: Sequence[UUID], random: ids.Ids) -> None:
    """A million rupees and ten thousand dollars for each, from the bank."""
    known = await house.look(tx)
    transfers = []
    for code, units in (("LKR", GIVEN), ("USD", 10_000_000_000)):
        asset = known.assets[code].number
        bank = known.accounts[ledger.Kind.BANK, asset]
        for customer in customers:
            cash = await accounts.ensure(tx, customer, ledger.Kind.CUSTOMER_CASH, asset, random)
            transfers.append(ledger.Transfer(random.ref(), bank, cash.id, units, asset, 1))
    await posting.post_all(tx, transfers, clock.SystemClock().now())


@pytest.fixture
async def exchange(customer_schema: stacks.StackDatabase) -> AsyncIterator[Exchange]:
    made = await opened(customer_schema)
    await made.both()
    yield made
    await made.db.close()
    await made.worker.close()
