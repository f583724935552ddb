"""What was posted is looked at once: across batches, slow transactions, crashes, and after it was judged live."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from boundary.kernel.runtime import transaction
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import posting
from customer_stack.monitoring.adapters import files, people
from customer_stack.monitoring.repo import facts as repo
from customer_stack.monitoring.service import backtesting, rulebook, sweeping
from customer_stack.vault import service as vault_service
from tests.customer.monitoring.conftest import MILLION, D, K, Rates, Town
from tests.customer.vault import conftest as vaults

vault = vaults.vault


def watch(town: Town, vault: vault_service.Vault, batch: int = 200) -> sweeping.Watch:
    return sweeping.Watch(vault, town.rates, people.Unknown(), town.ids, batch)


async def swept(town: Town, vault: vault_service.Vault, batch: int = 200, *, waits: bool = True) -> int:
    """Steps until nothing is left."""
    if waits:
        await town.settled()
    steps = 1
    while await town.worker.run("t", lambda tx: sweeping.step(tx, watch(town, vault, batch), town.time.now())):
        steps += 1
    return steps


async def test_what_was_posted_raises_what_it_should_have_raised(town: Town, vault: vault_service.Vault) -> None:
    owner = await town.customer()
    for _ in range(3):
        await town.moves(owner, 950_000_00)
    await swept(town, vault)
    found = sorted(row["rule"] for row in await town.stored())
    assert found == ["daily-sum", "structuring-near"]
    assert await town.stored("report") == []
    await swept(town, vault)
    assert len(await town.stored()) == 2


async def test_without_rules_nothing_counts_as_looked_at(bare: Town, vault: vault_service.Vault) -> None:
    owner = await bare.customer()
    await bare.moves(owner, 5 * MILLION)
    await swept(bare, vault)
    assert await bare.stored() == []
    await bare.worker.run("t", lambda tx: rulebook.install(tx, files.shipped("LK"), bare.time.now()))
    await swept(bare, vault)
    assert {row["rule"] for row in await bare.stored()} >= {"single-large", "single-very-large"}
    assert len(await bare.stored("report")) == 1


async def test_many_batches_are_one_sweep(town: Town, vault: vault_service.Vault) -> None:
    owners = [await town.customer() for _ in range(7)]
    for owner in owners:
        await town.moves(owner, MILLION)
        town.passes(minutes=1)
    assert await swept(town, vault, batch=2) > 3
    assert sorted(row["account"] for row in await town.stored()) == sorted(owners)


async def test_what_was_judged_before_is_not_judged_again_under_its_other_names(
    town: Town, vault: vault_service.Vault
) -> None:
    owner = await town.customer()
    op = town.operation(owner, 2 * MILLION, kind=K.WITHDRAWAL, direction=D.OUT)
    await town.observe(op)
    waits = await town.moves(owner, 2 * MILLION, out=True, flags=ledger.Flag.PENDING | ledger.Flag.RECORDED,
                             reference=op.id)  # fmt: skip
    town.passes(days=2)
    await town.moves(owner, 2 * MILLION, out=True, flags=ledger.Flag.POST, pending_id=waits, reference=op.id)
    await swept(town, vault)
    assert [row["rule"] for row in await town.stored() if row["rule"] == "single-large"] == ["single-large"]


async def test_a_slow_transaction_with_an_early_number_is_not_skipped(town: Town, vault: vault_service.Vault) -> None:
    """It draws its row's number first and ends last: whoever remembers numbers alone never sees it."""
    slow, quick = await town.customer(), await town.customer()
    bank = await town.kind(ledger.Kind.BANK, 1)
    drawn, go = asyncio.Event(), asyncio.Event()
    stranger = await town._account(ledger.HOUSE, ledger.Kind.SUSPENSE, 1)

    async def posting_slowly() -> None:
        async def work(tx: transaction.Tx) -> None:
            wanted = ledger.Transfer(town.ids.ref(), stranger, town.cash[slow, 1], MILLION, 1, 7,
                                     int(ledger.Flag.RECORDED))  # fmt: skip
            await posting.post_all(tx, [wanted], town.time.now())
            drawn.set()
            await go.wait()

        await town.worker.run("slow", work)

    task = asyncio.create_task(posting_slowly())
    await drawn.wait()
    await town.moves(quick, MILLION, other=bank)
    for _ in range(3):
        await swept(town, vault, waits=False)
    assert await town.stored() == [], "nothing from the oldest open transaction on counts as over"
    go.set()
    await task
    await swept(town, vault)
    await swept(town, vault)
    assert {row["account"] for row in await town.stored()} == {slow, quick}
    assert len(await town.stored("report")) == 0  # a million is not above a million


