"""Keeps what the venue said of the omnibus account: the bytes sealed as files, their hashes in the database.

Bytes in which the detector finds personal data are not kept: an exchange has no reason to send any, and this stack may
not hold it. That this happened is told by an alarm.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import prometheus_client

from boundary.kernel import primitives
from boundary.kernel.runtime import audit, telemetry, transaction
from execution_stack.venues.model import dealing, entries
from execution_stack.venues.ports import evidence
from execution_stack.venues.repo import accounts
from execution_stack.venues.service.wiring import Dealing

UNCLEAN = telemetry.Event("venues.evidence_unclean", kind=dealing.SnapshotKind)
KEPT = prometheus_client.Counter("venue_snapshots", "Snapshots of accounts at venues", ["kind", "outcome"])
_KINDS = list(dealing.SnapshotKind)

Fetch = Callable[[dealing.SnapshotKind], Awaitable[Sequence[bytes]]]
"""The bodies of the venue's answers, as they came."""


class Keeping(NamedTuple):
    """Where snapshots come from and go to."""

    fetch: Fetch
    files: evidence.Evidence
    sweep: evidence.Sweep


async def keep(db: transaction.Database, deal: Dealing, keeping: Keeping, kind: dealing.SnapshotKind) -> bool:
    """Fetch, sweep, seal, write down; whether it was kept."""
    data = b"\n".join(await keeping.fetch(kind))
    if not await asyncio.to_thread(keeping.sweep.is_clean, data):
        KEPT.labels(kind.value, "unclean").inc()
        telemetry.emit(UNCLEAN, "critical", kind=kind)
        return False
    content = primitives.sha256(data)
    file = await asyncio.to_thread(keeping.files.put, data)

    async def note(tx: transaction.Tx) -> None:
        at = deal.clock.now()
        await accounts.add_snapshot(tx, deal.name, kind, at, file=file, content=content, size=len(data))
        await audit.write(tx, entries.SnapshotKept(_KINDS.index(kind) + 1, content, file))

    await db.run("venues.snapshot", note)
    KEPT.labels(kind.value, "kept").inc()
    return True


async def newest(
    tx: transaction.Tx, venue: dealing.Name, limit: int
) -> list[tuple[dealing.SnapshotKind, object, bytes, bytes, int]]:
    """Kind, time, hash of the file, hash of the content and size of the newest snapshots."""
    return [tuple(each) for each in await accounts.snapshots(tx, venue, limit)]  # type: ignore[misc]  # rows of five
