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
SELECT number, first, last, done, hash FROM clob_batch WHERE shard = $1 AND number > $2 ORDER BY number LIMIT $3"""


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
    """A batch without what was said."""

    number: int
    first: int
    last: int
    done: bool
    hash: bytes


async def hashes(tx: transaction.Tx, shard: int, number: int, limit: int) -> list[Hash]:
    return [Hash(*row) for row in await tx.fetch(_HASHES, shard, number, limit)]
