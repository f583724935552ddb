"""Each stack's own Python environment: what its lock in deploy/locks names, and nothing that only the other may have.

On one machine everything is installed once, into .venv, for tests and tools use both stacks. A process of a stack runs
from a view of it: an environment whose packages are links to those that its lock names. Making one takes a fraction of
a second and no network. A deployment installs the lock itself.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterator

from deploy.local import places, processes

HOME = pathlib.Path(sys.prefix) / "stacks"
PACKAGES = pathlib.Path(sysconfig.get_path("purelib"))
LOCKS = places.REPOSITORY / "deploy" / "locks"
STAMP = "view.stamp"
OURSELVES = "bulkhead"
BOTH = ("boundary",)  # the auditor's command runs beside either stack
_NAMED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", re.MULTILINE)
_SCRIPT = """\
#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys
from {module}.cli import main
sys.exit(main())
"""


def folder(stack: str) -> pathlib.Path:
    return HOME / stack


def make(stack: str) -> None:
    """Beside its place and renamed into it, unless what is there is still what the lock asks for."""
    there, wanted = folder(stack), _stamp(stack)
    if _is(there, wanted):
        return
    partial = HOME / f".{stack}"
    try:
        with _alone():
            if _is(there, wanted):
                return
            shutil.rmtree(partial, ignore_errors=True)  # of somebody who was killed at it
            _fill(partial, stack, there)
            (partial / STAMP).write_text(wanted)
            shutil.rmtree(there, ignore_errors=True)
            partial.rename(there)
    except OSError as error:
        raise processes.LaunchError(f"cannot make {there} ({error.strerror}): remove it and start again") from error


def _is(there: pathlib.Path, wanted: str) -> bool:
    stamp = there / STAMP
    return stamp.exists() and stamp.read_text() == wanted


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    HOME.mkdir(exist_ok=True)
    lock = os.open(HOME, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _stamp(stack: str) -> str:
    """Of the lock, of what is installed, and of the place: scripts name it."""
    installed = sorted(each.name for each in PACKAGES.glob("*.dist-info"))
    parts = (str(HOME), sys.version, (LOCKS / f"{stack}.lock").read_text(), *installed)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest() + "\n"


def _fill(directory: pathlib.Path, stack: str, final: pathlib.Path) -> None:
    packages = directory / PACKAGES.relative_to(sys.prefix)
    packages.mkdir(parents=True)
    programs = directory / "bin"
    programs.mkdir()
    (programs / "python").symlink_to(pathlib.Path(sys.executable).resolve())
    shutil.copy(pathlib.Path(sys.prefix) / "pyvenv.cfg", directory)
    for entry in _entries(stack):
        (packages / entry).symlink_to(PACKAGES / entry)
    for name, module in ((f"{stack}-stack", f"{stack}_stack"), *((each, each) for each in BOTH)):
        script = programs / name
        script.write_text(_SCRIPT.format(python=final / "bin" / "python", module=module))
        script.chmod(0o755)


def _entries(stack: str) -> Iterator[str]:
    """What stands at the top of the packages directory for each distribution; what a platform does not need is absent."""
    wanted = {_plain(name) for name in _NAMED.findall((LOCKS / f"{stack}.lock").read_text())} | {OURSELVES}
    found: set[str] = set()
    for metadata in PACKAGES.glob("*.dist-info"):
        if _plain(metadata.name.removesuffix(".dist-info").rpartition("-")[0]) in wanted:
            rows = (metadata / "RECORD").read_text().splitlines()
            found |= {row.split(",")[0].strip('"').partition("/")[0] for row in rows}
    yield from sorted(entry for entry in found - {"..", "__pycache__"} if (PACKAGES / entry).exists())


def _plain(name: str) -> str:
    """As the packaging standard compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()
