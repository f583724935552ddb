"""Both directions of a sequenced exchange in a stack's database: the set-based statements on `transcript_tables`.

A business transaction only inserts into the outbox. Sequencing holds the outbound row, so numbers have no gaps and a
transaction that is rolled back leaves none.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel.runtime import transaction

MESSAGES_MAX = 1000
ROW_BYTES_MAX = 128 * 1024
GENESIS = bytes(32)

_PUT = "INSERT INTO channel_outbox (channel, count, payload) VALUES ($1, $2, $3)"
_PUT_NAMED = "INSERT INTO channel_outbox (channel, count, payload, subjects, about) VALUES ($1, $2, $3, $4, $5)"
_STATE = "SELECT epoch, halted FROM channel_inbound WHERE channel = $1"
_WAITS = "SELECT EXISTS (SELECT FROM channel_outbox WHERE channel = $1)"
_TAKE = """
WITH place AS MATERIALIZED (
  SELECT o.epoch, o.due, o.head FROM channel_outbound o JOIN channel_inbound i USING (channel)
  WHERE o.channel = $1 AND NOT i.halted FOR UPDATE OF o
), waiting AS (
  SELECT id, count, octet_length(payload) AS size FROM channel_outbox
  WHERE channel = $1 AND id < (SELECT min(id) + 4 * $2 FROM channel_outbox WHERE channel = $1)
    AND EXISTS (SELECT FROM place) ORDER BY id LIMIT $2
), due AS (
  SELECT id, sum(size) OVER (ORDER BY id) AS bytes, sum(count) OVER (ORDER BY id) AS messages FROM waiting
), taken AS (
  DELETE FROM channel_outbox
  WHERE channel = $1 AND id = ANY(ARRAY(SELECT id FROM due WHERE bytes <= $3 AND messages <= $2)) RETURNING *
)
SELECT place.*, coalesce(
  (SELECT max(id) FROM channel_outbox WHERE channel = $1) > coalesce((SELECT max(id) FROM taken), 0), false), {columns}
FROM place LEFT JOIN taken t ON true ORDER BY t.id"""
_TAKE_PLAIN = _TAKE.format(columns="t.count, t.payload")
_TAKE_NAMED = _TAKE.format(
    columns="t.count, t.payload, t.subjects, t.about, extract(epoch FROM clock_timestamp() - t.at)::float8"
)
_SENT = """
WITH moved AS (
  UPDATE channel_outbound o SET due = $3 + 1, head = $6, messages = o.messages + $4, acked = greatest(o.acked, (
    SELECT s.sequence FROM channel_sent s
    WHERE s.channel = $1 AND s.epoch = $2 AND $2 = $8 AND s.sequence = $9 AND s.core = $10))
  WHERE o.channel = $1 RETURNING o.acked, o.messages
), sent AS (
  INSERT INTO channel_sent (channel, epoch, sequence, count, previous, core, body, messages)
  SELECT $1, $2, $3, $4, $5, $6, $7, messages FROM moved
)
SELECT acked FROM moved"""
_UNACKED = """
SELECT s.epoch, s.sequence, s.count, s.previous, s.core, s.body, EXISTS (
  SELECT FROM channel_void v WHERE v.channel = s.channel AND v.epoch = s.epoch AND v.sequence = s.sequence)
