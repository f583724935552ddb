"""The stand-in for the exchange where event contracts trade: a process of its own, which knows our public key only.

It runs in the execution stack's environment and holds nothing of it. The private key is the execution stack's alone.
"""

import pathlib
import subprocess
from collections.abc import Generator

from deploy.local import applications, places, ports, processes, stacks
from deploy.local.ports import Port

MODULES: tuple[str, ...] = ("execution_stack.venues.simulators.kalshi",)
"""Which stand-ins run."""
KEY_ID = "demo-1"
QUICK_SECONDS = 180
"""How often a market opens that resolves while one watches."""


def private_key(place: places.Place) -> pathlib.Path:
    return place.venue_keys / f"{KEY_ID}.pem"


Said = Generator[None, None, str]


class Exchange:
    """A child of ours, as the databases are."""

    def __init__(self, module: str, place: places.Place, base: int) -> None:
        self.name = "exchange"
        self.log = place.logs / "exchange.log"
        self.port = base + Port.EXCHANGE
        self._module, self._place, self._base = module, place, base
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def _members(self) -> pathlib.Path:
        return self._place.root / "exchange"

    def starting(self) -> processes.Work:
        applications.keep_short(self.log)
        self._members.mkdir(mode=0o700, exist_ok=True)
        python = stacks.own_bin(stacks.EXECUTION.name) / "python"
        command: list[str | pathlib.Path] = [
            python,
            "-m",
            self._module,
            "--port",
            str(self.port),
            "--keys",
            self._members,
        ]
        with self.log.open("ab") as log:
            self.process = processes.spawn(
                [*command, "--quick-seconds", str(QUICK_SECONDS)],
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

    def keying(self) -> processes.Work:
        """Our key, made once, and its public half where the exchange looks for it."""
        private, public = private_key(self._place), self._members / f"{KEY_ID}.public.pem"
        if not public.exists():
            private.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            said = yield from self._key("public-key" if private.exists() else "new-key", private)
            places.write_secret(public, said)
        places.once(self._place.venue_keys / "current", lambda: f"{KEY_ID}\n")

    def _key(self, what: str, file: pathlib.Path) -> Said:
        stack, said = stacks.EXECUTION, self._place.logs / f"exchange-{what}.log"
        yield from processes.finishing(
            f"the exchange's {what}",
            [stack.command, "venue", what, file],
            output=said,
            env=stacks.environment(self._place, self._base, stack, stack.role("worker")),
        )
        text = said.read_text()
        said.unlink()
        return text
