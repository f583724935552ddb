"""SIGKILL of real engine processes under load. The full count runs under `./bulkhead faults`."""

import asyncio
import pathlib

import pytest

from tests.execution.clob import floor as floors
from tests.execution.clob import killing

pytestmark = pytest.mark.asyncio(loop_scope="module")
SEED = 20_261_120


async def run(floor: floors.Floor, tmp_path: pathlib.Path, kills: int, seed: int) -> list[str]:
    said: list[str] = [f"seed {seed}"]
    shard = await floor.shard(books=2)
    channels = [await floor.channel() for _ in range(2)]
    load = killing.Load(shard, channels, seed)
    await killing.kill_under_load(shard, load, tmp_path / "engine.log", kills=kills, seed=seed, say=said.append)
    await killing.compare(shard, load, channels)
    return said


@pytest.mark.timeout(180)
async def test_nothing_is_lost_or_doubled_by_kills_under_load(floor: floors.Floor, tmp_path: pathlib.Path) -> None:
    assert len(await run(floor, tmp_path, 3, SEED)) == 4


@pytest.mark.faults
@pytest.mark.timeout(3600)
async def test_nothing_is_lost_or_doubled_by_two_hundred_kills(
    floor: floors.Floor, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = await run(floor, tmp_path, 200, SEED + 1)
    with capsys.disabled():
        print("\n".join(said))  # noqa: T201 -- the report of the run


@pytest.mark.timeout(120)
async def test_a_second_engine_refuses_and_a_standby_takes_over_when_the_first_is_killed(
    floor: floors.Floor, tmp_path: pathlib.Path
) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    load = killing.Load(shard, [channel], 5, size=20)
    log = tmp_path / "engine.log"
    with killing.nursery() as nest:
        first = killing.Engine(nest, shard, log)
        await load.step()
        await shard.settled()
        second = killing.Engine(nest, shard, log)
        status = await asyncio.to_thread(nest.wait, second.pid)
        assert status == 2
        assert "shard" in log.read_text()
        standby = killing.Engine(nest, shard, log, "--standby")
        await load.step()
        await shard.settled()
        first.kill()
        await load.step()
        await shard.settled()
        assert standby.status is None
        assert await asyncio.to_thread(standby.stop) == 0
    await killing.compare(shard, load, [channel])
