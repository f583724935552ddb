"""From what is kept back to the state in memory: the newest snapshot that is whole, and the batches after it again.

Matching the same ranges must give the same bytes, so every batch's hash is made anew and compared with the one that was
written. A snapshot that is torn, of another version, or not of a batch that was written is passed over for the one before
it; with none, everything is matched from the first command on.
"""

import asyncio
import functools
import hashlib
from collections.abc import Callable
from typing import NamedTuple

from boundary.kernel.runtime import telemetry, transaction
from execution_stack.clob import model
from execution_stack.clob.formats import batches, pictures
from execution_stack.clob.repo import feeding, journal, snapshots
from execution_stack.clob.repo import matching as repo
from execution_stack.clob.service import matching

BATCHES_READ = 64
COMMANDS_READ = 16_384

PASSED_OVER = telemetry.Event("clob.snapshot_refused", shard=int, batch=int)


class Place(NamedTuple):
    """After which batch and command, with the chained hash up to there."""

    batch: int
    command: int
    hash: bytes


class Unfinished(NamedTuple):
    """A range of which not all batches were written yet."""

    matched: matching.Matched
    written: int


class Recovered(NamedTuple):
    matcher: matching.Matcher
    place: Place
    unfinished: Unfinished | None = None


START = Place(0, 0, batches.NOTHING)
Progress = Callable[[int], None]


def no_progress(_count: int) -> None:
    """Nobody watches."""


async def recover(
    db: transaction.Database,
    shard: int,
    cursor: repo.Cursor,
    engine: str | None = None,
    progress: Progress = no_progress,
) -> Recovered:
    """The state after the newest batch."""
    matcher, place = await newest(db, shard, cursor, engine)
    return await replay(db, shard, matcher, place, cursor, progress)


async def newest(
    db: transaction.Database, shard: int, cursor: repo.Cursor, engine: str | None = None
) -> tuple[matching.Matcher, Place]:
    """From the newest snapshot that can be trusted, or an empty shard."""
    headers = await db.read("clob.snapshots", lambda tx: snapshots.headers(tx, shard))
    for header in headers:
        found = await restored(db, shard, header, cursor, engine)
        if found is not None:
            return found
        telemetry.emit(PASSED_OVER, "error", shard=shard, batch=header.batch)
    return matching.Matcher(engine), START


async def restored(
    db: transaction.Database, shard: int, header: pictures.Header, cursor: repo.Cursor, engine: str | None
) -> tuple[matching.Matcher, Place] | None:
    """What a snapshot holds, if it can be trusted."""
    if header.batch > cursor.batch:
        return None

    async def read(tx: transaction.Tx) -> tuple[list[bytes], list[feeding.Row]]:
        return (
            await snapshots.parts(tx, shard, header.batch),
            await feeding.after(tx, shard, header.batch - 1, 1),
        )

    parts, rows = await db.read("clob.snapshot", read)
    if not rows or (rows[0].number, rows[0].last, rows[0].done) != (header.batch, header.command, True):
        return None
    try:
        kept = await asyncio.to_thread(pictures.join, header, parts)
        matcher = await asyncio.to_thread(matching.Matcher.restore, kept, engine)
    except model.BadSnapshot:
        return None
    return matcher, Place(header.batch, header.command, rows[0].hash)


async def replay(
    db: transaction.Database,
    shard: int,
    matcher: matching.Matcher,
    place: Place,
    upto: repo.Cursor,
    progress: Progress = no_progress,
    *,
    thorough: bool = False,
) -> Recovered:
    """Match again what was matched after this place. If thorough, the events that are kept are compared too."""
    unfinished: Unfinished | None = None
    while place.batch < upto.batch:
        rows = await db.read("clob.replay", functools.partial(_hashes, shard, place.batch, thorough))
        rows = [row for row in rows if row.number <= upto.batch]
        if not rows:
            raise model.BadJournal("a batch is missing")
        commands = await _commands(db, shard, rows)
        for first, last in dict.fromkeys((row.first, row.last) for row in rows):
            of_range = [row for row in rows if row.first == first]
            if of_range[0].number != place.batch + 1:  # its first batches were in the rows before
                assert unfinished is not None, "only an unfinished range goes on"
            if unfinished is None:
                picked = [row for row in commands if first <= row.no <= last]
                found = matching.range_of(picked, first)
                if found.last != last:
                    raise model.BadJournal("a command is missing in the journal")
                matched = await asyncio.to_thread(matcher.match, found)
                unfinished = Unfinished(matched, 0)
            place, unfinished = _compare(shard, unfinished, of_range, place)
            if unfinished is None:
                progress(last - first + 1)
    return Recovered(matcher, place, unfinished)


def _compare(shard: int, range_: Unfinished, rows: list[feeding.Hash], place: Place) -> tuple[Place, Unfinished | None]:
    matched, written = range_
    for row in rows:
        if row.number != place.batch + 1 or written >= len(matched.payloads):
            raise model.Diverged(f"batch {row.number} of shard {shard} is none that matching gives")
        done = written == len(matched.payloads) - 1
        hashed = batches.chain(
            place.hash,
            shard=shard,
            number=row.number,
            first=row.first,
            last=row.last,
            done=done,
            payload=matched.payloads[written],
        )
        kept = not row.said or row.said == hashlib.sha256(matched.payloads[written]).digest()
        if (row.hash, row.done) != (hashed, done) or not kept:
            raise model.Diverged(f"batch {row.number} of shard {shard}, commands {row.first} to {row.last}, differs")
        written += 1
        place = Place(row.number, row.last if done else place.command, hashed)
    return place, None if written == len(matched.payloads) else Unfinished(matched, written)


async def _commands(db: transaction.Database, shard: int, rows: list[feeding.Hash]) -> list[journal.Row]:
    """All rows of the journal that these batches are about, read in pieces."""
    found: list[journal.Row] = []
    first, end = rows[0].first, rows[-1].last + 1
    for at in range(first, end, COMMANDS_READ):
        found += await db.read("clob.replay", functools.partial(_rows, shard, at, min(at + COMMANDS_READ, end)))
    return found


async def _hashes(shard: int, after: int, said: bool, tx: transaction.Tx) -> list[feeding.Hash]:
    return await feeding.hashes(tx, shard, after, BATCHES_READ, said=said)


async def _rows(shard: int, first: int, end: int, tx: transaction.Tx) -> list[journal.Row]:
    return await journal.read(tx, shard, first, end)
