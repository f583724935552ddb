"""Child processes that die with us: start, watch, stop, and recognise one that an earlier launcher left behind."""

import contextlib
import dataclasses
import os
import pathlib
import pwd
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from typing import IO

BECOME = pathlib.Path(__file__).with_name("become.py")
TICK = 0.01
NOBODY = 65534
COMMAND_PATIENCE = 120.0
# What a child may see of our own environment. LD_LIBRARY_PATH is there because some Pythons do not start without it.
INHERITED = ("PATH", "HOME", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH")

Work = Generator[None, None, None]


class LaunchError(Exception):
    """Something the person at the keyboard has to know: one line, and what to do about it."""


@dataclasses.dataclass(frozen=True)
class Account:
    """Whom a server runs as when we are root: PostgreSQL refuses to be root, and nothing else needs to be."""

    uid: int
    gid: int


def server_account() -> Account | None:
    """`nobody` when we are root, else None: ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:  # a container without a list of users
        return Account(NOBODY, NOBODY)
    return Account(nobody.pw_uid, nobody.pw_gid)


def environment(names: Iterable[str] = INHERITED) -> dict[str, str]:
    """The few harmless variables of ours that a child may see."""
    return {name: os.environ[name] for name in names if name in os.environ}


def own_directory(directory: pathlib.Path, account: Account | None) -> None:
    """A directory that a server has for itself, closed to everybody else."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account:
        if not passable(directory, account):
            raise LaunchError(f"{directory} cannot be reached by the user nobody, who runs the servers")
        os.chown(directory, account.uid, account.gid)
    directory.chmod(0o700)


def passable(path: pathlib.Path, account: Account) -> bool:
    """Whether ACCOUNT may pass through all directories above PATH that exist: as their owner, or as anybody."""
    statuses = [parent.stat() for parent in path.resolve().parents if parent.exists()]
    return all(each.st_mode & (stat.S_IXUSR if each.st_uid == account.uid else stat.S_IXOTH) for each in statuses)


def bare() -> dict[str, str]:
    """For servers: nothing of ours that could change how they behave."""
    return {"PATH": os.defpath, "LC_ALL": "C"} | environment(("LD_LIBRARY_PATH",))


def spawn(
    command: Sequence[str | os.PathLike[str]],
    *,
    output: int | IO[bytes],
    env: Mapping[str, str],
    death: signal.Signals = signal.SIGTERM,
    account: Account | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    pass_fds: Sequence[int] = (),
    cwd: str | os.PathLike[str] = "/",
) -> subprocess.Popen[bytes]:
    """Starts COMMAND as a direct child that gets DEATH when this thread ends, however it ends.

    In a session of its own, so that Ctrl-C reaches the launcher alone and it decides the order of stopping.
    """
    whom = (account.uid, account.gid) if account else (-1, -1)
    wrapper = [sys.executable, "-I", "-S", str(BECOME), *map(str, (os.getpid(), int(death), *whom))]
    return subprocess.Popen(
        [*wrapper, *(os.fspath(argument) for argument in command)],
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=dict(env),
        pass_fds=tuple(pass_fds),
        cwd=cwd,
        start_new_session=True,
    )


def stopping(process: subprocess.Popen[bytes], steps: Iterable[tuple[signal.Signals, float]]) -> Work:
    """Sends each signal in turn until the process has ended, waiting so many seconds after each."""
    for name, patience in steps:
        if process.poll() is not None:
            return
        process.send_signal(name)
        yield from waiting(lambda: process.poll() is not None, patience)


def waiting(condition: Callable[[], bool], patience: float, every: float = TICK) -> Work:
    """Yields until CONDITION, looked at EVERY so often, holds or PATIENCE seconds have passed; the caller sees which."""
    end = time.monotonic() + patience
    while not condition() and time.monotonic() < end:
        again = time.monotonic() + every
        while time.monotonic() < again:
            yield


def finishing(
    name: str, command: Sequence[str | os.PathLike[str]], *, output: pathlib.Path, env: Mapping[str, str]
) -> Work:
    """Runs a command that ends by itself, and ends it when it does not or when we are ended."""
    with output.open("wb") as file:
        process = spawn(command, output=file, env=env)
    try:
        yield from waiting(lambda: process.poll() is not None, COMMAND_PATIENCE)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.returncode != 0:
        raise LaunchError(f"{name} failed with {process.returncode}:\n{last_lines(output)}")


def together(*works: Work, guard: Callable[[], None] = lambda: None) -> None:
    """Drives several works side by side until all are done. The first error, or GUARD's, ends them all."""
    running = list(works)
    try:
        while running:
            guard()
            for work in list(running):
                try:
                    next(work)
                except StopIteration:
                    running.remove(work)
            if running:
                time.sleep(TICK)
    finally:
        for work in running:
            work.close()


def lives_in(pid: int, directory: pathlib.Path) -> bool:
    """Whether process PID works in DIRECTORY: a pid from a file may long belong to somebody else."""
    try:
        return pathlib.Path(f"/proc/{pid}/cwd").readlink() == directory.resolve()
    except OSError:
        return False


def stopping_leftover(pid: int | None, directory: pathlib.Path, steps: Iterable[tuple[signal.Signals, float]]) -> Work:
    """Stops a server of ours that outlived its launcher. It is nobody's child here: it is known by where it works."""
    if pid is None:
        return
    for name, patience in steps:
        if not lives_in(pid, directory):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, name)
        yield from waiting(lambda: not lives_in(pid, directory), patience)
    if lives_in(pid, directory):
        raise LaunchError(f"process {pid} still works in {directory} and does not stop: end it with kill -9 {pid}")


def inhabitants(directory: pathlib.Path, programs: Collection[str]) -> list[int]:
    """The processes in DIRECTORY that run one of PROGRAMS; somebody's shell may well be there too."""
    everybody = (int(entry.name) for entry in pathlib.Path("/proc").glob("[0-9]*"))
    return [pid for pid in everybody if lives_in(pid, directory) and _runs(pid, programs)]


def _runs(pid: int, programs: Collection[str]) -> bool:
    with contextlib.suppress(OSError):
        arguments = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return any(os.fsdecode(argument).rpartition("/")[2] in programs for argument in arguments)
    return False


def first_number(pid_file: pathlib.Path) -> int | None:
    """The pid in a server's pid file, if there is one."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(pid_file.read_text().split()[0])
    return None


def last_lines(path: pathlib.Path, count: int = 12) -> str:
    """The end of a log file, for somebody who has to understand why a process died."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 16_384))
            text = file.read().decode(errors="replace")
    except OSError as error:
        return f"({path}: {error.strerror})"
    return "\n".join(text.splitlines()[-count:])
