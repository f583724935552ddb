"""A customer with money, neighbours that say what a test tells them to, and the clearance between them.

The neighbours are those that `compliance.ports` asks for: each answers from what it was told, and leaves out whom it
was told nothing of, as the real ones do.
"""

import dataclasses
import itertools
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from boundary.kernel import clock, ids, records
from boundary.kernel.runtime import transaction
from customer_stack.branding.adapters import files
from customer_stack.branding.rules import packs
from customer_stack.compliance import model, ports
from customer_stack.compliance.service import evaluating
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import accounts, posting
from customer_stack.safeguards import service as safeguards
from tests import stacks

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
"""A Monday."""
LKR = ledger.Asset(1, "LKR", 2, ledger.AssetKind.CURRENCY)
USD = ledger.Asset(2, "USD", 6, ledger.AssetKind.CURRENCY)
SHARE = ledger.Asset(3, "EXAMPLE", 0, ledger.AssetKind.INSTRUMENT, UUID(int=3))
EURO = ledger.Asset(4, "EUR", 2, ledger.AssetKind.CURRENCY)
ASSETS = (LKR, USD, SHARE, EURO)
RUPEES_FOR_A_DOLLAR = 300
K = model.OperationKind


class Known(NamedTuple):
    level: int = 3
    state: str = "APPROVED"
    frozen: bool = False


class Alert(NamedTuple):
    operation: UUID
    rule: str


@dataclasses.dataclass
class Neighbours:
    """All four at once: each method answers for one of them."""

    people: dict[UUID, Known] = dataclasses.field(default_factory=dict)
    screened: dict[UUID, str] = dataclasses.field(default_factory=dict)
    risks: dict[UUID, str] = dataclasses.field(default_factory=dict)
    alerts: list[Alert] = dataclasses.field(default_factory=list)

    def knows(self, account: UUID, **more: Any) -> None:
        self.people[account] = Known(**more)
        self.screened[account] = "CLEAR"
        self.risks[account] = "LOW"

    async def observe(self, _tx: transaction.Tx, operations: Sequence[model.Operation], _now: datetime) -> list[Alert]:
        asked = {each.id for each in operations}
        return [each for each in self.alerts if each.operation in asked]


@dataclasses.dataclass
class Told:
    """Answers `of` from a dictionary, and leaves out whom it does not hold."""

    answers: Mapping[UUID, Any]

    async def of(self, _tx: transaction.Tx, accounts_: Collection[UUID], _now: datetime) -> dict[UUID, Any]:
        return {account: self.answers[account] for account in accounts_ if account in self.answers}


class Rates:
    """A dollar is three hundred rupees; nobody knows what a euro is."""

    async def rates(
        self, _tx: transaction.Tx, assets: Collection[int], currency: str, _now: datetime
    ) -> dict[int, model.Rate]:
        assert currency == "LKR"
        return {USD.number: model.Rate(RUPEES_FOR_A_DOLLAR * 100, 10**6)} if USD.number in assets else {}


def law(now: datetime) -> ports.Law:
    pack = packs.pack_now(PACKS, "LK", now)
    return ports.Law(pack.currency, pack.time_zone, pack.limits)


PACKS = files.jurisdictions()


def clearance(neighbours: Neighbours, random: ids.Ids) -> evaluating.Clearance:
    return evaluating.Clearance(
        evaluating.Wiring(
            Told(neighbours.people),
            Told(neighbours.screened),
            Told(neighbours.risks),
            neighbours,
            Rates(),
            law,
            random,
            evaluating.Assets(),
        )
    )


