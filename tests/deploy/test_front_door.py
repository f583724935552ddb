"""`./bulkhead` itself, over a Python and a uv that only write down what they are asked: what it does, and when not."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import pytest

from deploy.local import processes

REPOSITORY = pathlib.Path(__file__).parents[2]
# Plays Python, pip and uv. As Python it makes a .venv with itself in it; BREAK names what fails, HANG what never ends.
ACTOR = """#!/bin/sh
case "$*" in
  *"import sys, os"*|*ensurepip*) echo "$0"; exit 0;;
esac
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in
  *"-r "*) for last; do :; done; [ "$(dirname "$last")" = "$REPOSITORY" ] || { cat "$last"; echo; } >> "$CALLS";;
esac
if [ -n "$HANG" ]; then case "$*" in *"$HANG"*) touch "$CALLS.hangs"; sleep 0.6;; esac; fi
if [ -n "$BREAK" ]; then case "$*" in *"$BREAK"*) echo "the actor breaks"; exit 1;; esac; fi
case "$*" in
  *"-m venv"*) rm -rf "$REPOSITORY/.venv"; mkdir -p "$REPOSITORY/.venv/bin"
    ln -s "$0" "$REPOSITORY/.venv/bin/python"; cp "$0" "$REPOSITORY/.venv/bin/uv";;
esac
"""
LOCK = """\
click==8.5.1 \\
    --hash=sha256:aaaa
uv==0.13.8 \\
    --hash=sha256:bbbb \\
    --hash=sha256:cccc
uvicorn==0.54.0 \\
    --hash=sha256:dddd
"""


class Door:
    """A repository with a front door and nothing behind it."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root / "repository"
        self.root.mkdir()
        shutil.copy(REPOSITORY / "bulkhead", self.root)
        (self.root / "requirements.lock").write_text(LOCK)
        (self.root / "pyproject.toml").write_text("[project]\n")
        self.python = root / "python3"
        self.python.write_text(ACTOR)
        self.python.chmod(0o755)
        self.calls = root / "calls"

    def command(self) -> list[str]:
        return [sys.executable, "-I", str(self.root / "bulkhead"), "up", "--fresh"]

    def environment(self, **extra: str) -> dict[str, str]:
        ours = {"CALLS": str(self.calls), "REPOSITORY": str(self.root), "BULKHEAD_PYTHON": str(self.python)}
        return os.environ | ours | extra

    def start(self, **extra: str) -> subprocess.CompletedProcess[str]:
        self.calls.unlink(missing_ok=True)
        env = self.environment(**extra)
        return subprocess.run(self.command(), env=env, capture_output=True, text=True, timeout=30, check=False)

    def asked(self) -> list[str]:
        """What the actor was asked to do, a word or two for each."""
        words = {
            "-m venv": "venv",
            "-m pip": "pip",
            "pip sync": "uv sync",
            "uv pip install": "uv install",
            "deploy.local": "launch",
        }
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        return [word for line in lines for mark, word in words.items() if mark in line]


EVERYTHING = ["venv", "pip", "uv sync", "uv install", "launch"]


@pytest.fixture
def door(tmp_path: pathlib.Path) -> Door:
    return Door(tmp_path)


def test_it_is_small_and_stands_alone() -> None:
    lines = (REPOSITORY / "bulkhead").read_text().splitlines()
    assert len(lines) <= 150
    imported = {line.split()[1].partition(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert imported <= sys.stdlib_module_names


def test_first_use_installs_and_then_launches(door: Door) -> None:
    done = door.start()
    assert done.returncode == 0, done.stderr
    assert door.asked() == EVERYTHING
    calls = door.calls.read_text()
    assert calls.splitlines()[-1].endswith("-I -m deploy.local up --fresh")
    assert f"--require-hashes --only-binary=:all: {door.root}/requirements.lock" in calls
    assert f"--no-build-isolation --editable {door.root}" in calls
    assert done.stderr.count(" s\n") == 4


def test_the_installer_is_the_pinned_one_with_its_hashes(door: Door) -> None:
    door.start()
    pins = [line for line in door.calls.read_text().splitlines() if line.startswith("uv==")]
    assert [pin.split() for pin in pins] == [["uv==0.13.8", "--hash=sha256:bbbb", "--hash=sha256:cccc"]]


def test_later_uses_only_launch(door: Door) -> None:
    door.start()
    started = time.monotonic()
    done = door.start()
    assert time.monotonic() - started < 1
    assert door.asked() == ["launch"]
    assert done.stderr == ""


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml"])
def test_a_change_to_what_is_installed_is_installed_at_the_next_use(door: Door, changed: str) -> None:
    door.start()
    with (door.root / changed).open("a") as file:
        file.write("# changed\n")
    door.start()
    assert door.asked() == EVERYTHING[1:]
    door.start()
    assert door.asked() == ["launch"]


def test_another_python_or_another_place_is_made_anew(door: Door, tmp_path: pathlib.Path) -> None:
    door.start()
    door.python = door.python.rename(tmp_path / "python3-other")
    door.start()
    assert door.asked() == EVERYTHING
    door.root = door.root.rename(tmp_path / "moved")
    door.start()
    assert door.asked() == EVERYTHING


@pytest.mark.parametrize("moment", ["-m venv", "-m pip", "pip sync", "pip install --python"])
def test_an_installation_that_was_killed_is_made_anew(door: Door, moment: str) -> None:
    with subprocess.Popen(door.command(), env=door.environment(HANG=moment), stderr=subprocess.DEVNULL) as first:
        hangs = door.calls.with_name("calls.hangs")
        processes.together(processes.waiting(hangs.exists, 10.0))
        assert hangs.exists()
        first.send_signal(signal.SIGKILL)
    done = door.start()
    assert done.returncode == 0, done.stderr
    assert "waiting for it" in done.stderr  # the step that was running still held the lock
    assert door.asked() == EVERYTHING


def test_two_first_uses_install_once(door: Door) -> None:
    env = door.environment(HANG="pip sync")
    both = [subprocess.Popen(door.command(), env=env, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [each.wait(30) for each in both] == [0, 0]
    assert sorted(door.asked()) == sorted([*EVERYTHING, "launch"])


def test_pip_takes_over_with_hashes_when_uv_fails(door: Door) -> None:
    done = door.start(BREAK="pip sync")
    assert done.returncode == 0, done.stderr
    assert "the actor breaks" in done.stderr
    assert door.asked() == ["venv", "pip", "uv sync", "pip", "pip", "launch"]
    assert f"--no-deps --no-build-isolation -r {door.root}/requirements.lock" in door.calls.read_text()


def test_a_failed_installation_says_so_and_is_tried_again(door: Door) -> None:
    failed = door.start(BREAK="--editable")
    assert failed.returncode == 2
    assert "this project: failed" in failed.stderr
    assert "launch" not in door.asked()
    assert door.start().returncode == 0
    assert door.asked() == EVERYTHING


def test_a_python_that_does_not_fit_is_named(door: Door) -> None:
    done = door.start(BULKHEAD_PYTHON="/nonexistent/python")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "needs Python 3.11" in done.stderr
    assert "/nonexistent/python" in done.stderr


def test_a_read_only_repository_is_one_clear_line(door: Door) -> None:
    """The question to the system is answered for it: whoever is root may write everywhere."""
    code = "import os, runpy, sys; os.access = lambda *_: False; runpy.run_path(sys.argv[1], run_name='__main__')"
    command = [sys.executable, "-c", code, str(door.root / "bulkhead")]
    done = subprocess.run(command, env=door.environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "read-only" in done.stderr
