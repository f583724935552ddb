"""`ledger verify --audit` finds what leaves every balance right, because the log holds a hash of each transfer."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from boundary.kernel.runtime import transaction
from customer_stack.ledger.service import comparing, proving
from tests.customer.ledger.test_proving import a_ledger_with_history, superuser

__all__ = ["superuser"]
CHANGES = {
    "code": "code + 1",
    "reference": "'0b7e6a3e-6f0b-4a55-9c8e-1f2d3c4b5a69'::uuid",
    "tag64": "coalesce(tag64, 0) + 1",
    "tag32": "coalesce(tag32, 0) + 1",
    "timeout": "timeout + 1",
    "effective_at": "posted_at - interval '1 day'",
    "id": "'0b7e6a3e-6f0b-4a55-9c8e-1f2d3c4b5a69'::uuid",
}
SOMEWHERE = "SELECT seq FROM ledger_transfer WHERE debit IS NOT NULL AND flags = 0 ORDER BY seq OFFSET 20 LIMIT 1"


@pytest.mark.parametrize("column", sorted(CHANGES))
async def test_a_row_that_is_not_as_it_was_written_is_named(
    customer_db: transaction.Database, superuser: Any, column: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "PAGE", 7)
    assert not (await comparing.compare(customer_db)).fault
    seq = await superuser.fetchval(SOMEWHERE)
    await superuser.execute(f"UPDATE ledger_transfer SET {column} = {CHANGES[column]} WHERE seq = $1", seq)
    report = await comparing.compare(customer_db)
    assert (report.seq, report.fault) == (seq, "the audit log does not hold this transfer as it stands")


async def test_the_newest_transfer_taken_out_with_its_balances_put_right_is_missed_by_nothing_but_the_log(
    customer_db: transaction.Database, superuser: Any
) -> None:
    for side, column in (("debit", "debits_posted"), ("credit", "credits_posted")):
        await superuser.execute(
            f"""UPDATE ledger_balance b SET {column} = b.{column} - t.amount, version = version - 1
            FROM ledger_transfer t WHERE t.{side} = b.account AND t.seq = ({NEWEST})"""
        )
    gone = await superuser.fetchval(f"DELETE FROM ledger_transfer WHERE seq = ({NEWEST}) RETURNING id")
    assert isinstance(gone, UUID)
    assert not (await proving.verify(customer_db)).fault
    assert (await comparing.compare(customer_db)).fault.endswith("of the audit log tells of is gone")


NEWEST = """
SELECT seq FROM ledger_transfer t WHERE flags = 0 AND amount > 0 AND pending_id IS NULL AND released = 0
  AND NOT EXISTS (SELECT FROM ledger_transfer n WHERE n.seq > t.seq AND n.debit = t.debit)
  AND NOT EXISTS (SELECT FROM ledger_transfer n WHERE n.seq > t.seq AND n.credit = t.credit) ORDER BY seq LIMIT 1"""


async def test_what_is_being_posted_meanwhile_is_no_difference(
    customer_db: transaction.Database, superuser: Any
) -> None:
    tasks = [asyncio.create_task(a_ledger_with_history(customer_db, seed)) for seed in (2, 3)]
    checked = 0
    while not all(task.done() for task in tasks):
        report = await comparing.compare(customer_db)
        assert not report.fault, report
        checked += 1
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert checked > 2
