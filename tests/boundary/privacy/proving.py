"""Two servers as in production, each with one stack's database, and a scratch database beside the execution one."""

import asyncio
import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import asyncpg
from click import testing

from boundary import cli as boundary_cli
from deploy.local import environments, postgres
from execution_stack import cli as execution_cli
from tests import embedded, stacks

CANARY = "6f1d2c3b-4a59-4e68-9b7a-8c9d0e1f2a3b"
ROOT = pathlib.Path(__file__).resolve().parents[3]


class Platform(NamedTuple):
    execution: embedded.Servers
    customer: embedded.Servers
    live: str
    scratch: str
    customer_live: str
    customer_scratch: str

    def auditor(self, stack: str) -> str:
        if stack == "execution":
            return self.execution.url(self.live, "execution_auditor")
        return self.customer.url(self.customer_live, "customer_auditor")

    def manifest(self, stack: str, folder: pathlib.Path) -> pathlib.Path:
        """As the auditor makes it: with the release's own command."""
        file = folder / f"{stack}.json"
        if not file.exists():
            file.write_bytes(_manifest(stack))
        return file


@contextlib.contextmanager
def platform() -> Iterator[Platform]:
    with contextlib.ExitStack() as held:
        execution, customer = (held.enter_context(_server(name)) for name in ("execution", "customer"))
        template = stacks.template(execution, "execution")
        live, scratch = asyncio.run(execution.copy(template)), asyncio.run(execution.copy(template))
        template = stacks.template(customer, "customer")
        customer_live, customer_scratch = asyncio.run(customer.copy(template)), asyncio.run(customer.copy(template))
        yield Platform(execution, customer, live, scratch, customer_live, customer_scratch)


@contextlib.contextmanager
def _server(name: str) -> Iterator[embedded.Servers]:
    with embedded.home_of_our_own() as home:
        (port,) = embedded.free_ports(1)
        servers = embedded.Servers(str(home), port, 0, name)
        settings = embedded.SETTINGS | {"wal_level": "logical", "max_wal_senders": "2"}
        cluster = postgres.Cluster(home / "postgres", port, embedded.SUPERUSER, servers.password, settings=settings)
        cluster.start()
        try:
            yield servers
        finally:
            cluster.stop()


def _manifest(stack: str) -> bytes:
    """In a process of its own, from the stack's own packages: it lists what it has loaded and what stands beside it."""
    environments.make(stack)
    code = f"from {stack}_stack.cli import main; main(['privacy', 'manifest', '--json'])"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [environments.folder(stack) / "bin" / "python", "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        timeout=60,
        check=True,
    ).stdout


def boundary(*arguments: object, **environment: str) -> testing.Result:
    """The auditor's command in an environment of its own."""
    return testing.CliRunner().invoke(boundary_cli.main, [str(each) for each in arguments], env=environment)


def execution_stack(*arguments: object, **environment: str) -> testing.Result:
    return testing.CliRunner().invoke(execution_cli.main, [str(each) for each in arguments], env=environment)


def report(folder: pathlib.Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_bytes())
    return found


async def execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url, ssl=False)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@contextlib.contextmanager
def gate(platform: Platform, folder: pathlib.Path) -> Iterator[tuple[str, pathlib.Path]]:
    """The execution API as deployed, and the key of a channel of the canary's own that an operator admitted."""
    keys = folder / "keys"
    keys.mkdir()
    key = keys / f"{CANARY}.1.key"
    assert boundary("key", "new", key).exit_code == 0
    operator = platform.execution.url(platform.live, "execution_operator")
    opened = execution_stack("channel", "open", CANARY, EXECUTION_DATABASE_URL=operator)
    assert opened.exit_code == 0, opened.output
    port, operations = embedded.free_ports(2)
    with (folder / "gate.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", "from execution_stack.cli import main; main(['serve'])"],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "EXECUTION_DATABASE_URL": platform.execution.url(platform.live, "execution_gate"),
                "EXECUTION_CHANNEL_KEYS": str(keys),
                "EXECUTION_PORT": str(port),
                "EXECUTION_OPERATIONS_PORT": str(operations),
            },
            stderr=log,
        )
        try:
            _wait(port)
            yield f"http://127.0.0.1:{port}", key
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError
