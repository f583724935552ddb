"""Where a platform lives on this machine: one directory with its data, logs, keys and configuration, and who runs it.

bulkhead.data      the mark of ours: without it nothing in here is ever deleted
lock               held as long as `up` runs; the kernel lets go of it, however that ends
running.json       for the other commands: who runs, and on which ports
platform.json      made once: the channel's id and the jurisdiction
config.json        brand and jurisdiction of the customer stack
erasures.json      who was erased, signed: what a restored database is held against
secrets/<stack>/   passwords and keys of one stack, closed to everybody else
outbox/            mail and SMS of the customer stack, which sends none
documents/         public documents of the execution stack, by their hash
evidence/          sealed snapshots of the account at the exchange
exchange/          public keys that the stand-in for an exchange lets in
operators/         the keys and signed statements of two operators, who would be people elsewhere
logs/              one file per process
servers/           what PostgreSQL and Valkey own; elsewhere when their user cannot reach this directory
"""

import contextlib
import dataclasses
import fcntl
import functools
import hashlib
import json
import os
import pathlib
import pwd
import secrets
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping

from deploy.local import binaries, processes

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DEFAULT = REPOSITORY / ".bulkhead"
MARK = "bulkhead.data"
ROOM = 500 << 20
STACKS = ("customer", "execution")


@dataclasses.dataclass(frozen=True)
class Running:
    """What a running `up` tells the other commands."""

    pid: int
    base: int
    jurisdiction: str


