"""`channel keys …` of both stacks: one line for what is wrong, secrets in files only, and every state as a word."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from click.testing import CliRunner, Result

from boundary.kernel import clock, ids
from boundary.kernel.runtime import key_files, key_watch
from customer_stack import cli as customer
from execution_stack import cli as execution
from tests.stacks import StackDatabase


class Stack(NamedTuple):
    name: str
    main: click.Group
    schema: StackDatabase
    folder: Path
    channel: str

    def run(self, *arguments: str, role: str = "operator") -> Result:
        prefix = self.name.upper()
        env = {
            f"{prefix}_DATABASE_URL": self.schema.url(f"{self.name}_{role}"),
            f"{prefix}_CHANNEL_KEYS": str(self.folder),
        }
        return CliRunner().invoke(self.main, ["channel", "keys", *arguments], env=env)

    def watched(self) -> None:
        """The process that serves the channel looks once."""

        async def look() -> None:
            db = await self.schema.connect({"customer": "customer_worker", "execution": "execution_gate"}[self.name])
            await key_watch.KeyWatch(db, self.folder, clock.SystemClock()).load()
            await db.close()

        asyncio.run(look())

    def execute(self, statement: str) -> None:
        async def main() -> None:
            connection = await self.schema.superuser()
            await connection.execute(statement)
            await connection.close()

        asyncio.run(main())

    def states(self) -> dict[int, Any]:
        listed = json.loads(self.run("list", "--json", role="auditor").stdout)
        return {row["key_id"]: row["state"] for row in listed}


@pytest.fixture(params=["customer", "execution"])
def stack(
    request: pytest.FixtureRequest, customer_schema: StackDatabase, execution_schema: StackDatabase, tmp_path: Path
) -> Stack:
    channel = str(ids.SystemIds().ref())
    schemas = {"customer": customer_schema, "execution": execution_schema}
    mains = {"customer": customer.main, "execution": execution.main}
    made = Stack(request.param, mains[request.param], schemas[request.param], tmp_path, channel)
    made.execute(f"INSERT INTO channel (id) VALUES ('{channel}')")
    return made


def test_a_key_goes_all_its_way(stack: Stack) -> None:
    first = stack.run("new", stack.channel)
    assert first.exit_code == 0, first.output
    path, fingerprint = first.stdout.splitlines()
    assert path == str(stack.folder / f"{stack.channel}.1.key")
    assert Path(path).stat().st_mode & 0o777 == 0o600
    assert re.fullmatch("fingerprint [0-9a-f]{64}", fingerprint)
    stack.watched()
    assert stack.states() == {1: "active"}
    assert stack.run("new", stack.channel).exit_code == 0
    stack.watched()
    assert stack.states() == {1: "active", 2: "pending"}
    waiting = stack.run("rotate", stack.channel)
    assert (waiting.exit_code, waiting.stderr.count("\n")) == (2, 1)
    assert stack.run("activate", stack.channel, "2").exit_code == 2
    stack.execute("UPDATE channel_key SET seen_at = now() WHERE key_id = 2")
    assert stack.run("rotate", stack.channel).stdout == "key 2 is active\n"
    assert stack.run("retire", stack.channel, "1").exit_code == 2
    stack.execute("UPDATE channel_key SET replaced_at = now() - interval '3 minutes' WHERE key_id = 1")
    assert stack.run("retire", stack.channel, "1").exit_code == 0
    revoked = stack.run("revoke", stack.channel, "2")
    assert (revoked.exit_code, "no key is active" in revoked.stdout) == (0, True)
    assert stack.states() == {1: "retired", 2: "revoked"}
    shown = stack.run("list", role="auditor").stdout
    assert fingerprint.split()[1] in shown
    secrets = [key_files.read(each).hex() for each in stack.folder.glob("*.key")]
    assert not any(secret in shown for secret in secrets)


def test_a_key_id_is_never_taken_twice(stack: Stack) -> None:
    assert stack.run("new", stack.channel, "--key-id", "7").exit_code == 0
    taken = stack.run("new", stack.channel, "--key-id", "7")
    assert (taken.exit_code, taken.stderr) == (2, "key id 7 is taken\n")
    stack.watched()
    for each in stack.folder.glob("*.key"):
        each.unlink()
    assert stack.run("new", stack.channel, "--key-id", "7").exit_code == 2, "a deleted file gives no id back"
    assert stack.run("new", stack.channel).stdout.splitlines()[0].endswith(".8.key")


@pytest.mark.parametrize("move", ["activate", "retire", "revoke"])
def test_a_key_that_is_not_there_is_refused_in_one_line(stack: Stack, move: str) -> None:
    done = stack.run(move, stack.channel, "5")
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_an_auditor_moves_nothing(stack: Stack) -> None:
    stack.run("new", stack.channel)
    stack.watched()
    assert stack.run("revoke", stack.channel, "1", role="auditor").exit_code == 2
    assert stack.states() == {1: "active"}
