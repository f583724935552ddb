"""Kills processes of a running platform at moments drawn from a seed, starts them again, and says what was under way."""

import dataclasses
import random  # noqa: TID251 -- seeded: a run can be repeated
import time
from collections import Counter
from collections.abc import Callable

from deploy.local import processes
from tests.faults.platform import Platform
from tests.faults.proxy import Proxy

SERVICES = ("customer worker", "execution API", "execution worker")
DATABASES = ("customer", "execution")
LEAST_SECONDS = 0.02
MOST_SECONDS = 0.35
IDLE_SECONDS_MAX = 3.0


@dataclasses.dataclass(frozen=True)
class Kill:
    """One SIGKILL: whom, which process, when, what was on its way, and how long until it served again."""

    number: int
    victim: str
    pid: int
    at: float
    cores_under_way: int
    back_after: float

    def line(self) -> str:
        return (
            f"kill {self.number:4} at {self.at:7.2f} s  {self.victim:20} pid {self.pid:7}"
            f"  {self.cores_under_way} cores under way  back after {self.back_after:.2f} s"
        )


class Killer:
    def __init__(self, platform: Platform, proxy: Proxy, seed: int, say: Callable[[str], None]) -> None:
        self._platform = platform
        self._proxy = proxy
        self._random = random.Random(seed)
        self._say = say
        self._started = time.monotonic()
        self.kills: list[Kill] = []
        say(f"seed {seed}")

    def processes(self, count: int) -> None:
        """So many SIGKILLs of processes of either stack, each soon after the last victim serves again."""
        for _ in range(count):
            self._wait()
            service = self._platform.services[self._random.choice(SERVICES)]
            pid, at, under_way = service.pid, self._now(), self._proxy.network.cores_under_way
            service.kill()
            service.start()
            service.wait_until_ready()
            self._note(service.name, pid, at, under_way)

    def databases(self, count: int) -> None:
        """So many SIGKILLs of a PostgreSQL server, which recovers from its log."""
        for _ in range(count):
            self._wait()
            stack = self._random.choice(DATABASES)
            cluster = self._platform.databases[stack]
            assert cluster.process is not None
            pid, at, under_way = cluster.process.pid, self._now(), self._proxy.network.cores_under_way
            cluster.kill()
            processes.together(cluster.starting())
            self._note(f"{stack} PostgreSQL", pid, at, under_way)

    def summary(self) -> str:
        victims = ", ".join(f"{count} {name}" for name, count in Counter(each.victim for each in self.kills).items())
        back = sorted(each.back_after for each in self.kills)
        busy = sum(each.cores_under_way > 0 for each in self.kills)
        return f"{len(self.kills)} kills ({victims}), {busy} with cores under way; back after median {back[len(back) // 2]:.2f} s, most {back[-1]:.2f} s"

    def _wait(self) -> None:
        """A moment by chance, and then until a core is on its way: a kill at rest proves little."""
        time.sleep(self._random.uniform(LEAST_SECONDS, MOST_SECONDS))
        deadline = time.monotonic() + IDLE_SECONDS_MAX
        while not self._proxy.network.cores_under_way and time.monotonic() < deadline:
            time.sleep(0.001)

    def _now(self) -> float:
        return time.monotonic() - self._started

    def _note(self, victim: str, pid: int, at: float, under_way: int) -> None:
        self.kills.append(Kill(len(self.kills) + 1, victim, pid, at, under_way, self._now() - at))
        self._say(self.kills[-1].line())
