"""The database goes away, or has no room: the engine stops cleanly and goes on by itself from what was committed."""

import asyncio
import pathlib
from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest
import pytest_asyncio

from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import transaction
from deploy.local import postgres
from execution_stack.clob import model
from execution_stack.clob.service import running
from execution_stack.gate.service import booking
from tests import embedded, stacks
from tests.execution.clob import floor as floors
from tests.execution.clob import killing

pytestmark = pytest.mark.asyncio(loop_scope="module")


class FullDisk:
    """An outbox that has no room, so many times."""

    def __init__(self, inner: booking.Bookings, times: int) -> None:
        self.times = times
        self._inner = inner

    async def tell(self, tx: transaction.Tx, news: Sequence[model.News]) -> None:
        await self._inner.tell(tx, news)
        if self.times:
            self.times -= 1
            raise asyncpg.DiskFullError("could not extend file")


async def test_without_room_nothing_is_written_and_later_everything_once(floor: floors.Floor) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    load = killing.Load(shard, [channel], 3)
    await load.step()
    full = FullDisk(booking.Bookings(floor.time), 3)
    engine = running.Engine(floor.engine, shard.number, full, floor.ids)
    refusals = 0
    while full.times:
        with pytest.raises(errors.Unavailable):
            await engine.loop(asyncio.Event())
        refusals += 1
        assert await shard.rows("SELECT count(*) FROM clob_order WHERE book = $1", shard.books[0]) == [(0,)]
    assert refusals == 3
    await load.step()
    await shard.run()
    await killing.compare(shard, load, [channel])


@pytest.mark.timeout(120)
async def test_an_engine_whose_connections_are_cut_goes_on_by_itself(
    floor: floors.Floor, tmp_path: pathlib.Path
) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    load = killing.Load(shard, [channel], 4)
    with killing.nursery() as nest:
        engine = killing.Engine(nest, shard, tmp_path / "engine.log")
        for _ in range(3):
            await load.step()
            await shard.settled()
            await load.step()
            await floor.superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'execution-stack'"
                " AND datname = current_database()"
            )
        await shard.settled()
        assert engine.status is None
        assert await asyncio.to_thread(engine.stop) == 0
    await killing.compare(shard, load, [channel])


@pytest_asyncio.fixture(loop_scope="module")
async def own(tmp_path: pathlib.Path) -> AsyncIterator[tuple[postgres.Cluster, floors.Floor]]:
    """A cluster of this test's own, which it may kill."""
    with embedded.home_of_our_own() as home:
        (port,) = embedded.free_ports(1)
        settings = {"max_connections": "100"}
        cluster = postgres.Cluster(home / "postgres", port, embedded.SUPERUSER, "own", settings=settings)
        await asyncio.to_thread(cluster.start)
        try:
            servers = embedded.Servers(str(home), port, 0, "own")
            name = await asyncio.to_thread(stacks.template, servers, "execution")
            schema = stacks.StackDatabase(name, stacks.PLANS["execution"]._replace(database=name), servers)
            dbs = [await schema.connect(f"execution_{role}", size=2) for role in ("gate", "engine", "operator")]
            time = clock.ManualClock(floors.NOW)
            yield cluster, floors.Floor(schema, *dbs, await schema.superuser(), time, ids.SeededIds(1, time))
            for db in dbs:
                await db.close()
        finally:
            await asyncio.to_thread(cluster.stop)


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_an_engine_lives_through_kills_of_its_database(
    own: tuple[postgres.Cluster, floors.Floor], tmp_path: pathlib.Path
) -> None:
    cluster, floor = own
    shard, channel = await floor.shard(), await floor.channel()
    load = killing.Load(shard, [channel], 6)
    with killing.nursery() as nest:
        engine = killing.Engine(nest, shard, tmp_path / "engine.log")
        for _ in range(5):
            await load.step()
            await asyncio.sleep(0.05)
            await asyncio.to_thread(cluster.kill)
            await asyncio.to_thread(cluster.start)
            floor.superuser = await floor.schema.superuser()
            await shard.settled()
        assert engine.status is None
        assert await asyncio.to_thread(engine.stop) == 0
    await killing.compare(shard, load, [channel])
