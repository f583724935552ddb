"""A hundred at once of which one may pass, and a process that dies between its verdict and its posting."""

import asyncio
import collections
import contextlib
import pathlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from uuid import UUID

import pytest

from customer_stack.compliance import model
from customer_stack.ledger import model as ledger
from customer_stack.safeguards import model as safeguard
from tests.customer.compliance import house

ROOT = pathlib.Path(__file__).parents[3]
HUNDRED = 100
K = model.OperationKind


async def test_of_a_hundred_that_would_each_just_fit_into_the_day_one_passes(room: house.Room) -> None:
    """A month of them is at hand, so that nothing but the limit says no."""
    day, single = 1_500_000_000, 500_000_000
    await room.fund(HUNDRED * single)
    await room.does(room.operation(K.STAKE, single), room.operation(K.STAKE, single))
    found = await asyncio.gather(*(room.does(room.operation(K.STAKE, single)) for _ in range(HUNDRED)))
    assert collections.Counter(each[0].answer.value for each in found) == {"allow": 1, "refuse": HUNDRED - 1}
    assert await room.total() == HUNDRED * single - day


async def test_of_a_hundred_against_ones_own_limit_one_passes(room: house.Room) -> None:
    await room.fund(HUNDRED * 1_000)
    which = safeguard.LimitKind.STAKE, safeguard.Period.DAY
    await room.db.run("t", lambda tx: room.desk.set_limit(tx, room.one, which, "10.00", room.now))
    found = await asyncio.gather(*(room.does(room.operation(K.STAKE, 1_000)) for _ in range(HUNDRED)))
    assert collections.Counter(each[0].answer.value for each in found) == {"allow": 1, "refuse": HUNDRED - 1}


async def test_a_hundred_in_one_batch_are_counted_as_they_come(room: house.Room) -> None:
    which = safeguard.LimitKind.STAKE, safeguard.Period.DAY
    await room.fund(HUNDRED * 1_000)
    await room.db.run("t", lambda tx: room.desk.set_limit(tx, room.one, which, "10.00", room.now))
    found = await room.does(*(room.operation(K.STAKE, 1_000) for _ in range(HUNDRED)))
    assert [each.answer.value for each in found] == ["allow"] + ["refuse"] * (HUNDRED - 1)


async def test_batches_of_the_same_people_in_another_order_do_not_wait_in_a_circle(room: house.Room) -> None:
    people = [room.one, room.two]

    async def batch(n: int) -> None:
        order = people if n % 2 else people[::-1]
        await room.evaluate(*(room.operation(K.STAKE, 1, account=account) for account in order))

    await asyncio.gather(*(batch(n) for n in range(40)))
    assert (await room.query("SELECT count(*) FROM clearance"))[0][0] == 80


@contextlib.contextmanager
def judging(room: house.Room, step: str) -> "Iterator[subprocess.Popen[str]]":
    arguments = (room.one, room.account().id, room.cash[ledger.HOUSE, 1].id, UUID(int=4711))
    with subprocess.Popen(
        [sys.executable, "-m", "tests.customer.compliance.judging_process", room.schema.url("customer_api"), step,
         *map(str, arguments)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("step", ["judged", "posted"])
async def test_a_process_that_is_killed_behind_its_verdict_leaves_neither(room: house.Room, step: str) -> None:
    await room.fund(100)
    with judging(room, step) as process:
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == f"{step} allow\n"
        process.send_signal(signal.SIGKILL)
    assert (await room.query("SELECT count(*) FROM clearance"))[0][0] == 0
    assert await room.total() == 100
    found = await room.does(room.operation(K.WITHDRAWAL, 100, id=UUID(int=4711)))
    assert found[0].answer is model.Answer.ALLOW
    assert await room.total() == 0