@dataclasses.dataclass
class Room:
    """`one` has rupees, dollars and shares; `two` has rupees; the bank and the omnibus account are the house's."""

    schema: stacks.StackDatabase
    db: transaction.Database
    worker: transaction.Database
    ids: ids.SeededIds
    neighbours: Neighbours
    one: UUID
    two: UUID
    cash: Mapping[tuple[UUID, int], ledger.Account]
    now: datetime = NOON
    _numbers: "itertools.count[int]" = dataclasses.field(default_factory=lambda: itertools.count(1))

    @property
    def clearance(self) -> evaluating.Clearance:
        return clearance(self.neighbours, self.ids)

    @property
    def desk(self) -> safeguards.Desk:
        return safeguards.Desk(lambda now: law(now).currency, safeguards.model.DELAY_MIN, self.ids)

    def account(self, asset: ledger.Asset = LKR, owner: UUID | None = None) -> ledger.Account:
        return self.cash[owner or self.one, asset.number]

    def operation(self, kind: K, amount: int, asset: ledger.Asset = LKR, **more: Any) -> model.Operation:
        owner = more.pop("account", self.one)
        held = more.pop("ledger_account", self.cash[owner, asset.number].id)
        number = more.pop("id", None) or UUID(int=next(self._numbers))
        return model.Operation(
            id=number, kind=kind, account=owner, ledger_account=held, amount=amount, asset=asset.number, **more
        )

    def transfer(self, operation: model.Operation, verdict: UUID | None, **more: Any) -> ledger.Transfer:
        """What the operation comes to: from the customer to the house, or the other way if it is a deposit."""
        house = self.cash[ledger.HOUSE, operation.asset].id
        sides = operation.ledger_account, more.pop("to", house)
        debit, credit = reversed(sides) if operation.kind is K.DEPOSIT else sides
        return ledger.Transfer(
            more.pop("id", operation.id), debit, credit, more.pop("amount", operation.amount), operation.asset, 1,
            int(more.pop("flags", 0)), verdict=verdict, **more,
        )  # fmt: skip

    async def evaluate(self, *operations: model.Operation) -> list[model.Verdict]:
        return await self.db.run("test.evaluate", lambda tx: self.clearance.evaluate(tx, operations, self.now))

    async def reasons(self, *operations: model.Operation) -> list[tuple[str, list[str]]]:
        """Of each, the answer and its reasons in words."""
        found = await self.evaluate(*operations)
        return [(each.answer.value, [reason.code.value for reason in each.reasons]) for each in found]

    async def does(self, *operations: model.Operation, **more: Any) -> list[model.Verdict]:
        """Judge, and post what is allowed, in one transaction."""

        async def work(tx: transaction.Tx) -> list[model.Verdict]:
            verdicts = await self.clearance.evaluate(tx, operations, self.now)
            allowed = [
                self.transfer(operation, verdict.id, **more)
                for operation, verdict in zip(operations, verdicts, strict=True)
                if verdict.answer is model.Answer.ALLOW
            ]
            await posting.post_all(tx, allowed, self.now)
            return verdicts

        return await self.db.run("test.does", work)

    async def fund(self, amount: int, asset: ledger.Asset = LKR, owner: UUID | None = None) -> None:
        """From a kind that no sum counts, so that a test begins with nothing moved."""
        start = self.cash[UUID(int=1), asset.number].id
        given = ledger.Transfer(self.ids.ref(), start, self.account(asset, owner).id, amount, asset.number, 1)
        await self.worker.run("test.fund", lambda tx: posting.post_all(tx, [given], self.now))

    async def total(self, asset: ledger.Asset = LKR, owner: UUID | None = None) -> int:
        id_ = self.account(asset, owner).id
        found = await self.db.read("test.total", lambda tx: accounts.some(tx, [id_]))
        return found[id_].available

    async def query(self, sql: str, *arguments: Any) -> Any:
        superuser = await self.schema.superuser()
        try:
            return await superuser.fetch(sql, *arguments)
        finally:
            await superuser.close()

    async def entries(self, kind: type[records.Entry]) -> list[Any]:
        rows = await self.query("SELECT payload FROM audit_entry ORDER BY id")
        return [made for row in rows if isinstance(made := records.decode(row[0], records.Entry), kind)]


async def opened(schema: stacks.StackDatabase, db: transaction.Database, worker: transaction.Database) -> Room:
    random = ids.SeededIds(21, clock.ManualClock(NOON))
    one, two = random.ref(), random.ref()
    kinds = (
        (one, ledger.Kind.CUSTOMER_CASH, (LKR, USD, EURO)),
        (one, ledger.Kind.CUSTOMER_POSITION, (SHARE,)),
        (two, ledger.Kind.CUSTOMER_CASH, (LKR, USD)),
        (ledger.HOUSE, ledger.Kind.BANK, ASSETS),
        (UUID(int=1), ledger.Kind.CUSTODY, ASSETS),
        (UUID(int=2), ledger.Kind.EXCHANGE, ASSETS),
        (UUID(int=3), ledger.Kind.FEES, ASSETS),
    )
    found = {}

    async def work(tx: transaction.Tx) -> None:
        for each in ASSETS:
            await accounts.add_asset(tx, each)
        for owner, kind, assets in kinds:
            for asset in assets:
                found[owner, asset.number] = await accounts.ensure(tx, owner, kind, asset.number, random)

    await worker.run("test.open", work)
    neighbours = Neighbours()
    for each in (one, two):
        neighbours.knows(each)
    return Room(schema, db, worker, random, neighbours, one, two, found)
