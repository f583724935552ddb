"""The platform as an operator has it: started by the launcher, reached over HTTP and command lines, nothing else."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = [sys.executable, "-m", "deploy.local"]
READY_SECONDS_MAX = 180


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Platform:
    """A running platform: where it listens, and how its commands are run."""

    base: int
    data: Path
    process: subprocess.Popen[bytes]

    def url(self, path: str, *, execution: bool = False) -> str:
        return f"http://127.0.0.1:{self.base + (1 if execution else 0)}{path}"

    def get(self, path: str, headers: dict[str, str] | None = None, *, execution: bool = False) -> Answer:
        return ask(urllib.request.Request(self.url(path, execution=execution), headers=headers or {}))

    def command(self, stack: str, role: str, *words: str) -> subprocess.CompletedProcess[str]:
        """`./bulkhead in STACK --as ROLE -- WORDS`."""
        line = [*LAUNCHER, "in", stack, "--as", role, "--data", str(self.data), "--", *words]
        return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    def run(self, command: str, *words: str) -> subprocess.CompletedProcess[str]:
        """`./bulkhead COMMAND WORDS`, on this platform's data."""
        line = [*LAUNCHER, command, "--data", str(self.data), *words]
        return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    def pids(self, words: str) -> list[int]:
        """The processes of this platform whose command line holds these words."""
        ours = str(self.data).encode()
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                if words.encode() in line and (ours in line or ours in (entry / "environ").read_bytes()):
                    found.append(int(entry.name))
        return found


def ask(request: urllib.request.Request) -> Answer:
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return Answer(response.status, dict(response.headers.items()), response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers.items()), error.read())


def start(base: int, data: Path, *options: str) -> Platform:
    line = [*LAUNCHER, "up", "--data", str(data), "--port-base", str(base), *options]
    with (data.parent / "up.log").open("ab") as log:
        process = subprocess.Popen(line, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError((data.parent / "up.log").read_text()[-2000:])
        with contextlib.suppress(OSError):
            if (data / "running.json").exists() and all(  # announced: other commands find it
                ask(urllib.request.Request(f"http://127.0.0.1:{base + n}/health/ready")).status == 200
                for n in (2, 3, 4, 5)
            ):
                return Platform(base, data, process)
        time.sleep(0.1)
    raise AssertionError((data.parent / "up.log").read_text()[-2000:])


def stop(platform: Platform) -> int:
    platform.process.send_signal(signal.SIGINT)
    return platform.process.wait(30)


def free_base() -> int:
    """A base whose whole range of ports is free now."""
    for base in range(21000, 32000, 50):
        with contextlib.ExitStack() as held, contextlib.suppress(OSError):
            for offset in range(20):
                each = held.enter_context(socket.socket())
                each.bind(("127.0.0.1", base + offset))
            return base
    raise AssertionError("no free range of ports")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    running = start(free_base(), tmp_path_factory.mktemp("platform") / "data", "--without-people")
    yield running
    if running.process.poll() is None:
        stop(running)
