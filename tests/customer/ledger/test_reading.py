"""Balances as of a time, movements in pages, statements that add up, trial balances, and proofs."""

import random  # noqa: TID251 -- drawn from a fixed seed
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from boundary.kernel import clock, primitives
from boundary.kernel.runtime import sealing, transaction
from boundary.verify import inclusion
from customer_stack.ledger import jobs, model
from customer_stack.ledger.model import entries, views
from customer_stack.ledger.rules import statements
from customer_stack.ledger.service import proving, reading, trials
from tests import stacks
from tests.customer.ledger import conftest
from tests.customer.ledger.test_posting import audited

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


async def a_week(book: conftest.Book, seed: int = 3) -> list[tuple[datetime, datetime, int]]:
    """Some postings a day, some of which count from another time. Posting time, effective time and change of `a`."""
    chance, found = random.Random(seed), []
    await book.fund(book.a, 1000)
    found.append((book.now, book.now, 1000))
    for _ in range(60):
        book.pass_time(hours=chance.choice((0, 1, 3, 7)))
        effective = book.now + chance.choice((-40, -3, -1, 1, 2)) * DAY if chance.random() < 0.4 else None
        out = chance.random() < 0.5
        amount = chance.randint(1, 9)
        pair = (book.a, book.b) if out else (book.house, book.a)
        await book.done(book.transfer(*pair, amount, effective_at=effective))
        found.append((book.now, effective or book.now, -amount if out else amount))
    return found


async def test_balances_as_of_any_moment_by_both_times(book: conftest.Book) -> None:
    moved = await a_week(book)
    start = conftest.NOW - 45 * DAY
    for hours in range(0, 24 * 70, 5):
        at = start + timedelta(hours=hours)
        found = await book.db.read(
            "t",
            lambda tx, at=at: _both(tx, book, at),
        )
        assert found[0].total == sum(by for posted, _, by in moved if posted <= at), at
        assert found[1].total == sum(by for _, effective, by in moved if effective <= at), at


async def _both(tx: transaction.Tx, book: conftest.Book, at: datetime) -> tuple[views.Balances, views.Balances]:
    return await reading.as_of(tx, book.a, at), await reading.as_of(tx, book.a, at, effective=True)


async def test_movements_come_in_pages_without_a_gap_and_with_balances(book: conftest.Book) -> None:
    moved = await a_week(book)
    seen: list[views.Movement] = []
    before = None
    while True:
        wanted = views.Filter(newest_first=True, limit=7, before=before)
        page = await book.db.read("t", lambda tx, wanted=wanted: reading.movements(tx, book.a, wanted))
        seen += page
        if len(page) < 7:
            break
        before = page[-1].stored.seq
    totals = [0]
    for _, _, by in moved:
        totals.append(totals[-1] + by)
    assert [each.balances.total for each in reversed(seen)] == totals[1:]
    only = views.Filter(credits=False, since=conftest.NOW + DAY, until=conftest.NOW + 3 * DAY, limit=1000)
    found = await book.db.read("t", lambda tx: reading.movements(tx, book.a, only))
    expected = [by for posted, _, by in moved if by < 0 and conftest.NOW + DAY <= posted < conftest.NOW + 3 * DAY]
    assert [-each.stored.transfer.amount for each in found] == expected
    for wanted in (views.Filter(limit=0), views.Filter(limit=5000), views.Filter(since=book.now, until=book.now)):
        assert await book.db.read("t", lambda tx, wanted=wanted: reading.movements(tx, book.a, wanted)) == []


async def test_a_day_opens_with_what_the_day_before_closed_with(book: conftest.Book) -> None:
    moved = await a_week(book)
    await book.done(book.transfer(book.a, book.b, 5, flags=model.Flag.PENDING))
    closing, count = views.Balances(), 0
    day = conftest.NOW.date() - DAY
    while day <= book.now.date() + DAY:
        found = await book.db.read("t", lambda tx, day=day: reading.statement(tx, book.a, day))
        assert found.opening == closing, day
        closing, count = found.closing, count + len(found.movements)
        day += DAY
    assert count == len(moved) + 1
    assert closing.total == sum(by for _, _, by in moved)


def test_a_day_that_does_not_add_up_is_never_shown(book: conftest.Book) -> None:
    with pytest.raises(statements.DoesNotAddUp):
        statements.check(book.a, views.Balances(), [], views.Balances(credits_posted=1))


