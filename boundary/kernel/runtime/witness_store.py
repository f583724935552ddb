"""Reads and writes of signed heads, and of how far both directions of a channel have come."""

from typing import NamedTuple
from uuid import UUID

from boundary.kernel import clock
from boundary.kernel.runtime import transaction

GENESIS = bytes(32)

_POSITION = """
SELECT o.epoch, o.due - 1, o.messages, o.head, i.epoch, i.due - 1, i.messages, i.head, i.halted
FROM channel_outbound o JOIN channel_inbound i USING (channel) WHERE channel = $1"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('heads' || $1::uuid::text, 0))"
_AUDIT = "SELECT size, root, chain, at, public_key, signature FROM audit_head ORDER BY size DESC LIMIT 1"
_COLUMNS = """at_micros, sent_epoch, sent_sequence, sent_messages, sent_head, received_epoch, received_sequence,
  received_messages, received_head, audit_size, audit_root, audit_chain, audit_at, audit_key, audit_signature, key,
  signature"""
_ADD = f"""
INSERT INTO channel_heads (channel, origin, verdict, {_COLUMNS})
VALUES ($1, $2, $3, {", ".join(f"${number}" for number in range(4, 21))})"""  # noqa: S608 -- constants of this module
_LAST = f"""
SELECT {_COLUMNS}, (1000 * extract(epoch FROM now() - at))::bigint AS age FROM channel_heads
WHERE channel = $1 AND origin = $2 AND verdict <> 'contradicts' ORDER BY id DESC LIMIT 1"""  # noqa: S608 -- likewise
_ALL = f"""
SELECT channel, origin::text, verdict::text, {_COLUMNS} FROM channel_heads ORDER BY channel, id DESC LIMIT $1"""  # noqa: S608 -- likewise
_HEARD_SINCE = """
SELECT count(*) FROM channel_heads WHERE channel = $1 AND origin = 'theirs'
  AND id > (SELECT max(id) FROM channel_heads WHERE channel = $1 AND origin = 'ours')"""
_SENT = "SELECT messages, core FROM channel_sent WHERE channel = $1 AND epoch = $2 AND sequence = $3"
_RECEIVED = "SELECT messages, core FROM channel_received WHERE channel = $1 AND epoch = $2 AND sequence = $3"
_AGES = """
SELECT i.channel, extract(epoch FROM now() - (
  SELECT h.at FROM channel_heads h WHERE h.channel = i.channel AND h.origin = 'theirs' AND h.verdict = 'holds'
  ORDER BY h.id DESC LIMIT 1
))::bigint FROM channel_inbound i"""


class Place(NamedTuple):
    """A place of one direction: the core there, and how many messages all cores up to it have."""

    epoch: int
    sequence: int
    messages: int
    head: bytes


class Position(NamedTuple):
    sent: Place
    received: Place
    halted: bool


class Audit(NamedTuple):
    """A signed tree head, as its signature covers it."""

    size: int
    root: bytes
    chain: bytes
    at_micros: int
    key: bytes
    signature: bytes


class Heads(NamedTuple):
    """Signed heads of either side, field by field."""

    at_micros: int
    sent: Place
    received: Place
    audit: Audit
    key: bytes
    signature: bytes


class Stated(NamedTuple):
    """Heads that were kept: of which channel, by whom, what they were found to be."""

    channel: UUID
    origin: str
    verdict: str
    heads: Heads


async def position(tx: transaction.Tx, channel: UUID) -> Position | None:
    """How far both directions have come, as one statement sees it."""
    row = await tx.row(_POSITION, channel)
    if row is None:
        return None
    fields = tuple(row)
    return Position(Place(*fields[:4]), Place(*fields[4:8]), fields[8])


async def hold(tx: transaction.Tx, channel: UUID) -> None:
    """Until the transaction ends nobody else states heads of this channel: so they leave in the order of what they say."""
    await tx.execute(_LOCK, channel)


async def audit_head(tx: transaction.Tx) -> Audit | None:
    """The newest head of our own log; none before anything is sealed."""
    row = await tx.row(_AUDIT)
    if row is None:
        return None
    at = clock.to_micros(row["at"])
    return Audit(row["size"], row["root"], row["chain"], at, row["public_key"], row["signature"])


async def add(tx: transaction.Tx, channel: UUID, origin: str, verdict: str, heads: Heads) -> None:
    audit, rest = heads.audit, (heads.key, heads.signature)
    await tx.execute(_ADD, channel, origin, verdict, heads.at_micros, *heads.sent, *heads.received, *audit, *rest)


async def last(tx: transaction.Tx, channel: UUID, origin: str) -> tuple[Heads, int] | None:
    """The newest heads of one side that hold, and how many milliseconds ago they were kept."""
    row = await tx.row(_LAST, channel, origin)
    return None if row is None else (_heads(tuple(row)[:17]), row["age"])


async def heard_since_stated(tx: transaction.Tx, channel: UUID) -> int:
    """How often the other side stated its heads since we stated ours."""
    count: int = await tx.value(_HEARD_SINCE, channel)
    return count


async def newest(tx: transaction.Tx, limit: int) -> list[Stated]:
    """Of all channels, the newest first."""
    rows = [tuple(row) for row in await tx.fetch(_ALL, limit)]
    return [Stated(row[0], row[1], row[2], _heads(row[3:])) for row in rows]


async def sent_at(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int) -> Place | None:
    """Our record of a place that we sequenced."""
    return await _at(tx, _SENT, channel, epoch, sequence)


async def received_at(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int) -> Place | None:
    """Our record of a place that we applied."""
    return await _at(tx, _RECEIVED, channel, epoch, sequence)


async def ages(tx: transaction.Tx) -> list[tuple[UUID, int | None]]:
    """Of every channel, how many seconds ago heads of the other side were last found good."""
    return [(row[0], row[1]) for row in await tx.fetch(_AGES)]


async def _at(tx: transaction.Tx, statement: str, channel: UUID, epoch: int, sequence: int) -> Place | None:
    if sequence == 0:
        return Place(epoch, 0, 0, GENESIS)
    row = await tx.row(statement, channel, epoch, sequence)
    return None if row is None else Place(epoch, sequence, row["messages"], row["core"])


def _heads(row: tuple[object, ...]) -> Heads:
    at, *fields = row
    return Heads(at, Place(*fields[:4]), Place(*fields[4:8]), Audit(*fields[8:14]), *fields[14:16])  # type: ignore[arg-type]  # columns of several types
