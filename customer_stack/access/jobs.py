"""The periodic work of access in the worker: proposals expire, and kept answers are forgotten."""

from datetime import timedelta
from typing import NamedTuple

from boundary.kernel import clock, records
from boundary.kernel.runtime import idempotency, jobs, transaction
from customer_stack.access.service import proposals


class Sweep(records.Job, frozen=True, tag="customer.access.sweep.v1"):
    """Close proposals whose time is up, and let go of answers that nobody asks for again."""


class Handlers(NamedTuple):
    """How the jobs of access are done."""

    clock: clock.Clock

    async def sweep(self, tx: transaction.Tx, _job: Sweep) -> None:
        await proposals.expire(tx, self.clock.now())
        await idempotency.forget(tx)


SCHEDULES = (jobs.Schedule(Sweep(), timedelta(minutes=1)),)
