"""Group commit on a real PostgreSQL: calls share a transaction, and nobody pays for another's mistake."""

import asyncio
from typing import Any

import asyncpg
import pytest

from boundary.kernel import errors
from boundary.kernel.runtime import batch, transaction
from tests.boundary.kernel.runtime.conftest import kill_all

Tx = transaction.Tx


class Taken(errors.Conflict):
    """The text is there already."""

    code = "test_taken"


class Writer:
    """Inserts numbers as accounts in one statement, and remembers how the calls were grouped."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.gate: asyncio.Event | None = None

    async def work(self, tx: Tx, items: list[int]) -> list[str | errors.Refusal]:
        self.groups.append(items)
        if self.gate:
            await self.gate.wait()
        good = [item for item in items if item != 13]
        await tx.execute("INSERT INTO account SELECT n, 0 FROM unnest($1::int[]) n", good)
        if 666 in items:
            raise KeyError("a defect that one item finds")
        if 667 in items:
            raise Taken("raised, though it should have been returned")
        return [Taken("no") if item == 13 else f"wrote {item}" for item in items]


async def accounts(raw: Any) -> set[int]:
    return {row["id"] for row in await raw.fetch("SELECT id FROM account WHERE id > 2")}


def group(db: transaction.Database, writer: Writer, size_max: int = 500) -> batch.Batch[int, str]:
    return db.batch("test.write", writer.work, size_max=size_max)


async def submit(calls: batch.Batch[int, str], items: list[int]) -> list[Any]:
    return await asyncio.gather(*map(calls.submit, items), return_exceptions=True)


async def test_concurrent_calls_share_transactions_and_each_gets_its_own_answer(
    db: transaction.Database, raw: Any
) -> None:
    writer = Writer()
    items = list(range(1000, 2000))
    assert await submit(group(db, writer), items) == [f"wrote {item}" for item in items]
    assert await accounts(raw) == set(items)
    assert [item for one in writer.groups for item in one] == items
    assert len(writer.groups) <= 4


async def test_a_lone_call_waits_for_nobody(db: transaction.Database) -> None:
    writer = Writer()
    async with asyncio.timeout(1):
        assert await group(db, writer).submit(100) == "wrote 100"


async def test_an_answer_comes_only_after_the_commit(db: transaction.Database, raw: Any) -> None:
    assert await group(db, Writer()).submit(100) == "wrote 100"
    assert await accounts(raw) == {100}


async def test_a_refusal_that_is_a_value_refuses_its_item_alone_and_in_the_same_transaction(
    db: transaction.Database, raw: Any
) -> None:
    writer = Writer()
    answers = await submit(group(db, writer), [100, 13, 101])
    assert [str(answer) for answer in answers] == ["wrote 100", "no", "wrote 101"]
    assert isinstance(answers[1], Taken)
    assert await accounts(raw) == {100, 101}
    assert len(writer.groups) == 1


@pytest.mark.parametrize(
    "bad, error",
    [
        (1, asyncpg.UniqueViolationError),
        (2**40, asyncpg.DataError),
        ("text", asyncpg.DataError),
        (666, KeyError),
        (667, Taken),
    ],
)
async def test_one_bad_item_does_not_sink_the_rest(
    db: transaction.Database, raw: Any, bad: Any, error: type[Exception]
) -> None:
    items = [*range(100, 150), bad, *range(150, 200)]
    answers = await submit(group(db, Writer()), items)
    assert isinstance(answers[50], error)
    assert [answers[at] for at in range(101) if at != 50] == [f"wrote {item}" for item in items if item is not bad]
    assert await accounts(raw) == set(range(100, 200))


async def test_many_bad_items_are_all_found(db: transaction.Database, raw: Any) -> None:
    items = [item for pair in zip(range(100, 150), [1] * 50, strict=True) for item in pair]
    answers = await submit(group(db, Writer()), items)
    assert answers[::2] == [f"wrote {item}" for item in range(100, 150)]
    assert all(isinstance(answer, asyncpg.UniqueViolationError) for answer in answers[1::2])
    assert await accounts(raw) == set(range(100, 150))


async def test_two_equal_items_of_one_batch_end_as_one_written_and_one_refused(
    db: transaction.Database, raw: Any
) -> None:
    first, second = await submit(group(db, Writer()), [100, 100])
    assert first == "wrote 100"
    assert isinstance(second, asyncpg.UniqueViolationError)
    assert await accounts(raw) == {100}


async def test_when_the_database_is_away_everybody_hears_it_at_once_and_nothing_is_tried_item_by_item(
    db: transaction.Database, raw: Any
) -> None:
    tries = 0

    async def killed(tx: Tx, items: list[int]) -> list[str | errors.Refusal]:
        nonlocal tries
        tries += 1
        await kill_all(raw)
        await tx.execute("SELECT 1")
        return [""] * len(items)

    answers = await submit(db.batch("test.killed", killed), list(range(50)))
    assert {type(answer) for answer in answers} == {transaction.Down}
    assert tries == 1


async def test_a_wrong_number_of_answers_commits_nothing_and_leaves_nobody_waiting(
    db: transaction.Database, raw: Any
) -> None:
    async def short(tx: Tx, items: list[int]) -> list[str | errors.Refusal]:
        await tx.execute("INSERT INTO account SELECT n, 0 FROM unnest($1::int[]) n", items)
        return ["one"] if len(items) > 1 else []

    async with asyncio.timeout(2):
        answers = await submit(db.batch("test.short", short), [100, 101, 102])
    assert {type(answer) for answer in answers} == {AssertionError}
    assert await accounts(raw) == set()


async def test_a_batch_is_never_larger_than_its_bound(db: transaction.Database) -> None:
    writer = Writer()
    await submit(group(db, writer, size_max=7), list(range(100, 150)))
    assert max(map(len, writer.groups)) == 7


async def test_a_caller_that_goes_away_takes_nobody_with_it(db: transaction.Database, raw: Any) -> None:
    writer = Writer()
    writer.gate = asyncio.Event()
    calls = group(db, writer)
    first = asyncio.create_task(calls.submit(100))
    await asyncio.sleep(0.02)
    gone, stays = asyncio.create_task(calls.submit(101)), asyncio.create_task(calls.submit(102))
    await asyncio.sleep(0.02)
    gone.cancel()
    first.cancel()
    writer.gate.set()
    assert await stays == "wrote 102"
    assert gone.cancelled() or gone.cancelling()
    assert await accounts(raw) == {100, 101, 102}  # accepted is accepted


async def test_more_than_may_wait_is_refused_at_once(
    db: transaction.Database, raw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "QUEUE_MAX", 5)
    writer = Writer()
    writer.gate = asyncio.Event()
    calls = group(db, writer)
    first = asyncio.create_task(calls.submit(100))
    await asyncio.sleep(0.02)
    tasks = [asyncio.create_task(calls.submit(item)) for item in range(101, 110)]
    await asyncio.sleep(0.02)
    refused = [task for task in tasks if task.done()]
    assert len(refused) == 4
    assert all(isinstance(task.exception(), batch.Overloaded) for task in refused)
    writer.gate.set()
    await asyncio.gather(first, *(task for task in tasks if task not in refused))
    assert await accounts(raw) == set(range(100, 106))


async def test_closing_finishes_what_was_accepted(scratch: str, raw: Any) -> None:
    db = await transaction.connect(scratch, application="tested", size=2)
    calls = group(db, Writer(), size_max=10)
    waiting = [asyncio.create_task(calls.submit(item)) for item in range(100, 200)]
    await asyncio.sleep(0)
    await db.close()
    assert await asyncio.gather(*waiting) == [f"wrote {item}" for item in range(100, 200)]
    assert await accounts(raw) == set(range(100, 200))
    with pytest.raises(transaction.Down):
        await calls.submit(200)


async def test_closing_does_not_wait_for_ever_and_tells_everybody_who_waits(
    scratch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "CLOSE_SECONDS", 0.1)
    db = await transaction.connect(scratch, application="tested", size=2)
    writer = Writer()
    writer.gate = asyncio.Event()
    calls = group(db, writer, size_max=1)
    waiting = [asyncio.create_task(calls.submit(item)) for item in range(100, 103)]
    await asyncio.sleep(0.02)
    async with asyncio.timeout(2):
        await db.close()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answer) for answer in answers] == [errors.OutcomeUnknown, batch.Stopped, batch.Stopped]