async def test_a_transfer_is_proved_against_the_signed_log(
    book: conftest.Book, customer_schema: stacks.StackDatabase
) -> None:
    """From its own fields: hash, place in the entry, entry under the head, head under the published key."""
    t = book.transfer(book.house, book.a, 5)
    await book.done(book.transfer(book.house, book.b, 1), t)
    worker = await customer_schema.connect("customer_worker", size=2)
    seed = bytes(range(32))
    sealer = sealing.Sealer(worker, seed, clock.SystemClock())
    await sealer.seal()  # the first call only looks where the log ends
    assert await sealer.seal() > 0
    found = await worker.read("t", lambda tx: reading.proof(tx, t.id))
    assert bytes.fromhex(found["item"]) == entries.item(t, 0, clock.to_micros(book.now))
    payload = bytes.fromhex(found["inclusion"]["entry"]["payload"])
    assert found["item"] in payload.hex()
    assert found["place"] == 1
    assert "that this key signed" in inclusion.judge(found["inclusion"], primitives.ed25519_public(seed))
    await worker.close()


async def test_the_trial_balance_of_a_day_is_kept_signed_and_checked(
    book: conftest.Book, customer_schema: stacks.StackDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "ACCOUNTS", 2)  # so that five accounts are three pieces
    await a_week(book)
    worker = await customer_schema.connect("customer_worker", size=3)
    day = conftest.NOW.date() + 2 * DAY
    with pytest.raises(trials.DayNotOver):
        await trials.draw(worker, book.now.date(), book.now)
    trial = await trials.draw(worker, day, book.now)
    assert await trials.draw(worker, day, book.now) == trial
    end = datetime.combine(day + DAY, conftest.datetime.min.time(), conftest.UTC) - TICK
    lines = await worker.read("t", lambda tx: trials.lines(tx, day, None, 100))
    for account, _, balances in lines:
        then = await worker.read("t", lambda tx, account=account: reading.as_of(tx, account, end))
        assert then == balances
    assert trial.accounts == len(lines) == 3
    sums = await worker.read("t", lambda tx: trials.sums(tx, day))
    assert [(each.debits_posted - each.credits_posted, each.debits_pending) for each in sums] == [(0, 0)]
    told = [each for each in await audited(customer_schema) if isinstance(each, entries.TrialBalanceDrawn)]
    assert told == [entries.TrialBalanceDrawn((day - date(1970, 1, 1)).days, 3, trial.digest)]
    assert await trials.check(worker, day) == trial
    superuser = await customer_schema.superuser()
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute(
        "UPDATE ledger_trial_line SET credits_posted = credits_posted + 1 WHERE account = $1", book.a
    )
    await superuser.close()
    with pytest.raises(trials.OutOfBalance):
        await trials.check(worker, day)
    with pytest.raises(trials.NoTrial):
        await trials.check(worker, day - 400 * DAY)
    await worker.close()


async def test_an_interrupted_trial_balance_goes_on_where_it_stopped(
    book: conftest.Book, customer_schema: stacks.StackDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "ACCOUNTS", 1)
    await a_week(book)
    worker = await customer_schema.connect("customer_worker", size=3)
    day = conftest.NOW.date() + DAY
    seen: list[int] = []

    def stop(done: int) -> None:
        seen.append(done)
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await trials.draw(worker, day, book.now, progress=stop)
    with pytest.raises(trials.NoTrial):
        await worker.read("t", lambda tx: trials.sums(tx, day))
    assert (await trials.draw(worker, day, book.now)).accounts == 3
    await worker.close()


async def test_the_worker_expires_and_closes_yesterday(
    book: conftest.Book, customer_schema: stacks.StackDatabase
) -> None:
    await book.fund(book.a, 10)
    await book.done(book.transfer(book.a, book.b, 5, flags=model.Flag.PENDING, timeout=60))
    worker = await customer_schema.connect("customer_worker", size=3)
    time = clock.ManualClock(book.now + DAY)
    handlers = jobs.Handlers(time, book.ids)
    await worker.run("t", lambda tx: handlers.expire(tx, jobs.Expire()))
    assert (await book.account(book.a)).held == 0
    await handlers.draw(worker, jobs.DrawTrialBalance())
    found: list[Any] = await worker.read("t", lambda tx: trials.newest(tx, 5))
    assert [each.day for each in found] == [conftest.NOW.date()]
    assert not (await proving.verify(worker)).fault
    await worker.close()
