"""Both stacks as real processes on servers of their own, any of which a test may kill and start again.

What `./bulkhead up` does, with three differences: a proxy may stand between the stacks, nothing is started again by
itself, and processes are forked from a nursery instead of importing everything anew.
"""

import contextlib
import dataclasses
import itertools
import json
import os
import pathlib
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from deploy.local import applications, content, environments, places, postgres, processes, stacks, valkey
from deploy.local.ports import HOST, Port
from tests import embedded

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 60.0
SPAN = 20  # ports from the base on
_logs = itertools.count()


@dataclasses.dataclass
class Command:
    """What a command printed and how it ended."""

    status: int
    output: str

    def json(self) -> Any:
        return json.loads(self.output.splitlines()[-1])


class Nursery:
    """Starts commands of one stack. One thread reads who has ended."""

    def __init__(self, stack: str) -> None:
        environment = processes.environment() | {"PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery", stack],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._born: queue.Queue[int] = queue.Queue()
        self._ended: dict[int, int] = {}
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def start(self, args: list[str], env: Mapping[str, str], log: pathlib.Path, point: str = "") -> int:
        order = {"args": args, "env": dict(env), "log": str(log), "point": point}
        assert self._process.stdin is not None
        with self._lock:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
            return self._born.get(timeout=PATIENCE)

    @property
    def pid(self) -> int:
        return self._process.pid

    def status(self, pid: int) -> int | None:
        """How a process ended, or None while it lives."""
        return self._ended.get(pid)

    def wait(self, pid: int, seconds: float = PATIENCE) -> int:
        deadline = time.monotonic() + seconds
        while (status := self.status(pid)) is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"process {pid} has not ended within {seconds} s")
            time.sleep(0.005)
        return status

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._reader.join(10)
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if "pid" in said:
                self._ended.pop(said["pid"], None)  # the number may have been somebody else's before
                self._born.put(said["pid"])
            else:
                self._ended[said["ended"]] = said["status"]


