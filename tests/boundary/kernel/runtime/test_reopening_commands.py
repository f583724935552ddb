"""Halting needs one person and opening again two, by the commands of both stacks, with files as people pass them on."""

import asyncio
import json
from pathlib import Path

import pytest

from boundary.kernel import ids
from tests.boundary.kernel.runtime import test_operator_commands as operators
from tests.stacks import StackDatabase

Stack = operators.Stack
stack = operators.stack


async def _planted(schema: StackDatabase) -> str:
    channel = ids.SystemIds().ref()
    superuser = await schema.superuser()
    await superuser.execute("INSERT INTO channel (id) VALUES ($1)", channel)
    for table in ("channel_inbound", "channel_outbound"):
        await superuser.execute(f"INSERT INTO {table} (channel, head) VALUES ($1, $2)", channel, bytes(32))
    await superuser.close()
    return str(channel)


@pytest.fixture
async def channel(stack: Stack) -> str:
    return await _planted(stack.schema)


def status(stack: Stack) -> dict[str, object]:
    (found,) = json.loads(stack.run("channel", "status", "--json", role="auditor").stdout)
    return dict(found)


def two(stack: Stack) -> list[tuple[Path, str]]:
    people = [stack.person(), stack.person()]
    for each in people:
        assert stack.act("activate", each[1], each).exit_code == 0
    return people


def test_two_operators_open_what_one_has_halted(stack: Stack, channel: str) -> None:
    people = two(stack)
    assert status(stack)["halted"] is None
    assert stack.run("channel", "halt", channel).stdout == f"{channel}: halted\n"
    assert stack.run("channel", "halt", channel).stdout == f"{channel}: was halted before\n"
    assert (status(stack)["halted"], status(stack)["decided"]) == ("operator", False)
    file = stack.folder / "reopening.json"
    file.write_text(stack.run("channel", "reopening", channel, role="auditor").stdout)
    given = [part for each in people for part in ("--approval", stack.approval(each, file))]
    one = stack.run("channel", "reopen", channel, "--statement", str(file), *given[:2])
    assert (one.exit_code, one.stdout) == (2, "")
    same = stack.run("channel", "reopen", channel, "--statement", str(file), *given[:2], *given[:2])
    assert (same.exit_code, status(stack)["decided"]) == (2, False)
    done = stack.run("channel", "reopen", channel, "--statement", str(file), *given)
    assert (done.exit_code, status(stack)["decided"]) == (0, True), done.stderr
    again = stack.run("channel", "reopen", channel, "--statement", str(file), *given)
    assert again.exit_code == 2, "a decision is used up"
    shown = stack.run("channel", "status", role="auditor").stdout
    assert "HALTED: operator, reopening decided" in shown


def test_a_statement_about_another_place_opens_nothing(stack: Stack, channel: str) -> None:
    people = two(stack)
    stack.run("channel", "halt", channel)
    file = stack.folder / "reopening.json"
    file.write_text(
        stack.run("channel", "reopening", channel, role="auditor").stdout.replace('"epoch": "1"', '"epoch": "2"')
    )
    given = [part for each in people for part in ("--approval", stack.approval(each, file))]
    done = stack.run("channel", "reopen", channel, "--statement", str(file), *given)
    assert (done.exit_code, status(stack)["decided"]) == (2, False)


def test_a_running_channel_is_not_opened_and_an_unknown_one_not_halted(stack: Stack, channel: str) -> None:
    people = two(stack)
    file = stack.folder / "reopening.json"
    file.write_text(stack.run("channel", "reopening", channel, role="auditor").stdout)
    given = [part for each in people for part in ("--approval", stack.approval(each, file))]
    done = stack.run("channel", "reopen", channel, "--statement", str(file), *given)
    assert (done.exit_code, "halted" in done.stderr) == (2, True)
    assert stack.run("channel", "halt", str(ids.SystemIds().ref())).exit_code == 2
    assert stack.run("channel", "halt", channel, role="auditor").exit_code == 2


def test_a_checkpoint_is_asked_for_once_per_command(stack: Stack) -> None:
    assert stack.run("channel", "checkpoint").exit_code == 0
    asyncio.run(_has_a_job(stack))


async def _has_a_job(stack: Stack) -> None:
    superuser = await stack.schema.superuser()
    payload = await superuser.fetchval("SELECT payload FROM job")
    assert f"{stack.name}.gate.checkpoint.v1".encode() in payload
    await superuser.close()


def test_heads_are_shown_even_when_there_are_none(stack: Stack) -> None:
    shown = stack.run("channel", "heads", "--json", role="auditor")
    assert json.loads(shown.stdout) == {"format": "channel-heads/1", "stack": stack.name, "heads": []}
    assert stack.run("channel", "heads", "--audit-head", role="auditor").exit_code == 2