async def test_a_crash_between_two_batches_repeats_and_skips_nothing(town: Town, vault: vault_service.Vault) -> None:
    owners = [await town.customer() for _ in range(5)]
    for owner in owners:
        await town.moves(owner, 2 * MILLION)

    await town.settled()

    class Died(Exception):  # noqa: N818 -- what a kill is to a transaction
        pass

    step = 0
    while True:
        step += 1

        async def dies(tx: transaction.Tx) -> bool:
            await sweeping.step(tx, watch(town, vault, 2), town.time.now())
            raise Died

        with pytest.raises(Died):
            await town.worker.run("t", dies)
        if not await town.worker.run("t", lambda tx: sweeping.step(tx, watch(town, vault, 2), town.time.now())):
            break
    assert step == 3
    large = [row["account"] for row in await town.stored() if row["rule"] == "single-large"]
    assert sorted(large) == sorted(owners)
    assert sorted(row["subject"] for row in await town.stored("report")) == sorted(owners)


async def test_two_sweepers_at_once_do_it_once(town: Town, vault: vault_service.Vault) -> None:
    owners = [await town.customer() for _ in range(4)]
    for owner in owners:
        await town.moves(owner, 2 * MILLION)
    await town.settled()
    await asyncio.gather(*(swept(town, vault, 3, waits=False) for _ in range(4)))
    assert sorted(row["subject"] for row in await town.stored("report")) == sorted(owners)


async def test_a_threshold_report_is_due_in_its_days_and_what_has_no_rate_is_drafted_too(
    town: Town, vault: vault_service.Vault
) -> None:
    owner = await town.customer()
    exact, above = await town.moves(owner, MILLION), await town.moves(owner, MILLION + 1)
    unknown = await town.moves(owner, 1_000_000, asset=2)
    friend = await town.customer()
    await town.moves(owner, 3 * MILLION, out=True, other=town.cash[friend, 1])  # stays in the house
    await swept(town, vault)
    found = {row["transfer"]: row for row in await town.stored("report")}
    assert exact not in found
    assert set(found) == {above, unknown}
    assert found[above]["due_at"] == datetime(2026, 6, 4, 18, 30, tzinfo=UTC)  # 31 days, to their end in Colombo
    assert (found[above]["code"], found[above]["state"]) == ("EFT", "draft")


async def test_a_restore_that_counts_transactions_anew_leaves_nothing_out(
    town: Town, vault: vault_service.Vault
) -> None:
    owner = await town.customer()
    await town.moves(owner, 2 * MILLION)
    await swept(town, vault)
    await town.superuser.execute("UPDATE monitoring_cursor SET watermark = 1::bigint << 60, mark_xid = 1::bigint << 60")
    later = await town.moves(owner, 3 * MILLION)
    await swept(town, vault)
    assert later in {row["transfer"] for row in await town.stored("report")}


async def test_a_back_test_says_of_the_past_what_the_sweep_said(town: Town, vault: vault_service.Vault) -> None:
    owners = [await town.customer() for _ in range(3)]
    for _ in range(4):
        for owner in owners:
            await town.moves(owner, 950_000_00)
            town.passes(hours=3)
    await swept(town, vault)
    pack = rulebook.read(files.shipped("LK"))
    since, until = town.time.now() - timedelta(days=30), town.time.now() + timedelta(days=1)
    for rule in ("structuring-near", "daily-sum", "single-large"):
        found = await backtesting.run(town.worker, pack, rule, since, until, town.rates)
        stored = [row for row in await town.stored() if row["rule"] == rule]
        assert found.alerts == len(stored), rule
        assert (found.movements, found.operations) == (12, 12)
    assert (await backtesting.run(town.worker, pack, "single-large", until, until, town.rates)).movements == 0
    operator = await town.schema.connect("customer_operator", size=1)
    again = await backtesting.run(operator, pack, "structuring-near", since, until, Rates())
    assert again.hits >= again.alerts == 3
    assert sum(again.by_month.values()) == again.hits
    await operator.close()


async def test_the_windows_read_the_books_by_their_indexes(town: Town) -> None:
    owner = await town.customer()
    await town.moves(owner, 1)
    await town.superuser.execute("SET enable_seqscan = off; SET enable_mergejoin = off")
    text = "\n".join(
        row[0]
        for row in await town.superuser.fetch(
            """EXPLAIN SELECT t.posted_at FROM unnest($$ {} $$::uuid[]) AS o(account)
            JOIN ledger_account c ON c.owner = o.account AND c.code = 1
            CROSS JOIN LATERAL (SELECT posted_at FROM ledger_transfer t WHERE t.debit = c.id AND t.posted_at > now()
              UNION ALL SELECT posted_at FROM ledger_transfer t WHERE t.credit = c.id AND t.posted_at > now()) AS t"""
        )
    )
    for index in ("ledger_account_owner", "ledger_transfer_debit", "ledger_transfer_credit"):
        assert index in text


async def test_whoever_never_moved_anything_has_no_history(town: Town) -> None:
    async def work(tx: transaction.Tx) -> Any:
        return await repo.look(tx, [(UUID(int=1), town.time.now(), 1)], [], [], [])

    assert await town.api.run("t", work) == ({}, {})