class Service:
    """One application process, as the launcher runs it."""

    def __init__(self, platform: "Platform", service: stacks.Service) -> None:
        self.name = service.name
        self.service = service
        self.log = platform.place.logs / f"{service.name.replace(' ', '-')}.log"
        self.operations = platform.base + service.operations
        self._platform = platform
        self.pid = 0

    @property
    def running(self) -> bool:
        return self.pid != 0 and self._nursery.status(self.pid) is None

    @property
    def status(self) -> int | None:
        """How it ended; None while it lives."""
        return self._nursery.status(self.pid)

    @property
    def _nursery(self) -> Nursery:
        return self._platform.nurseries[self.service.stack.name]

    def start(self, point: str = "") -> None:
        """`point` is where it is to kill itself (`crash_points`), or `sample FILE` (`tests.bench.sampling`)."""
        env = self._platform.environment(self.service.stack, self.service.role, self.service.operations)
        self.pid = self._nursery.start([self.service.argument], env, self.log, point)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not applications.ready(self.operations):
            if not self.running or time.monotonic() > deadline:
                raise AssertionError(f"{self.name} is not ready:\n{processes.last_lines(self.log)}")
            time.sleep(0.02)

    def metrics(self) -> str:
        status, body = applications.get(self.operations, "/metrics")
        assert status == 200, f"{self.name} has no metrics: {status}"
        return body

    def kill(self) -> None:
        """SIGKILL, and it is gone when this returns."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self._nursery.wait(self.pid)

    def stop(self) -> float:
        """SIGTERM; how many seconds it took to end."""
        started = time.monotonic()
        if self.running:
            os.kill(self.pid, signal.SIGTERM)
            self._nursery.wait(self.pid)
        return time.monotonic() - started


class Platform:
    """`channel_url` may name a proxy instead of the execution API itself."""

    def __init__(self, home: pathlib.Path, settings: Mapping[str, str] | None = None) -> None:
        self.place = places.Place(home / "data")
        self.base = free_base()
        self.channel_url = f"http://{HOST}:{self.base + Port.EXECUTION_API}"
        self.nurseries = {name: Nursery(name) for name in stacks.STACKS}
        self.services = {each.name: Service(self, each) for each in stacks.SERVICES}
        self.databases = {
            stack.name: postgres.Cluster(
                self.place.servers / f"{stack.name}-postgres",
                self.base + stack.postgres,
                stack.superuser,
                "superuser",
                settings=settings,
                log=self.place.logs / f"{stack.name}-postgres.log",
            )
            for stack in stacks.STACKS.values()
        }
        self._caches: list[valkey.Server] = []

    def start(self) -> None:
        """Everything but the processes of the stacks."""
        self.place.furnish({stack.name: stack.roles for stack in stacks.STACKS.values()})
        for stack in stacks.STACKS.values():
            name = f"{stack.name}-valkey"
            password = self.place.password(stack.name, "valkey")
            self._caches.append(valkey.Server(self.place.servers / name, self.base + stack.valkey, password))
        processes.together(*(each.starting() for each in (*self.databases.values(), *self._caches)))
        for name in stacks.STACKS:
            self._publish(name)
        config = self.run("customer", "api", "config", "example", bare=True)
        self.place.config.write_text(config.output)
        migrating = [threading.Thread(target=self._migrate, args=(stack,)) for stack in stacks.STACKS]
        for each in migrating:
            each.start()
        for each in migrating:
            each.join()
        key = self.place.password("customer", "audit.public")
        self.must("execution", "operator", "channel", "open", self.place.channel, "--public-key", key)
        self.must("execution", "worker", "wallets", "keystore", str(self.place.secret("execution", "custody.keystore")))

    def start_services(self) -> None:
        for service in self.services.values():
            service.start()
        for service in self.services.values():
            service.wait_until_ready()

    def stop(self) -> None:
        for service in self.services.values():
            service.stop()
        processes.together(*(each.stopping() for each in (*self.databases.values(), *self._caches)))
        for nursery in self.nurseries.values():
            nursery.close()

    def environment(self, stack: stacks.Stack, role: str, operations: Port | None = None) -> dict[str, str]:
        found = stacks.environment(self.place, self.base, stack, role, operations)
        found = {name: value for name, value in found.items() if not name.startswith("EXECUTION_VENUE_")}  # none here
        if stack is stacks.CUSTOMER:
            found |= {"CUSTOMER_CHANNEL_URL": self.channel_url, "CUSTOMER_TEST_MODE": "true"}
        return found

    def begin(self, stack: str, role: str, *args: str, bare: bool = False) -> tuple[int, pathlib.Path]:
        """Starts a command of a stack; its process and where its output goes."""
        of = stacks.STACKS[stack]
        log = self.place.root / f"command-{next(_logs)}.log"
        env = processes.environment() if bare else self.environment(of, of.role(role))
        return self.nurseries[stack].start(list(args), env, log), log

    def run(self, stack: str, role: str, *args: str, bare: bool = False, seconds: float = PATIENCE) -> Command:
        pid, log = self.begin(stack, role, *args, bare=bare)
        status = self.nurseries[stack].wait(pid, seconds)
        return Command(status, log.read_text())

    def must(self, stack: str, role: str, *args: str, seconds: float = PATIENCE) -> Command:
        done = self.run(stack, role, *args, seconds=seconds)
        assert done.status == 0, f"{stack}-stack {' '.join(args)} ended with {done.status}: {done.output}"
        return done

    def url(self, stack: str, role: str) -> str:
        """A DSN, for the checker's auditors and for whoever breaks things on purpose."""
        name = f"{stack}_{role}"
        return self.databases[stack].url(stack, name, self.place.role_password(name))

    def list_instrument(self, code: str) -> str:
        """With a document that two operators sign: what no customer can read is not traded."""
        environments.make("execution")
        processes.together(content.Content(self.place, self.base, code=code, cap_lots=1000).furnishing())
        for line in self.must("execution", "operator", "instruments", "list").output.splitlines():
            if line.split()[1] == code:
                return line.split()[0]
        raise AssertionError(f"{code} is not listed")

    def _publish(self, stack: str) -> None:
        key = self.place.secret(stack, "audit.key")
        shown = subprocess.run(
            [stacks.BIN / "boundary", "key", "public", key], env=processes.environment() | {"PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        places.write_secret(self.place.secret(stack, "audit.public"), shown.stdout)

    def _migrate(self, stack: str) -> None:
        of = stacks.STACKS[stack]
        superuser = self.databases[stack].url()
        passwords = self.place.secret(stack, "roles.json")
        self.must(stack, "migrator", "migrate", "--bootstrap-url", superuser, "--passwords", str(passwords))
        assert of.superuser


def wait_for(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.05)


@contextlib.contextmanager
def running(settings: Mapping[str, str] | None = None, *, durable: bool = False) -> Iterator[Platform]:
    """A platform with its servers started; on disk if what it keeps must survive more than a killed process."""
    with _home(durable=durable) as home:
        platform = Platform(home, settings)
        with platform.place.occupied():
            try:
                platform.start()
                yield platform
            finally:
                platform.stop()


@contextlib.contextmanager
def _home(*, durable: bool) -> Iterator[pathlib.Path]:
    if not durable:
        with embedded.home_of_our_own() as home:
            yield home
        return
    with tempfile.TemporaryDirectory(prefix="bulkhead-faults-", dir="/var/tmp") as name:
        pathlib.Path(name).chmod(0o711)
        yield pathlib.Path(name)


def free_base() -> int:
    """A base from which on a range of ports is free now; two runs at once begin to look in different places."""
    start = os.getpid() % 400 * SPAN
    for base in range(22_000 + start, 32_000, SPAN):
        with contextlib.ExitStack() as held, contextlib.suppress(OSError):
            for offset in range(SPAN):
                held.enter_context(socket.socket()).bind((HOST, base + offset))
            return base
    raise AssertionError("no free range of ports")
