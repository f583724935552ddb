"""The way of an operator through the commands of both stacks, with files as people pass them on."""

import json
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from click.testing import CliRunner, Result

from boundary import cli as boundary
from boundary.kernel import ids
from customer_stack import cli as customer
from execution_stack import cli as execution
from tests.stacks import StackDatabase


class Stack(NamedTuple):
    name: str
    main: click.Group
    schema: StackDatabase
    folder: Path

    def run(self, *arguments: str, role: str = "operator") -> Result:
        url = self.schema.url(f"{self.name}_{role}")
        return CliRunner().invoke(self.main, arguments, env={f"{self.name.upper()}_DATABASE_URL": url})

    def person(self) -> tuple[Path, str]:
        """A key of a new person, and the reference under which it was registered."""
        key = self.folder / f"{ids.SystemIds().ref()}.pem"
        public = CliRunner().invoke(boundary.main, ["operator-key", "new", str(key)]).stdout.strip()
        registered = self.run("operators", "register", "--public-key", public)
        assert registered.exit_code == 0, registered.output
        return key, registered.stdout.strip()

    def statement(self, purpose: str, ref: str) -> Path:
        file = self.folder / f"{purpose}-{ref}.json"
        file.write_text(self.run("operators", "statement", purpose, ref).stdout)
        return file

    def approval(self, person: tuple[Path, str], statement: Path) -> str:
        key, ref = person
        arguments = ["approve", "--key", str(key), "--operator", ref, "--statement", str(statement), "--yes"]
        made = CliRunner().invoke(boundary.main, arguments)
        file = self.folder / f"{ids.SystemIds().ref()}.approval"
        file.write_text(made.stdout)
        return str(file)

    def act(self, purpose: str, ref: str, *people: tuple[Path, str]) -> Result:
        statement = self.statement(purpose, ref)
        approvals = [part for each in people for part in ("--approval", self.approval(each, statement))]
        return self.run("operators", purpose, "--statement", str(statement), *approvals)

    def states(self) -> dict[str, str]:
        listed = json.loads(self.run("operators", "list", "--json", role="auditor").stdout)
        return {each["ref"]: each["state"] for each in listed}


@pytest.fixture(params=["customer", "execution"])
def stack(
    request: pytest.FixtureRequest, customer_schema: StackDatabase, execution_schema: StackDatabase, tmp_path: Path
) -> Stack:
    if request.param == "customer":
        return Stack("customer", customer.main, customer_schema, tmp_path)
    return Stack("execution", execution.main, execution_schema, tmp_path)


def test_two_start_and_decide_about_everybody_else(stack: Stack) -> None:
    one, two, three = (stack.person() for _ in range(3))
    assert set(stack.states().values()) == {"registered"}
    for each in (one, two):
        done = stack.act("activate", each[1], each)
        assert (done.exit_code, done.stdout) == (0, f"{each[1]}: active\n")
    assert stack.act("activate", three[1], three).exit_code == 2
    assert stack.act("activate", three[1], three, one, two).exit_code == 0
    assert stack.act("revoke", two[1], one, three).exit_code == 0
    assert stack.states() == {one[1]: "active", two[1]: "revoked", three[1]: "active"}
    refused = stack.act("revoke", three[1], one, three)
    assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)
    shown = stack.run("operators", "list", role="auditor")
    assert len(shown.stdout.splitlines()) == 3


def test_an_approval_of_another_statement_is_refused_by_name(stack: Stack) -> None:
    one, two = stack.person(), stack.person()
    other = stack.approval(one, stack.statement("activate", two[1]))
    done = stack.run(
        "operators", "activate", "--statement", str(stack.statement("activate", one[1])), "--approval", other
    )
    assert (done.exit_code, done.stdout) == (2, "")
    assert "another statement" in done.stderr


@pytest.mark.parametrize("key", ["", "zz", "00" * 32, "01" + "00" * 31])
def test_what_is_no_public_key_is_refused_in_one_line(stack: Stack, key: str) -> None:
    done = stack.run("operators", "register", "--public-key", key)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_an_auditor_registers_nobody(stack: Stack) -> None:
    done = stack.run("operators", "register", "--public-key", "ab" * 32, role="auditor")
    assert (done.exit_code, stack.states()) == (2, {})
