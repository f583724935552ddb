"""How often something may be done, by whoever a key stands for: a bucket that fills again as time passes (GCRA).

The buckets are rows in PostgreSQL, because they must survive what an attacker can wait for or bring about: a restart
of ours, and a Redis that forgets when it restarts. Concurrent calls share one statement, so a burst costs the database
little, and the transaction does not wait for the disk: a crash of the database server loses the last half second.

A bucket is one number, the time at which it will be full again. A row whose time has come says nothing any more, and
every batch removes twice as many of those as it can add, so the table holds no more keys than were used within a
limit's period; a fixed bound stands above that. A key is stored as a digest: what it was made of is nobody's business.

What happens while the store cannot be asked is the limit's own choice: `closed` refuses, for what must not be tried
without bound (signing in), `open` lets pass, for what would only be a nuisance (reading).
"""

import asyncio
import hashlib
import time as stopwatch
from collections.abc import Sequence
from typing import NamedTuple

import prometheus_client
import sqlalchemy as sa

from boundary.kernel import clock, errors
from boundary.kernel.runtime import columns, transaction

ROWS_MAX = 500_000
COUNT_SECONDS = 10
ANSWER_SECONDS = 3
FULL_RETRY_SECONDS = 60

TAKEN = prometheus_client.Counter("rate_limit_taken", "Attempts judged, by limit and outcome", ["limit", "outcome"])

# Of the n attempts that a batch holds for one bucket as many pass as fit: the new time says how many did. A time that
# lies further ahead than a full period was written by a clock that was wrong, and is not believed.
_TAKE = """
INSERT INTO rate_limit AS t (slot, full_at, step, span)
SELECT slot, $1 + least(n, span / step) * step, step, span
FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[]) AS a (slot, n, step, span)
WHERE NOT $6 OR EXISTS (SELECT FROM rate_limit r WHERE r.slot = a.slot)
ORDER BY slot
ON CONFLICT (slot) DO UPDATE SET step = excluded.step, span = excluded.span,
  full_at = least(greatest(t.full_at, $1), $1 + excluded.span) + least(
    excluded.full_at - $1,
    ($1 + excluded.span - least(greatest(t.full_at, $1), $1 + excluded.span)) / excluded.step * excluded.step)
RETURNING new.slot, least(greatest(coalesce(old.full_at, $1), $1), $1 + new.span) AS before, new.full_at AS after"""
_FORGET = """
DELETE FROM rate_limit WHERE slot = ANY(ARRAY(
  SELECT slot FROM rate_limit WHERE full_at <= $1 ORDER BY full_at LIMIT $2 FOR UPDATE SKIP LOCKED))"""
_COUNT = "SELECT count(*) FROM (SELECT FROM rate_limit LIMIT $1) AS rows"
_NOT_WAITING = "SELECT set_config('synchronous_commit', 'off', true)"


class Limit(NamedTuple):
    """A bucket that holds `capacity` attempts and fills evenly within `per_seconds`."""

    name: str
    capacity: int
    per_seconds: int
    closed: bool = True

    @property
    def step(self) -> int:
        """Microseconds after which one more is allowed."""
        return -(-self.per_seconds * 1_000_000 // self.capacity)

    def slot(self, key: bytes) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\0" + key).digest()


class _Attempt(NamedTuple):
    limit: Limit
    slot: bytes


def table(metadata: sa.MetaData, types: columns.Types) -> sa.Table:
    return sa.Table(
        "rate_limit",
        metadata,
        sa.Column("slot", types.hash32, primary_key=True),
        sa.Column("full_at", types.counter, nullable=False),
        sa.Column("step", types.counter, nullable=False),
        sa.Column("span", types.counter, nullable=False),
        sa.Index("rate_limit_full_at", "full_at"),
    )


class Limiter:
    """Judges attempts in a process. All processes on one database share its buckets."""

    def __init__(self, db: transaction.Database, time: clock.Clock, *, rows_max: int = ROWS_MAX) -> None:
        self._clock = time
        self._rows_max = rows_max
        self._full = False
        self._count_at = 0.0
        self._group = db.batch("limits.take", self._judge)

    async def take(self, limit: Limit, key: bytes) -> None:
        """Pass, or raise `RateLimited` with `retry_after_seconds`. A refused attempt uses nothing up.

        Of several limits take the widest first: who is refused there leaves the narrower ones untouched.
        """
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._group.submit(_Attempt(limit, limit.slot(key)))
        except (errors.Unavailable, errors.OutcomeUnknown, TimeoutError):
            TAKEN.labels(limit.name, "refused_unasked" if limit.closed else "passed_unasked").inc()
            if limit.closed:
                raise errors.Unavailable("attempts cannot be counted at the moment, please try again") from None
        except errors.RateLimited:
            TAKEN.labels(limit.name, "refused").inc()
            raise
        else:
            TAKEN.labels(limit.name, "passed").inc()

    async def _judge(self, tx: transaction.Tx, attempts: list[_Attempt]) -> list[errors.Refusal | None]:
        now = clock.to_micros(self._clock.now())
        wanted: dict[bytes, list[int]] = {}
        for place, attempt in enumerate(attempts):
            wanted.setdefault(attempt.slot, []).append(place)
        limits = [attempts[places[0]].limit for places in wanted.values()]
        await tx.execute(_NOT_WAITING)
        await self._look_at_size(tx)
        rows = await tx.fetch(
            _TAKE,
            now,
            list(wanted),
            [len(places) for places in wanted.values()],
            [limit.step for limit in limits],
            [limit.step * limit.capacity for limit in limits],
            self._full,
        )
        await tx.execute(_FORGET, now, 2 * len(wanted))
        found = {row["slot"]: (row["before"], row["after"]) for row in rows}
        answers: list[errors.Refusal | None] = [None] * len(attempts)
        for (slot, places), limit in zip(wanted.items(), limits, strict=True):
            for place, answer in zip(places, _answers(limit, len(places), found.get(slot), now), strict=True):
                answers[place] = answer
        return answers

    async def _look_at_size(self, tx: transaction.Tx) -> None:
        if stopwatch.monotonic() >= self._count_at:
            self._full = await tx.value(_COUNT, self._rows_max) >= self._rows_max
            self._count_at = stopwatch.monotonic() + COUNT_SECONDS


def _answers(limit: Limit, count: int, found: tuple[int, int] | None, now: int) -> Sequence[errors.Refusal | None]:
    """Those who came first pass. Without a row the table is full, and a key that it does not hold is a stranger."""
    if found is None:
        return [_refusal(FULL_RETRY_SECONDS) if limit.closed else None] * count
    before, after = found
    passed = (after - before) // limit.step
    wait = after + limit.step - limit.step * limit.capacity - now
    return [None] * passed + [_refusal(max(1, -(-wait // 1_000_000)))] * (count - passed)


def _refusal(seconds: int) -> errors.RateLimited:
    return errors.RateLimited("too many attempts, please wait", retry_after_seconds=seconds)
