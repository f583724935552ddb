"""Snapshots in parts. The header is written last, so that nobody reads what is not whole."""

from collections.abc import Sequence

from boundary.kernel.runtime import transaction
from execution_stack.clob.formats import pictures

_HEADERS = """
SELECT batch, command, parts, orders, digest FROM clob_snapshot WHERE shard = $1 ORDER BY batch DESC"""
_PARTS = "SELECT payload FROM clob_snapshot_part WHERE shard = $1 AND batch = $2 ORDER BY part"
_ADD_PARTS = """
INSERT INTO clob_snapshot_part (shard, batch, part, payload)
SELECT $1, $2, n, payload FROM unnest($3::bigint[], $4::bytea[]) AS p(n, payload)"""
_ADD = """
INSERT INTO clob_snapshot (shard, batch, command, parts, orders, digest) VALUES ($1, $2, $3, $4, $5, $6)"""
_CLEAR = "DELETE FROM clob_snapshot_part WHERE shard = $1 AND batch = $2"
_FORGET = """
WITH old AS (
  DELETE FROM clob_snapshot WHERE shard = $1 AND batch < (
    SELECT min(batch) FROM (SELECT batch FROM clob_snapshot WHERE shard = $1 ORDER BY batch DESC LIMIT $2) kept)
  RETURNING batch)
DELETE FROM clob_snapshot_part p USING old WHERE p.shard = $1 AND p.batch = old.batch"""


async def headers(tx: transaction.Tx, shard: int) -> list[pictures.Header]:
    """Newest first."""
    return [pictures.Header(*row) for row in await tx.fetch(_HEADERS, shard)]


async def parts(tx: transaction.Tx, shard: int, batch: int) -> list[bytes]:
    return [row["payload"] for row in await tx.fetch(_PARTS, shard, batch)]


async def clear(tx: transaction.Tx, shard: int, batch: int) -> None:
    """Remove the parts of a snapshot that was never finished."""
    await tx.execute(_CLEAR, shard, batch)


async def add_parts(tx: transaction.Tx, shard: int, batch: int, first: int, payloads: Sequence[bytes]) -> None:
    await tx.execute(_ADD_PARTS, shard, batch, list(range(first, first + len(payloads))), list(payloads))


async def add(tx: transaction.Tx, shard: int, header: pictures.Header) -> None:
    await tx.execute(_ADD, shard, *header)


async def forget(tx: transaction.Tx, shard: int, keep: int) -> None:
    """Remove all but the newest."""
    await tx.execute(_FORGET, shard, keep)
