"""Names against lists of full size, on one core: loading, finding, and the slowest one in a hundred."""

import time

import pytest

from customer_stack.screening import model
from customer_stack.screening.service import matching
from tests.bench import conftest, figures

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]


def test_names_against_lists_of_full_size(report: conftest.Report) -> None:
    """Processor time: other work on the machine does not count, but for what it does to the caches."""
    files = matching.invented()
    started = time.process_time()
    lists = matching.read_lists(files)
    screener = matching.prepare(lists)
    loaded = time.process_time() - started
    taken = []
    for query in matching.sample(lists, figures.scaled(3_000, 100)):
        before = time.process_time()
        decision = matching.screen(screener, query, threshold=700_000, limit=10)
        taken.append(time.process_time() - before)
        assert all(700_000 <= each.score <= model.ONE for each in decision.candidates)
    names = sum(each.version.names for each in lists)
    rate, mean = len(taken) / sum(taken), sum(taken) / len(taken)
    slowest = figures.percentile(taken, 0.99)
    report(figures.Figure(f"screening: load {names:,} names", f"{loaded:.1f} s", None, "≤ 20 s", loaded <= 20))
    report(figures.Figure("screening: names", figures.rate(rate, "names"), rate / 200, "≥ 200/s", rate >= 200))
    report(figures.Figure("screening: a name, mean", f"{mean * 1e3:.1f} ms", None, "≤ 5 ms", mean <= 0.005))
    report(figures.Figure("screening: a name, p99", f"{slowest * 1e3:.1f} ms", None, "≤ 20 ms", slowest <= 0.02))
