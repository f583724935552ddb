"""The stand-ins that the demonstration's rates come from: a provider and a central bank, a process each.

They belong to the customer stack and run in its environment, but hold nothing of it: no setting, no secret, no database.
"""

import dataclasses
import pathlib
import subprocess

from deploy.local import applications, places, ports, processes, stacks
from deploy.local.ports import Port


@dataclasses.dataclass(frozen=True)
class Stand:
    name: str
    vendor: str
    port: Port


STANDS = (
    Stand("rates provider", "currencycloud", Port.RATES_PROVIDER),
    Stand("central bank", "cbsl", Port.CENTRAL_BANK),
)


class Vendor:
    """A stand-in as a child of ours. It works in the data directory: there the next launcher finds it."""

    def __init__(self, stand: Stand, place: places.Place, base: int) -> None:
        self.name = stand.name
        self.log: pathlib.Path = place.logs / f"{stand.name.replace(' ', '-')}.log"
        self.port = base + stand.port
        self._vendor = stand.vendor
        self._place = place
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def starting(self) -> processes.Work:
        applications.keep_short(self.log)
        python = stacks.own_bin(stacks.CUSTOMER.name) / "python"
        module = f"customer_stack.fx.simulators.{self._vendor}"
        with self.log.open("ab") as log:
            self.process = processes.spawn(
                [python, "-m", module, "--port", str(self.port)],
                output=log,
                env=processes.environment(),
                cwd=self._place.root,
            )
        yield from processes.waiting(
            lambda: ports.taken(self.port) or not self.running, applications.PATIENCE, every=0.05
        )
        if not self.running:
            raise processes.LaunchError(f"the {self.name} ended:\n{processes.last_lines(self.log)}")

    def stopping(self) -> processes.Work:
        if self.process:
            yield from processes.stopping(self.process, applications.STOP)
