"""What the books said, for whoever follows: batches by their dense numbers, and a picture to begin with."""

from boundary.kernel.runtime import transaction
from execution_stack.clob import model
from execution_stack.clob.formats import batches, pictures
from execution_stack.clob.repo import books, feeding, snapshots


async def shards(tx: transaction.Tx) -> list[model.Shard]:
    """Every shard, with its newest batch."""
    return await feeding.shards(tx)


async def after(tx: transaction.Tx, shard: int, number: int, limit: int) -> list[model.Batch]:
    """At most so many batches after this one, in order."""
    rows = await feeding.after(tx, shard, number, limit)
    names = await books.instruments(tx, shard) if rows else {}
    return [
        model.Batch(
            shard,
            row.number,
            row.at,
            tuple((names[book], tuple(events)) for book, events in batches.read(row.payload or b"")),
        )
        for row in rows
    ]


async def picture(tx: transaction.Tx, shard: int) -> model.Picture | None:
    """The newest snapshot that is whole, with the number of the batch after which it was taken; none before the first."""
    for header in await snapshots.headers(tx, shard):
        try:
            found = pictures.join(header, await snapshots.parts(tx, shard, header.batch))
        except model.BadSnapshot:
            continue
        names = await books.instruments(tx, shard)
        return model.Picture(shard, header.batch, tuple((names[each.number], each.snapshot) for each in found))
    return None
