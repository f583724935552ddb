"""`test`, `bench` and `faults`: the repository's own checks, in order, each with its seconds."""

import os
import subprocess
import time
from collections.abc import Sequence

from deploy.local import page, places, stacks

BEFORE_TESTS = (
    ("ruff", "format", "--check", "--quiet", "."),
    ("ruff", "check", "--quiet", "."),
    ("mypy",),
    ("lint-imports",),
)
EVERYTHING = ("-n", "2", "--dist", "loadfile", "-m", "not faults and not bench")
PREFIXES = ("CUSTOMER_", "EXECUTION_", "PYTEST_")


def test(arguments: Sequence[str], screen: page.Page) -> int:
    """Everything, up to the first that fails; with ARGUMENTS only pytest, with these."""
    if arguments:
        return run_pytest(arguments)
    for command in BEFORE_TESTS:
        start = time.monotonic()
        done = _run(command, capture=True)
        line = f"{' '.join(command[:2])}"
        screen.say(f"  {'✗' if done.returncode else '✓'} {line:<34}{time.monotonic() - start:6.1f} s")
        if done.returncode:
            screen.say(done.stdout.decode(errors="replace").rstrip())
            return done.returncode
    start = time.monotonic()
    code = run_pytest(EVERYTHING)
    screen.say(f"  {'✗' if code else '✓'} {'pytest':<34}{time.monotonic() - start:6.1f} s")
    return code


def run_pytest(arguments: Sequence[str]) -> int:
    return _run(("pytest", *arguments)).returncode


def _run(command: Sequence[str], *, capture: bool = False) -> subprocess.CompletedProcess[bytes]:
    """In the repository, with its own tools, and without settings of a stack that happen to be set."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIXES)}
    return subprocess.run(
        [stacks.BIN / command[0], *command[1:]],
        check=False,
        cwd=places.REPOSITORY,
        env=env | {"PATH": stacks.path(stacks.BIN)},
        stdout=subprocess.PIPE if capture else None,
        stderr=subprocess.STDOUT if capture else None,
    )
