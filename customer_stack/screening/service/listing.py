"""Lists come in here: read, judged, stored in chunks, and made current by one last row.

Whatever stops a load before that row leaves the last good version in use, and what was stored of the new one is found
again by the next load of the same files. A refusal is on record: in the audit log, in a table that `screening lists`
shows, and in the exit code of the command.
"""

import asyncio
import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from boundary.kernel import clock, ids
from boundary.kernel.runtime import audit, jobs, transaction
from customer_stack.screening import model
from customer_stack.screening.lists import reading, storing
from customer_stack.screening.model import entries, people
from customer_stack.screening.repo import lists as repo
from customer_stack.screening.repo import rescreens
from customer_stack.screening.rules import admitting, changes, standing

BATCH = 4
"""Chunks in one transaction: some megabytes, tens of milliseconds."""
_HISTORY_MAX = 1000

Adopted = repo.Adopted

Progress = Callable[[int], None]
"""Told how many more entries are stored."""


class Loaded(NamedTuple):
    """What became of a load. `adopted` is false if this very version was in use already."""

    id: int
    version: model.Version
    adopted: bool
    changed: int
    removed: int


class ListState(NamedTuple):
    """A publisher's list as it stands: the version in use, whether that is too old, and the newest refusal."""

    publisher: model.Publisher
    required: bool
    used: people.InUse | None
    stale: bool
    refused: tuple[model.Reason, datetime] | None


class _Read(NamedTuple):
    found: model.List
    chunks: list[bytes]
    raw: list[bytes]
    digest: bytes


async def load(
    db: transaction.Database,
    files: Sequence[model.ListFile],
    publisher: model.Publisher,
    policy: people.Policy,
    time: clock.Clock,
    random: ids.Ids,
    progress: Progress = lambda _: None,
) -> Loaded:
    """Take these files as the publisher's newest list, or raise `ListRefused` once the refusal is on record."""
    try:
        read = await asyncio.to_thread(_read, files, publisher)
        used = (await db.read("screening.in_use", repo.in_use)).get(publisher)
        _admit(read.found.version, used, policy, time.now())
        number = await _store(db, read, progress)
        before = await db.read("screening.before", lambda tx: _digests(tx, used), seconds_max=30)
        delta = changes.between(before, read.found.entities)
        make = functools.partial(_adopt, read=read, number=number, used=used, delta=delta, time=time, random=random)
        return await db.run("screening.adopt", make)
    except model.ListRefused as refusal:
        digest = b"".join(hashlib.sha256(each.data).digest() for each in files)
        await refused(db, publisher, refusal, digest, time)
        raise


async def refused(
    db: transaction.Database, publisher: model.Publisher, refusal: model.ListRefused, data: bytes, time: clock.Clock
) -> None:
    """Put a refusal on record. The caller raises it, once that is committed."""
    sha256, reason = hashlib.sha256(data).digest(), refusal.reason
    await db.run("screening.refuse", lambda tx: _refuse(tx, publisher, reason, sha256, time.now()))


def _read(files: Sequence[model.ListFile], publisher: model.Publisher) -> _Read:
    found = reading.read(files)
    if len(found) != 1 or found[0].version.publisher is not publisher:
        names = ", ".join(sorted({each.version.publisher.value for each in found}))
        raise model.ListRefused(
            model.Reason.UNKNOWN_FORMAT, f"these files are {names}, not one list of {publisher.value}"
        )
    chunks, digest = storing.entities(found[0].entities)
    return _Read(found[0], chunks, list(storing.raw(files)), digest)


def _admit(version: model.Version, used: people.InUse | None, policy: people.Policy, now: datetime) -> None:
    limits = admitting.limits_of(version.publisher)._replace(
        age_max=policy.list_age_max, share_min=policy.list_share_min
    )
    admitting.admit(version, used.version if used else None, now, limits)