FROM channel_sent s JOIN channel_outbound o ON o.channel = s.channel AND o.epoch = s.epoch
JOIN channel_inbound i ON i.channel = s.channel AND NOT i.halted
WHERE s.channel = $1 AND s.sequence > greatest(o.acked, $2) ORDER BY s.sequence LIMIT $3"""
_UNACKED_SEQUENCES = """
SELECT s.sequence FROM channel_sent s JOIN channel_outbound o ON o.channel = s.channel AND o.epoch = s.epoch
WHERE s.channel = $1 AND s.sequence > o.acked ORDER BY s.sequence"""
_ACK = """
UPDATE channel_outbound o SET acked = $3 FROM channel_sent s
WHERE o.channel = $1 AND o.epoch = $2 AND o.acked < $3
  AND s.channel = $1 AND s.epoch = $2 AND s.sequence = $3 AND s.core = $4"""
_ACKED = "SELECT epoch, acked FROM channel_outbound WHERE channel = $1"
_VOID = """
INSERT INTO channel_void (channel, epoch, sequence)
SELECT s.channel, s.epoch, s.sequence FROM channel_sent s
JOIN channel_outbound o ON o.channel = s.channel AND o.epoch = s.epoch AND o.acked < s.sequence
WHERE s.channel = $1 AND s.epoch = $2 AND s.sequence = $3 ON CONFLICT DO NOTHING
RETURNING (SELECT s.core FROM channel_sent s WHERE s.channel = $1 AND s.epoch = $2 AND s.sequence = $3)"""
_LAG = """
SELECT o.channel, coalesce((SELECT sum(w.count) FROM channel_outbox w WHERE w.channel = o.channel), 0)::bigint,
  coalesce(extract(epoch FROM now() - (
    SELECT min(s.at) FROM channel_sent s
    WHERE s.channel = o.channel AND s.epoch = o.epoch AND s.sequence > o.acked)), 0)::bigint
FROM channel_outbound o"""
_LAZILY = "SET LOCAL synchronous_commit = off"
_LOCK_INBOUND = "SELECT epoch, due, head, halted FROM channel_inbound WHERE channel = $1 FOR UPDATE"
_LOCK_AND_SPEND = """
WITH place AS MATERIALIZED (
  SELECT epoch, due, head, halted FROM channel_inbound WHERE channel = $1 FOR UPDATE
), spent AS (
  INSERT INTO channel_nonce (channel, nonce) SELECT $1, $2 FROM place
  WHERE NOT halted AND epoch = $3 AND due = $4 AND head = $5 ON CONFLICT DO NOTHING RETURNING true
)
SELECT place.*, EXISTS (SELECT FROM spent) FROM place"""
_STORED = "SELECT core FROM channel_received WHERE channel = $1 AND epoch = $2 AND sequence = $3"
_RECEIVED = """
WITH moved AS (
  UPDATE channel_inbound SET due = $3 + 1, head = $4, messages = messages + $5 WHERE channel = $1 RETURNING messages
)
INSERT INTO channel_received (channel, epoch, sequence, core, messages) SELECT $1, $2, $3, $4, messages FROM moved"""
_REFUSED = """
INSERT INTO channel_refused (channel, epoch, sequence, core, code, count) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING"""
_REFUSED_COUNT = """
SELECT count FROM channel_refused WHERE channel = $1 AND epoch = $2 AND sequence = $3 AND core = $4 AND code = $5"""
_FORGET_NONCES = "DELETE FROM channel_nonce WHERE at < now() - $1::interval"
_HALT = "UPDATE channel_inbound SET halted = true, reason = $2 WHERE channel = $1 AND NOT halted"
_REGISTER = (
    "INSERT INTO channel_outbound (channel, head) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    "INSERT INTO channel_inbound (channel, head) VALUES ($1, $2) ON CONFLICT DO NOTHING",
)


class Core(msgspec.Struct, frozen=True):
    """A sequenced core, ready to be put into an envelope as often as it takes."""

    epoch: int
    sequence: int
    count: int
    previous: bytes
    core: bytes
    body: bytes
    voided: bool = False
    """Given up: it is sent as a void, and never again as it was."""


class Lag(NamedTuple):
    """How far the other side is behind: messages that wait, and the age of the oldest core without an answer."""

    channel: UUID
    waiting: int
    seconds: int


class State(NamedTuple):
    """What both directions of a channel depend on."""

    epoch: int
    halted: bool


class Inbound(msgspec.Struct, frozen=True):
    epoch: int
    due: int
    head: bytes
    halted: bool


class Acknowledgement(NamedTuple):
    """What the other side said: it has applied this core of ours, and all before it."""

    epoch: int
    sequence: int
    core: bytes


class Turn(NamedTuple):
    """What was sequenced, if anything, and which core of ours is now known to be applied, if that is known anew."""

    core: Core | None
    acked: int | None
    rows: Sequence["Waiting"] = ()


class Waiting(NamedTuple):
    """A row of the outbox while it is being sequenced, or what need not be put there first."""

    messages: int
    payload: bytes
    subjects: Sequence[UUID] = ()
    """What each message is about, in the writer's own terms; it never crosses."""
    about: UUID | None = None
    """The subject of an earlier message, whose name this row's only one must carry."""
    age: float = 0.0
    """Seconds since the transaction that wrote it began, by the database's clock alone."""


