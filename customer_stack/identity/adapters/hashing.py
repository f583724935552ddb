"""Passwords by argon2id (RFC 9106), on threads of their own.

The cost is the first of the two that ASVS 5.0 gives: 19 MiB in two passes. The second, 46 MiB in one, takes more than
twice as long here for the same resistance, and twice the memory for each sign-in that runs. A thread gives way to the
event loop, because a request that only reads must not wait for somebody else's sign-in; the machine decides that by
priority, so nothing is lost while it is idle. Beyond a bounded queue nobody waits: the answer is that we are busy.
"""

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from concurrent import futures
from typing import NamedTuple, Protocol, TypeVar

import argon2
import prometheus_client
from argon2 import exceptions

from boundary.kernel import ids
from boundary.kernel.runtime import batch
from customer_stack.identity.rules import passwords

T = TypeVar("T")

GIVE_WAY = 10
WAITING_MAX = 64

HASHES = prometheus_client.Counter("password_hashes", "Slow hashes computed, by use", ["use"])
REFUSED = prometheus_client.Counter("password_hashes_refused", "Hashes refused because too many waited")


class Cost(NamedTuple):
    """What one hash costs: KiB of memory, passes over it, lanes."""

    memory_kib: int = 19 * 1024
    passes: int = 2
    lanes: int = 1


class Verdict(NamedTuple):
    fits: bool
    renewed: str | None = None


class Breached(Protocol):
    def holds(self, password: str) -> bool: ...


class Argon2:
    def __init__(
        self,
        random: ids.Ids,
        *,
        cost: Cost | None = None,
        breached: Breached | None = None,
        threads: int | None = None,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        memory, passes, lanes = cost or Cost()
        self._hasher = argon2.PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=lanes)
        self._breached = breached
        self._threads = threads or os.cpu_count() or 1
        self._most = self._threads + waiting_max
        self._pool = futures.ThreadPoolExecutor(self._threads, "password", initializer=_give_way)
        self._here = 0
        self._nobody = self._hasher.hash(random.token(32))
        """The hash of nobody's password: an address that nobody has costs as much as one that somebody has."""

    async def hash(self, password: str) -> str:
        HASHES.labels("set").inc()
        return await self._run(lambda: self._hasher.hash(passwords.normal(password)))

    async def verify(self, known: str | None, password: str) -> Verdict:
        """One hash, whether or not there is one to compare with. A second when the cost has changed since and it fits."""
        HASHES.labels("verify").inc()
        return await self._run(lambda: self._verify(known, passwords.normal(password)))

    async def is_breached(self, password: str) -> bool:
        found = self._breached
        return False if found is None else await self._run(lambda: found.holds(password))

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, known: str | None, password: str) -> Verdict:
        try:
            self._hasher.verify(known or self._nobody, password)
        except (exceptions.VerificationError, exceptions.InvalidHashError):
            return Verdict(fits=False)
        if known is None:
            return Verdict(fits=False)
        stale = self._hasher.check_needs_rehash(known)
        return Verdict(fits=True, renewed=self._hasher.hash(password) if stale else None)

    async def _run(self, work: Callable[[], T]) -> T:
        """Counts until the thread is done, not until the caller loses patience: a thread cannot be called back."""
        if self._here >= self._most:
            REFUSED.inc()
            raise batch.Overloaded("too many are signing in at this moment, please try again")
        self._here += 1
        loop = asyncio.get_running_loop()
        job = self._pool.submit(work)
        job.add_done_callback(lambda _: self._left(loop))
        return await asyncio.wrap_future(job)

    def _left(self, loop: asyncio.AbstractEventLoop) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody counts any more
            loop.call_soon_threadsafe(self._one_less)

    def _one_less(self) -> None:
        self._here -= 1


def _give_way() -> None:
    """Of this thread alone, where the system knows priorities of threads."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), GIVE_WAY)
