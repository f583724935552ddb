"""Token buckets as the account has them, kept on our side so that the exchange need not say no.

Two buckets, one for reading and one for writing, with refill and capacity as the account's limits say and a price per
endpoint. New orders may not use the last quarter of the writing bucket: that is kept for cancels. Told to wait by the
exchange, whoever draws on that bucket waits: as long as it says, or twice as long as last time. Questions that were too
many hold no cancel up.
"""

import asyncio
from datetime import timedelta

from boundary.kernel import clock, ids
from execution_stack.venues import model

DEFAULT = model.Limits("unknown", model.Bucket(200, 200), model.Bucket(100, 200))
"""Those of the lowest tier, until the account's own are known."""
DEFAULT_COST = 10
RESERVE_SHARE = 4
PATIENCE = timedelta(seconds=3)
BACKOFF_FIRST = timedelta(milliseconds=250)
BACKOFF_MAX = timedelta(seconds=8)
_MICRO = 1_000_000
_MICROSECOND = timedelta(microseconds=1)


class Bucket:
    """Tokens in millionths, so that nothing is lost between two looks at the clock."""

    def __init__(self, time: clock.Clock, size: model.Bucket) -> None:
        self._clock = time
        self._size = size
        self._tokens = size.capacity * _MICRO
        self._at = time.now()
        self._until = self._at
        self._refused = 0

    @property
    def capacity(self) -> int:
        return self._size.capacity

    def resize(self, size: model.Bucket) -> None:
        """As full as before: what is missing is what we have used."""
        self._fill()
        self._tokens = self._tokens * size.capacity // self._size.capacity
        self._size = size

    def refused(self, wait: timedelta | None, chance: int) -> timedelta:
        """The exchange said no: how long to wait, with up to as much again by CHANCE in 65,536."""
        self._fill()
        self._tokens = 0
        doubled = min(BACKOFF_MAX, BACKOFF_FIRST * 2 ** min(self._refused, 8))
        self._refused += 1
        found = wait if wait is not None else doubled + doubled * chance // 65_536
        self._until = max(self._until, self._at + found)
        return found

    def accepted(self) -> None:
        self._refused = 0

    def take(self, cost: int, reserve: int) -> timedelta:
        """Nothing, and the tokens are gone; or how long until there are enough above the reserve."""
        self._fill()
        if self._until > self._at:
            return self._until - self._at
        missing = min(cost + reserve, self._size.capacity) * _MICRO - self._tokens
        if missing <= 0:
            self._tokens -= cost * _MICRO
            return timedelta()
        return max(1, -(-missing // max(1, self._size.refill))) * _MICROSECOND

    def _fill(self) -> None:
        now = self._clock.now()
        passed = max(0, (now - self._at) // _MICROSECOND)
        self._at = now
        self._tokens = min(self._size.capacity * _MICRO, self._tokens + passed * self._size.refill)


class Pacer:
    def __init__(self, time: clock.Clock, random: ids.Ids, *, patience: timedelta = PATIENCE) -> None:
        self._random, self._patience = random, patience
        self._read, self._write = Bucket(time, DEFAULT.read), Bucket(time, DEFAULT.write)
        self._costs: dict[tuple[str, str], int] = {}
        self._default = DEFAULT_COST

    def learn(self, limits: model.Limits) -> None:
        self._read.resize(limits.read)
        self._write.resize(limits.write)

    def learn_costs(self, default: int, costs: dict[tuple[str, str], int]) -> None:
        self._default, self._costs = default, costs

    def cost(self, method: str, route: str) -> int:
        return self._costs.get((method, route), self._default)

    async def turn(self, cost: int, *, reads: bool, cancels: bool) -> None:
        """Wait for our turn; if that is longer than anybody should wait, say how long it would be."""
        bucket = self._bucket(reads=reads)
        reserve = 0 if reads or cancels else bucket.capacity // RESERVE_SHARE
        waited = timedelta()
        while (wait := bucket.take(cost, reserve)) > timedelta():
            if waited + wait > self._patience:
                raise model.Limited(wait)
            waited += wait
            await asyncio.sleep(wait.total_seconds())

    def refused(self, said: timedelta | None, *, reads: bool) -> timedelta:
        """The exchange said 429: how long whoever draws on that bucket waits now."""
        return self._bucket(reads=reads).refused(said, int.from_bytes(self._random.token(2), "big"))

    def accepted(self, *, reads: bool) -> None:
        self._bucket(reads=reads).accepted()

    def _bucket(self, *, reads: bool) -> Bucket:
        return self._read if reads else self._write
