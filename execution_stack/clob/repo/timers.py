"""When books must be told the time, and when their day ends."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from boundary.kernel.runtime import transaction

_REMIND = """
INSERT INTO clob_timer (book, at) SELECT book, to_timestamp(at) FROM unnest($1::bigint[], $2::bigint[]) AS n(book, at)
ON CONFLICT DO NOTHING"""
_DUE = """
SELECT b.number, b.shard, b.window_seconds FROM clob_book b
WHERE b.number IN (SELECT book FROM clob_timer WHERE at <= $1) ORDER BY b.number"""
_FORGET = "DELETE FROM clob_timer WHERE at <= $1"
_IS_DUE = """
SELECT EXISTS (SELECT FROM clob_timer WHERE at <= $1) OR EXISTS (SELECT FROM clob_book WHERE next_day <= $1)"""
_DAYS = """
UPDATE clob_book SET next_day = next_day + (1 + floor(extract(epoch FROM $1 - next_day) / 86400)) * interval '1 day'
WHERE next_day <= $1 RETURNING number, shard"""


class Due(NamedTuple):
    book: int
    shard: int
    window_seconds: int


async def remind(tx: transaction.Tx, moments: Sequence[tuple[int, int]]) -> None:
    """Books, and the Unix seconds at which each is to be told the time."""
    await tx.execute(_REMIND, [book for book, _ in moments], [at for _, at in moments])


async def is_due(tx: transaction.Tx, now: datetime) -> bool:
    found: bool = await tx.value(_IS_DUE, now)
    return found


async def due(tx: transaction.Tx, now: datetime) -> list[Due]:
    """Books whose time has come; the reminders are gone with this transaction."""
    found = [Due(*row) for row in await tx.fetch(_DUE, now)]
    await tx.execute(_FORGET, now)
    return found


async def days_ended(tx: transaction.Tx, now: datetime) -> list[tuple[int, int]]:
    """Book and shard of those whose day has ended; each one's next day ends a day later."""
    return sorted((row["number"], row["shard"]) for row in await tx.fetch(_DAYS, now))
