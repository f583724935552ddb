"""Figures of the tripwire: recall per kind, plain and encoded, false alarms, and microseconds per message."""

import secrets
import time
from collections import Counter

import pytest

from boundary.privacy import scan
from tests.boundary.privacy import corpus

pytestmark = pytest.mark.bench

COUNT = 20_000


@pytest.fixture(scope="module")
def seed() -> int:
    return secrets.randbelow(2**32)


@pytest.mark.parametrize("make", [corpus.plain, corpus.encoded])
def test_recall_per_kind(make: corpus.Maker, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    total: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for case in corpus.cases(make, seed, COUNT):
        total[case.kind] += 1
        found[case.kind] += not scan.clean(case.value)
    with capsys.disabled():
        print(f"\n{make.__name__}, seed {seed}: {found.total() / COUNT:.4f} of {COUNT}")  # noqa: T201 -- the figure
        for kind, count in total.most_common():
            print(f"  {kind:16} {found[kind] / count:.4f} of {count}")  # noqa: T201 -- the figure
    assert found.total() >= 0.99 * COUNT


def test_false_alarms_and_time(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    values = [case.value for case in corpus.cases(corpus.clean_value, seed, COUNT)]
    messages = [case.value for case in corpus.cases(corpus.clean_message, seed, COUNT)]
    refused_values = sum(not scan.clean(value) for value in values)
    start = time.perf_counter()
    refused_messages = sum(not scan.clean(message) for message in messages)
    micros = (time.perf_counter() - start) / COUNT * 1e6
    with capsys.disabled():
        print(f"\nseed {seed}: {micros:.0f} us per message")  # noqa: T201 -- the figure
        print(f"  false alarms: {refused_values} values, {refused_messages} messages of {COUNT} each")  # noqa: T201 -- the figure
    assert refused_values + refused_messages <= 0.001 * 2 * COUNT
    assert micros < 1000
