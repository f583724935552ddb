"""The worker's part: carrying messages at once and when they are due again, writing announcements, forgetting."""

from datetime import timedelta
from typing import NamedTuple

from boundary.kernel import clock, records
from boundary.kernel.runtime import jobs, transaction
from customer_stack.notifications.service import announcing, delivering, notices

SWEEP = timedelta(seconds=10)
SWEEP_SECONDS_MAX = 40
TAKE_UP = timedelta(minutes=5)
FORGET = timedelta(hours=1)

Deliver = notices.Deliver
WriteAnnouncement = announcing.Write


class Sweep(records.Job, frozen=True, tag="customer.notifications.sweep.v1"):
    """Carry whatever is due: attempts to repeat, and what an announcement left."""


class TakeUp(records.Job, frozen=True, tag="customer.notifications.take_up.v1"):
    """Go on with announcements whose own promise was lost."""


class Forget(records.Job, frozen=True, tag="customer.notifications.forget.v1"):
    """Delete deliveries that ended long ago."""


class Handlers(NamedTuple):
    """How these jobs are done."""

    carrying: delivering.Carrying
    clock: clock.Clock

    async def deliver(self, db: transaction.Database, job: Deliver) -> None:
        await self.carrying.one(db, job.delivery)

    async def sweep(self, db: transaction.Database, _job: Sweep) -> None:
        await self.carrying.due(db, SWEEP_SECONDS_MAX)

    async def write(self, tx: transaction.Tx, job: WriteAnnouncement) -> None:
        await announcing.write(tx, self.carrying.post, job.announcement)

    async def take_up(self, tx: transaction.Tx, _job: TakeUp) -> None:
        period = clock.to_micros(self.clock.now()) // (TAKE_UP // timedelta(microseconds=1))
        await announcing.take_up(tx, self.carrying.post, period)

    async def forget(self, tx: transaction.Tx, _job: Forget) -> None:
        await delivering.forget(tx, self.clock.now())


SCHEDULES = (
    jobs.Schedule(Sweep(), SWEEP),
    jobs.Schedule(TakeUp(), TAKE_UP),
    jobs.Schedule(Forget(), FORGET),
)
