"""Matches history again and compares: every batch's chained hash, and at each snapshot the digest of the full state."""

from typing import NamedTuple

from boundary.kernel.runtime import transaction
from execution_stack.clob import model
from execution_stack.clob.formats import pictures
from execution_stack.clob.repo import books, feeding, snapshots
from execution_stack.clob.repo import matching as repo
from execution_stack.clob.service import matching, recovering


class Report(NamedTuple):
    """What was found in one shard. `fault` names the first difference."""

    shard: int
    batches: int
    commands: int
    snapshots: int
    hash: str
    digest: str
    fault: str | None = None


async def shards(db: transaction.Database) -> list[int]:
    return [each.shard for each in await db.read("clob.shards", feeding.shards)]


async def verify(
    db: transaction.Database,
    shard: int,
    *,
    from_snapshot: bool = False,
    engine: str | None = None,
    progress: recovering.Progress = recovering.no_progress,
) -> Report:
    """From the first command, or from the oldest snapshot that is kept, up to the newest batch there is now."""
    cursor = await db.read("clob.cursor", lambda tx: repo.cursor(tx, shard))
    if cursor is None:
        raise model.NoBook("there is no such shard")
    walk = _Walk(db, shard, cursor, engine, progress)
    fault: str | None = None
    try:
        await walk.all(from_snapshot=from_snapshot)
    except (model.Diverged, model.BadJournal, model.BadSnapshot) as error:
        fault = str(error)
    return walk.report(fault)


class _Walk:
    """One pass through the history of a shard."""

    def __init__(
        self,
        db: transaction.Database,
        shard: int,
        cursor: repo.Cursor,
        engine: str | None,
        progress: recovering.Progress,
    ) -> None:
        self._db, self._shard, self._cursor, self._engine = db, shard, cursor, engine
        self._progress = progress
        self._matcher, self._place = matching.Matcher(engine), recovering.START
        self._begun = self._commands = self._compared = 0

    async def all(self, *, from_snapshot: bool) -> None:
        headers = sorted(await self._db.read("clob.snapshots", lambda tx: snapshots.headers(tx, self._shard)))
        if from_snapshot and headers:
            await self._begin(headers.pop(0))
        for header in headers:
            if header.batch <= self._cursor.batch:
                await self._upto(self._cursor._replace(batch=header.batch))
                await self._compare(header)
        await self._upto(self._cursor)
        await self._end()

    def report(self, fault: str | None) -> Report:
        done = self._place.batch - self._begun
        state = self._place.hash.hex(), self._matcher.digest().hex()
        return Report(self._shard, done, self._commands, self._compared, *state, fault)

    async def _begin(self, header: pictures.Header) -> None:
        found = await recovering.restored(self._db, self._shard, header, self._cursor, self._engine)
        if found is None:
            raise model.BadSnapshot(f"the snapshot after batch {header.batch} is not whole")
        self._matcher, self._place = found
        self._begun = header.batch
        self._compared += 1

    async def _upto(self, cursor: repo.Cursor) -> None:
        self._matcher, self._place, _ = await recovering.replay(
            self._db, self._shard, self._matcher, self._place, cursor, self._count, thorough=True
        )

    def _count(self, commands: int) -> None:
        self._commands += commands
        self._progress(commands)

    async def _compare(self, header: pictures.Header) -> None:
        """The state, and what is kept of it."""
        if self._matcher.digest() != header.digest:
            raise model.Diverged(f"the state after batch {header.batch} is not that of its snapshot")
        parts = await self._db.read("clob.snapshot", lambda tx: snapshots.parts(tx, self._shard, header.batch))
        try:
            pictures.join(header, parts)
        except model.BadSnapshot as error:
            raise model.BadSnapshot(f"the snapshot after batch {header.batch}: {error}") from None
        self._compared += 1

    async def _end(self) -> None:
        """The cursor says the same, and trades are numbered without a gap."""
        if self._place.hash != self._cursor.hash:
            raise model.Diverged("the hash of the newest batch is not that of the cursor")
        gaps = await self._db.read("clob.trades", lambda tx: books.gaps(tx, self._shard))
        if gaps:
            raise model.BadJournal(f"a trade of book {gaps[0]} is missing")
