"""Clocks that drift apart are told from five seconds on, by channel, now and then as long as it lasts."""

import uuid

import pytest

from execution_stack.gate.service import clocks
from tests.boundary.kernel.runtime.conftest import Log, log

__all__ = ["log"]
ONE, TWO = uuid.UUID("0d6f8a3e-51c2-4e7b-9a40-c1d2e3f40516"), uuid.UUID("1e7f8a3e-51c2-4e7b-9a40-c1d2e3f40517")


@pytest.mark.parametrize("skew, seconds", [(5_000_000, 5), (-5_000_000, -5), (29_999_999, 29), (600_000_000, 600)])
def test_five_seconds_apart_is_an_alarm(log: Log, skew: int, seconds: int) -> None:
    clocks.Clocks().note(ONE, skew)
    (line,) = log.lines("gate.channel_clocks_apart")
    assert (line["channel"], line["seconds"], line["level"]) == (str(ONE), seconds, "error")
    assert clocks.SKEW.labels(ONE)._value.get() == skew


def test_less_is_a_figure_and_no_alarm(log: Log) -> None:
    for skew in (0, 4_999_999, -4_999_999):
        clocks.Clocks().note(ONE, skew)
        assert clocks.SKEW.labels(ONE)._value.get() == skew
    assert log.lines("gate.channel_clocks_apart") == []


def test_the_alarm_comes_again_after_a_while_and_for_each_channel(log: Log) -> None:
    now = [0]
    noted = clocks.Clocks(lambda: now[0])
    for at, channel in ((0, ONE), (1_000, ONE), (1_000, TWO), (9_900, ONE), (10_000, ONE)):
        now[0] = at * 1_000_000
        noted.note(channel, 6_000_000)
    assert [line["channel"] for line in log.lines("gate.channel_clocks_apart")] == [str(ONE), str(TWO), str(ONE)]
