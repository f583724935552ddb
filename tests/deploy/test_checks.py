"""`test`, `bench` and `faults`, over tools that only say that they were called."""

import os
import pathlib
import subprocess
import sys

import pytest

from tests.deploy.conftest import DRIVER

TOOL = '#!/bin/sh\necho "$(basename "$0") $*" >> "$CALLS"\n[ "$(basename "$0")" != "$BREAK" ] || { echo "it broke"; exit 3; }\n'
STEPS = ["ruff format --check --quiet .", "ruff check --quiet .", "mypy ", "lint-imports "]
TESTS = "pytest -n 2 --dist loadfile -m not faults and not bench"


@pytest.fixture
def tools(tmp_path: pathlib.Path) -> pathlib.Path:
    for name in ("ruff", "mypy", "lint-imports", "pytest"):
        (tmp_path / name).write_text(TOOL)
        (tmp_path / name).chmod(0o755)
    return tmp_path


def run(tools: pathlib.Path, *arguments: str, broken: str = "") -> tuple[int, str, list[str]]:
    calls = tools / "calls"
    env = os.environ | {"CALLS": str(calls), "BREAK": broken, "CUSTOMER_DATABASE_URL": "x"}
    command = [sys.executable, "-c", DRIVER, str(tools), *arguments]
    root = pathlib.Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False, timeout=30)
    return done.returncode, done.stdout, calls.read_text().splitlines()


def test_everything_runs_in_order(tools: pathlib.Path) -> None:
    code, said, calls = run(tools, "test")
    assert code == 0
    assert calls == [*STEPS, TESTS]
    assert said.count("✓") == len(calls)


def test_the_first_failure_ends_it_with_its_output_and_code(tools: pathlib.Path) -> None:
    code, said, calls = run(tools, "test", broken="mypy")
    assert code == 3
    assert calls == STEPS[:3]
    assert "✗ mypy" in said
    assert "it broke" in said
    assert run(tools, "test", broken="pytest")[0] == 3


@pytest.mark.parametrize(
    "arguments, call",
    [
        (("test", "tests/deploy", "-k", "ports", "-x"), "pytest tests/deploy -k ports -x"),
        (("bench",), "pytest -m bench -n 0 -s tests/bench"),
        (("faults", "-k", "kill"), "pytest -m faults -n 0 -s -k kill"),
    ],
)
def test_arguments_go_to_pytest(tools: pathlib.Path, arguments: tuple[str, ...], call: str) -> None:
    assert run(tools, *arguments)[2] == [call]
