"""How a halted channel goes on: what people decided, what both sides have in common, and the chain made anew behind it.

An epoch is closed where it stands. Cores of ours that the other side does not have are chained anew at the beginning of
the next epoch, in their order and with the same messages, so nothing is lost; what it has is not said again, so nothing
is doubled. Cores of a closed epoch count as far as both sides had them, and what was chained anew counts where it
stands now.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction

GENESIS = bytes(32)

_ENDS = """
SELECT i.epoch, o.due - 1, o.head, i.due - 1, i.head, i.halted, i.reason::text
FROM channel_inbound i JOIN channel_outbound o USING (channel) WHERE channel = $1"""
_LOCK = _ENDS + " FOR UPDATE"
_DECIDED = """
SELECT EXISTS (SELECT FROM channel_reopening WHERE channel = $1 AND epoch = $2
  AND (sent_last, sent_head, received_last, received_head) = ($3, $4::bytea, $5, $6::bytea))"""
_DECIDE = """
INSERT INTO channel_reopening (channel, epoch, sent_last, sent_head, received_last, received_head, statement)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (channel, epoch) DO NOTHING"""
_OPENED = "SELECT compared, sent_common, received_common FROM channel_epoch WHERE channel = $1 AND following = $2"
_OPENED_AT = "SELECT max(at) FROM channel_epoch WHERE channel = $1"
_LASTS = """
SELECT coalesce(least(min(sent_last) FILTER (WHERE epoch = $2),
    min(CASE WHEN compared = $2 THEN sent_common WHEN compared < $2 THEN 0 END)), 0),
  coalesce(least(min(received_last) FILTER (WHERE epoch = $2),
    min(CASE WHEN compared = $2 THEN received_common WHEN compared < $2 THEN 0 END)), 0)
FROM channel_epoch WHERE channel = $1 AND epoch >= $2"""
_SENT = "SELECT core FROM channel_sent WHERE channel = $1 AND epoch = $2 AND sequence = $3"
_RECEIVED = "SELECT core FROM channel_received WHERE channel = $1 AND epoch = $2 AND sequence = $3"
_LEFT = """
SELECT s.epoch, s.sequence, s.count, s.body FROM channel_sent s
WHERE s.channel = $1 AND (s.epoch, s.sequence) > ($2, $3) AND s.epoch < $5
  AND NOT EXISTS (SELECT FROM channel_epoch c
    WHERE c.channel = s.channel AND s.epoch <= c.epoch AND (s.epoch, s.sequence) > (c.compared, c.sent_common))
  AND NOT EXISTS (SELECT FROM channel_void v WHERE (v.channel, v.epoch, v.sequence) = (s.channel, s.epoch, s.sequence))
ORDER BY s.epoch, s.sequence LIMIT $4"""
_CHAIN = """
INSERT INTO channel_sent (channel, epoch, sequence, count, messages, previous, core, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""
_CLOSE = """
INSERT INTO channel_epoch (channel, epoch, sent_last, sent_head, received_last, received_head, sent_common,
  received_common, compared, following, resent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"""
_OPEN = (
    """
UPDATE channel_inbound SET epoch = $2, due = 1, head = $3, messages = 0, halted = false, reason = NULL
WHERE channel = $1""",
    "UPDATE channel_outbound SET epoch = $2, due = $3, head = $4, messages = $5, acked = 0 WHERE channel = $1",
)
_CHUNK = 50


class Ends(NamedTuple):
    """Where both directions of a channel stand, and whether and why they stand still."""

    epoch: int
    sent_last: int
    sent_head: bytes
    received_last: int
    received_head: bytes
    halted: bool
    reason: str | None


class Junction(NamedTuple):
    """The last core that both sides have, of each direction, in the epoch that was compared."""

    epoch: int
    sent: int
    received: int


class Left(NamedTuple):
    """A core of ours that the other side does not have."""

    epoch: int
    sequence: int
    messages: int
    body: bytes


class Moved(NamedTuple):
    """Where a core stood, and where it stands in the new epoch."""

    epoch: int
    sequence: int
    now: int


Rewrite = Callable[[Left, int], bytes]
"""A core and its new sequence -> its body as it shall be now."""
Hash = Callable[[int, int, int, bytes, bytes], bytes]
"""Epoch, sequence, count, previous head, body -> the core's hash."""


async def ends(tx: transaction.Tx, channel: UUID, *, lock: bool = False) -> Ends | None:
    row = await tx.row(_LOCK if lock else _ENDS, channel)
    return None if row is None else Ends(*row)


async def decide(tx: transaction.Tx, channel: UUID, here: Ends, statement: bytes) -> bool:
    """Two people decided that the channel goes on from where it stands; whether that is new."""
    return await tx.execute(_DECIDE, channel, *here[:5], statement) == 1


async def is_decided(tx: transaction.Tx, channel: UUID, here: Ends) -> bool:
    found: bool = await tx.value(_DECIDED, channel, *here[:5])
    return found


async def opened_after(tx: transaction.Tx, channel: UUID, epoch: int) -> Junction | None:
    """What both sides had in common when this epoch was opened; none of the first one."""
    row = await tx.row(_OPENED, channel, epoch)
    return None if row is None else Junction(*row)


async def opened_at(tx: transaction.Tx, channel: UUID) -> datetime | None:
    """When the present epoch was opened; none of the first one."""
    found: datetime | None = await tx.value(_OPENED_AT, channel)
    return found


async def lasts(tx: transaction.Tx, channel: UUID, epoch: int) -> tuple[int, int]:
    """The last core of an epoch that counts, sent and received: of a closed one, what was common then and ever since."""
    here = await ends(tx, channel)
    if here is not None and here.epoch == epoch:
        return here.sent_last, here.received_last
    row = await tx.row(_LASTS, channel, epoch)
    return (0, 0) if row is None else (row[0], row[1])


async def sent_core(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int) -> bytes:
    """The hash of a core of ours; zeros where there is none."""
    return await tx.value(_SENT, channel, epoch, sequence) or GENESIS


async def received_core(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int) -> bytes:
    """The hash of a core that was applied; zeros where there is none."""
    return await tx.value(_RECEIVED, channel, epoch, sequence) or GENESIS


async def reopen(
    tx: transaction.Tx, channel: UUID, here: Ends, common: Junction, following: int, rewrite: Rewrite, core: Hash
) -> Sequence[Moved]:
    """Close the present epoch, chain anew what the other side lacks, and open the next; what moved where."""
    moved: list[Moved] = []
    head, messages, after = GENESIS, 0, (common.epoch, common.sent)
    while left := [Left(*row) for row in await tx.fetch(_LEFT, channel, *after, _CHUNK, following)]:
        for each in left:
            sequence = len(moved) + 1
            body = rewrite(each, sequence)
            name, messages = core(following, sequence, each.messages, head, body), messages + each.messages
            await tx.execute(_CHAIN, channel, following, sequence, each.messages, messages, head, name, body)
            head = name
            moved.append(Moved(each.epoch, each.sequence, sequence))
        after = (left[-1].epoch, left[-1].sequence)
    facts = (common.sent, common.received, common.epoch, following, len(moved))
    await tx.execute(_CLOSE, channel, *here[:5], *facts)
    await tx.execute(_OPEN[0], channel, following, GENESIS)
    await tx.execute(_OPEN[1], channel, following, len(moved) + 1, head, messages)
    return moved
