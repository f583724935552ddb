"""What is due by the clock, or asked for by a command: the catalogue, snapshots, and the comparison of records."""

from datetime import timedelta
from typing import NamedTuple

from boundary.kernel import records
from boundary.kernel.runtime import jobs, telemetry, transaction
from execution_stack.catalogue import model as catalogue
from execution_stack.venues.model import dealing, entries
from execution_stack.venues.service import importing, reconciling, snapshots
from execution_stack.venues.service.wiring import Dealing

SyncMarkets = entries.SyncMarkets


NOT_ADMITTED = telemetry.Event("venues.catalogue_key_not_active")


class Reconcile(records.Job, frozen=True, tag="execution.venues.reconcile.v1"):
    """Compare our record with the venue's."""


class KeepSnapshots(records.Job, frozen=True, tag="execution.venues.keep_snapshots.v1"):
    """Keep what the venue says of balance and positions."""


class Handlers(NamedTuple):
    """How these jobs are done."""

    deal: Dealing
    importing: importing.Importing | None
    keeping: snapshots.Keeping | None

    async def sync(self, db: transaction.Database, _job: SyncMarkets) -> None:
        if self.importing is None:
            return
        try:
            await importing.sync(db, self.deal, self.importing)
        except catalogue.KeyNotActive:  # people have to admit it first; until then every look says so
            telemetry.emit(NOT_ADMITTED, "warning")

    async def reconcile(self, db: transaction.Database, _job: Reconcile) -> None:
        await reconciling.run(db, self.deal)

    async def keep(self, db: transaction.Database, _job: KeepSnapshots) -> None:
        if self.keeping is not None:
            for kind in (dealing.SnapshotKind.BALANCE, dealing.SnapshotKind.POSITIONS):
                await snapshots.keep(db, self.deal, self.keeping, kind)


SCHEDULES = (
    jobs.Schedule(SyncMarkets(), timedelta(minutes=5)),
    jobs.Schedule(Reconcile(), timedelta(minutes=10)),
    jobs.Schedule(KeepSnapshots(), timedelta(minutes=15)),
)
