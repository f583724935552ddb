"""Most batches are posted in one call. What the short way says yes to is what the rules would have said yes to."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import hypothesis
import pytest
from hypothesis import strategies as st

from customer_stack.ledger import model
from customer_stack.ledger.model import status
from customer_stack.ledger.repo import posting as repo
from customer_stack.ledger.rules import posting, reference
from customer_stack.ledger.service import posting as posting_service
from tests.customer.ledger import conftest

F, S = model.Flag, status.Status
TOO_LONG = 0.05


async def in_one_call(book: conftest.Book, wanted: Sequence[model.Transfer]) -> bool:
    rows = posting.plain(wanted)
    return rows is not None and await book.db.run("t", lambda tx: repo.post(tx, book.now, rows)) is not None


async def test_what_nothing_stands_against_is_posted_in_one_call(book: conftest.Book) -> None:
    chain = [
        book.transfer(book.house, book.a, 10, flags=F.LINKED, reference=UUID(int=9), tag64=5),
        book.transfer(book.a, book.b, 4, flags=F.LINKED | F.PENDING, tag32=6),
        book.transfer(book.euro_house, book.euro, 3, asset=2),
    ]
    assert await in_one_call(book, [book.transfer(book.house, book.b, 1), *chain])
    a = await book.account(book.a)
    assert (a.total, a.held, a.version) == (10, 4, 2)
    assert await book.post(chain[2]) == [S.EXISTS]
    assert await book.post(book.transfer(book.a, book.b, 7)) == [S.EXCEEDS_CREDITS]


OBSTACLES: dict[str, tuple[Callable[[conftest.Book], model.Transfer], status.Status]] = {
    "more than there is": (lambda b: b.transfer(b.a, b.b, 11), S.EXCEEDS_CREDITS),
    "no such account": (lambda b: b.transfer(b.a, UUID(int=1 << 90), 1), S.CREDIT_ACCOUNT_NOT_FOUND),
    "an account of another asset": (lambda b: b.transfer(b.a, b.euro, 1), S.ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER),
    "another asset": (
        lambda b: b.transfer(b.a, b.b, 1, asset=2),
        S.TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS,
    ),
    "a spent id": (lambda b: b.transfer(b.a, b.b, 1, id=UUID(int=77)), S.ID_ALREADY_FAILED),
    "an id with other input": (lambda b: b.transfer(b.a, b.b, 1, id=UUID(int=78)), S.EXISTS_WITH_DIFFERENT_AMOUNT),
    "the same again": (lambda b: b.transfer(b.a, b.b, 2, id=UUID(int=78)), S.EXISTS),
    "a closed account": (lambda b: b.transfer(b.a, b.house, 1), S.CREDIT_ACCOUNT_ALREADY_CLOSED),
    "more than can be counted": (
        lambda b: b.transfer(b.euro_house, b.euro, 1, asset=2),
        S.OVERFLOWS_DEBITS_POSTED,
    ),
}


@pytest.mark.parametrize("name", OBSTACLES)
async def test_what_the_books_have_something_against_sinks_nobody(book: conftest.Book, name: str) -> None:
    await book.fund(book.a, 12)
    assert await book.post(book.transfer(book.b, book.a, 1, id=UUID(int=77))) == [S.EXCEEDS_CREDITS]
    await book.done(book.transfer(book.a, book.b, 2, id=UUID(int=78)))
    await book.done(book.transfer(book.euro_house, book.euro, model.AMOUNT_MAX, asset=2))
    if name == "a closed account":
        await book.done(book.transfer(book.a, book.house, 0, flags=F.PENDING | F.CLOSING_CREDIT))
    make, answer = OBSTACLES[name]
    bad, good = make(book), book.transfer(book.a, book.b, 3)
    assert posting.plain([bad, good]) is not None
    assert not await in_one_call(book, [bad, good])
    before = await book.account(book.a)
    assert (before.debits_posted, before.version) == (2, 3 if name == "a closed account" else 2), "left a trace"
    assert await book.post(bad, good) == [answer, S.CREATED]
    assert (await book.account(book.a)).debits_posted == 5


async def test_what_happened_while_a_batch_waited_for_its_accounts_counts(book: conftest.Book) -> None:
    await book.fund(book.a, 10)
    closing = book.transfer(book.a, book.b, 0, flags=F.PENDING | F.CLOSING_DEBIT)
    late = book.transfer(book.a, book.b, 1)

    async def slow(tx: Any) -> asyncio.Task[list[status.Status]]:
        assert (await posting_service.post(tx, [closing], book.now))[0].status is S.CREATED
        waiting = asyncio.create_task(book.post(late))
        done, _ = await asyncio.wait([waiting], timeout=TOO_LONG)
        assert not done
        return waiting

    assert await (await book.db.run("t", slow)) == [S.DEBIT_ACCOUNT_ALREADY_CLOSED]


ACCOUNTS = [UUID(int=n) for n in range(1, 5)]
BOOKS = {
    id_: model.Account(id_, 1 + (n == 3), 10, flags, credits_posted=20 * n)
    for n, (id_, flags) in enumerate(zip(ACCOUNTS, (2, 4, 34, 0), strict=True))
}
transfers = st.builds(
    model.Transfer,
    st.integers(0, 6).map(lambda n: UUID(int=n)),
    st.sampled_from([*ACCOUNTS, model.NIL]),
    st.sampled_from([*ACCOUNTS, model.ID_MAX]),
    st.sampled_from((0, 1, 5, 30, model.API_AMOUNT_MAX, model.AMOUNT_MAX, -1)),
    st.integers(0, 2),
    st.integers(0, 1),
    st.sampled_from((0, 0, 0, 1, 2, 3, 4, 8, 16, 64, 256, 512, 1024, 2048)),
    timeout=st.sampled_from((0, 0, 0, 9)),
    tag64=st.sampled_from((0, 3)),
    reverses=st.sampled_from((model.NIL, model.NIL, UUID(int=3))),
    timestamp=st.sampled_from((0, 0, 0, 1)),
    effective_at=st.sampled_from((None, None, conftest.NOW)),
    expect=st.sampled_from((None, None, model.Expectation(ACCOUNTS[0], 0))),
    verdict=st.sampled_from((None, UUID(int=9))),
    cause=st.sampled_from((model.Cause.NONE, model.Cause.FEE)),
)


@hypothesis.given(st.lists(transfers, min_size=1, max_size=4))
@hypothesis.settings(max_examples=400, deadline=None, derandomize=True)
def test_the_short_way_writes_what_the_rules_write_when_they_allow_it(batch: list[model.Transfer]) -> None:
    decision = posting.decide(reference.Books(accounts=dict(BOOKS)), batch, conftest.NOW)
    rows = posting.plain(batch)
    if rows is not None and all(answer is S.CREATED for answer in decision.statuses):
        assert rows == decision.applied
        assert (decision.failed, decision.alarms, decision.closed, decision.opened) == ([], [], [], [])
    if rows is not None:
        assert set(decision.statuses) <= STATE, "whatever stands against a plain batch is in the books"


STATE = {
    S.CREATED,
    S.EXCEEDS_CREDITS,
    S.EXCEEDS_DEBITS,
    S.LINKED_EVENT_FAILED,
    S.DEBIT_ACCOUNT_NOT_FOUND,
    S.CREDIT_ACCOUNT_NOT_FOUND,
    S.DEBIT_ACCOUNT_ID_MUST_NOT_BE_ZERO,
    S.CREDIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX,
    S.ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER,
    S.TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS,
    S.DEBIT_ACCOUNT_ALREADY_CLOSED,
    S.CREDIT_ACCOUNT_ALREADY_CLOSED,
}
