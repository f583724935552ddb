"""What our app costs over a bare Litestar app: the same handlers, server and load, in interleaved rounds."""

import contextlib
import dataclasses
import json
import signal
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import msgspec
import pytest

from tests import embedded
from tests.bench import conftest, cpu, figures, serving

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

CONNECTIONS = 32
ROUNDS = 5
BODY = msgspec.json.encode(serving.KNOWN)
HOST = b"host: 127.0.0.1\r\n"
GET = b"GET /orders/%s HTTP/1.1\r\n%s\r\n" % (str(serving.KNOWN.id).encode(), HOST)
POST = b"POST /orders HTTP/1.1\r\n%scontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
    HOST,
    len(BODY),
    BODY,
)
REQUESTS = {"GET": (GET, "200"), "POST": (POST, "201")}


@dataclasses.dataclass(frozen=True)
class Served:
    pid: int
    port: int

    def round(self, request: bytes, status: str, seconds: float) -> tuple[float, float]:
        """Answers per second, and the server's CPU microseconds for each."""
        before = cpu.seconds(self.pid)
        command = [sys.executable, "-m", "tests.bench.load", *map(str, (self.port, CONNECTIONS, seconds, status))]
        done = subprocess.run(command, input=request, stdout=subprocess.PIPE, check=True, timeout=seconds + 30)
        found = json.loads(done.stdout)
        return found["answers"] / found["seconds"], (cpu.seconds(self.pid) - before) / found["answers"] * 1e6


@contextlib.contextmanager
def _serving(which: str) -> Iterator[Served]:
    port, operations = embedded.free_ports(2)
    command = [sys.executable, "-m", "tests.bench.serving", which, str(port), str(operations)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/orders/{serving.KNOWN.id}")
        yield Served(process.pid, port)
    finally:
        process.terminate()
        assert process.wait(30) in {0, -signal.SIGTERM}  # plain uvicorn ends by the signal itself


def _wait_for(url: str) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.URLError:
            assert time.monotonic() < end, f"{url} does not answer"
            time.sleep(0.05)
        else:
            return


@pytest.mark.parametrize("method", REQUESTS)
def test_an_ordinary_route(method: str, report: conftest.Report) -> None:
    request, status = REQUESTS[method]
    rates: dict[str, list[float]] = {"house": [], "bare": [], "plain": []}
    micros: dict[str, list[float]] = {"house": [], "bare": [], "plain": []}
    with contextlib.ExitStack() as running:
        servers = {which: running.enter_context(_serving(which)) for which in rates}
        for server in servers.values():
            server.round(request, status, figures.seconds(1))
        for which, server in list(servers.items()) * ROUNDS:
            per_second, cpu_micros = server.round(request, status, figures.seconds(3))
            rates[which].append(per_second)
            micros[which].append(cpu_micros)
    rate = {which: statistics.median(each) for which, each in rates.items()}
    cost = {which: statistics.median(each) for which, each in micros.items()}
    ratio = rate["house"] / rate["bare"]
    report(figures.Figure(f"{method}, bare Litestar on plain uvicorn", f"{figures.spread(rates['plain'])} /s"))
    report(figures.Figure(f"{method}, bare Litestar on our server", f"{figures.spread(rates['bare'])} /s"))
    report(figures.Figure(f"{method}, our app", f"{figures.spread(rates['house'])} /s", ratio, "≥ 0.60", ratio >= 0.6))
    value = f"{cost['house']:.0f} µs; bare {cost['bare']:.0f}, plain {cost['plain']:.0f}"
    report(figures.Figure("  server CPU of one request, ours to bare", value, cost["bare"] / cost["house"]))
