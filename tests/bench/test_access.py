"""What a guarded route costs over an open one, and how many attempts a limiter judges."""

import asyncio
import contextlib
import statistics
import subprocess
import sys
import time
import urllib.request

import pytest

from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import limits
from customer_stack.access import model
from customer_stack.access.service import rights
from tests import embedded, stacks
from tests.bench import conftest, figures, test_http

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS = 5
ORDER = "00000000-0000-0000-0000-000000000001"


async def test_a_guarded_route(durable_schema: stacks.StackDatabase, report: conftest.Report) -> None:
    account = ids.SystemIds().ref()
    db = await durable_schema.connect("customer_api")
    await db.run("bench.enrol", lambda tx: rights.enrol(tx, account, model.Role.ADMIN))
    await db.close()
    port, operations = embedded.free_ports(2)
    arguments = [str(port), str(operations), durable_schema.url("customer_api")]
    host = b"host: 127.0.0.1\r\n"
    requests = {
        "open": b"GET /open/%s HTTP/1.1\r\n%s\r\n" % (ORDER.encode(), host),
        "mine": b"GET /mine/%s HTTP/1.1\r\n%sauthorization: Bearer %s\r\n\r\n"
        % (ORDER.encode(), host, str(account).encode()),
    }
    rates = await asyncio.to_thread(_rates, arguments, requests)
    ratio = statistics.median(rates["mine"]) / statistics.median(rates["open"])
    report(figures.Figure("GET, open to anybody", f"{figures.spread(rates['open'])} /s"))
    report(
        figures.Figure(
            "GET, with rights read each time", f"{figures.spread(rates['mine'])} /s", ratio, "≥ 0.60", ratio >= 0.6
        )
    )


def _rates(arguments: list[str], requests: dict[str, bytes]) -> dict[str, list[float]]:
    command = [sys.executable, "-m", "tests.bench.guarding", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return _interleaved(test_http.Served(process.pid, int(arguments[0])), requests)
    finally:
        process.terminate()
        process.wait(30)


def _interleaved(server: test_http.Served, requests: dict[str, bytes]) -> dict[str, list[float]]:
    end = time.monotonic() + 30
    while True:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{server.port}/open/{ORDER}", timeout=5).close()
            break
        assert time.monotonic() < end
        time.sleep(0.05)
    rates: dict[str, list[float]] = {which: [] for which in requests}
    for which, request in list(requests.items()) * ROUNDS:
        rates[which].append(server.round(request, "200", figures.seconds(3))[0])
    return rates


@pytest.mark.parametrize("keys", [1, 1000], ids=["one key", "a thousand keys"])
async def test_attempts_judged(durable_schema: stacks.StackDatabase, report: conftest.Report, keys: int) -> None:
    db = await durable_schema.connect("customer_api")
    limiter = limits.Limiter(db, clock.SystemClock())
    limit = limits.Limit("bench", capacity=100, per_seconds=60)
    taken, end = 0, time.perf_counter() + figures.seconds(3)

    async def caller(number: int) -> None:
        nonlocal taken
        while time.perf_counter() < end:
            taken += 1
            with contextlib.suppress(errors.RateLimited):
                await limiter.take(limit, (taken % keys).to_bytes(8, "big"))

    started = time.perf_counter()
    await asyncio.gather(*(caller(number) for number in range(64)))
    report(
        figures.Figure(f"attempts judged, {keys} keys", figures.rate(taken / (time.perf_counter() - started), "takes"))
    )
    await db.close()
