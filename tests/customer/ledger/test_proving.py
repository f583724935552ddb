"""`ledger verify` finds whatever was changed behind the ledger's back, and says where."""

import asyncio
import random  # noqa: TID251 -- drawn from a printed seed
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from customer_stack.ledger import model
from customer_stack.ledger.rules import reference
from customer_stack.ledger.service import accounts, posting, proving
from tests import stacks
from tests.customer.ledger import conftest, machine, plants

BATCHES = 110


async def a_ledger_with_history(db: transaction.Database, seed: int) -> int:
    """Some hundred transfers of every kind; how many."""
    random_ids = ids.SeededIds(seed)
    books, now = reference.Books(), machine.START
    made = [random_ids.ref() for _ in machine.ACCOUNTS]
    wanted = [
        model.Account(id_, asset, int(model.Kind.PAYABLE), int(flags))
        for id_, (asset, flags) in zip(made, machine.ACCOUNTS, strict=True)
    ]
    books.create_accounts(wanted)
    await db.run("t", lambda tx: accounts.open_all(tx, wanted))
    for number in range(BATCHES):
        batch = machine.Composer(books, made, now, seed).batch(random.Random(seed * 1000 + number))
        batch += [] if number % 20 else funds(made, seed, number)
        books.create_transfers(batch, now)
        await db.run("t", lambda tx, batch=batch, now=now: posting.post(tx, batch, now))
        now += machine.timedelta(seconds=1)
        books.expire(now)
        await db.run("t", lambda tx, now=now: posting.expire(tx, now, random_ids))
    return len(books.transfers)


def funds(made: list[UUID], seed: int, number: int) -> list[model.Transfer]:
    """Accounts that stay empty refuse almost everything."""
    return [
        model.Transfer(UUID(int=seed << 64 | 5000 + number * 10 + place), made[debit], made[credit], 200, asset, 1)
        for place, (debit, credit, asset) in enumerate(((2, 0, 1), (1, 3, 1), (4, 5, 2)))
    ]


@pytest.fixture
async def superuser(customer_schema: stacks.StackDatabase, customer_db: transaction.Database) -> AsyncIterator[Any]:
    for asset in (conftest.USD, conftest.EUR):
        await customer_db.run("t", lambda tx, asset=asset: accounts.add_asset(tx, asset))
    assert await a_ledger_with_history(customer_db, 1) > 90
    connection = await customer_schema.superuser()
    await connection.execute(plants.SETTING)
    yield connection
    await connection.close()


async def found_all(db: transaction.Database, connection: Any, count: int, seed: int) -> None:
    book, chance = await plants.look(connection), random.Random(seed)
    assert not (await proving.verify(db)).fault
    for number in range(count):
        plant = plants.PLANTS[number % len(plants.PLANTS)](book, chance)
        await connection.execute(plant.make, *plant.arguments)
        report = await proving.verify(db)
        assert report.fault, (seed, number, plant)
        assert report.account in plant.accounts, (seed, number, plant, report)
        if plant.seq is not None:
            assert report.seq == plant.seq, (seed, number, plant, report)
        await connection.execute(plant.undo, *plant.arguments)
    assert not (await proving.verify(db)).fault


async def test_five_hundred_planted_differences_are_found_with_their_place(
    customer_db: transaction.Database, superuser: Any
) -> None:
    await found_all(customer_db, superuser, 500, seed=1)


async def test_pieces_do_not_matter(
    customer_db: transaction.Database, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with pieces so small that almost every row is at an edge."""
    monkeypatch.setattr(proving, "PIECE", 7)
    monkeypatch.setattr(proving, "ACCOUNTS", 2)
    await found_all(customer_db, superuser, 20, seed=2)


@pytest.mark.faults
@pytest.mark.timeout(3600)
async def test_planted_differences_of_another_seed_are_all_found(
    customer_db: transaction.Database, superuser: Any
) -> None:
    await found_all(customer_db, superuser, 5000, seed=random.SystemRandom().getrandbits(32))


async def test_progress_ends_at_its_total(customer_db: transaction.Database, superuser: Any) -> None:
    seen: list[tuple[int, int]] = []
    report = await proving.verify(customer_db, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert report.accounts == len(machine.ACCOUNTS)


async def test_what_is_being_posted_meanwhile_is_no_difference(
    customer_db: transaction.Database, superuser: Any
) -> None:
    books = [a_ledger_with_history(customer_db, seed) for seed in (2, 3)]
    tasks = [asyncio.create_task(each) for each in books]
    checked = 0
    while not all(task.done() for task in tasks):
        report = await proving.verify(customer_db)
        assert not report.fault, report
        checked += 1
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert checked > 2
