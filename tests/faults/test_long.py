"""The long runs: a thousand kills, fifty databases, a hundred thousand intents, a partition; for `./bulkhead faults`."""

import sys
import time

import pytest

from tests.faults import house, killing, load

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

SEED = 20_260_504
RATE = 0.05
KILLS = 1000
RESTARTS = 50
INTENTS = 100_000
PARTITION_SECONDS = 10.0
RECOVERY_SECONDS_MAX = 10.0


def say(line: str) -> None:
    """Shown as it happens: pytest is told not to capture."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def test_a_thousand_kills_and_fifty_databases(tmp_path_factory: pytest.TempPathFactory) -> None:
    with house.running(SEED) as stacks:
        stacks.proxy.network.rate = RATE
        killer = killing.Killer(stacks.platform, stacks.proxy, SEED, say)
        with load.running(stacks.platform, stacks.instrument) as running:
            for _ in range(RESTARTS):
                killer.processes(KILLS // RESTARTS)
                killer.databases(1)
        say(killer.summary())
        facts = stacks.rest()
        say(f"{running.answered} answered, {running.broken} drills broken: {facts}")
        assert facts.intents >= running.answered > 0
        assert max(each.back_after for each in killer.kills) < RECOVERY_SECONDS_MAX


def test_a_hundred_thousand_intents_over_a_network_that_does_everything_badly() -> None:
    with house.running(SEED) as stacks:
        before = stacks.facts().intents
        stacks.proxy.network.rate = RATE
        for done in range(0, INTENTS, INTENTS // 10):
            report = stacks.drill(INTENTS // 10, 2)
            say(
                f"{done + report['answered']:7} intents  {report['per_second']:6}/s  {stacks.proxy.network.exchanges} exchanges"
            )
        say(str({kind.value: count for kind, count in stacks.proxy.network.happened.items()}))
        facts = stacks.rest()
        say(str(facts))
        assert facts.intents == before + INTENTS


def test_a_partition_with_backlog() -> None:
    with house.running(SEED) as stacks:
        before = stacks.facts().intents
        with load.running(stacks.platform, stacks.instrument) as running:
            time.sleep(1)
            stacks.proxy.network.cut = True
            say("the cable is pulled")
            time.sleep(PARTITION_SECONDS)
            healed = time.monotonic()
            stacks.proxy.network.cut = False
        facts = stacks.rest()
        say(f"at rest {time.monotonic() - healed:.1f} s after a partition of {PARTITION_SECONDS} s: {facts}")
        assert facts.intents == before + running.answered
        assert stacks.links() == ["open", "open"]
