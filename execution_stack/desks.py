"""What deals with venues, put together from the settings: the account, its loops and jobs, the catalogue, the evidence.

Without an address and a key there is no venue, and everything else of this stack runs as ever.
"""

from collections.abc import Sequence
from typing import NamedTuple

from boundary.kernel import clock, errors, ids, records
from boundary.kernel.runtime import jobs as kernel_jobs
from boundary.kernel.runtime import key_files, server, transaction
from boundary.kernel.runtime import settings as kernel_settings
from execution_stack import settings
from execution_stack.catalogue.api import commands as catalogue_commands
from execution_stack.documents.adapters import files
from execution_stack.gate.service import announcements, open_orders, publishing
from execution_stack.venues.adapters import evidence
from execution_stack.venues.adapters.kalshi import client, signing
from execution_stack.venues.jobs import handlers, loops
from execution_stack.venues.model import dealing
from execution_stack.venues.service import importing, snapshots
from execution_stack.venues.service.wiring import Dealing

HELD = "held"
"""Where documents wait, beside those that are served."""
_SAID = {
    dealing.SnapshotKind.BALANCE: "/portfolio/balance",
    dealing.SnapshotKind.POSITIONS: "/portfolio/positions",
    dealing.SnapshotKind.ORDERS: "/portfolio/orders",
    dealing.SnapshotKind.FILLS: "/portfolio/fills",
    dealing.SnapshotKind.SETTLEMENTS: "/portfolio/settlements",
}


class Desk(NamedTuple):
    """A venue with all that a worker does there."""

    deal: Dealing
    importing: importing.Importing | None
    keeping: snapshots.Keeping | None

    def outside(self) -> dict[type[records.Job], kernel_jobs.Outside]:
        """The jobs of a worker that has this venue."""
        does = handlers.Handlers(self.deal, self.importing, self.keeping)
        return {
            handlers.SyncMarkets: does.sync,
            handlers.Reconcile: does.reconcile,
            handlers.KeepSnapshots: does.keep,
        }

    def loops(self, db: transaction.Database) -> list[tuple[str, server.Loop]]:
        poller = loops.Poller(db, self.deal)

        async def changed(ticker: str) -> None:
            """A market whose life went on; what cannot be taken in now is with the next import."""
            if self.importing is not None:
                try:
                    await importing.one(db, self.deal, self.importing, ticker)
                except errors.Refusal:
                    return

        return [
            ("venue-sender", loops.Sender(db, self.deal).loop),
            ("venue-reader", loops.Reader(db, self.deal).loop),
            ("venue-poller", poller.loop),
            ("venue-listener", loops.Listener(db, self.deal, poller.now, changed).loop),
        ]


def account(config: settings.Settings) -> Dealing | None:
    """The account at the venue, if this process has its key."""
    if config.venue_url is None or config.venue_keys is None:
        return None
    time = clock.SystemClock()
    random = ids.SystemIds(time)
    try:
        venue = client.Client(config.venue_url, signing.Directory(config.venue_keys), time, random)
    except errors.Invalid as refusal:
        raise kernel_settings.SettingsError(f"EXECUTION_VENUE_*: {refusal.detail}") from None
    return Dealing(dealing.Name.KALSHI, venue, (), time, random)


def desk(config: settings.Settings) -> Desk | None:
    """Everything a worker does at the venue."""
    deal = account(config)
    if deal is None:
        return None
    return Desk(deal, _importing(config), _keeping(config, deal))


def _importing(config: settings.Settings) -> importing.Importing | None:
    if config.catalogue_key_file is None or config.documents is None:
        return None
    places = stores(config)
    return importing.Importing(
        seed=key_files.read(config.catalogue_key_file),
        store=places.served,
        held=places.held,
        sweep=publishing.Sweep(),
        documents=publishing.Announcer(),
        instruments=announcements.Announcer(),
        orders=open_orders.Intake(),
    )


def _keeping(config: settings.Settings, deal: Dealing) -> snapshots.Keeping | None:
    if config.evidence is None or config.evidence_key_file is None:
        return None

    async def fetch(kind: dealing.SnapshotKind) -> Sequence[bytes]:
        assert isinstance(deal.venue, client.Client), "`account` makes it one"
        return [await deal.venue.said(_SAID[kind])]

    sealed = evidence.Sealed(files.Files(config.evidence), key_files.read(config.evidence_key_file), deal.ids)
    return snapshots.Keeping(fetch, sealed, publishing.Sweep())


def stores(config: settings.Settings) -> catalogue_commands.Places:
    """Where documents lie that are served, and those that wait."""
    if config.documents is None:
        raise kernel_settings.SettingsError("EXECUTION_DOCUMENTS is missing")
    return catalogue_commands.Places(files.Files(config.documents), files.Files(config.documents / HELD))
