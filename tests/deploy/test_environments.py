"""Each stack runs from packages of its own: what its lock names, and nothing that only the other may have."""

import pathlib
import re
import subprocess
import threading

import pytest

from deploy.local import environments

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOCKS = ROOT / "deploy" / "locks"
PINNED = re.compile(r"^[A-Za-z0-9._-]+(?:\[[^\]]*\])?==[^ ;\\]+", re.MULTILINE)
ONLY = {
    "customer": ("pyotp", "phonenumbers", "argon2", "joserfc", "customer_stack.cli"),
    "execution": ("coincurve", "eth_keys", "eth_hash.auto", "execution_stack.cli"),
}


@pytest.fixture
def home(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.setattr(environments, "HOME", tmp_path / "stacks")
    return tmp_path / "stacks"


def imports(stack: str, module: str) -> subprocess.CompletedProcess[str]:
    python = environments.folder(stack) / "bin" / "python"
    return subprocess.run([python, "-c", f"import {module}"], cwd="/", capture_output=True, text=True, check=False)


@pytest.mark.parametrize("stack", ONLY)
def test_a_stack_finds_its_packages_and_none_of_the_others(home: pathlib.Path, stack: str) -> None:
    environments.make(stack)
    for owner, modules in ONLY.items():
        for module in modules:
            done = imports(stack, module)
            assert (done.returncode == 0) == (owner == stack), (module, done.stderr)
    assert imports(stack, "pytest").returncode == 1, "a process needs no tools"


@pytest.mark.parametrize("command", ["customer-stack", "boundary"])
def test_commands_run_from_it(home: pathlib.Path, command: str) -> None:
    environments.make("customer")
    program = environments.folder("customer") / "bin" / command
    done = subprocess.run([program, "--help"], cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_the_programs_say_which_python_they_are(home: pathlib.Path) -> None:
    environments.make("execution")
    python = environments.folder("execution") / "bin" / "python"
    told = subprocess.run([python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(environments.folder("execution"))


def test_it_is_made_once_and_again_when_its_lock_changes(
    home: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environments.make("execution")
    mark = environments.folder("execution") / "mark"
    mark.touch()
    environments.make("execution")
    assert mark.exists()
    locks = tmp_path / "locks"
    locks.mkdir()
    (locks / "execution.lock").write_text("click==8.5.1\n")
    monkeypatch.setattr(environments, "LOCKS", locks)
    environments.make("execution")
    assert not mark.exists()
    assert imports("execution", "click").returncode == 0
    assert imports("execution", "msgspec").returncode == 1


def test_what_a_killed_start_left_is_no_obstacle(home: pathlib.Path) -> None:
    (home / ".customer" / "lib").mkdir(parents=True)
    (environments.folder("customer") / "bin").mkdir(parents=True)
    environments.make("customer")
    assert imports("customer", "pyotp").returncode == 0


def test_two_starts_at_once_make_one(home: pathlib.Path) -> None:
    failed: list[BaseException] = []

    def make() -> None:
        try:
            environments.make("execution")
        except BaseException as error:  # noqa: BLE001 -- a thread's error is nobody's otherwise
            failed.append(error)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert imports("execution", "coincurve").returncode == 0


@pytest.mark.parametrize("stack", ONLY)
def test_what_a_stack_is_locked_to_is_what_is_tested(stack: str) -> None:
    tested = set(PINNED.findall((ROOT / "requirements.lock").read_text()))
    own = set(PINNED.findall((LOCKS / f"{stack}.lock").read_text()))
    assert own
    assert own <= tested, own - tested
