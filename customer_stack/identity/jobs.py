"""The worker's part of identity: contact changes take effect, and what is over is forgotten."""

from datetime import timedelta
from typing import NamedTuple

from boundary.kernel import records
from boundary.kernel.runtime import jobs, transaction
from customer_stack.identity.service import changes, forgetting, wiring

ApplyChange = changes.Apply


class Forget(records.Job, frozen=True, tag="identity.forget.v1"):
    """Let go of what is over."""


class Handlers(NamedTuple):
    """How the jobs of identity are done."""

    identity: wiring.Identity

    async def apply_change(self, tx: transaction.Tx, job: ApplyChange) -> None:
        await changes.apply(tx, self.identity, job.change)

    async def forget(self, tx: transaction.Tx, _job: Forget) -> None:
        await forgetting.forget(tx, self.identity)


SCHEDULES = (jobs.Schedule(Forget(), timedelta(minutes=10)),)