Make = Callable[[int, int, bytes, list[Waiting]], Awaitable[tuple[bytes, bytes]]]
"""Epoch, sequence, previous head and rows -> the body and the core's hash. The caller knows what the bytes mean."""


async def register(tx: transaction.Tx, channel: UUID) -> bool:
    """Make both directions of a channel; whether it is new."""
    made = [await tx.execute(statement, channel, GENESIS) for statement in _REGISTER]
    return any(made)


async def put(tx: transaction.Tx, channel: UUID, payload: bytes, count: int) -> None:
    """Say something: `count` encoded messages in one row."""
    _must_fit(payload, count)
    await tx.execute(_PUT, channel, count, payload)


async def put_named(
    tx: transaction.Tx, channel: UUID, payload: bytes, subjects: Sequence[UUID], about: UUID | None = None
) -> None:
    """As `put`, with what each message is about: where outcomes must find their way back."""
    _must_fit(payload, len(subjects))
    await tx.execute(_PUT_NAMED, channel, len(subjects), payload, subjects, about)


def _must_fit(payload: bytes, count: int) -> None:
    if not 0 < len(payload) <= ROW_BYTES_MAX or not 0 < count <= MESSAGES_MAX:
        raise ValueError("an outbox row must fit into one core")


async def state(tx: transaction.Tx, channel: UUID) -> State:
    row = await tx.row(_STATE, channel)
    assert row is not None, "a channel is registered before it is used"
    return State(*row)


async def waits(tx: transaction.Tx, channel: UUID) -> bool:
    """Whether anything is to be sequenced; a look that locks and writes nothing."""
    found: bool = await tx.value(_WAITS, channel)
    return found


async def turn(
    tx: transaction.Tx,
    channel: UUID,
    bytes_max: int,
    make: Make,
    *,
    acknowledged: Acknowledgement | None = None,
    said: Sequence[Waiting] = (),
    named: bool = False,
) -> Turn:
    """Sequence what waits and what is said now, as much as fits into one core; nothing while the channel is halted."""
    statement = _TAKE_NAMED if named else _TAKE_PLAIN
    found = [tuple(row) for row in await tx.fetch(statement, channel, MESSAGES_MAX, bytes_max)]
    rows = [Waiting(*row[4:]) for row in found if row[4] is not None]
    takes_all = bool(found) and not found[0][3]  # else what is said now waits behind what is left
    for each in said:
        takes_all = takes_all and _fit([*rows, each], bytes_max)
        if takes_all:
            rows.append(each)
        else:
            await put(tx, channel, each.payload, each.messages)
    if not rows:
        return Turn(None, await acknowledge(tx, channel, acknowledged))
    epoch, sequence, previous = found[0][:3]
    count = sum(row.messages for row in rows)
    body, core = await make(epoch, sequence, previous, rows)
    acked = await sequenced(tx, channel, epoch, sequence, count, previous, core, body, acknowledged)
    return Turn(Core(epoch, sequence, count, previous, core, body), acked, rows)


async def sequenced(
    tx: transaction.Tx,
    channel: UUID,
    epoch: int,
    sequence: int,
    count: int,
    previous: bytes,
    core: bytes,
    body: bytes,
    acknowledged: Acknowledgement | None = None,
) -> int | None:
    """Write a core down and move on; up to where all is known to be applied."""
    place = (channel, epoch, sequence, count, previous, core, body)
    acked: int | None = await tx.value(_SENT, *place, *(acknowledged or (None, None, None)))
    return acked


def _fit(rows: Sequence[Waiting], bytes_max: int) -> bool:
    return sum(len(row.payload) for row in rows) <= bytes_max and sum(row.messages for row in rows) <= MESSAGES_MAX


