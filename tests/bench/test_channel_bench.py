"""The channel between two stacks as processes, on two durable databases: how much crosses, how fast, and what it costs."""

import asyncio
import bisect
import json
import pathlib
import time
import uuid
from collections import Counter
from collections.abc import Iterator

import asyncpg
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
LOOK_SECONDS = 0.001
SAMPLED = ("customer worker", "execution API")
ACKED = "SELECT acked FROM channel_outbound"
NAMES = """
SELECT subject, sequence, extract(epoch FROM answered_at)::float8 AS answered
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


class Watch:
    """When which sequence was first seen to be acknowledged; a look every millisecond, so never early and little late."""

    def __init__(self) -> None:
        self._acked: list[int] = []
        self._at: list[float] = []

    async def look(self, dsn: str) -> None:
        connection = await asyncpg.connect(dsn, ssl=False)
        try:
            while True:
                acked = await connection.fetchval(ACKED)
                if not self._acked or acked > self._acked[-1]:
                    self._acked.append(acked)
                    self._at.append(time.time())  # noqa: TID251 -- as above
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await connection.close()

    def when(self, sequence: int) -> float:
        return self._at[bisect.bisect_left(self._acked, sequence)]


async def test_accept_to_acknowledgement_one_at_a_time(stacks: Stacks, report: conftest.Report) -> None:
    """First of all, while there is nothing behind it that a server still writes to its disk."""
    made, instrument = stacks
    db = await transaction.connect(made.url("customer", "worker"), application="bench", size=8)
    channel, random = uuid.UUID(made.place.channel), ids.SystemIds()
    who = await db.run("bench.participants", lambda tx: drill.participants(tx, channel, 20, random))
    accepted: dict[uuid.UUID, float] = {}
    subjects = [random.ref() for _ in range(int(PER_SECOND * figures.seconds(SECONDS)))]

    async def place(subject: uuid.UUID) -> None:
        await db.run(
            "bench.place",
            lambda tx: drill.place(tx, channel=channel, instrument=uuid.UUID(instrument), who=who, subjects=[subject]),
        )
        accepted[subject] = time.time()  # noqa: TID251 -- compared with the database's clock, which is the machine's

    watch = Watch()
    watching = asyncio.create_task(watch.look(made.url("customer", "auditor")))
    started = time.perf_counter()
    tasks = []
    for number, subject in enumerate(subjects):
        await asyncio.sleep(started + number / PER_SECOND - time.perf_counter())
        tasks.append(asyncio.create_task(place(subject)))
    await asyncio.gather(*tasks)
    took = time.perf_counter() - started
    await asyncio.sleep(2)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    rows = await db.read("bench.names", lambda tx: tx.fetch(NAMES, subjects))
    await db.close()
    assert len(rows) == len(subjects)
    to_ack = [watch.when(row["sequence"]) - accepted[row["subject"]] for row in rows]
    to_outcome = [row["answered"] - accepted[row["subject"]] for row in rows]
    report(figures.Figure("one at a time, accepted", f"{len(subjects) / took:,.0f} /s"))
    for name, values, goal in (("acknowledgement", to_ack, 0.025), ("outcome", to_outcome, None)):
        p50, p99 = (figures.percentile(values, share) for share in (0.5, 0.99))
        report(figures.Figure(f"  accept to {name}, p50", f"{p50 * 1e3:.1f} ms"))
        report(
            figures.Figure(
                f"  accept to {name}, p99", f"{p99 * 1e3:.1f} ms", None,
                "≤ 25 ms" if goal else "", p99 <= goal if goal else None,
            )
        )  # fmt: skip


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
