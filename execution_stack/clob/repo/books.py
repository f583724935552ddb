"""Reads and writes of shards, books, and the numbers of participants."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction

_INSTRUMENTS = "SELECT number, instrument FROM clob_book WHERE shard = $1"
_BY_INSTRUMENT = "SELECT number, instrument, shard FROM clob_book WHERE instrument = ANY($1::uuid[])"
_ALL = """
SELECT b.number, b.instrument, b.shard, i.code FROM clob_book b JOIN instrument i ON i.ref = b.instrument ORDER BY 1"""
_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended('clob books', 0))"
_ADD_SHARD = "INSERT INTO clob_shard (shard) VALUES ($1) ON CONFLICT DO NOTHING"
_ADD = """
INSERT INTO clob_book (number, instrument, shard, day_ends, next_day)
SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $4 FROM clob_book
ON CONFLICT (instrument) DO NOTHING RETURNING number"""
_WINDOW = "UPDATE clob_book SET window_seconds = $2 WHERE number = $1"
_TAKE_IDS = """
UPDATE clob_book b SET next_order = next_order + n.count FROM unnest($1::bigint[], $2::bigint[]) AS n(number, count)
WHERE b.number = n.number RETURNING b.number, b.next_order - n.count AS first"""
_PARTICIPANTS = "SELECT participant, id FROM clob_participant WHERE participant = ANY($1::uuid[])"
_ADD_PARTICIPANTS = """
INSERT INTO clob_participant (participant, channel) SELECT unnest($2::uuid[]), $1
ON CONFLICT (participant) DO NOTHING RETURNING participant, id"""
_GAPS = """
SELECT b.number FROM clob_book b CROSS JOIN LATERAL (
  SELECT count(*) AS found, coalesce(max(number), 0) AS newest FROM clob_trade t WHERE t.instrument = b.instrument) t
WHERE b.shard = $1 AND t.found <> t.newest ORDER BY 1"""
_KNOWN = "SELECT id FROM clob_participant WHERE participant = $1"
_WHO = "SELECT id, participant, channel FROM clob_participant WHERE id = ANY($1::bigint[])"


class Place(NamedTuple):
    """Where an instrument's book is."""

    book: int
    shard: int


class Listed(NamedTuple):
    """A book, as operators see it."""

    number: int
    instrument: UUID
    shard: int
    code: str


class Who(NamedTuple):
    participant: UUID
    channel: UUID


async def instruments(tx: transaction.Tx, shard: int) -> dict[int, UUID]:
    """The instrument of each book of a shard, by the book's number."""
    return {row["number"]: row["instrument"] for row in await tx.fetch(_INSTRUMENTS, shard)}


async def places(tx: transaction.Tx, wanted: Iterable[UUID]) -> dict[UUID, Place]:
    """Of those instruments that have a book."""
    rows = await tx.fetch(_BY_INSTRUMENT, sorted(set(wanted)))
    return {row["instrument"]: Place(row["number"], row["shard"]) for row in rows}


async def every(tx: transaction.Tx) -> list[Listed]:
    return [Listed(*row) for row in await tx.fetch(_ALL)]


async def add(tx: transaction.Tx, instrument: UUID, shard: int, day_ends: int, next_day: datetime) -> int | None:
    """The number of the new book; none if the instrument has one."""
    await tx.execute(_HOLD)
    await tx.execute(_ADD_SHARD, shard)
    number: int | None = await tx.value(_ADD, instrument, shard, day_ends, next_day)
    return number


async def set_window(tx: transaction.Tx, book: int, seconds: int) -> None:
    await tx.execute(_WINDOW, book, seconds)


async def take_ids(tx: transaction.Tx, counts: Mapping[int, int]) -> dict[int, int]:
    """The first of so many new order ids of each book. Whoever asks holds the journal."""
    rows = await tx.fetch(_TAKE_IDS, list(counts), list(counts.values()))
    return {row["number"]: row["first"] for row in rows}


async def numbers(tx: transaction.Tx, channel: UUID, participants: Sequence[UUID]) -> dict[UUID, int]:
    """The number of each participant; whoever has none yet is given one."""
    wanted = sorted(set(participants))
    found = {row["participant"]: row["id"] for row in await tx.fetch(_PARTICIPANTS, wanted)}
    new = [each for each in wanted if each not in found]
    if new:
        found |= {row["participant"]: row["id"] for row in await tx.fetch(_ADD_PARTICIPANTS, channel, new)}
    if len(found) < len(wanted):  # somebody else's transaction gave the number meanwhile
        found |= {row["participant"]: row["id"] for row in await tx.fetch(_PARTICIPANTS, wanted)}
    return found


async def gaps(tx: transaction.Tx, shard: int) -> list[int]:
    """Books of which a trade is missing."""
    return [row["number"] for row in await tx.fetch(_GAPS, shard)]


async def known(tx: transaction.Tx, participant: UUID) -> int | None:
    number: int | None = await tx.value(_KNOWN, participant)
    return number


async def who(tx: transaction.Tx, numbers: Sequence[int]) -> dict[int, Who]:
    return {row["id"]: Who(row["participant"], row["channel"]) for row in await tx.fetch(_WHO, list(numbers))}
