"""The ledger's periodic work in the worker: release what was pending too long, close the books of yesterday."""

from datetime import timedelta
from typing import NamedTuple

from boundary.kernel import clock, ids, records
from boundary.kernel.runtime import jobs, transaction
from customer_stack.ledger.service import posting, trials


class Expire(records.Job, frozen=True, tag="customer.ledger.expire.v1"):
    """Release pending transfers whose time is up."""


class DrawTrialBalance(records.Job, frozen=True, tag="customer.ledger.draw_trial_balance.v1"):
    """Draw the trial balance of the last day that is over."""


class Handlers(NamedTuple):
    """How the ledger's jobs are done."""

    clock: clock.Clock
    ids: ids.Ids

    async def expire(self, tx: transaction.Tx, _job: Expire) -> None:
        await posting.expire(tx, self.clock.now(), self.ids)

    async def draw(self, db: transaction.Database, _job: DrawTrialBalance) -> None:
        """Takes many transactions, and may be run again after a crash."""
        now = self.clock.now()
        await trials.draw(db, (now - timedelta(days=1) - trials.SETTLED).date(), now)


SCHEDULES = (
    jobs.Schedule(Expire(), timedelta(seconds=1)),
    jobs.Schedule(DrawTrialBalance(), timedelta(hours=1)),
)
