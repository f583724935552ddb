"""Removes what no restore can need any more, a bounded number of rows at a time.

A core of ours may be sent again as long as the other side may come back from an older backup, and a hash of theirs is
what such a repetition is compared with. So both are kept for as many days as backups may be old, longer where they are
not acknowledged, and longer where no signed heads of the other side lie beyond them: what was never witnessed proves
nothing once it is gone. The last core of every epoch is kept for ever, and so are heads and the ends of epochs.
"""

import functools
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from boundary.kernel.runtime import transaction, transcript_tables

KEPT = timedelta(days=transcript_tables.KEPT_DAYS)
CHUNK = 2000

_SENT = """
DELETE FROM channel_sent WHERE (channel, epoch, sequence) IN (
  SELECT s.channel, s.epoch, s.sequence FROM channel_sent s JOIN channel_outbound o ON o.channel = s.channel
  WHERE s.at < now() - $1::interval AND (s.epoch < o.epoch OR s.sequence <= o.acked)
    AND EXISTS (SELECT FROM channel_heads h WHERE h.channel = s.channel AND h.origin = 'theirs' AND h.verdict = 'holds'
      AND (h.received_epoch, h.received_sequence) > (s.epoch, s.sequence))
    AND s.sequence < (SELECT max(l.sequence) FROM channel_sent l WHERE l.channel = s.channel AND l.epoch = s.epoch)
  ORDER BY s.channel, s.epoch, s.sequence LIMIT $2)"""
_RECEIVED = """
DELETE FROM channel_received WHERE (channel, epoch, sequence) IN (
  SELECT r.channel, r.epoch, r.sequence FROM channel_received r JOIN channel_inbound i ON i.channel = r.channel
  WHERE r.at < now() - $1::interval AND (r.epoch < i.epoch OR r.sequence < i.due - 1)
    AND EXISTS (SELECT FROM channel_heads h WHERE h.channel = r.channel AND h.origin = 'theirs' AND h.verdict = 'holds'
      AND (h.sent_epoch, h.sent_sequence) > (r.epoch, r.sequence))
    AND r.sequence < (SELECT max(l.sequence) FROM channel_received l WHERE l.channel = r.channel AND l.epoch = r.epoch)
  ORDER BY r.channel, r.epoch, r.sequence LIMIT $2)"""
_VOID = """
DELETE FROM channel_void WHERE (channel, epoch, sequence) IN (
  SELECT v.channel, v.epoch, v.sequence FROM channel_void v
  WHERE v.at < now() - $1::interval AND NOT EXISTS (
    SELECT FROM channel_sent s WHERE (s.channel, s.epoch, s.sequence) = (v.channel, v.epoch, v.sequence))
  ORDER BY v.channel, v.epoch, v.sequence LIMIT $2)"""
_REFUSED = """
DELETE FROM channel_refused WHERE (channel, epoch, sequence, core, code) IN (
  SELECT f.channel, f.epoch, f.sequence, f.core, f.code FROM channel_refused f JOIN channel_inbound i USING (channel)
  WHERE f.at < now() - $1::interval AND (f.epoch, f.sequence) < (i.epoch, i.due)
  ORDER BY f.channel, f.epoch, f.sequence LIMIT $2)"""


class Removed(NamedTuple):
    """How many rows of which table went."""

    table: str
    rows: int


STATEMENTS: Sequence[tuple[str, str]] = (
    ("channel_sent", _SENT),
    ("channel_received", _RECEIVED),
    ("channel_void", _VOID),
    ("channel_refused", _REFUSED),
)


async def purge(db: transaction.Database, statements: Sequence[tuple[str, str]] = STATEMENTS) -> list[Removed]:
    """In chunks, each a transaction of its own, until nothing is left to remove."""
    removed = []
    for table, statement in statements:
        rows = 0
        went = CHUNK
        while went == CHUNK:
            went = await db.run("gate.purge", functools.partial(_remove, statement))
            rows += went
        removed.append(Removed(table, rows))
    return removed


async def _remove(statement: str, tx: transaction.Tx) -> int:
    return await tx.execute(statement, KEPT, CHUNK)
