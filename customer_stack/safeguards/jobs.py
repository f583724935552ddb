"""The worker's part: telling people how long they have been here."""

from datetime import timedelta
from typing import NamedTuple

from boundary.kernel import clock, records
from boundary.kernel.runtime import jobs, transaction
from customer_stack.safeguards import ports, service


class Remind(records.Job, frozen=True, tag="customer.safeguards.remind.v1"):
    """Tell whoever wants to be told, and has been here long enough since."""


class Handlers(NamedTuple):
    """How it is done."""

    sittings: ports.Sittings
    spent: ports.Spent
    teller: ports.Teller
    clock: clock.Clock

    async def remind(self, tx: transaction.Tx, _job: Remind) -> None:
        await service.remind(tx, self.sittings, self.spent, self.teller, self.clock.now())


SCHEDULES = (jobs.Schedule(Remind(), timedelta(minutes=1)),)
