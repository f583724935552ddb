"""Reads of what the engine wrote, for those who follow it."""

from datetime import datetime
from typing import NamedTuple

from boundary.kernel.runtime import transaction
from execution_stack.clob import model

_SHARDS = "SELECT shard, batch FROM clob_cursor ORDER BY shard"
_AFTER = """
SELECT number, first, last, done, payload, hash, at FROM clob_batch WHERE shard = $1 AND number > $2
ORDER BY number LIMIT $3"""

_HASHES = """
SELECT number, first, last, done, hash, CASE WHEN $4 THEN sha256(coalesce(payload::bytea, '')) ELSE '' END
FROM clob_batch WHERE shard = $1 AND number > $2 ORDER BY number LIMIT $3"""


class Row(NamedTuple):
    """A batch as it is kept."""

    number: int
    first: int
    last: int
    done: bool
    payload: bytes | None
    hash: bytes
    at: datetime


async def shards(tx: transaction.Tx) -> list[model.Shard]:
    return [model.Shard(*row) for row in await tx.fetch(_SHARDS)]


async def after(tx: transaction.Tx, shard: int, number: int, limit: int) -> list[Row]:
    return [Row(*row) for row in await tx.fetch(_AFTER, shard, number, limit)]


class Hash(NamedTuple):
    """A batch with the hash of what was said, as it is kept now."""

    number: int
    first: int
    last: int
    done: bool
    hash: bytes
    said: bytes


async def hashes(tx: transaction.Tx, shard: int, number: int, limit: int, *, said: bool) -> list[Hash]:
    """Without the hash of what was said, unless that is asked for: it means reading all of it."""
    return [Hash(*row) for row in await tx.fetch(_HASHES, shard, number, limit, said)]
