"""The channel as its operators have it: real processes, a bad network, and kills while intents cross.

What holds afterwards is asked of the public commands, and of two auditors who only read. The long runs of the same
are in `tests/faults`, under the marker `faults`.
"""

import contextlib
import itertools
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults import crash_points, house, killing, load

SEED = 20_260_504
RATE = 0.05
RECOVERY_SECONDS_MAX = 10.0


@pytest.fixture(scope="module")
def stacks() -> Iterator[house.House]:
    with house.running(SEED) as made:
        yield made


def say(line: str) -> None:
    """Into the captured output: what failed can be repeated."""
    sys.stdout.write(f"{line}\n")


def come_to_be_open(stacks: house.House) -> bool:
    """The relay writes down every few seconds that it was answered, not at every answer."""
    deadline = time.monotonic() + 20
    while stacks.links() != ["open", "open"]:
        if time.monotonic() > deadline:
            return False
    return True


def test_a_drill_over_a_good_network(stacks: house.House) -> None:
    before = stacks.facts().intents
    report = stacks.drill(2000)
    assert (report["answered"], report["accepted"], report["refused"]) == (2000, 2000, 0)
    assert stacks.rest().intents == before + 2000
    assert come_to_be_open(stacks)


def test_a_drill_over_a_network_that_does_everything_badly(stacks: house.House) -> None:
    before = stacks.facts().intents
    stacks.proxy.network.rate = RATE
    stacks.drill(3000)
    assert stacks.rest().intents == before + 3000
    say(str(stacks.proxy.network.happened))


def test_kills_while_intents_cross_a_bad_network(stacks: house.House) -> None:
    before = stacks.facts().intents
    stacks.proxy.network.rate = RATE
    killer = killing.Killer(stacks.platform, stacks.proxy, SEED, say)
    with load.running(stacks.platform, stacks.instrument) as running:
        killer.processes(10)
        killer.databases(2)
        killer.processes(11)
        killer.databases(2)
    say(killer.summary())
    facts = stacks.rest()
    say(f"{running.answered} answered, {running.broken} drills broken: {facts}")
    assert facts.intents - before >= running.answered > 0
    assert max(each.back_after for each in killer.kills) < RECOVERY_SECONDS_MAX


def by_turns(of: tuple[str, ...]) -> list[Any]:
    """Every named transaction once, before and after by turns; the other half with the long runs."""
    marks = itertools.cycle(((), (pytest.mark.faults,), (pytest.mark.faults,), ()))
    return [pytest.param(point, marks=each) for point, each in zip(crash_points.points(of), marks, strict=False)]


@pytest.mark.parametrize("point", by_turns(crash_points.CUSTOMER))
def test_the_customer_worker_dies_at_a_named_point(stacks: house.House, point: str) -> None:
    dies_at(stacks, "customer worker", point)


@pytest.mark.parametrize("point", by_turns(crash_points.EXECUTION))
def test_the_execution_api_dies_at_a_named_point(stacks: house.House, point: str) -> None:
    dies_at(stacks, "execution API", point)


def news(stacks: house.House) -> None:
    """The register changes, which every customer stack must hear of. The command may come when nobody serves."""
    with contextlib.suppress(AssertionError):
        stacks.platform.list_instrument(f"AT-{SEED}-{int(time.monotonic() * 1000)}")


def dies_at(stacks: house.House, name: str, point: str) -> None:
    service = stacks.platform.services[name]
    service.stop()
    service.start(point)
    before = stacks.facts().intents
    with load.running(stacks.platform, stacks.instrument, count=100) as running:
        deadline = time.monotonic() + 60
        while service.running:
            assert time.monotonic() < deadline, f"{name} never came to {point}"
            news(stacks)  # some points are reached only when there is something to say and nobody asks
        assert service.status == -9
        service.start()
    assert stacks.rest().intents == before + running.answered
