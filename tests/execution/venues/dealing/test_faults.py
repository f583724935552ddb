"""Nothing is sent twice and nothing is lost, whatever the exchange does and whenever the worker dies."""

import sys

import pytest

from tests.execution.venues.dealing import simulation
from tests.execution.venues.dealing.desk import Desk

NOTHING: dict[str, object] = {"differences": [], "exposure error": 0, "sent twice": 0, "unknown": 0}


def judged(found: dict[str, object]) -> dict[str, object]:
    return {name: found[name] for name in NOTHING}


async def test_after_every_fault_both_records_are_the_same(desk: Desk) -> None:
    refs = await simulation.traded(desk, 60, 20_261_120, permille=150)
    found = await simulation.figures(desk, refs)
    assert judged(found) == NOTHING, found


@pytest.mark.faults
@pytest.mark.timeout(7200)
async def test_ten_thousand_orders_under_faults(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    refs = await simulation.traded(desk, 10_000, 7, permille=50, at_once=60)
    found = await simulation.figures(desk, refs)
    with capsys.disabled():
        sys.stdout.write(f"\n{found}\n")
    assert judged(found) == NOTHING
