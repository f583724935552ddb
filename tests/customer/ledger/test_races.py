"""A hundred at once, of which exactly one may."""

import asyncio
import collections
from collections.abc import Callable
from uuid import UUID

import pytest

from boundary.kernel import clock
from boundary.kernel.runtime import transaction
from customer_stack.ledger import model
from customer_stack.ledger.model import status
from customer_stack.ledger.service import accounts, posting, proving
from tests import stacks
from tests.customer.ledger import conftest

S = status.Status
HUNDRED = 100
SCOPE = UUID(int=99)


async def alone(book: conftest.Book, wanted: list[model.Transfer]) -> list[status.Status]:
    """Each in a transaction of its own, as many at once as there are connections."""
    answers = await asyncio.gather(*(book.post(each) for each in wanted))
    return [answer for (answer,) in answers]


async def grouped(book: conftest.Book, wanted: list[model.Transfer]) -> list[status.Status]:
    """Through group commit, each under a key of its own."""
    poster = posting.Poster(book.db, clock.ManualClock(book.now))
    commands = [posting.Command(SCOPE, str(each.id), (each,)) for each in wanted]
    answers = await asyncio.gather(*(poster.submit(command) for command in commands))
    return [answer[0].status for answer in answers]


Way = Callable[[conftest.Book, list[model.Transfer]], "asyncio.Future[list[status.Status]]"]
WAYS = pytest.mark.parametrize("way", [alone, grouped])


@WAYS
async def test_of_a_hundred_spends_of_one_balance_one_passes(book: conftest.Book, way: Way) -> None:
    await book.fund(book.a, 10)
    counts = collections.Counter(await way(book, [book.transfer(book.a, book.b, 10) for _ in range(HUNDRED)]))
    assert counts == {S.CREATED: 1, S.EXCEEDS_CREDITS: HUNDRED - 1}
    assert (await book.account(book.b)).total == 10


@WAYS
async def test_of_a_hundred_posts_of_one_pending_transfer_one_passes(book: conftest.Book, way: Way) -> None:
    await book.fund(book.a, 10)
    hold = book.transfer(book.a, book.b, 10, flags=model.Flag.PENDING)
    await book.done(hold)
    ends = [
        book.transfer(
            model.NIL,
            model.NIL,
            (0, model.AMOUNT_MAX)[n % 2],
            asset=0,
            code=0,
            flags=(model.Flag.VOID, model.Flag.POST)[n % 2],
            pending_id=hold.id,
        )
        for n in range(HUNDRED)
    ]
    counts = collections.Counter(await way(book, ends))
    assert counts[S.CREATED] == 1
    assert sum(counts[each] for each in (S.PENDING_TRANSFER_ALREADY_POSTED, S.PENDING_TRANSFER_ALREADY_VOIDED)) == 99
    assert (await book.account(book.a)).held == 0


@WAYS
async def test_of_a_hundred_uses_of_one_id_one_passes(book: conftest.Book, way: Way) -> None:
    """Half of them between other accounts, so that no lock on a balance orders them."""
    others = [
        book.transfer(book.house, book.a, 1, id=UUID(int=7)),
        book.transfer(book.euro_house, book.euro, 1, id=UUID(int=7), asset=2),
    ]
    wanted = [others[n % 2] for n in range(HUNDRED)]
    if way is grouped:  # the group's keys are the ids
        wanted = [others[0]] * HUNDRED
        assert collections.Counter(await way(book, wanted)) == {S.CREATED: HUNDRED}
        assert (await book.account(book.a)).total == 1
        return
    counts = collections.Counter(await way(book, wanted))
    assert counts[S.CREATED] == 1
    assert counts[S.EXISTS] == 49
    assert (await book.account(book.a)).total + (await book.account(book.euro)).total == 1


async def test_of_a_hundred_commands_with_one_key_in_many_processes_one_takes_effect(
    book: conftest.Book, customer_schema: stacks.StackDatabase
) -> None:
    """As many processes would: each with a group of its own, so that the database alone decides."""
    pools = [await customer_schema.connect("customer_api", size=1) for _ in range(10)]
    posters = [posting.Poster(db, clock.ManualClock(book.now)) for db in pools]
    commands = [
        posting.Command(SCOPE, "one", (book.transfer(book.house, book.a, 5, id=UUID(int=70 + n % 2)),))
        for n in range(HUNDRED)
    ]
    answers = await asyncio.gather(
        *(posters[n % 10].submit(command) for n, command in enumerate(commands)), return_exceptions=True
    )
    assert (await book.account(book.a)).total == 5
    kinds = collections.Counter(type(answer) for answer in answers)
    assert kinds == {list: 50, posting.KeyReused: 50}
    for db in pools:
        await db.close()


async def test_of_a_hundred_reversals_of_one_transfer_one_passes(book: conftest.Book) -> None:
    paid = book.transfer(book.house, book.a, 10)
    await book.done(paid)
    await book.fund(book.a, 1000)
    wanted = [book.transfer(book.a, book.house, 10, reverses=paid.id) for _ in range(HUNDRED)]
    counts = collections.Counter(await alone(book, wanted))
    assert counts == {S.CREATED: 1, S.REVERSED_TRANSFER_ALREADY_REVERSED: HUNDRED - 1}


async def test_of_a_hundred_transfers_that_expect_one_version_one_passes(book: conftest.Book) -> None:
    await book.fund(book.a, 1000)
    expect = model.Expectation(book.a, version=1)
    counts = collections.Counter(
        await alone(book, [book.transfer(book.a, book.b, 1, expect=expect) for _ in range(HUNDRED)])
    )
    assert counts == {S.CREATED: 1, S.UNEXPECTED_VERSION: HUNDRED - 1}


async def test_crossing_batches_neither_deadlock_nor_lose_a_unit(book: conftest.Book) -> None:
    """Every batch moves both ways between the same accounts, in another order."""
    await book.fund(book.a, 500)
    await book.fund(book.b, 500)

    async def batch(n: int) -> None:
        pairs = [(book.a, book.b), (book.b, book.a), (book.house, book.a), (book.b, book.house)]
        await book.done(*(book.transfer(*pairs[(n + k) % 4], 1 + (n + k) % 3) for k in range(10)))

    await asyncio.gather(*(batch(n) for n in range(40)))
    assert not (await proving.verify(book.db)).fault


async def test_an_account_is_opened_once_by_a_hundred(book: conftest.Book) -> None:
    id_ = book.ids.ref()

    async def open_(_: int) -> status.Status:
        async def work(tx: transaction.Tx) -> list[status.Status]:
            return await accounts.open_all(tx, [model.Account(id_, 1, conftest.KIND, conftest.BOUNDED)])

        return (await book.db.run("t", work))[0]

    counts = collections.Counter(await asyncio.gather(*(open_(n) for n in range(HUNDRED))))
    assert counts == {S.CREATED: 1, S.EXISTS: HUNDRED - 1}
