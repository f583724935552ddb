"""A post office over a real vault and database; who people are comes from a register that the test fills."""

import dataclasses
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from customer_stack.notifications import model
from customer_stack.notifications.adapters import language_files
from customer_stack.notifications.service import delivering, notices, wording
from customer_stack.vault import model as vault_model
from customer_stack.vault import service as vault
from customer_stack.vault.adapters import files
from tests import stacks

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BRAND = model.Brand(
    name="Example Market",
    support_email="support@market.example",
    web="https://market.example",
    legal_entity="Example Market Limited",
    primary="#0f6b63",
    on_primary="#ffffff",
    surface="#ffffff",
    text="#10201e",
    time_zone="Asia/Colombo",
)


@dataclasses.dataclass
class Person:
    role: str
    addresses: model.Addresses
    registered_at: datetime


class Register:
    """Whoever keeps accounts, as far as notifications need them."""

    def __init__(self) -> None:
        self.people: dict[UUID, Person] = {}

    async def addresses(self, tx: transaction.Tx, account: UUID) -> model.Addresses:
        return self.people[account].addresses if account in self.people else model.Addresses()

    async def members(
        self, tx: transaction.Tx, *, role: str | None, registered_by: datetime, after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        found = sorted(
            account
            for account, person in self.people.items()
            if role in {None, person.role}
            and person.registered_at <= registered_by
            and (after is None or account > after)
        )
        return found[:limit]


class Recorder:
    """A carrier that does what it is told and remembers what it was handed."""

    def __init__(self) -> None:
        self.carried: list[model.Message] = []
        self.outcomes: list[model.Outcome] = []

    async def carry(self, message: model.Message) -> model.Outcome:
        self.carried.append(message)
        return self.outcomes.pop(0) if self.outcomes else model.Outcome(model.Verdict.ACCEPTED, "ok", "R1")

    async def close(self) -> None:
        """It has nothing to close."""


@dataclasses.dataclass
class Office:
    """All of it, with the handles that a test needs."""

    db: transaction.Database
    schema: stacks.StackDatabase
    time: clock.ManualClock
    register: Register
    vault: vault.Vault
    post: notices.Post
    carrier: Recorder
    carrying: delivering.Carrying
    random: ids.Ids

    async def admit(
        self, email: str | None = "kamala@people.example", phone: str | None = None, *, role: str = "investor"
    ) -> UUID:
        account = self.random.ref()
        self.register.people[account] = Person(role, model.Addresses(email, phone), self.time.now())
        await self.db.run("test.admit", lambda tx: self.vault.create(tx, account))
        return account

    async def notify(self, account: UUID, kind: model.Kind, **facts: str) -> UUID:
        self.time.advance(timedelta(milliseconds=1))  # numbers are ordered by the millisecond
        return await self.db.run("test.notify", lambda tx: self.post.notify(tx, account, kind, facts))

    async def code(self, account: UUID, channel: model.Channel, address: str, code: str = "314159") -> UUID:
        purpose = model.Purpose.VERIFY_EMAIL if channel is model.Channel.EMAIL else model.Purpose.VERIFY_PHONE
        return await self.db.run(
            "test.code", lambda tx: self.post.send_code(tx, account, channel, address, purpose, code)
        )

    async def state(self, delivery: UUID) -> tuple[str, int, str]:
        row = (await self.rows("SELECT state::text, attempts, code FROM delivery WHERE id = $1", delivery))[0]
        return row["state"], row["attempts"], row["code"]

    async def rows(self, statement: str, *args: object) -> list[transaction.Record]:
        return await self.db.run("test.rows", lambda tx: tx.fetch(statement, *args))

    async def sweep(self, after: timedelta = timedelta()) -> int:
        self.time.advance(after)
        return await self.carrying.due(self.db, 30)


def wordings(default: model.Locale = model.Locale.ENGLISH) -> wording.Wording:
    return wording.Wording(language_files.load(), BRAND, default)


@pytest.fixture
async def office(customer_schema: stacks.StackDatabase) -> AsyncIterator[Office]:
    db = await customer_schema.connect("customer_worker", size=8)
    time = clock.ManualClock(START)
    random = ids.SystemIds(time)
    safe = vault.Vault(
        files.Files({1: bytes(range(32))}), bytes(range(32)), random, time, columns=vault_model.Columns()
    )
    register, carrier = Register(), Recorder()
    post = notices.Post(safe, register, wordings(), time, random)
    carrying = delivering.Carrying(post, dict.fromkeys(model.Channel, carrier), time)
    await _let_the_worker_notify(customer_schema)
    yield Office(db, customer_schema, time, register, safe, post, carrier, carrying, random)
    await db.close()


async def _let_the_worker_notify(schema: stacks.StackDatabase) -> None:
    """A test is API and worker in one: it also chooses and marks as read."""
    superuser = await schema.superuser()
    await superuser.execute(
        "GRANT INSERT, UPDATE ON notice_choice, notice_preference, notification TO customer_worker;"
        "GRANT INSERT ON announcement, announcement_text TO customer_worker;"
    )
    await superuser.close()
