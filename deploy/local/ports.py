"""Which port is whose: a base and fixed offsets, all on loopback; and who holds one that should be free."""

import enum
import pathlib
import socket

from deploy.local import processes

BASE = 8700
HOST = "127.0.0.1"
LISTENING = "0A"  # a state in /proc/net/tcp
HIGHEST = 65535


class Port(enum.IntEnum):
    """Offsets from the base. Operations ports carry health and metrics and are never shown to customers."""

    CUSTOMER_API = 0
    EXECUTION_API = 1
    CUSTOMER_API_OPERATIONS = 2
    CUSTOMER_WORKER_OPERATIONS = 3
    EXECUTION_API_OPERATIONS = 4
    EXECUTION_WORKER_OPERATIONS = 5
    RATES_PROVIDER = 6
    CENTRAL_BANK = 7
    CUSTOMER_POSTGRES = 10
    EXECUTION_POSTGRES = 11
    CUSTOMER_VALKEY = 12
    EXECUTION_VALKEY = 13
    EXECUTION_ENGINE_OPERATIONS = 14

    @property
    def label(self) -> str:
        return self.name.lower().replace("_", " ").replace(" api", " API")


def check_base(base: int) -> None:
    if not 1024 <= base <= HIGHEST - max(Port):
        raise processes.LaunchError(f"--port-base {base}: take one between 1024 and {HIGHEST - max(Port)}")


def check_free(base: int) -> None:
    """Refuses with the first port that somebody else listens on, and a base that would do."""
    for port in Port:
        if taken(base + port):
            raise processes.LaunchError(
                f"port {base + port} ({port.label}) is taken by {holder(base + port)}: "
                f"stop it, or start with --port-base {free_base(base)}"
            )


def taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as the servers do: a closing socket is no obstacle
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return True
    return False


def free_base(near: int) -> int:
    """The next base, in steps of a hundred, whose ports are all free."""
    for base in range(near + 100, HIGHEST - max(Port), 100):
        if not any(taken(base + port) for port in Port):
            return base
    return BASE


def free_port() -> int:
    """One that nobody listens on now, for a server that lives as long as one command."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        number: int = probe.getsockname()[1]
    return number


def holder(port: int) -> str:
    """The process that listens on PORT, as far as /proc lets us see."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if any(str(link.readlink()) in sockets for link in (process / "fd").iterdir()):
                return f"process {process.name} ({(process / 'comm').read_text().strip()})"
        except OSError:  # somebody else's process, or one that has just ended
            continue
    return "a process of another user"


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = pathlib.Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(fields[9])
    return found
