"""A launcher with stand-ins for both stacks, in a room of its own that every user can reach."""

import contextlib
import dataclasses
import os
import pathlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from deploy.local import places, ports, processes
from tests import embedded

STAND_IN = pathlib.Path(__file__).with_name("stand_in.py")
DRIVER = """
import pathlib, sys
from deploy.local import commands, demo, exchange, lists, people, stacks, vendors
stacks.BIN = pathlib.Path(sys.argv.pop(1))
stacks.own_bin = lambda stack: stacks.BIN
vendors.STANDS = ()
exchange.MODULES = ()
lists.Lists.are_loaded = True
people.PARTS = ()  # the stand-ins know nobody; who comes is tried in test_people
demo.STEPS = tuple(step for step in demo.STEPS if step[1] not in demo.WITH_PEOPLE)
commands.run()
"""


@dataclasses.dataclass(frozen=True)
class Launcher:
    """`./bulkhead` over a data directory and ports of its own."""

    room: pathlib.Path
    base: int

    @property
    def data(self) -> pathlib.Path:
        return self.room / "data"

    def arguments(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", DRIVER, str(self.room / "bin"), *arguments]

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """One command to its end, on this launcher's data."""
        command, *rest = arguments
        return subprocess.run(
            self.arguments(command, "--data", str(self.data), *rest),
            cwd=pathlib.Path(__file__).parents[2],
            env=os.environ | (env or {}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def everything(self) -> list[int]:
        """The processes that work in the data directory or in a server's."""
        place = places.Place(self.data)
        directories = {self.data, *place.servers.glob("*"), *place.servers.glob("*/data")}
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (process / "cwd").readlink() in directories:
                    found.append(int(process.name))
        return found

    def wait_until_nothing_runs(self) -> None:
        processes.together(processes.waiting(lambda: not self.everything(), 15.0, every=0.1))
        assert not self.everything()

    def up(self, *arguments: str) -> "Up":
        """`up`, ready."""
        started = Up(self, *arguments)
        started.wait_for("Ready after")
        return started


class Up:
    """A running `up` and what it has said."""

    def __init__(self, launcher: Launcher, *arguments: str) -> None:
        where = ("--data", str(launcher.data), "--port-base", str(launcher.base))
        self.said: list[str] = []
        self.process = subprocess.Popen(
            launcher.arguments("up", *where, *arguments),
            cwd=pathlib.Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_for(self, text: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if text in line:
                return line
        raise AssertionError("".join(self.said))

    def finish(self) -> int:
        """Waits for an end that comes by itself."""
        assert self.process.stdout is not None
        with self.process.stdout as rest:
            self.said += rest.readlines()
        return self.process.wait(60)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.finish()


@pytest.fixture(scope="module")
def room() -> Iterator[pathlib.Path]:
    with embedded.home_of_our_own() as home:
        yield home


def furnished(room: pathlib.Path, near: int) -> Launcher:
    (room / "bin").mkdir(parents=True)
    for name in ("customer-stack", "execution-stack", "boundary"):
        command = room / "bin" / name
        command.write_text(f"#!{sys.executable} -IS\n{STAND_IN.read_text()}")
        command.chmod(0o755)
    return Launcher(room, ports.free_base(near + 500 * _worker()))


@pytest.fixture
def launcher(room: pathlib.Path, request: pytest.FixtureRequest) -> Iterator[Launcher]:
    """A new one, with nothing in it."""
    made = furnished(room / request.node.name, 20_000)
    yield made
    end_all(made)


@pytest.fixture(scope="module")
def used(room: pathlib.Path) -> Launcher:
    """One whose data all tests of a module share: what they find is stopped, and has perhaps run before."""
    return furnished(room / "used", 25_000)


@pytest.fixture
def settled(used: Launcher) -> Iterator[Launcher]:
    yield used
    end_all(used)


@pytest.fixture(scope="module")
def platform(room: pathlib.Path) -> Iterator[tuple[Launcher, Up]]:
    """A running one, for tests that leave it as they find it."""
    made = furnished(room / "platform", 30_000)
    started = made.up()
    yield made, started
    assert started.end() == 0
    end_all(made)


def end_all(launcher: Launcher) -> None:
    """Nothing of a failed test may go on."""
    left = launcher.everything()
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    place = places.Place(launcher.data)
    if place.servers.parent != place.root:
        shutil.rmtree(place.servers, ignore_errors=True)
    assert not left


def _worker() -> int:
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
