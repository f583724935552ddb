"""`kill -9` of a process that sweeps, in the middle of its work: each movement is looked at once, whatever was lost."""

import asyncio
import collections
import pathlib
import random  # noqa: TID251 -- seeded: the points of the kills
import subprocess
import sys

from boundary.kernel import clock
from customer_stack.monitoring.adapters import people, rates
from customer_stack.monitoring.service import sweeping
from tests.customer.monitoring.conftest import MILLION, Town
from tests.customer.vault import conftest as vaults

ROOT = pathlib.Path(__file__).parents[3]
KILLS = 2
SEED = 20260504
vault = vaults.vault


def swept_until_killed(url: str, chance: random.Random) -> int:
    """Let it do some batches, and kill it while the next one is under way; how many it said were done."""
    command = [sys.executable, "-m", "tests.customer.monitoring.sweeping_process", url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        batches = chance.randint(1, 5)
        for _ in range(batches):
            assert process.stdout.readline() in {"more\n", "done\n"}
        process.kill()
        process.wait()
    return batches


async def test_a_killed_sweep_goes_on_where_it_was_and_repeats_nothing(town: Town) -> None:
    town.time.advance(clock.SystemClock().now() - town.time.now())
    owners = [await town.customer() for _ in range(24)]
    for owner in owners:
        await town.moves(owner, 2 * MILLION)
    chance = random.Random(SEED)
    for _ in range(KILLS):
        await asyncio.to_thread(swept_until_killed, town.schema.url("customer_worker"), chance)
    await town.settled()
    watch = sweeping.Watch(vaults.made(), rates.OwnCurrency(), people.Unknown(), town.ids, 5)
    while await town.worker.run("t", lambda tx: sweeping.step(tx, watch, town.time.now())):
        pass
    alerts = collections.Counter(row["account"] for row in await town.stored() if row["rule"] == "single-large")
    reports = collections.Counter(row["subject"] for row in await town.stored("report"))
    assert alerts == reports == dict.fromkeys(owners, 1)
    log = await town.superuser.fetch("SELECT payload FROM audit_entry")
    assert sum(b"monitoring.report_written.v1" in row["payload"] for row in log) == len(owners)