class Place:
    """One data directory. Looking at it changes nothing; `prepared` and `fresh` do."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root.resolve()
        self.lock = self.root / "lock"
        self.config = self.root / "config.json"
        self.erasures = self.root / "erasures.json"
        self.logs = self.root / "logs"
        self.outbox = self.root / "outbox"

    @property
    def servers(self) -> pathlib.Path:
        """Beside the rest, unless we are root and the servers' user cannot come here: a clone in a closed home."""
        here = self.root / "servers"
        account = processes.server_account()
        if account is None or processes.passable(here, account):
            return here
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return binaries.open_temporary() / f"bulkhead-{digest}"

    @property
    def documents(self) -> pathlib.Path:
        return self.root / "documents"

    @property
    def evidence(self) -> pathlib.Path:
        return self.root / "evidence"

    @property
    def venue_keys(self) -> pathlib.Path:
        """Our private keys to the exchange."""
        return self.secret("execution", "venue")

    def secret(self, stack: str, name: str) -> pathlib.Path:
        return self.root / "secrets" / stack / name

    def channel_key(self, stack: str, channel: str) -> pathlib.Path:
        return self.secret(stack, "channel") / f"{channel}.1.key"

    @property
    def channel(self) -> str:
        return (self.root / "channel").read_text()

    @property
    def jurisdiction(self) -> str:
        """Empty until there is a configuration."""
        recorded = self.root / "jurisdiction"
        return recorded.read_text() if recorded.exists() else ""

    def password(self, stack: str, name: str) -> str:
        return self.secret(stack, name).read_text().strip()

    def role_password(self, role: str) -> str:
        passwords = json.loads(self.secret(role.partition("_")[0], "roles.json").read_text())
        return str(passwords[role])

    def running(self) -> Running | None:
        """Who runs here, if the lock is held and the start has got as far as to say so."""
        if not self.is_locked():
            return None
        with contextlib.suppress(OSError, ValueError, TypeError):
            return Running(**json.loads((self.root / "running.json").read_text()))
        return None

    def is_locked(self) -> bool:
        try:
            with self.lock.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    @contextlib.contextmanager
    def occupied(self) -> Iterator[None]:
        """Takes the directory for one `up`: makes and marks it, refuses what is not ours, holds the lock."""
        self._claim()
        with self.lock.open("w") as file:
            self._take(file.fileno())
            for name in (self.logs, self.root / "secrets"):
                name.mkdir(mode=0o700, exist_ok=True)
            self._claim_servers()
            try:
                yield
            finally:
                (self.root / "running.json").unlink(missing_ok=True)

    def announce(self, running: Running) -> None:
        write_secret(self.root / "running.json", json.dumps(dataclasses.asdict(running)))

    def empty(self) -> None:
        """Deletes everything but the mark and the lock; the caller holds the lock and has stopped what ran here."""
        for path in self.root.iterdir():
            if path.name not in {MARK, self.lock.name}:
                _remove(path)
        if self.servers.parent != self.root and self.servers.exists():
            _must_be_marked(self.servers)
            _remove(self.servers)
        self.logs.mkdir(mode=0o700)
        (self.root / "secrets").mkdir(mode=0o700)
        self._claim_servers()

    def furnish(self, roles: Mapping[str, tuple[str, ...]]) -> None:
        """Makes, once, every password and key: what exists is kept, for the data was made with it."""
        once(self.root / "channel", lambda: str(uuid.UUID(bytes=secrets.token_bytes(16), version=4)))
        for stack in STACKS:
            for name in ("superuser", "valkey"):
                once(self.secret(stack, name), lambda: secrets.token_hex(24))
            once(self.secret(stack, "roles.json"), functools.partial(_passwords, roles[stack]))
            once(self.secret(stack, "audit.key"), lambda: secrets.token_hex(32) + "\n")
        once(self.secret("execution", "custody.passphrase"), lambda: secrets.token_hex(24))
        for name in ("catalogue.key", "evidence.key"):
            once(self.secret("execution", name), lambda: secrets.token_hex(32) + "\n")
        first, second = (self.channel_key(stack, self.channel) for stack in STACKS)
        once(first, lambda: secrets.token_hex(32) + "\n")
        once(second, first.read_text)
        for name in ("kek.1.key", "index.key"):
            once(self.secret("customer", "vault") / name, lambda: secrets.token_hex(32) + "\n")
        once(self.secret("customer", "records.key"), lambda: secrets.token_hex(32) + "\n")
        once(self.secret("customer", "tokens.json"), _token_keys)
        once(self.secret("customer", "quotes.key"), lambda: secrets.token_hex(32) + "\n")

    def _claim(self) -> None:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            if not any(self.root.iterdir()):
                self.root.chmod(0o711)  # the servers may be another user: they pass through to what is theirs
                (self.root / MARK).write_text("This directory belongs to ./bulkhead, which may empty it.\n")
        except OSError as error:
            raise processes.LaunchError(
                f"cannot write in {self.root} ({error.strerror}): name another directory with --data"
            ) from error
        _must_be_marked(self.root)
        if not os.access(self.root, os.W_OK):
            raise processes.LaunchError(f"{self.root} is read-only: name another directory with --data")
        _must_have_room(self.root)

    def _take(self, lock: int) -> None:
        for _ in range(20):  # another command may be looking at the lock this very moment
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            time.sleep(0.02)
        running = self.running()
        if running is None:
            raise processes.LaunchError(f"another ./bulkhead up is starting or stopping in {self.root}")
        raise processes.LaunchError(
            f"it runs already: process {running.pid}, http://127.0.0.1:{running.base}; ./bulkhead stop ends it"
        )

    def _claim_servers(self) -> None:
        if self.servers.is_symlink() or (self.servers.exists() and not (self.servers / MARK).exists()):
            raise processes.LaunchError(f"{self.servers} is not ours: remove it")
        processes.own_directory(self.servers, processes.server_account())
        (self.servers / MARK).touch()
        _must_have_room(self.servers)


def once(path: pathlib.Path, make: Callable[[], str]) -> None:
    if not path.exists():
        write_secret(path, make())


def _token_keys() -> str:
    """One key that signs the tokens of sessions."""
    key = {"id": secrets.token_hex(4), "state": "active", "seed": secrets.token_hex(32)}
    return json.dumps({"keys": [key]}) + "\n"


def _passwords(roles: tuple[str, ...]) -> str:
    return json.dumps({role: secrets.token_hex(24) for role in roles})


def write_secret(path: pathlib.Path, text: str) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _must_be_marked(directory: pathlib.Path) -> None:
    mark = directory / MARK
    if not mark.exists():
        raise processes.LaunchError(f"{directory} is not empty and not ours: name another directory with --data")
    owner = mark.stat().st_uid
    if owner != os.geteuid():
        with contextlib.suppress(KeyError):
            raise processes.LaunchError(
                f"{directory} belongs to {pwd.getpwuid(owner).pw_name}: be that user, or name another with --data"
            )
        raise processes.LaunchError(f"{directory} belongs to user {owner}: be that user, or name another with --data")


def _must_have_room(directory: pathlib.Path) -> None:
    if shutil.disk_usage(directory).free < ROOM:
        raise processes.LaunchError(f"less than {ROOM >> 20} MB free on the disk of {directory}: make room")


def _remove(path: pathlib.Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
