"""One application process of a stack: started with its own environment, asked for its health, stopped with grace."""

import http.client
import pathlib
import signal
import subprocess

from deploy.local import places, ports, processes, stacks

STOP = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
PATIENCE = 60.0
LONGEST_LOG = 10 << 20


class Application:
    """A service of a stack as a child of ours. It works in the data directory: there the next launcher finds it."""

    def __init__(self, service: stacks.Service, place: places.Place, base: int) -> None:
        self.service = service
        self.name = service.name
        self.log = place.logs / f"{service.name.replace(' ', '-').lower()}.log"
        self.operations = base + service.operations
        self._place = place
        self._base = base
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def launch(self) -> None:
        keep_short(self.log)
        service = self.service
        with self.log.open("ab") as log:
            self.process = processes.spawn(
                [service.stack.command, service.argument],
                output=log,
                env=stacks.environment(self._place, self._base, service.stack, service.role, service.operations),
                cwd=self._place.root,
            )

    def starting(self) -> processes.Work:
        self.launch()
        yield from processes.waiting(lambda: ready(self.operations) or not self.running, PATIENCE, every=0.05)
        if not self.running:
            status = self.process.returncode if self.process else None
            raise processes.LaunchError(f"{self.name} ended with {status}:\n{processes.last_lines(self.log)}")
        if not ready(self.operations):
            raise processes.LaunchError(
                f"{self.name} is not ready after {PATIENCE:.0f} s:\n{processes.last_lines(self.log)}"
            )

    def stopping(self) -> processes.Work:
        if self.process:
            yield from processes.stopping(self.process, STOP)


def ready(port: int) -> bool:
    return health(port)[0] == http.HTTPStatus.OK


def health(port: int) -> tuple[int, str]:
    """What an operations port answers to the question whether it is ready; status 0 when it does not answer."""
    return get(port, "/health/ready")


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(ports.HOST, port, timeout=2)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error)
    finally:
        connection.close()


def keep_short(log: pathlib.Path) -> None:
    """A log that has grown makes room for a new one; one old one is kept."""
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        log.replace(log.with_suffix(".old.log"))
