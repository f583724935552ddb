"""The worker's jobs: each does its part, and says what an operator has to know."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta

import prometheus_client
import pytest

from boundary.kernel.runtime import telemetry
from customer_stack import worker
from customer_stack.screening import jobs, model
from customer_stack.screening.model import entries, people
from tests.customer.screening import conftest
from tests.customer.screening.conftest import HARUN, TILDA, Desk

S = people.State


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    telemetry.configure("tests", stream=stream)
    yield stream
    telemetry.configure("tests")


def told(stream: io.StringIO) -> list[tuple[str, str, str]]:
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [(each["event"], each["level"], each.get("list", "")) for each in found]


def gauge(name: str, **labels: str) -> float | None:
    return prometheus_client.REGISTRY.get_sample_value(name, labels)


async def test_missing_and_stale_lists_are_told_again_and_again(empty: Desk, lines: io.StringIO) -> None:
    handlers = jobs.Handlers(empty.screening)
    await handlers.watch(empty.db, entries.Watch())
    assert told(lines) == [("screening.list_missing", "error", each) for each in ("ofac", "ftm")]
    await empty.load(conftest.OFAC, model.Publisher.OFAC)
    await empty.load(conftest.FTM, model.Publisher.FTM)
    lines.truncate(0)
    lines.seek(0)
    await handlers.watch(empty.db, entries.Watch())
    assert told(lines) == []
    empty.time.advance(timedelta(days=15))
    await handlers.watch(empty.db, entries.Watch())
    assert told(lines) == [("screening.list_stale", "error", each) for each in ("ofac", "ftm")]
    assert gauge("screening_list_age_seconds", list="ofac") == 15 * 86_400


async def test_who_waits_is_counted_and_answered(empty: Desk) -> None:
    handlers = jobs.Handlers(empty.screening)
    found = await empty.screen(TILDA)
    await handlers.complete(empty.db, entries.Complete())
    await handlers.watch(empty.db, entries.Watch())
    assert (await empty.state(found.subject), gauge("screening_unanswered")) == (S.ERROR, 1)
    await empty.load(conftest.OFAC, model.Publisher.OFAC)
    await empty.load(conftest.FTM, model.Publisher.FTM)
    await handlers.complete(empty.db, entries.Complete())
    await handlers.watch(empty.db, entries.Watch())
    assert (await empty.state(found.subject), gauge("screening_unanswered")) == (S.CLEAR, 0)


async def test_a_rescreen_that_needs_more_time_is_promised_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = jobs.Handlers(desk.screening)
    await handlers.follow(desk.db, entries.Follow())
    await desk.screen(HARUN)
    await desk.load(
        (model.ListFile("peps.json", conftest.FTM[0].data.replace(b"Amal", b"Amala")),), model.Publisher.FTM
    )
    monkeypatch.setattr(jobs, "SECONDS_MAX", -1)
    promised = "SELECT 1 FROM job WHERE payload LIKE '%follow%'::bytea"
    before = len(await desk.rows(promised))
    await handlers.follow(desk.db, entries.Follow())
    assert len(await desk.rows(promised)) == before + 1
    await handlers.follow(desk.db, entries.Follow())
    assert len(await desk.rows(promised)) == before + 1


def test_the_worker_does_every_job_of_screening() -> None:
    scheduled = {type(each.job) for each in jobs.SCHEDULES}
    assert scheduled == {entries.Follow, entries.Complete, entries.Expire, entries.Watch}
    assert worker.screening_jobs is jobs