async def _store(db: transaction.Database, read: _Read, progress: Progress) -> int:
    number = await db.run("screening.version", lambda tx: repo.add(tx, read.found.version, read.digest))
    for part, chunks in (("entries", read.chunks), ("raw", read.raw)):
        for start in range(0, len(chunks), BATCH):
            some = chunks[start : start + BATCH]
            await db.run(
                "screening.chunks", functools.partial(repo.put, version=number, part=part, first=start, chunks=some)
            )
            if part == "entries":
                progress(min(len(some) * storing.ENTITIES, len(read.found.entities) - start * storing.ENTITIES))
    return number


async def _digests(tx: transaction.Tx, used: people.InUse | None) -> Mapping[str, bytes]:
    return changes.digests(await entities(tx, used.id)) if used else {}


async def _adopt(
    tx: transaction.Tx,
    read: _Read,
    number: int,
    used: people.InUse | None,
    delta: changes.Delta,
    time: clock.Clock,
    random: ids.Ids,
) -> Loaded:
    """The last row. Whoever decides by lists waits for it, and sees it."""
    await repo.alone(tx)
    now, version = time.now(), read.found.version
    current = (await repo.in_use(tx)).get(version.publisher)
    if (current.id if current else None) != (used.id if used else None):
        raise model.ListRefused(model.Reason.OLDER, "another version was taken into use meanwhile: load again")
    await repo.adopt(tx, version.publisher, number, now)
    if current is not None and current.id == number:
        await audit.write(tx, entries.ListConfirmed(version.publisher, number))
        return Loaded(number, version, adopted=False, changed=0, removed=0)
    changed, removed = len(delta.changed), len(delta.removed)
    await rescreens.add(tx, version.publisher, number, current.id if current else None, changed, removed, now)
    await audit.write(
        tx,
        entries.ListAdopted(
            version.publisher, number, bytes.fromhex(version.sha256), read.digest, version.entities, version.names,
            changed, removed,
        ),
    )  # fmt: skip
    await jobs.enqueue(tx, entries.Follow(), random)
    return Loaded(number, version, adopted=True, changed=changed, removed=removed)


async def _refuse(
    tx: transaction.Tx, publisher: model.Publisher, reason: model.Reason, sha256: bytes, now: datetime
) -> None:
    await repo.refuse(tx, publisher, reason, sha256, now)
    await audit.write(tx, entries.ListRefused(publisher, reason, sha256))


async def entities(tx: transaction.Tx, number: int) -> tuple[model.Entity, ...]:
    """The entries of a stored version, checked against its digest."""
    stored = (await repo.some(tx, [number]))[number]
    return storing.opened(await repo.chunks(tx, number, "entries"), stored.digest)


async def stored(tx: transaction.Tx, numbers: Sequence[int]) -> list[model.List]:
    """Whole versions, as matchers take them."""
    found = await repo.some(tx, numbers)
    return [model.List(found[each].version, await entities(tx, each)) for each in numbers]


async def files(tx: transaction.Tx, number: int) -> tuple[model.ListFile, ...]:
    """The files of a version, byte for byte as they came."""
    if number not in await repo.some(tx, [number]):
        raise model.UnknownVersion("there is no such version of a list")
    return storing.files(await repo.chunks(tx, number, "raw"))


async def states(tx: transaction.Tx, policy: people.Policy, now: datetime) -> list[ListState]:
    """Every list that is in use, required or was refused."""
    used, refused = await repo.in_use(tx), await repo.refusals(tx)
    found = []
    for each in model.Publisher:
        if each in used or each in refused or each in policy.required:
            current = used.get(each)
            old = current is not None and standing.stale(current, policy, now)
            found.append(ListState(each, each in policy.required, current, old, refused.get(each)))
    return found


async def history(
    tx: transaction.Tx, publisher: model.Publisher, before: int | None = None, limit: int = _HISTORY_MAX
) -> list[Adopted]:
    return await repo.history(tx, publisher, before, limit)
