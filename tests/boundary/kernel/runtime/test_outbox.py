"""The outbox: committed messages arrive in order and at least once; nothing is dropped because something is down."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from boundary.kernel import records
from boundary.kernel.runtime import outbox, transaction
from tests.boundary.kernel.runtime.conftest import Log
from tests.stacks import StackDatabase


class Note(records.Message, frozen=True, tag="test.note.v1"):
    """A message of these tests."""

    number: int


class Receiver:
    """Takes deliveries, and does whatever the test plans for the next ones."""

    def __init__(self) -> None:
        self.got: list[int] = []
        self.plans: list[Any] = []

    async def deliver(self, messages: Sequence[records.Message]) -> None:
        self.got += [message.number for message in messages if isinstance(message, Note)]
        if self.plans:
            await self.plans.pop(0)()


async def put(db: transaction.Database, *numbers: int) -> None:
    async def work(tx: transaction.Tx) -> None:
        for number in numbers:
            await outbox.put(tx, Note(number))

    await db.run("test.put", work)


async def left(db: transaction.Database) -> int:
    return int(await db.read("test.left", lambda tx: tx.value("SELECT count(*) FROM outbox")))


async def test_messages_arrive_in_order_once_and_are_gone(customer_db: transaction.Database) -> None:
    receiver = Receiver()
    drainer = outbox.Drainer(customer_db, receiver.deliver)
    await put(customer_db, *range(450))
    assert [await drainer.drain() for _ in range(4)] == [200, 200, 50, 0]
    assert receiver.got == list(range(450))
    assert await left(customer_db) == 0


async def test_a_message_of_a_transaction_that_is_rolled_back_never_arrives(customer_db: transaction.Database) -> None:
    async def work(tx: transaction.Tx) -> None:
        await outbox.put(tx, Note(1))
        raise KeyError

    with pytest.raises(KeyError):
        await customer_db.run("test.rolled_back", work)
    receiver = Receiver()
    assert await outbox.Drainer(customer_db, receiver.deliver).drain() == 0


async def test_what_cannot_be_delivered_stays_and_is_delivered_later(customer_db: transaction.Database) -> None:
    async def down() -> None:
        raise ConnectionError

    receiver = Receiver()
    receiver.plans = [down, down]
    drainer = outbox.Drainer(customer_db, receiver.deliver)
    await put(customer_db, 1, 2)
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await drainer.drain()
        assert await left(customer_db) == 2
    assert await drainer.drain() == 2
    assert receiver.got == [1, 2] * 3


async def test_a_delivery_that_hangs_is_given_up_in_time(
    customer_db: transaction.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "DELIVERY_SECONDS_MAX", 0.1)
    receiver = Receiver()
    receiver.plans = [lambda: asyncio.sleep(3600)]
    drainer = outbox.Drainer(customer_db, receiver.deliver)
    await put(customer_db, 1)
    async with asyncio.timeout(2):
        with pytest.raises(TimeoutError):
            await drainer.drain()
    assert await drainer.drain() == 1
    assert receiver.got == [1, 1]


async def test_killed_between_delivery_and_commit_a_message_is_delivered_again(customer_schema: StackDatabase) -> None:
    db = await customer_schema.connect("customer_worker")
    superuser = await customer_schema.superuser()

    async def kill() -> None:
        await superuser.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    receiver = Receiver()
    receiver.plans = [kill]
    drainer = outbox.Drainer(db, receiver.deliver)
    await put(db, 1)
    with pytest.raises(transaction.Down):
        await drainer.drain()
    assert await drainer.drain() == 1
    assert receiver.got == [1, 1]
    await db.close()
    await superuser.close()


async def test_drainers_side_by_side_do_not_deliver_the_same_message_twice(customer_db: transaction.Database) -> None:
    async def slow() -> None:
        await asyncio.sleep(0.02)

    receivers = [Receiver() for _ in range(3)]
    await put(customer_db, *range(1500))
    for receiver in receivers:
        receiver.plans = [slow] * 50

    async def drain(receiver: Receiver) -> None:
        drainer = outbox.Drainer(customer_db, receiver.deliver)
        while await drainer.drain():
            pass

    await asyncio.gather(*map(drain, receivers))
    assert sorted(number for receiver in receivers for number in receiver.got) == list(range(1500))
    assert all(receiver.got == sorted(receiver.got) for receiver in receivers)
    assert sum(bool(receiver.got) for receiver in receivers) > 1


async def test_a_message_of_another_release_stays_and_blocks_nobody(
    customer_db: transaction.Database, customer_schema: StackDatabase, log: Log
) -> None:
    superuser = await customer_schema.superuser()
    await superuser.execute(
        "INSERT INTO outbox (payload) SELECT '\\x91a8746f6d6f72726f77'::bytea FROM generate_series(1, 300)"
    )
    await put(customer_db, 1)
    receiver = Receiver()
    drainer = outbox.Drainer(customer_db, receiver.deliver)
    assert [await drainer.drain() for _ in range(3)] == [0, 1, 0]
    assert receiver.got == [1]
    assert await left(customer_db) == 300
    assert len(log.lines("outbox.unknown")) == 300
    assert "tomorrow" not in log.text
    await superuser.close()


async def test_the_loop_stops_when_it_is_told_to(customer_db: transaction.Database) -> None:
    receiver = Receiver()
    stop = asyncio.Event()
    loop = asyncio.create_task(outbox.Drainer(customer_db, receiver.deliver).loop(stop))
    await put(customer_db, 1)
    while not receiver.got:  # noqa: ASYNC110 -- what is waited for knows no events
        await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(loop, 1)
    assert await left(customer_db) == 0
