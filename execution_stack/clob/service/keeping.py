"""Writes snapshots beside the matching: the state is copied between two batches, the rest happens in the background.

Parts are written a few at a time, so that no transaction lasts. The header comes last, and only after the batch whose
state it is was committed: until then nobody reads the parts.
"""

import asyncio
import functools

from boundary.kernel.runtime import transaction
from execution_stack.clob.formats import pictures
from execution_stack.clob.repo import matching as repo
from execution_stack.clob.repo import snapshots

KEEP = 3
PARTS_AT_ONCE = 16


async def keep(
    db: transaction.Database, shard: int, epoch: int, batch: int, command: int, books: list[pictures.Kept]
) -> pictures.Header | None:
    """Write what was copied; none if the shard is another engine's by now."""
    parts = await asyncio.to_thread(lambda: list(pictures.split(books)))
    digest = await asyncio.to_thread(pictures.digest, books)
    await db.run("clob.keep", lambda tx: snapshots.clear(tx, shard, batch))
    for first in range(0, len(parts), PARTS_AT_ONCE):
        some = parts[first : first + PARTS_AT_ONCE]
        await db.run("clob.keep", functools.partial(_add, shard, batch, first, some))
    orders = sum(pictures.orders(each.snapshot) for each in books)
    header = pictures.Header(batch, command, len(parts), orders, digest)

    async def finish(tx: transaction.Tx) -> bool:
        cursor = await repo.cursor(tx, shard)
        if cursor is None or cursor.epoch != epoch or cursor.batch < batch:
            return False
        await snapshots.add(tx, shard, header)
        await snapshots.forget(tx, shard, KEEP)
        return True

    return header if await db.run("clob.keep", finish) else None


async def _add(shard: int, batch: int, first: int, some: list[bytes], tx: transaction.Tx) -> None:
    await snapshots.add_parts(tx, shard, batch, first, some)
