"""A desk that screens: a real database and vault, the sample lists loaded, and an index of them in memory."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from boundary.kernel import clock, ids, records
from boundary.kernel.runtime import transaction
from customer_stack import tables
from customer_stack.screening import model
from customer_stack.screening.model import people
from customer_stack.screening.service import decisions, listing, loaded, rescreening, standing, wiring
from customer_stack.vault import service as vault_service
from customer_stack.vault.adapters import files, opening
from tests import stacks
from tests.customer.screening import samples

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OFAC = tuple(
    model.ListFile(f"{part}.csv", data)
    for part, data in (("sdn", samples.SDN), ("alt", samples.ALT), ("add", samples.ADD))
)
UN = (model.ListFile("un.xml", samples.UN),)
FTM = (model.ListFile("peps.json", samples.FTM),)
POLICY = people.Policy(required=(model.Publisher.OFAC, model.Publisher.FTM))
HARUN = model.Person(names=("Harun Misbahi",), birth=date(1970, 5, 4), nationalities=("sy",))
TILDA = model.Person(names=("Tilda Sample",), birth=date(1990, 1, 2), nationalities=("lk",))


@dataclasses.dataclass
class Cases:
    """Whoever keeps cases: one for each kind, subject and link."""

    opened: dict[tuple[str, UUID], tuple[str, ...]] = dataclasses.field(default_factory=dict)

    async def open_(
        self,
        tx: transaction.Tx,
        *,
        kind: str,
        subject: UUID,
        reasons: tuple[str, ...],
        link: UUID | None,
        now: datetime,
        random: ids.Ids,
    ) -> UUID:
        self.opened[kind, subject] = reasons
        return subject


@dataclasses.dataclass
class Desk:
    """Who screens, and all that a test asks of it."""

    schema: stacks.StackDatabase
    db: transaction.Database
    operator: transaction.Database
    screening: wiring.Screening
    time: clock.ManualClock
    random: ids.Ids
    cases: Cases
    superuser: Any

    async def load(self, which: tuple[model.ListFile, ...], publisher: model.Publisher) -> listing.Loaded:
        return await listing.load(self.operator, which, publisher, self.screening.policy, self.time, self.random)

    async def ready(self) -> loaded.Ready:
        return await self.screening.lists.refresh(self.db)

    async def follow(self) -> bool:
        return await rescreening.follow(self.db, self.screening)

    async def account(self) -> UUID:
        """Somebody with a key."""
        subject = self.random.ref()
        vault = self.screening.vault
        await self.db.run("test.account", lambda tx: vault.create(tx, subject))
        return subject

    async def screen(self, person: model.Person, subject: UUID | None = None, **more: Any) -> decisions.Decision:
        number = subject or await self.account()
        given = {"trigger": people.Trigger.ONBOARDING} | more
        return await self.db.run(
            "test.screen", lambda tx: decisions.screen(tx, self.screening, subject=number, person=person, **given)
        )

    async def state(self, subject: UUID) -> people.State:
        now = self.time.now()
        return (await self.db.read("test.state", lambda tx: standing.of(tx, [subject], now)))[subject]

    async def reasons(self, subject: UUID) -> tuple[people.Reason, ...]:
        now = self.time.now()
        return (await self.db.read("test.why", lambda tx: standing.explained(tx, subject, now)))[1].reasons

    async def rows(self, statement: str, *args: object) -> list[Any]:
        return list(await self.superuser.fetch(statement, *args))

    async def entries(self, kind: type[records.Entry]) -> list[Any]:
        every = [
            records.decode(row[0], records.Entry)
            for row in await self.rows("SELECT payload FROM audit_entry ORDER BY id")
        ]
        return [entry for entry in every if isinstance(entry, kind)]

    def with_policy(self, **more: Any) -> "Desk":
        screening = self.screening._replace(policy=self.screening.policy._replace(**more))
        return dataclasses.replace(self, screening=screening)


@pytest.fixture
async def empty(customer_schema: stacks.StackDatabase) -> AsyncIterator[Desk]:
    """Nothing is loaded yet."""
    db = await customer_schema.connect("customer_worker", size=8)
    operator = await customer_schema.connect("customer_operator", size=2)
    time = clock.ManualClock(NOW)
    random = ids.SystemIds(time)
    vault = vault_service.Vault(
        files.Files({1: bytes(range(32))}), bytes(range(32)), random, time, columns=opening.columns(tables.METADATA)
    )
    cases = Cases()
    screening = wiring.Screening(vault, loaded.Lists(), POLICY, time, random, cases)
    superuser = await customer_schema.superuser()
    yield Desk(customer_schema, db, operator, screening, time, random, cases, superuser)
    await superuser.close()
    await vault.close()
    await operator.close()
    await db.close()


@pytest.fixture
async def desk(empty: Desk) -> Desk:
    """OFAC's sample list and the sample of office holders are in use."""
    await empty.load(OFAC, model.Publisher.OFAC)
    await empty.load(FTM, model.Publisher.FTM)
    await empty.ready()
    return empty
