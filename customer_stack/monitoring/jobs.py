"""The periodic work of monitoring: first rules, the sweep over what was posted, deadlines, exports."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import clock, records
from boundary.kernel.runtime import jobs, telemetry, transaction
from customer_stack.monitoring.model import reports as report_model
from customer_stack.monitoring.service import cases, reports, rulebook, sweeping

NO_REPORTER = telemetry.Event("monitoring.no_reporter", waiting=int)


class Install(records.Job, frozen=True, tag="monitoring.install.v1"):
    """Let the shipped rules be the first, where there are none."""


class Sweep(records.Job, frozen=True, tag="monitoring.sweep.v1"):
    """Look at what was posted since the last time."""


class Overdue(records.Job, frozen=True, tag="monitoring.overdue.v1"):
    """Note cases and reports whose time is over."""


class Export(records.Job, frozen=True, tag="monitoring.export.v1"):
    """Write the files of approved reports."""


class Handlers(NamedTuple):
    """How these are done. Who reports is read when something is reported, so that a wrong file stops nothing else."""

    watch: sweeping.Watch
    shipped: bytes
    reporter: Callable[[], report_model.Reporter | None]
    seed: bytes
    clock: clock.Clock

    async def install(self, tx: transaction.Tx, _job: Install) -> None:
        await rulebook.install(tx, self.shipped, self.clock.now())

    async def sweep(self, db: transaction.Database, _job: Sweep) -> None:
        """Batch by batch until nothing is left; each batch is done or not done."""
        while await db.run("monitoring.sweep", lambda tx: sweeping.step(tx, self.watch, self.clock.now())):
            pass

    async def overdue(self, tx: transaction.Tx, _job: Overdue) -> None:
        await cases.overdue(tx, self.clock.now())
        await reports.overdue(tx, self.clock.now())

    async def export(self, db: transaction.Database, _job: Export) -> None:
        waiting = await db.read("monitoring.waiting", reports.waiting)
        reporter = self.reporter() if waiting else None
        if waiting and reporter is None:
            telemetry.emit(NO_REPORTER, "error", waiting=len(waiting))
            return
        for report in waiting:
            assert reporter is not None, "asked above"
            await self._export(db, report, reporter)

    async def _export(self, db: transaction.Database, report: UUID, reporter: report_model.Reporter) -> None:
        async def work(tx: transaction.Tx) -> bool:
            return await reports.export(tx, self.watch.vault, report, reporter, self.seed, self.clock.now())

        await db.run("monitoring.export", work)


SCHEDULES = (
    jobs.Schedule(Install(), timedelta(minutes=1)),
    jobs.Schedule(Sweep(), timedelta(seconds=5)),
    jobs.Schedule(Overdue(), timedelta(minutes=1)),
    jobs.Schedule(Export(), timedelta(minutes=1)),
)
