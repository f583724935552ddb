"""What the service adds to the rules: keys, modes, expectations, reversal, expiry, alarms, and the audit log."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from boundary.kernel import clock, errors, records
from boundary.kernel.runtime import transaction
from customer_stack.ledger import model
from customer_stack.ledger.model import entries, status
from customer_stack.ledger.repo import posting as repo
from customer_stack.ledger.service import accounts, posting, reading
from tests import stacks
from tests.customer.ledger import conftest

S = status.Status
SCOPE = UUID(int=99)


async def audited(schema: stacks.StackDatabase) -> list[Any]:
    """What the ledger told the audit log, in order."""
    superuser = await schema.superuser()
    try:
        rows = await superuser.fetch("SELECT payload FROM audit_entry ORDER BY id")
    finally:
        await superuser.close()
    found = [records.decode(row["payload"], records.Entry) for row in rows]
    return [each for each in found if str(each.__struct_config__.tag).startswith("ledger.")]


async def test_a_bad_transfer_does_not_sink_the_others(book: conftest.Book) -> None:
    t = [book.transfer(book.house, book.a, 10), book.transfer(book.a, book.b, 11), book.transfer(book.a, book.b, 4)]
    assert await book.post(*t) == [S.CREATED, S.EXCEEDS_CREDITS, S.CREATED]
    assert ((await book.account(book.a)).total, (await book.account(book.b)).total) == (6, 4)


async def test_a_conversion_is_a_chain_over_two_assets_or_nothing(book: conftest.Book) -> None:
    await book.fund(book.a, 100)
    linked = int(model.Flag.LINKED)
    give = book.transfer(book.a, book.house, 100, flags=linked)
    take = book.transfer(book.euro_house, book.euro, 92, asset=2)
    await book.done(give, take)
    again = [book.transfer(book.a, book.house, 1, flags=linked), book.transfer(book.euro_house, book.euro, 1, asset=2)]
    assert await book.post(*again) == [S.EXCEEDS_CREDITS, S.LINKED_EVENT_FAILED]
    found, chain = await book.db.read("t", lambda tx: reading.transfer(tx, take.id))
    assert [each.transfer.id for each in chain] == [give.id, take.id]
    assert found.chain == chain[0].seq


async def test_a_hold_counts_against_the_bound_until_it_ends(book: conftest.Book) -> None:
    await book.fund(book.a, 10)
    hold = book.transfer(book.a, book.b, 8, flags=model.Flag.PENDING)
    await book.done(hold)
    account = await book.account(book.a)
    assert (account.total, account.held, account.available) == (10, 8, 2)
    assert await book.post(book.transfer(book.a, book.b, 3)) == [S.EXCEEDS_CREDITS]
    part = book.transfer(model.NIL, model.NIL, 5, asset=0, code=0, flags=model.Flag.POST, pending_id=hold.id)
    await book.done(part)
    account = await book.account(book.a)
    assert (account.total, account.held, account.available) == (5, 0, 5)


async def test_recording_writes_what_happened_and_raises_the_alarm(
    book: conftest.Book, customer_schema: stacks.StackDatabase
) -> None:
    taken = book.transfer(book.a, book.house, 7, flags=model.Flag.RECORDED)
    await book.done(taken)
    assert (await book.account(book.a)).total == -7
    found = await book.db.read("t", lambda tx: reading.alarms(tx, None, 10))
    assert [(each[1], each[2], each[3]) for each in found] == [(taken.id, book.a, "exceeds_credits")]
    assert entries.BoundBroken(taken.id, book.a) in await audited(customer_schema)
    assert await book.post(book.transfer(book.a, book.b, 1)) == [S.EXCEEDS_CREDITS]
    await book.fund(book.a, 8)
    await book.done(book.transfer(book.a, book.b, 1))


async def test_an_expectation_is_met_or_nothing_happens(book: conftest.Book) -> None:
    await book.fund(book.a, 10)
    seen = await book.account(book.a)
    stale = model.Expectation(book.a, version=seen.version + 1)
    assert await book.post(book.transfer(book.a, book.b, 1, expect=stale)) == [S.UNEXPECTED_VERSION]
    assert await book.post(
        book.transfer(book.a, book.b, 1, expect=model.Expectation(book.a, balance=9)),
        book.transfer(book.a, book.b, 1, expect=model.Expectation(book.house, version=1, balance=-10)),
        book.transfer(book.a, book.b, 1, expect=model.Expectation(book.a, version=seen.version, balance=10)),
        book.transfer(book.a, book.b, 1, expect=model.Expectation(book.a, version=seen.version, balance=10)),
    ) == [S.UNEXPECTED_BALANCE, S.EXPECTATION_NAMES_ANOTHER_ACCOUNT, S.CREATED, S.UNEXPECTED_VERSION]


async def test_only_a_mirror_undoes_a_transfer_and_only_once(book: conftest.Book) -> None:
    paid = book.transfer(book.house, book.a, 10)
    await book.done(paid)
    assert await book.post(book.transfer(book.a, book.house, 9, reverses=paid.id)) == [S.REVERSAL_MUST_MIRROR]
    await book.done(book.transfer(book.a, book.house, 10, reverses=paid.id))
    assert await book.post(book.transfer(book.a, book.house, 10, reverses=paid.id)) == [
        S.REVERSED_TRANSFER_ALREADY_REVERSED
    ]
    assert (await book.account(book.a)).total == 0


async def test_the_second_asker_with_a_key_gets_the_first_answer(book: conftest.Book) -> None:
    poster = posting.Poster(book.db, clock.ManualClock(book.now))
    await book.fund(book.a, 5)
    command = posting.Command(SCOPE, "k", (book.transfer(book.a, book.b, 5),))
    first = await poster.submit(command)
    assert [result.status for result in first] == [S.CREATED]
    assert await poster.submit(command) == first
    with pytest.raises(posting.KeyReused):
        await poster.submit(msgspec.structs.replace(command, transfers=(book.transfer(book.a, book.b, 4),)))
    refused = posting.Command(SCOPE, "k2", (book.transfer(book.a, book.b, 5),))
    answer = await poster.submit(refused)
    await book.fund(book.a, 5)
    assert await poster.submit(refused) == answer
    assert [result.status for result in answer] == [S.EXCEEDS_CREDITS]
    assert (await poster.submit(msgspec.structs.replace(command, scope=UUID(int=1))))[0].status is S.EXISTS


async def test_a_command_that_leaves_a_chain_open_is_refused_and_joins_nobody_elses(book: conftest.Book) -> None:
    poster = posting.Poster(book.db, clock.ManualClock(book.now))
    open_ = posting.Command(SCOPE, "1", (book.transfer(book.house, book.a, 5, flags=model.Flag.LINKED),))
    good = posting.Command(SCOPE, "2", (book.transfer(book.house, book.a, 5),))
    answers = await asyncio.gather(poster.submit(open_), poster.submit(good), return_exceptions=True)
    assert isinstance(answers[0], posting.ChainOpen)
    assert answers[1] == [model.Result(good.transfers[0].id, S.CREATED)]


async def test_post_all_is_all_or_an_exception_that_undoes_it(book: conftest.Book) -> None:
    wanted = [book.transfer(book.house, book.a, 5), book.transfer(book.a, book.b, 6)]
    with pytest.raises(posting.NotPosted) as refused:
        await book.db.run("t", lambda tx: posting.post_all(tx, wanted, book.now))
    assert dict(refused.value.facts) == {"reason": "exceeds_credits", "index": 1}
    assert (await book.account(book.a)).version == 0
    assert await book.post(wanted[0]) == [S.CREATED]


async def test_what_is_pending_too_long_is_released_and_says_so(book: conftest.Book) -> None:
    await book.fund(book.a, 10)
    hold = book.transfer(book.a, book.b, 10, flags=model.Flag.PENDING, timeout=60)
    lasting = book.transfer(book.house, book.b, 1, flags=model.Flag.PENDING)
    await book.done(hold, lasting)
    expire = lambda: book.db.run("t", lambda tx: posting.expire(tx, book.now, book.ids))  # noqa: E731 -- said twice
    assert await expire() == 0
    book.pass_time(seconds=60)
    assert await book.post(
        book.transfer(model.NIL, model.NIL, 1, asset=0, code=0, flags=model.Flag.POST, pending_id=hold.id)
    ) == [S.PENDING_TRANSFER_EXPIRED]
    assert (await book.account(book.a)).held == 10
    assert await expire() == 1
    assert await expire() == 0
    assert (await book.account(book.a)).held == 0
    found, _ = await book.db.read("t", lambda tx: reading.transfer(tx, hold.id))
    assert found.resolution is model.Resolution.EXPIRED


async def test_no_accounts_time_goes_backwards(book: conftest.Book) -> None:
    await book.fund(book.a, 10)
    later = book.now
    book.now -= timedelta(hours=1)
    t = book.transfer(book.a, book.b, 1)
    await book.done(t)
    found, _ = await book.db.read("t", lambda tx: reading.transfer(tx, t.id))
    assert found.posted_at == later


async def test_every_batch_is_in_the_audit_log_with_a_hash_of_each_transfer(
    book: conftest.Book, customer_schema: stacks.StackDatabase
) -> None:
    wanted = [book.transfer(book.house, book.a, 1) for _ in range(700)]
    await book.done(*wanted)
    refused = book.transfer(book.b, book.a, 1)
    assert await book.post(refused) == [S.EXCEEDS_CREDITS]
    posted = [each for each in await audited(customer_schema) if isinstance(each, entries.TransfersPosted)]
    assert [each.count for each in posted] == [500, 200]
    hashes = b"".join(each.hashes for each in posted)
    assert hashes == b"".join(entries.item(each, 0, clock.to_micros(book.now)) for each in wanted)
    failed = [each for each in await audited(customer_schema) if isinstance(each, entries.TransfersFailed)]
    assert [each.count for each in failed] == [1]


async def test_a_batch_has_a_bound(book: conftest.Book) -> None:
    many = [book.transfer(book.house, book.a, 1)] * (model.BATCH_MAX + 1)
    with pytest.raises(posting.TooMany):
        await book.post(*many)
    assert await book.post() == []


# ---- the database says it too

FORBIDDEN = (
    "INSERT INTO ledger_transfer (posted_at, id, flags) VALUES (now(), gen_random_uuid(), 32768)",
    "UPDATE ledger_transfer SET amount = amount + 1",
    "DELETE FROM ledger_transfer",
    "TRUNCATE ledger_transfer",
    "UPDATE ledger_balance SET credits_posted = credits_posted + 1",
    "INSERT INTO ledger_balance (account, asset, flags) VALUES (gen_random_uuid(), 1, 0)",
    "DELETE FROM ledger_account",
    "UPDATE ledger_account SET flags = 0",
    "DELETE FROM ledger_command",
    "UPDATE ledger_alarm SET reason = ''",
)


@pytest.mark.parametrize("role", ["customer_api", "customer_worker", "customer_operator"])
async def test_no_role_writes_the_books_itself(
    book: conftest.Book, customer_schema: stacks.StackDatabase, role: str
) -> None:
    await book.fund(book.a, 10)
    db = await customer_schema.connect(role, size=1)
    for statement in FORBIDDEN:
        with pytest.raises(Exception, match="permission denied"):
            await db.run("t", lambda tx, statement=statement: tx.execute(statement))
    await db.close()


@pytest.mark.parametrize(
    "table",
    ["ledger_transfer", "ledger_account", "ledger_asset", "ledger_command", "ledger_alarm", "ledger_trial_line"],
)
@pytest.mark.parametrize("verb", ["UPDATE {} SET at = at", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_not_even_the_owner_changes_what_is_written(
    customer_schema: stacks.StackDatabase, table: str, verb: str
) -> None:
    superuser = await customer_schema.superuser()
    column = await superuser.fetchval(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum = 1", table
    )
    with pytest.raises(Exception, match="append_only"):
        await superuser.execute(verb.format(table).replace("at = at", f"{column} = {column}"))
    await superuser.close()


LIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("a balance that the rules never saw", {"amount": 11}),
    ("an amount below zero", {"amount": -1}),
    ("another asset than the accounts'", {"asset": 2}),
    ("an account that does not exist", {"debit": UUID(int=4)}),
)


@pytest.mark.parametrize("lie", [each[1] for each in LIES], ids=[each[0] for each in LIES])
async def test_the_function_believes_nobody(book: conftest.Book, lie: dict[str, Any]) -> None:
    """As if the rules in the process had a defect: what they hand over is checked again."""
    await book.fund(book.a, 10)
    t = msgspec.structs.replace(book.transfer(book.a, book.b, 1), **lie)
    with pytest.raises((errors.Refusal, Exception), match=r"ledger_bound|violates|busy"):
        await book.db.run("t", lambda tx: repo.apply(tx, book.now, [model.Applied(t, 0, 0)]))
    assert (await book.account(book.a)).total == 10


async def test_the_function_ends_a_pending_transfer_once_and_for_what_it_was(book: conftest.Book) -> None:
    await book.fund(book.a, 10)
    hold = book.transfer(book.a, book.b, 5, flags=model.Flag.PENDING)
    await book.done(hold)
    post = book.transfer(book.a, book.b, 5, flags=model.Flag.POST, pending_id=hold.id)
    for released, amount, pending in ((4, 4, hold.id), (5, 6, hold.id), (5, 5, model.NIL)):
        wrong = model.Applied(msgspec.structs.replace(post, amount=amount, pending_id=pending), released, 0)
        with pytest.raises(Exception, match=r"ledger_pending|ledger_released|violates"):
            await book.db.run("t", lambda tx, wrong=wrong: repo.apply(tx, book.now, [wrong]))
    await book.db.run("t", lambda tx: repo.apply(tx, book.now, [model.Applied(post, 5, 0)]))
    twice = model.Applied(msgspec.structs.replace(post, id=UUID(int=5555)), 5, 0)
    with pytest.raises(transaction.Busy):
        await book.db.run("t", lambda tx: repo.apply(tx, book.now, [twice]))


async def test_accounts_are_opened_once_and_an_asset_is_what_it_was(book: conftest.Book) -> None:
    owner = book.ids.ref()
    ensure = lambda tx: accounts.ensure(tx, owner, model.Kind.CUSTOMER_CASH, 1, book.ids)  # noqa: E731 -- said twice
    first = await book.db.run("t", ensure)
    assert await book.db.run("t", ensure) == first
    found = await asyncio.gather(*(book.db.run("t", ensure) for _ in range(20)))
    assert {each.id for each in found} == {first.id}
    with pytest.raises(accounts.UnknownAsset):
        await book.db.run("t", lambda tx: accounts.open_all(tx, [model.Account(book.ids.ref(), 77, 1)]))
