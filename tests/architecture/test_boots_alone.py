"""Each stack, copied with the boundary into an empty directory, imports whole while the other one does not exist."""

import json
import pathlib
import shutil
import subprocess
import sys
import sysconfig
from typing import Any

import pytest

from tests.architecture import contracts

ROOT = contracts.ROOT
BOOTING = pathlib.Path(__file__).with_name("booting.py")
OTHER = {"customer_stack": "execution_stack", "execution_stack": "customer_stack"}


def image(place: pathlib.Path, stack: str) -> pathlib.Path:
    """What a stack's container image holds."""
    word = stack.removesuffix("_stack")
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("boundary", stack, f"migrations_{word}", f"deploy/grants/{word}"):
        shutil.copytree(ROOT / name, place / name, ignore=ignore)
    return place


def boot(place: pathlib.Path, stack: str, *modules: str) -> "subprocess.CompletedProcess[str]":
    packages = sysconfig.get_path("purelib")
    command = [sys.executable, "-I", "-S", "-W", "error", str(BOOTING), str(place), packages, stack, *modules]
    return subprocess.run(command, check=False, cwd=place, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("stack", OTHER)
def test_a_stack_boots_without_the_other(tmp_path: pathlib.Path, stack: str) -> None:
    done = boot(image(tmp_path, stack), stack)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert OTHER[stack] not in told["loaded"]
    assert {"deploy", "tests"}.isdisjoint(told["loaded"])
    assert told["outside"] == []
    assert f"{stack}.app" in told["imported"]
    assert "Usage:" in told["help"]


@pytest.mark.parametrize("stack", OTHER)
def test_an_import_of_the_other_hidden_from_every_contract_fails_to_boot(tmp_path: pathlib.Path, stack: str) -> None:
    head, tail = OTHER[stack].split("_")
    place = image(tmp_path, stack)
    hidden = f'import importlib\n\nTHEM = importlib.import_module("{head}_" + "{tail}.gate.model")\n'
    (place / stack / "gate" / "hidden.py").write_text(hidden)
    done = boot(place, stack, f"{stack}.gate.hidden")
    assert done.returncode != 0
    assert f"No module named '{OTHER[stack]}'" in done.stderr
