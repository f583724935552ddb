"""What identity costs: sign-ins per second and core, who waits meanwhile, and what a session costs a read."""

import contextlib
import dataclasses
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local import binaries
from tests import embedded, stacks
from tests.bench import conftest, cpu, figures

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS = 5
HOST = b"host: 127.0.0.1\r\nuser-agent: bench\r\n"


@dataclasses.dataclass(frozen=True)
class Served:
    pid: int
    port: int
    people: list[dict[str, str]]

    def command(self, request: bytes, status: str, connections: int, seconds: float) -> "subprocess.Popen[bytes]":
        line = [sys.executable, "-m", "tests.bench.load", *map(str, (self.port, connections, seconds, status))]
        process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(request)
        process.stdin.close()
        return process

    def round(self, request: bytes, status: str, connections: int, seconds: float) -> tuple[float, float]:
        """Answers per second, and CPU microseconds of the process for each."""
        before = cpu.seconds(self.pid)
        found = result(self.command(request, status, connections, seconds))
        return found["answers"] / found["seconds"], (cpu.seconds(self.pid) - before) / found["answers"] * 1e6


def result(process: "subprocess.Popen[bytes]") -> Any:
    with process:
        assert process.stdout is not None
        said = process.stdout.read()
    assert process.returncode == 0, "the load saw an answer that it did not expect"
    return json.loads(said)


@contextlib.contextmanager
def serving(schema: stacks.StackDatabase) -> Iterator[Served]:
    place = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-identity-", dir=binaries.open_temporary()))
    port, operations = embedded.free_ports(2)
    url = schema.url("customer_api")
    command = [sys.executable, "-m", "tests.bench.identity_serving", str(port), str(operations), url, str(place)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/health/live")
        yield Served(process.pid, port, json.loads((place / "people.json").read_text()))
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(url: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.URLError:
            assert time.monotonic() < end, f"{url} does not answer"
            time.sleep(0.05)
        else:
            return


def get(path: str, *headers: bytes) -> bytes:
    return b"GET %s HTTP/1.1\r\n%s%s\r\n" % (path.encode(), HOST, b"".join(each + b"\r\n" for each in headers))


def sign_in(person: dict[str, str]) -> bytes:
    body = json.dumps({"email": person["email"], "password": person["password"], "bearer": True}).encode()
    device = f"cookie: __Host-device={person['device']}\r\n".encode()
    head = b"POST /api/v1/sign-in HTTP/1.1\r\n%s%scontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (HOST, device, len(body)) + body


def latencies(port: int, path: str, seconds: float, pause: float = 0.005) -> list[float]:
    """One client that asks again and again and notes how long each answer took."""
    found, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        started = time.perf_counter()
        urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10).close()
        found.append(time.perf_counter() - started)
        time.sleep(pause)
    return found


async def test_sign_ins_and_who_waits_meanwhile(durable_schema: stacks.StackDatabase, report: conftest.Report) -> None:
    with serving(durable_schema) as served:
        request = sign_in(served.people[0])
        idle = latencies(served.port, "/health/live", figures.seconds(2))
        served.round(request, "200", 8, figures.seconds(1))
        before = cpu.seconds(served.pid)
        load = served.command(request, "200", 16, figures.seconds(8))
        busy = latencies(served.port, "/health/live", figures.seconds(7))
        found = result(load)
        cores = (cpu.seconds(served.pid) - before) / found["answers"]
        per_second = found["answers"] / found["seconds"]
        report(figures.Figure("sign-ins, as served here", figures.rate(per_second, "sign-ins")))
        per_core = 1 / cores
        report(
            figures.Figure(
                "sign-ins per second of one core", figures.rate(per_core, "sign-ins"), None, ">= 25/s", per_core >= 25
            )
        )
        p99 = figures.percentile(busy, 0.99) * 1e3
        quiet = figures.percentile(idle, 0.99) * 1e3
        report(figures.Figure("p99 of /health/live, idle", f"{quiet:.1f} ms"))
        report(
            figures.Figure("p99 of /health/live under full sign-in load", f"{p99:.1f} ms", None, "<= 50 ms", p99 <= 50)
        )


async def test_a_read_with_a_session_against_an_open_one(
    durable_schema: stacks.StackDatabase, report: conftest.Report
) -> None:
    with serving(durable_schema) as served:
        token = served.people[0]["access"].encode()
        requests = {
            "open": get("/bench/open"),
            "bearer": get("/bench/own", b"authorization: Bearer " + token),
            "cookie": get("/bench/own", b"cookie: __Host-access=" + token),
        }
        rates: dict[str, list[float]] = {name: [] for name in requests}
        micros: dict[str, list[float]] = {name: [] for name in requests}
        for name, request in list(requests.items()) * (ROUNDS + 1):
            per_second, cpu_micros = served.round(request, "200", 32, figures.seconds(3))
            rates[name].append(per_second)
            micros[name].append(cpu_micros)
        for name in ("bearer", "cookie"):
            ratios = [mine / other for mine, other in zip(rates[name][1:], rates["open"][1:], strict=True)]
            ratio = statistics.median(ratios)
            report(
                figures.Figure(
                    f"read with a session ({name}), against an open one",
                    f"{figures.spread(rates[name][1:])} against {figures.spread(rates['open'][1:])} /s",
                    ratio,
                    ">= 0.60",
                    ratio >= 0.6,
                )
            )
            mine, other = min(micros[name]), min(micros["open"])  # whatever else the machine does only adds
            told = f"{mine:.0f} us against {other:.0f} us"
            report(
                figures.Figure(
                    f"the same by the API's own CPU ({name})", told, other / mine, ">= 0.60", other / mine >= 0.6
                )
            )
