"""`doctor`: what on this machine, and in a running platform, is not as it should be, and how to make it so."""

import dataclasses
import locale
import os
import pathlib
import platform
import shutil
import stat
import sys
import time
from collections.abc import Iterator

from deploy.local import applications, binaries, environments, places, ports, processes, stacks

OLDEST_GLIBC = (2, 28)
ROOM_FOR_TESTS = 1 << 30
SHARED_MEMORY = pathlib.Path("/dev/shm")  # noqa: S108 - looked at, nothing is put there


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing looked at: fine when there is nothing to fix. What is only advice does not make the machine unfit."""

    name: str
    seen: str
    fix: str = ""
    advice: bool = False

    @property
    def problem(self) -> bool:
        return bool(self.fix) and not self.advice


def examine(place: places.Place, base: int) -> Iterator[Finding]:
    yield _python()
    yield _glibc()
    yield _environment()
    yield _locale()
    yield _clock()
    yield from _programs()
    yield _disk(place)
    yield _shared_memory()
    running = place.running()
    if running is None:
        yield _ports(base)
        yield Finding("platform", "does not run here")
    else:
        yield Finding("platform", f"process {running.pid}, ports from {running.base}, {running.jurisdiction}")
        for service in stacks.SERVICES:
            yield _health(service, running.base + service.operations)
    yield from _directory(place)


def _python() -> Finding:
    version = platform.python_version()
    fit = sys.version_info[:2] >= (3, 11)
    return Finding("Python", f"{version} ({sys.executable})", "" if fit else "set BULKHEAD_PYTHON to 3.11 or newer")


def _glibc() -> Finding:
    try:
        name, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").split()
        fit = name == "glibc" and tuple(map(int, version.split(".")[:2])) >= OLDEST_GLIBC
    except (ValueError, OSError):
        name, version, fit = "another C library", "", False
    needed = ".".join(map(str, OLDEST_GLIBC))
    return Finding("C library", f"{name} {version}".strip(), "" if fit else f"use a Linux with glibc {needed} or newer")


def _environment() -> Finding:
    stamp = stacks.BIN.parent / "bulkhead.stamp"
    fit = stamp.exists() and stamp.read_text().startswith(f"{places.REPOSITORY}\n")
    seen = str(stacks.BIN.parent)
    return Finding(
        "packages", seen, "" if fit else f"not made by ./bulkhead for this place: remove {seen}, start again"
    )


def _locale() -> Finding:
    encoding = locale.getpreferredencoding(do_setlocale=False)
    fit = encoding.lower().replace("-", "") == "utf8"
    return Finding("locale", encoding, "" if fit else "set LANG=C.UTF-8")


def _clock() -> Finding:
    """Frames between the stacks are refused when clocks differ; a clock behind our own files is certainly wrong."""
    behind = places.REPOSITORY.stat().st_mtime - time.clock_gettime(time.CLOCK_REALTIME)
    return Finding("clock", time.strftime("%Y-%m-%d %H:%M:%S"), "set the machine's clock" if behind > 60 else "")


def _programs() -> Iterator[Finding]:
    for name, find in (("PostgreSQL", binaries.postgres), ("Valkey", binaries.valkey)):
        try:
            program = find()
            yield Finding(name, str(binaries.usable_by(processes.server_account(), program)))
        except processes.LaunchError as error:
            yield Finding(name, "not usable", str(error))
    for name in stacks.STACKS:
        environments.make(name)
    missing = [stack.command for stack in stacks.STACKS.values() if not stack.command.exists()]
    fix = f"{missing[0]} is missing: remove .venv and start again" if missing else ""
    yield Finding("stacks", ", ".join(f"{name}-stack" for name in stacks.STACKS), fix)


def _disk(place: places.Place) -> Finding:
    directory = next(parent for parent in (place.root, *place.root.parents) if parent.exists())
    free = shutil.disk_usage(directory).free
    fix = "" if free >= places.ROOM else f"make room: {places.ROOM >> 20} MB are needed"
    if not os.access(directory, os.W_OK):
        fix = "not writable: name another directory with --data"
    return Finding("disk", f"{free >> 20} MB free in {directory}", fix)


def _shared_memory() -> Finding:
    free = shutil.disk_usage(SHARED_MEMORY).free if SHARED_MEMORY.is_dir() else 0
    fix = "" if free > ROOM_FOR_TESTS else "tests use the disk and are slower; Docker: --shm-size 2g"
    return Finding("shared memory", f"{free >> 20} MB free in {SHARED_MEMORY}", fix, advice=True)


def _ports(base: int) -> Finding:
    try:
        ports.check_free(base)
    except processes.LaunchError as error:
        return Finding("ports", f"{base} to {base + max(ports.Port)}", str(error))
    return Finding("ports", f"{base} to {base + max(ports.Port)} are free")


def _health(service: stacks.Service, port: int) -> Finding:
    status, said = applications.health(port)
    if status == 200:
        return Finding(service.name, "ready")
    return Finding(service.name, f"{status or 'no answer'}: {said[:200]}", "read its file in the logs directory")


def _directory(place: places.Place) -> Iterator[Finding]:
    if not (place.root / places.MARK).exists():
        yield Finding("data", f"{place.root}: nothing there yet")
        return
    owner = (place.root / places.MARK).stat().st_uid
    fix = "" if owner == os.geteuid() else f"belongs to user {owner}: run ./bulkhead as that user"
    yield Finding("data", str(place.root), fix)
    if fix:
        return
    secrets = place.root / "secrets"
    open_to_others = [path for path in (secrets, *secrets.rglob("*")) if path.exists() and _is_open(path)]
    fix = f"chmod -R go= {secrets}" if open_to_others else ""
    yield Finding("keys", f"{len(open_to_others)} open to others" if fix else "closed to others", fix)


def _is_open(path: pathlib.Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
