"""Removes what no restore can need any more, a bounded number of rows at a time.

A core of ours may be sent again as long as the other side may come back from an older backup, and a hash of theirs is
what such a repetition is compared with. So both are kept for as many days as backups may be old, longer where they are
not acknowledged, and longer where no signed heads of the other side lie beyond them: what was never witnessed proves
nothing once it is gone. Each statement looks at the oldest rows of a channel only, so finding nothing costs nothing. The last core of every epoch is kept for ever, and so are heads and the ends of epochs.
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
  SELECT s.channel, s.epoch, s.sequence FROM channel_outbound p CROSS JOIN LATERAL (
    SELECT h.received_epoch AS epoch, h.received_sequence AS sequence FROM channel_heads h
    WHERE h.channel = p.channel AND h.origin = 'theirs' AND h.verdict = 'holds' ORDER BY h.id DESC LIMIT 1
  ) w CROSS JOIN LATERAL (
    SELECT f.channel, f.epoch, f.sequence, f.at FROM channel_sent f WHERE f.channel = p.channel
    ORDER BY f.epoch, f.sequence LIMIT $2
  ) s
  WHERE s.at < now() - $1::interval AND (s.epoch < p.epoch OR s.sequence <= p.acked) AND (s.epoch, s.sequence) < (w.epoch, w.sequence)
    AND s.sequence < (SELECT max(l.sequence) FROM channel_sent l WHERE l.channel = s.channel AND l.epoch = s.epoch))"""
_RECEIVED = """
DELETE FROM channel_received WHERE (channel, epoch, sequence) IN (
  SELECT s.channel, s.epoch, s.sequence FROM channel_inbound p CROSS JOIN LATERAL (
    SELECT h.sent_epoch AS epoch, h.sent_sequence AS sequence FROM channel_heads h
    WHERE h.channel = p.channel AND h.origin = 'theirs' AND h.verdict = 'holds' ORDER BY h.id DESC LIMIT 1
  ) w CROSS JOIN LATERAL (
    SELECT f.channel, f.epoch, f.sequence, f.at FROM channel_received f WHERE f.channel = p.channel
    ORDER BY f.epoch, f.sequence LIMIT $2
  ) s
  WHERE s.at < now() - $1::interval AND (s.epoch < p.epoch OR s.sequence < p.due - 1) AND (s.epoch, s.sequence) < (w.epoch, w.sequence)
    AND s.sequence < (SELECT max(l.sequence) FROM channel_received l WHERE l.channel = s.channel AND l.epoch = s.epoch))"""
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
        while went := await db.run("gate.purge", functools.partial(_remove, statement)):
            rows += went
        removed.append(Removed(table, rows))
    return removed


async def _remove(statement: str, tx: transaction.Tx) -> int:
    return await tx.execute(statement, KEPT, CHUNK)