async def unacknowledged(tx: transaction.Tx, channel: UUID, *, after: int = 0, limit: int = 8) -> list[Core]:
    """Cores that wait for their acknowledgement, oldest first, beyond a sequence that is in flight already.

    None while the channel is halted.
    """
    return [Core(*row) for row in await tx.fetch(_UNACKED, channel, after, limit)]


async def unacknowledged_sequences(tx: transaction.Tx, channel: UUID) -> list[int]:
    """The sequences that wait for their acknowledgement, without their content."""
    return [row["sequence"] for row in await tx.fetch(_UNACKED_SEQUENCES, channel)]


async def acknowledge(tx: transaction.Tx, channel: UUID, said: Acknowledgement | None) -> int | None:
    """The sequence up to which all is applied, if that is news and the core is ours."""
    if said is None or await tx.execute(_ACK, channel, *said) == 0:
        return None
    return said.sequence


async def lag(tx: transaction.Tx) -> list[Lag]:
    """Of every channel."""
    return [Lag(*row) for row in await tx.fetch(_LAG)]


async def lazily(tx: transaction.Tx) -> None:
    """Do not wait for the disk: for acknowledgements alone, which are given again if a crash forgets them."""
    await tx.execute(_LAZILY)


async def acknowledged(tx: transaction.Tx, channel: UUID) -> tuple[int, int]:
    """The epoch, and the last sequence in it that the other side is known to have applied."""
    row = await tx.row(_ACKED, channel)
    assert row is not None, "a channel is registered before it is used"
    return row["epoch"], row["acked"]


async def void(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int) -> bytes | None:
    """Give a core up, if it was sent and not applied: its hash, if that is new. Written before the other side hears of
    it, so that no restart sends the core itself again.
    """
    core: bytes | None = await tx.value(_VOID, channel, epoch, sequence)
    return core


async def lock_inbound(tx: transaction.Tx, channel: UUID) -> Inbound | None:
    """How far receiving has come, held until the transaction ends."""
    row = await tx.row(_LOCK_INBOUND, channel)
    return None if row is None else Inbound(*row)


async def lock_and_spend(
    tx: transaction.Tx, channel: UUID, nonce: UUID, *, epoch: int, sequence: int, previous: bytes
) -> tuple[Inbound, bool] | None:
    """As `lock_inbound`; if this very core is due its nonce is spent, and the answer tells whether it was fresh."""
    row = await tx.row(_LOCK_AND_SPEND, channel, nonce, epoch, sequence, previous)
    return None if row is None else (Inbound(*tuple(row)[:4]), row[4])


async def stored_core(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int) -> bytes | None:
    """The hash of the core that was applied under a sequence."""
    found: bytes | None = await tx.value(_STORED, channel, epoch, sequence)
    return found


async def forget_nonces(tx: transaction.Tx, older_than: timedelta) -> int:
    """Nonces that no frame inside the window can repeat; how many there were."""
    return await tx.execute(_FORGET_NONCES, older_than)


async def received(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int, core: bytes, count: int) -> None:
    """The core's effects are in this transaction: remember it and expect the next."""
    await tx.execute(_RECEIVED, channel, epoch, sequence, core, count)


async def refused(tx: transaction.Tx, channel: UUID, here: Inbound, core: bytes, code: int, count: int) -> bool:
    """A genuine core had no effect while this place was due; whether that is known for the first time."""
    return await tx.execute(_REFUSED, channel, here.epoch, here.due, core, code, count) == 1


async def refused_count(tx: transaction.Tx, channel: UUID, here: Inbound, core: bytes, code: int) -> int | None:
    """How many messages the core had that was refused with this code while this place was due; none if none was."""
    found: int | None = await tx.value(_REFUSED_COUNT, channel, here.epoch, here.due, core, code)
    return found


async def halt(tx: transaction.Tx, channel: UUID, reason: str) -> bool:
    """Apply nothing more on this channel until people open a new epoch; whether it ran until now."""
    return await tx.execute(_HALT, channel, reason) == 1
