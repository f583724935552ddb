"""The vault's work in chunks: re-wrap, rotate and re-encrypt, and the erasure ledger's file.

Each chunk is a transaction of its own, and what is done is no longer found as to be done: whoever stops in the middle
goes on where it was, and two at once do the work once. The worker runs these as jobs; `customer-stack vault` runs the
same functions and shows how far they are.
"""

import asyncio
import functools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import jobs, telemetry, transaction
from customer_stack.vault import model, ports, service

KEYS = 500
"""Keys in one call to the key service."""
VALUES = 1000
SUBJECTS = 500
STEPS = 50
"""Chunks in one run of a job, which has to end before its lease does; what is left is promised anew."""

NOT_APPLIED = telemetry.Event("vault.erasures_not_applied", count=int)
LEDGER_REFUSED = telemetry.Event("vault.ledger_refused")

Progress = Callable[[int], None]
"""Told how many more were done."""


class Handlers(NamedTuple):
    """How the vault's jobs are done in this stack."""

    vault: service.Vault
    ledger: ports.Ledger
    ids: ids.Ids

    async def export(self, db: transaction.Database, _job: model.ExportErasures) -> None:
        try:
            missing = await export(db, self.vault, self.ledger)
        except model.LedgerRefused:
            telemetry.emit(LEDGER_REFUSED, "error")
            return
        if missing:
            telemetry.emit(NOT_APPLIED, "error", count=missing)

    async def rewrap(self, db: transaction.Database, _job: model.Rewrap) -> None:
        if await rewrap(db, self.vault, steps_max=STEPS):
            await db.run("vault.again", lambda tx: jobs.enqueue(tx, model.Rewrap(), self.ids))

    async def reencrypt(self, db: transaction.Database, job: model.Reencrypt) -> None:
        after = await reencrypt(db, self.vault, after=job.after, steps_max=STEPS)
        if after is not None:
            await db.run("vault.again", lambda tx: jobs.enqueue(tx, model.Reencrypt(after), self.ids))


SCHEDULES = (
    jobs.Schedule(model.ExportErasures(), timedelta(minutes=5)),
    jobs.Schedule(model.Rewrap(), timedelta(hours=1)),
    jobs.Schedule(model.Reencrypt(), timedelta(minutes=10)),
)


async def not_applied(db: transaction.Database, vault: service.Vault, ledger: model.Ledger) -> int:
    """How many erasures of the file this database does not know."""
    known = {each.subject for each in await db.run("vault.erasures", vault.erasures)}
    return sum(each.subject not in known for each in ledger.erasures)


async def must_be_applied(db: transaction.Database, vault: service.Vault, ledger: ports.Ledger) -> None:
    """For a process that starts: a restored database is not served before its erasures are applied again."""
    found = await asyncio.to_thread(ledger.read)
    if found is not None and (missing := await not_applied(db, vault, found)):
        raise model.LedgerAhead(
            f"the database lacks {missing} erasures of the ledger: run `customer-stack vault reapply-erasures`",
            count=missing,
        )


async def export(db: transaction.Database, vault: service.Vault, ledger: ports.Ledger) -> int:
    """Bring the file up to the database, unless the file knows what the database does not: then it is left alone, and
    the answer is how many it knows.
    """
    found = await asyncio.to_thread(ledger.read)
    if found is not None and (missing := await not_applied(db, vault, found)):
        return missing
    erasures = await db.run("vault.erasures", vault.erasures)
    if found is None or len(erasures) != len(found.erasures):
        await asyncio.to_thread(ledger.write, erasures)
    return 0


async def reapply(
    db: transaction.Database, vault: service.Vault, ledger: model.Ledger, progress: Progress = lambda _: None
) -> int:
    """Erase again whom a restore brought back; how many that were."""
    back = 0
    for start in range(0, len(ledger.erasures), VALUES):
        part = ledger.erasures[start : start + VALUES]
        back += await db.run("vault.reapply", functools.partial(vault.reapply, erasures=part, head=ledger.head))
        progress(len(part))
    return back


async def rewrap(
    db: transaction.Database, vault: service.Vault, *, steps_max: int | None = None, progress: Progress = lambda _: None
) -> bool:
    """Move data keys under the newest key-encryption key; whether some are left after so many steps."""
    newest = await vault.newest()
    step = 0
    while True:
        keys = await db.run("vault.stale", lambda tx: vault.stale(tx, newest, KEYS))
        if not keys or step == steps_max:
            return bool(keys)
        fresh = await vault.rewrapped(keys)
        if min(each.kek for each in fresh) < newest:
            raise model.KeyServiceWrong("the key service wraps by an older key than its newest")
        await db.run("vault.rewrap", functools.partial(vault.store, keys=keys, fresh=fresh))
        progress(len(keys))
        step += 1


async def rotate(
    db: transaction.Database,
    vault: service.Vault,
    *,
    before: datetime,
    subject: UUID | None = None,
    progress: Progress = lambda _: None,
) -> int:
    """Give a new data key to every subject, or to one, whose newest was made before that time; how many got one."""
    after = model.NIL
    count = 0
    while True:
        newest = await db.run(
            "vault.to_rotate",
            functools.partial(vault.to_rotate, subject=subject, after=after, before=before, limit=KEYS),
        )
        if not newest:
            return count
        fresh = await vault.minted(newest)
        count += await db.run("vault.rotate", functools.partial(vault.rotate, fresh=fresh))
        progress(len(newest))
        after = max(newest)


async def reencrypt(
    db: transaction.Database,
    vault: service.Vault,
    *,
    after: UUID = model.NIL,
    steps_max: int | None = None,
    progress: Progress = lambda _: None,
) -> UUID | None:
    """Move values under their subjects' newest keys and retire the older ones; the subject to go on after, if any."""
    step = 0
    while True:
        newest = await db.run("vault.rotating", functools.partial(vault.rotating, after=after, limit=SUBJECTS))
        if not newest:
            return None
        found = VALUES
        while found:
            if step == steps_max:
                return after
            found = await db.run("vault.reencrypt", functools.partial(vault.reencrypt, newest=newest, limit=VALUES))
            progress(found)
            step += 1
        after = max(newest)
