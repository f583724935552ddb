"""The channel between two stacks as processes, on two durable databases: how much crosses, how fast, and what it costs."""

import asyncio
import json
import pathlib
import time
import uuid
from collections import Counter
from collections.abc import Iterator

import pytest

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from customer_stack.gate.service import drill
from tests.bench import conftest, cpu, figures
from tests.faults import house, platform

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

COUNT = 100_000
ROUNDS = 3
PER_SECOND = 1000
SECONDS = 5
ACKNOWLEDGED_SECONDS_MAX = 0.025
SAMPLED = ("customer worker", "execution API")
NAMES = """
SELECT subject, extract(epoch FROM answered_at)::float8 AS answered
FROM channel_subject WHERE subject = ANY($1::uuid[])"""


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[platform.Platform, str]]:
    with platform.running(durable=True) as made:
        yield made, house.ready(made)


Stacks = tuple[platform.Platform, str]


def _spent(made: platform.Platform) -> Counter[str]:
    """CPU seconds of every process so far; those of commands that have ended are their nursery's."""
    spent = Counter({each.name: cpu.seconds(each.pid) for each in made.services.values()})
    for stack, cluster in made.databases.items():
        assert cluster.process is not None
        spent[f"{stack} PostgreSQL"] = cpu.seconds(cluster.process.pid)
    theirs = sum(spent[each.name] for each in made.services.values() if each.service.stack.name == "customer")
    spent["drill"] = cpu.seconds(made.nurseries["customer"].pid) - theirs
    return spent


def _drill(stacks: Stacks, count: int) -> int:
    made, instrument = stacks
    counts = ("--count", str(count), "--participants", "100", "--batch", "1000")
    done = made.must("customer", "worker", "channel", "drill", "--instrument", instrument, *counts, seconds=300)
    report = done.json()
    assert report["accepted"] == count
    return int(report["per_second"])


def _buckets(made: platform.Platform) -> dict[float, float]:
    """How many were acknowledged within so many seconds, as the customer worker counts them."""
    text = made.services["customer worker"].metrics()
    lines = (line.split() for line in text.splitlines() if line.startswith("channel_acknowledged_seconds_bucket"))
    return {float(name.split('"')[1]): float(value) for name, value in lines}


def _quantile(before: dict[float, float], after: dict[float, float], share: float) -> float:
    """The upper end of the bucket that holds it: never less than it was."""
    everything = after[float("inf")] - before[float("inf")]
    return min(seconds for seconds, count in after.items() if count - before[seconds] >= share * everything)


async def test_accept_to_acknowledgement_one_at_a_time(stacks: Stacks, report: conftest.Report) -> None:
    """First of all, while there is nothing behind it that a server still writes to its disk."""
    made, instrument = stacks
    db = await transaction.connect(made.url("customer", "worker"), application="bench", size=8)
    channel, random = uuid.UUID(made.place.channel), ids.SystemIds()
    who = await db.run("bench.participants", lambda tx: drill.participants(tx, channel, 20, random))
    accepted: dict[uuid.UUID, float] = {}
    subjects = [random.ref() for _ in range(int(PER_SECOND * figures.seconds(SECONDS)))]

    async def placed(tx: transaction.Tx, each: list[uuid.UUID]) -> list[None]:
        await drill.place(tx, channel=channel, instrument=uuid.UUID(instrument), who=who, subjects=each)
        return [None] * len(each)

    batch = db.batch("bench.place", placed)

    async def place(subject: uuid.UUID) -> None:
        await batch.submit(subject)
        accepted[subject] = time.time()  # noqa: TID251 -- compared with the database's clock, which is the machine's

    before = _buckets(made)
    started = time.perf_counter()
    tasks = []
    for number, subject in enumerate(subjects):
        await asyncio.sleep(started + number / PER_SECOND - time.perf_counter())
        tasks.append(asyncio.create_task(place(subject)))
    await asyncio.gather(*tasks)
    took = time.perf_counter() - started
    await asyncio.sleep(2)
    rows = await db.read("bench.names", lambda tx: tx.fetch(NAMES, subjects))
    await db.close()
    assert len(rows) == len(subjects)
    to_outcome = [row["answered"] - accepted[row["subject"]] for row in rows]
    after = _buckets(made)
    p50, p99 = (_quantile(before, after, share) for share in (0.5, 0.99))
    report(figures.Figure("one at a time, accepted", f"{len(subjects) / took:,.0f} /s"))
    report(figures.Figure("  accept to signed acknowledgement, p50", f"≤ {p50 * 1e3:.0f} ms"))
    met = p99 <= ACKNOWLEDGED_SECONDS_MAX
    report(figures.Figure("  accept to signed acknowledgement, p99", f"≤ {p99 * 1e3:.0f} ms", None, "≤ 25 ms", met))
    for share in (0.5, 0.99):
        value = figures.percentile(to_outcome, share)
        report(figures.Figure(f"  accept to outcome at home, p{share * 100:.0f}", f"{value * 1e3:.1f} ms"))


def test_messages_per_second_durable_on_both_sides(stacks: Stacks, report: conftest.Report) -> None:
    made, _ = stacks
    count = figures.scaled(COUNT, least=2000)
    _drill(stacks, 2000)
    before = _spent(made)
    rates = [_drill(stacks, count) for _ in range(ROUNDS)]
    spent = _spent(made)
    spent.subtract(before)
    best = max(rates)
    report(
        figures.Figure(
            "messages, outbox to outcome, durable", f"{figures.spread(rates)} /s", None, "≥ 20,000", best >= 20_000
        )
    )
    micros = {name: seconds / count / ROUNDS * 1e6 for name, seconds in spent.items()}
    total = sum(micros.values())
    report(figures.Figure("  CPU per message, all processes", f"{total:.1f} µs", None, "≤ 100", total <= 100))
    for name, each in sorted(micros.items(), key=lambda item: -item[1]):
        report(figures.Figure(f"    {name}", f"{each:.1f} µs", each / total))


def test_what_the_time_goes_into(stacks: Stacks, report: conftest.Report, tmp_path: pathlib.Path) -> None:
    """Shares of the two processes that carry the channel; what their databases do is told by their own CPU time."""
    made, _ = stacks
    for name in SAMPLED:
        made.services[name].stop()
        made.services[name].start(f"sample {tmp_path / name.replace(' ', '-')}")
        made.services[name].wait_until_ready()
    before = _spent(made)
    count = figures.scaled(COUNT, least=5000)
    _drill(stacks, count)
    spent = _spent(made)
    spent.subtract(before)
    time.sleep(0.5)
    shares: Counter[str] = Counter({"SQL, in the servers": 0.0})
    for name in SAMPLED:
        seen = Counter(json.loads((tmp_path / name.replace(" ", "-")).read_text()))
        for kind, samples in seen.items():
            shares[kind] += spent[name] * samples / seen.total()
    shares["SQL, in the servers"] = spent["customer PostgreSQL"] + spent["execution PostgreSQL"]
    for kind, seconds in shares.most_common():
        share = seconds / sum(shares.values())
        report(figures.Figure(f"  {kind}", f"{seconds / count * 1e6:.1f} µs per message", share))
    for name in SAMPLED:
        made.services[name].stop()
        made.services[name].start()
        made.services[name].wait_until_ready()
