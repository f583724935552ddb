"""The worker's part: following changed lists, answering who has no answer, reopening, and saying what is stale."""

from datetime import timedelta
from typing import NamedTuple

import prometheus_client

from boundary.kernel.runtime import jobs, telemetry, transaction
from customer_stack.screening.model import entries
from customer_stack.screening.service import hits, listing, rescreening, wiring

SECONDS_MAX = 40
"""A job has to end before its lease does; what is left is promised anew."""

STALE = telemetry.Event("screening.list_stale", list=telemetry.Word)
MISSING = telemetry.Event("screening.list_missing", list=telemetry.Word)
AGE = prometheus_client.Gauge(
    "screening_list_age_seconds", "Since a load last said that a list's version in use is the newest", ["list"]
)
WAITING = prometheus_client.Gauge("screening_unanswered", "Subjects without an answer, when last looked")


class Handlers(NamedTuple):
    """How screening's jobs are done."""

    screening: wiring.Screening

    async def follow(self, db: transaction.Database, _job: entries.Follow) -> None:
        if await rescreening.follow(db, self.screening, seconds_max=SECONDS_MAX):
            await db.run("screening.promise", lambda tx: rescreening.promise(tx, self.screening))

    async def complete(self, db: transaction.Database, _job: entries.Complete) -> None:
        await rescreening.complete(db, self.screening)

    async def expire(self, tx: transaction.Tx, _job: entries.Expire) -> None:
        await hits.expire(tx, self.screening)

    async def watch(self, db: transaction.Database, _job: entries.Watch) -> None:
        """Says it again at every run, until somebody loads the list."""
        screening, now = self.screening, self.screening.clock.now()
        WAITING.set(await db.read("screening.waiting", rescreening.waiting))
        for each in await db.read("screening.watch", lambda tx: listing.states(tx, screening.policy, now)):
            name = telemetry.Word(each.publisher.value)
            if each.used is None:
                telemetry.emit(MISSING, "error" if each.required else "warning", list=name)
                continue
            AGE.labels(each.publisher.value).set((now - each.used.checked_at) // timedelta(seconds=1))
            if each.stale:
                telemetry.emit(STALE, "error" if each.required else "warning", list=name)


SCHEDULES = (
    jobs.Schedule(entries.Follow(), timedelta(minutes=5)),
    jobs.Schedule(entries.Complete(), timedelta(seconds=30)),
    jobs.Schedule(entries.Expire(), timedelta(minutes=5)),
    jobs.Schedule(entries.Watch(), timedelta(minutes=5)),
)
