"""The gate's periodic work in the worker: keep references in stock."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import ids, records
from boundary.kernel.runtime import jobs, transaction
from customer_stack.gate.service import references


class Replenish(records.Job, frozen=True, tag="customer.gate.replenish.v1"):
    """Ask for references when few are left."""


class Handlers(NamedTuple):
    """How the gate's jobs are done on this stack's channel."""

    channel: UUID
    ids: ids.Ids

    async def replenish(self, tx: transaction.Tx, _job: Replenish) -> None:
        await references.replenish(tx, self.channel, self.ids)


SCHEDULES = (jobs.Schedule(Replenish(), timedelta(seconds=5)),)
