"""The switch: killed, a venue is sent nothing new and everything there is cancelled. It stays so until it is revived."""

from datetime import datetime

import prometheus_client

from boundary.kernel import primitives
from boundary.kernel.runtime import audit, telemetry, transaction
from execution_stack.venues.model import dealing, entries
from execution_stack.venues.repo import accounts
from execution_stack.venues.service import moving, placing

HALTED = telemetry.Event("venues.killed", cause=dealing.Cause)
FOUND = telemetry.Event("venues.found", kind=dealing.FindingKind)
KILLED = prometheus_client.Gauge("venue_killed", "Whether nothing new is sent to a venue", ["venue"])
_CAUSES, _KINDS, _STATES = list(dealing.Cause), list(dealing.FindingKind), list(dealing.AccountState)


async def kill(
    tx: transaction.Tx, listeners: moving.Listeners, venue: dealing.Name, cause: dealing.Cause, now: datetime
) -> bool:
    """Refuse whatever is new and ask for everything to be cancelled; whether it was open. A second kill finds what a
    first one left.
    """
    await accounts.open_(tx, venue, now)
    await accounts.is_open(tx, venue, change=True)
    new = await accounts.kill(tx, venue, cause, now)
    if new:
        state = _STATES.index(dealing.AccountState.KILLED) + 1
        await audit.write(tx, entries.AccountMoved(state, _CAUSES.index(cause) + 1, 0))
        telemetry.emit(HALTED, "critical", cause=cause)
        KILLED.labels(venue.value).set(1)
    await placing.cancel_all(tx, listeners, venue, now)
    return new


async def revive(tx: transaction.Tx, venue: dealing.Name, *, accept: bool = False) -> int:
    """Let orders leave again. Findings that are open stand in the way unless somebody accepts them, who answers for it."""
    if not await accounts.is_open(tx, venue, change=True) and await accounts.find(tx, venue) is None:
        raise dealing.NoAccount("the worker has not reached this venue yet")
    found = await accounts.findings(tx, venue)
    if found and not accept:
        raise dealing.Unsettled("reconcile first, or accept what was found", findings=len(found))
    if await accounts.revive(tx, venue):
        await accounts.end_findings(tx, venue, [])
        await audit.write(tx, entries.AccountMoved(_STATES.index(dealing.AccountState.OPEN) + 1, 0, len(found)))
        KILLED.labels(venue.value).set(0)
    return len(found)


async def found(
    tx: transaction.Tx,
    listeners: moving.Listeners,
    venue: dealing.Name,
    difference: dealing.Difference,
    now: datetime,
) -> bytes:
    """A difference is written down once and stops the venue: what is not understood is not added to."""
    digest = name_of(venue, difference)
    market = difference.market or None
    if await accounts.add_finding(tx, venue, digest, difference, market):
        await audit.write(tx, entries.Found(_KINDS.index(difference.kind) + 1, digest))
        telemetry.emit(FOUND, "critical", kind=difference.kind)
    await kill(tx, listeners, venue, dealing.Cause.CONTRADICTION, now)
    return digest


def name_of(venue: dealing.Name, difference: dealing.Difference) -> bytes:
    """What a difference is about, whatever its figures are today."""
    parts = (venue.value, difference.kind.value, str(difference.order), str(difference.fill), difference.market)
    return primitives.sha256("\n".join(parts).encode())
