"""What the engine reads and writes: its lease, batches, orders, trades. Set-based: a statement for all rows of a kind."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction

_ADD_CURSOR = "INSERT INTO clob_cursor (shard, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_ACQUIRE = """
UPDATE clob_cursor SET epoch = epoch + 1, holder = $2, until = clock_timestamp() + $3::interval
WHERE shard = $1 AND (holder IS NULL OR holder = $2 OR until < clock_timestamp())
RETURNING epoch, batch, command, hash"""
_RENEW = """
UPDATE clob_cursor SET until = clock_timestamp() + $3::interval WHERE shard = $1 AND epoch = $2 AND holder IS NOT NULL"""
_RELEASE = "UPDATE clob_cursor SET holder = NULL, until = NULL WHERE shard = $1 AND epoch = $2"
_BY_KEY = """
SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
  set_config('enable_mergejoin', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)"""
_CURSOR = "SELECT epoch, batch, command, hash FROM clob_cursor WHERE shard = $1"
_ADVANCE = """
UPDATE clob_cursor SET batch = $3, command = $4, hash = $5, until = clock_timestamp() + $6::interval
WHERE shard = $1 AND epoch = $2 AND batch = $3 - 1 AND holder IS NOT NULL RETURNING clock_timestamp()"""
_ADD_BATCH = """
INSERT INTO clob_batch (shard, number, first, last, done, events, payload, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""
_ADD_ORDERS = """
INSERT INTO clob_order (book, id, command, participant, epoch, sequence, position, side, price, open, filled, state, reason,
  batch)
SELECT book, id, command, participant, epoch, sequence, position, (ARRAY['buy', 'sell']::clob_side[])[side + 1], price, open,
  filled, (ARRAY['working', 'filled', 'cancelled', 'refused']::clob_order_state[])[state + 1], reason, $1
FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::int[],
  $10::bigint[], $11::bigint[], $12::bigint[], $13::int[], $14::bigint[])
  AS n(book, id, command, participant, epoch, sequence, position, side, price, open, filled, state, reason)
ON CONFLICT DO NOTHING"""
_CHANGE_ORDERS = """
UPDATE clob_order o SET filled = o.filled + n.filled,
  price = CASE WHEN n.price < 0 THEN o.price ELSE n.price END,
  open = CASE WHEN n.open < 0 THEN o.open - n.filled ELSE n.open END,
  state = CASE WHEN n.state = 2 THEN 'cancelled'
    WHEN (CASE WHEN n.open < 0 THEN o.open - n.filled ELSE n.open END) = 0 THEN 'filled'
    ELSE 'working' END::clob_order_state,
  reason = CASE WHEN n.reason = 0 THEN o.reason ELSE n.reason END, batch = $1
FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::int[], $8::bigint[])
  AS n(book, id, price, open, filled, state, reason)
WHERE o.book = n.book AND o.id = n.id
RETURNING o.book, o.id, o.participant, o.epoch, o.sequence, o.position, o.open"""
_ADD_TRADES = """
INSERT INTO clob_trade (instrument, number, price, lots, taker_side, auction, taker, maker, batch)
SELECT instrument, number, price, lots, (ARRAY['buy', 'sell']::clob_side[])[side + 1], auction, taker, maker, $1
FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::int[], $7::bool[], $8::bigint[], $9::bigint[])
  AS n(instrument, number, price, lots, side, auction, taker, maker)"""
_TRADES = """
SELECT b.number AS book, coalesce((SELECT max(t.number) FROM clob_trade t WHERE t.instrument = b.instrument), 0) AS newest
FROM clob_book b WHERE b.shard = $1"""


class Cursor(NamedTuple):
    """Under which epoch, and how far: the newest batch, the last command that it covers, the hash up to it."""

    epoch: int
    batch: int
    command: int
    hash: bytes


class Batch(NamedTuple):
    number: int
    first: int
    last: int
    done: bool
    events: int
    payload: bytes | None
    hash: bytes


async def by_key(tx: transaction.Tx) -> None:
    """Rows are looked up by their keys in this transaction. A statement is planned once for each connection otherwise, and
    one that was planned when its table was empty reads all of it for every row from then on.
    """
    await tx.fetch(_BY_KEY)


async def acquire(tx: transaction.Tx, shard: int, holder: UUID, lease: Any, nothing: bytes) -> Cursor | None:
    """The shard with a new epoch, unless another engine holds it."""
    await tx.execute(_ADD_CURSOR, shard, nothing)
    row = await tx.row(_ACQUIRE, shard, holder, lease)
    return None if row is None else Cursor(*row)


async def renew(tx: transaction.Tx, shard: int, epoch: int, lease: Any) -> bool:
    return await tx.execute(_RENEW, shard, epoch, lease) == 1


async def release(tx: transaction.Tx, shard: int, epoch: int) -> None:
    await tx.execute(_RELEASE, shard, epoch)


async def cursor(tx: transaction.Tx, shard: int) -> Cursor | None:
    row = await tx.row(_CURSOR, shard)
    return None if row is None else Cursor(*row)


async def advance(tx: transaction.Tx, shard: int, epoch: int, batch: Batch, lease: Any) -> datetime | None:
    """Write the batch and move the cursor to it; none if the shard is another engine's by now."""
    command = batch.last if batch.done else batch.first - 1
    now: datetime | None = await tx.value(_ADVANCE, shard, epoch, batch.number, command, batch.hash, lease)
    if now is not None:
        await tx.execute(_ADD_BATCH, shard, *batch)
    return now


async def add_orders(tx: transaction.Tx, batch: int, rows: Sequence[Sequence[int]]) -> None:
    await tx.execute(_ADD_ORDERS, batch, *(list(column) for column in zip(*rows, strict=True)))


async def change_orders(tx: transaction.Tx, batch: int, rows: Sequence[Sequence[int]]) -> list[transaction.Record]:
    """Book, id, participant, epoch, sequence, position and what is open now, of each."""
    return await tx.fetch(_CHANGE_ORDERS, batch, *(list(column) for column in zip(*rows, strict=True)))


async def add_trades(tx: transaction.Tx, batch: int, rows: Sequence[Sequence[Any]]) -> None:
    await tx.execute(_ADD_TRADES, batch, *(list(column) for column in zip(*rows, strict=True)))


async def trades(tx: transaction.Tx, shard: int) -> dict[int, int]:
    """The number of the newest trade of each book."""
    return {row["book"]: row["newest"] for row in await tx.fetch(_TRADES, shard)}
