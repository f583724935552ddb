"""Kills real engine processes under load, at moments drawn from a seed, and compares what they left with what they should.

The load is intents of several customer stacks through the receiver's own transaction; cancels and amendments among them.
"""

import asyncio
import contextlib
import os
import pathlib
import random  # noqa: TID251 -- seeded: a run can be repeated
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator

from boundary.wire import to_customer
from execution_stack.clob.service import verifying
from execution_stack.intents import model as intents
from tests import embedded
from tests.execution.clob import floor as floors
from tests.execution.clob import listening
from tests.faults import platform

MIDDLE = 1_000


class Engine:
    """`execution-stack engine` as a process of its own."""

    def __init__(self, nursery: platform.Nursery, shard: floors.Shard, log: pathlib.Path, *more: str) -> None:
        (self.port,) = embedded.free_ports(1)
        self._nursery = nursery
        environment = {
            "EXECUTION_DATABASE_URL": shard.floor.schema.url("execution_engine"),
            "EXECUTION_OPERATIONS_PORT": str(self.port),
            "PATH": os.environ.get("PATH", ""),
        }
        self.pid = nursery.start(["engine", "--shard", str(shard.number), *more], environment, log)

    @property
    def status(self) -> int | None:
        return self._nursery.status(self.pid)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self._nursery.wait(self.pid)

    def stop(self) -> int:
        os.kill(self.pid, signal.SIGTERM)
        return self._nursery.wait(self.pid)


@contextlib.contextmanager
def nursery() -> Iterator[platform.Nursery]:
    made = platform.Nursery("execution")
    try:
        yield made
    finally:
        made.close()


class Load:
    """Places, amends and cancels until told to stop."""

    def __init__(self, shard: floors.Shard, channels: list[floors.Channel], seed: int, *, size: int = 60) -> None:
        self._shard, self._channels = shard, channels
        self._random = random.Random(seed)
        self._size = size
        self.placed: list[tuple[floors.Channel, intents.Name, intents.Terms]] = []
        self.cores = 0

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.step()
            await asyncio.sleep(0.001)

    async def step(self) -> None:
        pick = self._random
        channel = pick.choice(self._channels)
        wanted = [
            channel.terms(
                pick.choice(self._shard.instruments),
                pick.choice(("buy", "sell")),
                pick.randint(1, 20),
                MIDDLE + pick.randint(-10, 10),
                who=pick.randrange(len(channel.people)),
            )
            for _ in range(self._size)
        ]
        names = await channel.place(*wanted)
        self.placed += [(channel, name, terms) for name, terms in zip(names, wanted, strict=True)]
        mine = [row for row in self.placed[-2000:] if row[0] is channel]
        await channel.cancel(*{name for _, name, _ in pick.sample(mine, min(len(mine), 10))})
        amended = {name: terms for _, name, terms in pick.sample(mine, min(len(mine), 5))}
        await channel.amend(
            *(
                intents.Amendment(name, terms.limit_ticks, lots, terms.limit_ticks * 10_000 * lots)
                for name, terms in amended.items()
                for lots in (pick.randint(1, 20),)
            )
        )
        self.cores += 1


async def kill_under_load(
    shard: floors.Shard, load: Load, log: pathlib.Path, *, kills: int, seed: int, say: Callable[[str], None]
) -> None:
    """So many SIGKILLs of the engine, each soon after it matches again; then all that is left is matched."""
    pick = random.Random(seed)
    stop = asyncio.Event()
    placing = asyncio.create_task(load.run(stop))
    started = time.monotonic()
    with nursery() as nest:
        engine = Engine(nest, shard, log)
        for number in range(1, kills + 1):
            await _matches(shard, engine, placing)
            await asyncio.sleep(pick.uniform(0, 0.15))
            behind = await shard.lag()
            engine.kill()
            say(
                f"kill {number:4} at {time.monotonic() - started:7.2f} s  pid {engine.pid}  {behind} commands under way"
            )
            engine = Engine(nest, shard, log)
        await _matches(shard, engine, placing)
        stop.set()
        await placing
        await shard.settled()
        await asyncio.to_thread(engine.stop)


async def _matches(shard: floors.Shard, engine: Engine, placing: "asyncio.Task[None]") -> None:
    """Until the engine has written something."""
    sql = "SELECT batch FROM clob_cursor WHERE shard = $1"
    before = await shard.floor.superuser.fetchval(sql, shard.number) or 0

    async def moved() -> bool:
        if placing.done():
            placing.result()
        assert engine.status is None, f"the engine ended with {engine.status}"
        return (await shard.floor.superuser.fetchval(sql, shard.number) or 0) > before

    await floors.until(moved)


async def compare(shard: floors.Shard, load: Load, channels: list[floors.Channel]) -> None:
    """No accepted order lost, no trade doubled, the state that of a book that never stopped, everybody told once."""
    recovered, again = await shard.recovered(), await shard.again()
    assert recovered.matcher.digest() == again.digest()
    assert (await verifying.verify(shard.floor.engine, shard.number)).fault is None
    names = await shard.rows(
        "SELECT p.channel, o.epoch, o.sequence, o.position, count(*), sum(o.filled)::bigint FROM clob_order o"
        " JOIN clob_participant p ON p.id = o.participant WHERE o.book = ANY($1::bigint[]) GROUP BY 1, 2, 3, 4",
        shard.books,
    )
    rows = {(channel, *name): (count, filled) for channel, *name, count, filled in names}
    assert set(rows) == {(channel.ref, *name) for channel, name, _ in load.placed}, (
        "an order for each intent, and no other"
    )
    assert {count for count, _ in rows.values()} == {1}
    traded = await shard.rows(
        "SELECT sum(lots)::bigint, count(*), count(DISTINCT (instrument, number)) FROM clob_trade"
        " WHERE instrument = ANY($1::uuid[])",
        shard.instruments,
    )
    ((lots, trades, numbers),) = traded
    assert trades == numbers > 0
    assert sum(filled for _, filled in rows.values()) == 2 * lots
    for channel in channels:
        said = await listening.heard(shard.floor, channel.ref)
        fills = [each for each in said if isinstance(each, to_customer.FillAllocated)]
        assert [each.fill for each in fills] == list(range(1, len(fills) + 1))
        told: Counter[tuple[int, int, int]] = Counter()
        for each in fills:
            told[each.intent.epoch, each.intent.sequence, each.intent.index] += each.lots
        mine = {tuple(name): filled for (of, *name), (_, filled) in rows.items() if of == channel.ref and filled}
        assert dict(told) == mine
