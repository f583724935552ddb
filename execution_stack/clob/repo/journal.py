"""Appends to the journal and reads it. Its shard's row is held from the first number to the commit, so numbers have no
gap and become visible in order.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction

_HOLD = "SELECT shard FROM clob_shard WHERE shard = ANY($1::bigint[]) ORDER BY shard FOR UPDATE"
_APPEND = """
WITH s AS (UPDATE clob_shard SET next = next + $2 WHERE shard = $1 RETURNING next - $2 AS first)
INSERT INTO clob_command (shard, no, count, channel, epoch, sequence, position, payload)
SELECT $1, s.first + n.at, n.count, $3, $4, $5, n.position, n.payload
FROM s, unnest($6::bigint[], $7::bigint[], $8::bigint[], $9::bytea[]) AS n(at, count, position, payload)
RETURNING no"""
_TELL = """
WITH s AS (UPDATE clob_shard SET next = next + $2 WHERE shard = $1 RETURNING next - $2 AS first)
INSERT INTO clob_command (shard, no, count, payload)
SELECT $1, s.first + n.at, n.count, n.payload
FROM s, unnest($3::bigint[], $4::bigint[], $5::bytea[]) AS n(at, count, payload)
RETURNING no"""
_READ = """
SELECT no, count, channel, epoch, sequence, payload FROM clob_command WHERE shard = $1 AND no >= $2 AND no < $3
ORDER BY no"""
_OF_INTENTS = """
SELECT n.at, c.no, c.payload
FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) WITH ORDINALITY
  AS n(epoch, sequence, position, shard, at)
CROSS JOIN LATERAL (
  SELECT no, payload FROM clob_command
  WHERE channel = $1 AND epoch = n.epoch AND sequence = n.sequence AND position <= n.position AND shard = n.shard
  ORDER BY position DESC LIMIT 1) c"""
_NEXT = "SELECT next FROM clob_shard WHERE shard = $1"


class Origin(NamedTuple):
    """The core of a channel that brought commands."""

    channel: UUID
    epoch: int
    sequence: int


class Run(NamedTuple):
    """A row to append: how many commands, the place of the first one's intent if an intent brought it, the packed ones."""

    size: int
    position: int | None
    payload: bytes


class Row(NamedTuple):
    """A row of the journal."""

    no: int
    size: int
    channel: UUID | None
    epoch: int | None
    sequence: int | None
    payload: bytes


async def hold(tx: transaction.Tx, shards: Sequence[int]) -> None:
    await tx.fetch(_HOLD, sorted(set(shards)))


async def append(tx: transaction.Tx, shard: int, runs: Sequence[Run], origin: Origin | None = None) -> int:
    """The number of the first command."""
    counts = [each.size for each in runs]
    starts = [sum(counts[:at]) for at in range(len(counts))]
    payloads = [each.payload for each in runs]
    if origin is None:
        rows = await tx.fetch(_TELL, shard, sum(counts), starts, counts, payloads)
    else:
        positions = [each.position for each in runs]
        rows = await tx.fetch(_APPEND, shard, sum(counts), *origin, starts, counts, positions, payloads)
    return min(int(row["no"]) for row in rows)


async def read(tx: transaction.Tx, shard: int, first: int, end: int) -> list[Row]:
    """The rows that begin in this range."""
    return [Row(*row) for row in await tx.fetch(_READ, shard, first, end)]


async def of_intents(
    tx: transaction.Tx, channel: UUID, wanted: Sequence[tuple[int, int, int, int]]
) -> dict[int, tuple[int, bytes]]:
    """By index into WANTED (epoch, sequence, position, shard): the row that holds the command that placed it."""
    columns = [list(each) for each in zip(*wanted, strict=True)]
    rows = await tx.fetch(_OF_INTENTS, channel, *columns)
    return {row["at"] - 1: (row["no"], row["payload"]) for row in rows}


async def next_number(tx: transaction.Tx, shard: int) -> int:
    found: int | None = await tx.value(_NEXT, shard)
    return found or 1
