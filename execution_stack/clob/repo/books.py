"""Reads and writes of shards, books, and the numbers of participants."""

from uuid import UUID

from boundary.kernel.runtime import transaction

_INSTRUMENTS = "SELECT number, instrument FROM clob_book WHERE shard = $1"


async def instruments(tx: transaction.Tx, shard: int) -> dict[int, UUID]:
    """The instrument of each book of a shard, by the book's number."""
    return {row["number"]: row["instrument"] for row in await tx.fetch(_INSTRUMENTS, shard)}
