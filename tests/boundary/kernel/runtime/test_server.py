"""Real processes: they drain when told to stop, hurry when told again, and say in one line why they cannot start."""

import asyncio
import json
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from boundary.kernel.runtime import app, server, settings
from tests import embedded
from tests.boundary.kernel.runtime import loopback

ROOT = Path(__file__).resolve().parents[4]


class Process:
    """One running `server_process`."""

    def __init__(self, process: asyncio.subprocess.Process, public: int, operations: int) -> None:
        self._process = process
        self.public = loopback.Client(public)
        self.operations = loopback.Client(operations)

    async def ready(self) -> None:
        async with asyncio.timeout(20):
            while self._process.returncode is None:
                try:
                    if (await self.operations.get("/health/ready")).status == 200:
                        return
                except OSError:
                    await asyncio.sleep(0.02)

    def signal(self, number: int = signal.SIGTERM) -> None:
        self._process.send_signal(number)

    async def end(self, seconds: float = 20) -> tuple[int | None, str, str]:
        """Exit code, standard output, standard error."""
        out, err = await asyncio.wait_for(self._process.communicate(), seconds)
        return self._process.returncode, out.decode(), err.decode()

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.communicate()


Launch = Callable[..., Awaitable[Process]]


@pytest.fixture
async def launch() -> AsyncIterator[Launch]:
    launched: list[Process] = []

    async def start(drain: int = 0, ports: tuple[int, int] | None = None) -> Process:
        public, operations = ports or tuple(embedded.free_ports(2))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.boundary.kernel.runtime.server_process"),
            *(str(public), str(operations), str(drain)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        launched.append(Process(process, public, operations))
        return launched[-1]

    yield start
    for process in launched:
        await process.kill()


async def test_told_to_stop_a_process_answers_what_it_has_begun_and_its_loops_finish_their_step(launch: Launch) -> None:
    process = await launch()
    await process.ready()
    waiting = asyncio.create_task(process.public.get("/wait?seconds=1"))
    await asyncio.sleep(0.5)
    process.signal()
    answer = await waiting
    code, out, err = await process.end()
    assert (answer.status, answer.body, answer.header("connection")) == (200, b"waited", "close")
    assert code == 0
    assert "steady ended\nserved" in out
    assert "Traceback" not in err
    assert [line["event"] for line in map(json.loads, err.splitlines()) if line["event"].startswith("process.")] == [
        "process.started",
        "process.stopping",
    ]


async def test_readiness_falls_first_and_requests_are_still_answered_while_it_drains(launch: Launch) -> None:
    process = await launch(drain=60)
    await process.ready()
    process.signal(signal.SIGINT)
    await asyncio.sleep(0.3)
    for client in (process.operations, process.public):
        answer = await client.get("/health/ready")
        assert (answer.status, answer.json["facts"]) == (503, {"draining": False})
        assert (await client.get("/health/live")).status == 200
    assert (await process.public.get("/things/1")).status == 200
    process.signal()  # seen enough
    code, out, _ = await process.end()
    assert (code, out.count("served")) == (0, 1)


async def test_told_again_a_process_does_not_wait_any_longer(launch: Launch) -> None:
    process = await launch(drain=60)
    await process.ready()
    waiting = asyncio.create_task(process.public.get("/wait?seconds=60"))
    await asyncio.sleep(0.5)
    process.signal()
    await asyncio.sleep(0.2)
    started = time.perf_counter()
    process.signal()
    code, _, err = await process.end()
    assert time.perf_counter() - started < 10
    assert code == 0
    assert "Traceback" not in err
    answer = await waiting
    assert (answer.status, answer.code) == (503, "outcome_unknown")


async def test_a_loop_that_fails_begins_again_with_patience_and_the_others_live_on(launch: Launch) -> None:
    process = await launch()
    await process.ready()
    await asyncio.sleep(0.9)
    assert (await process.public.get("/health/live")).status == 200
    process.signal()
    code, out, err = await process.end()
    said = Counter(out.splitlines())
    assert code == 0
    assert said["steady began"] == said["steady ended"] == 1
    for loop in ("failing", "cancelled", "returning"):
        assert 2 <= said[f"{loop} began"] <= 8, said  # after 0, 0.1, 0.3, 0.7, 1.5, 3.1 … seconds
    lines = list(map(json.loads, err.splitlines()))
    assert {line["loop"] for line in lines if line["event"] == "loop.failed"} == {"failing", "cancelled"}
    assert "secret" not in err


@pytest.mark.parametrize("which", [0, 1], ids=["public", "operations"])
async def test_a_port_that_is_taken_is_one_line_and_exit_code_2(launch: Launch, which: int) -> None:
    ports: Any = embedded.free_ports(2)
    with socket.create_server(("127.0.0.1", ports[which])):
        process = await launch(ports=tuple(ports))
        code, out, err = await process.end()
    assert code == 2
    assert err == f"cannot listen on 127.0.0.1 port {ports[which]}: Address already in use\n"
    assert out == ""


@pytest.mark.parametrize("host", ["203.0.113.1", "no.such.host.invalid", "::ffff:1", "127.0.0.1 "])
def test_an_address_that_is_not_ours_is_refused_in_one_line(host: str) -> None:
    with pytest.raises(settings.SettingsError, match="cannot listen on"):
        server.listen(host, 0)


def test_ipv6_is_an_address_like_another() -> None:
    with server.listen("::1", 0) as listening:
        assert listening.getsockname()[0] == "::1"


async def test_a_server_that_ends_by_itself_ends_the_process_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = []

    async def gives_up(_self: Any, sockets: Any = None) -> None:
        await asyncio.sleep(0.01)

    async def loop(stop: asyncio.Event) -> None:
        await stop.wait()
        stopped.append("loop")

    monkeypatch.setattr(server._Server, "serve", gives_up)
    with pytest.raises(server.Ended):
        async with asyncio.timeout(5):
            await server.run(host="127.0.0.1", operations_port=0, readiness=app.Readiness({}), loops=[("loop", loop)])
    assert stopped == ["loop"]


async def test_a_pause_ends_when_the_process_does() -> None:
    stop = asyncio.Event()
    started = time.perf_counter()
    await server.pause(stop, 0.05)
    asyncio.get_running_loop().call_later(0.05, stop.set)
    await server.pause(stop, 60)
    assert time.perf_counter() - started < 2
