"""The stand-ins for whom a platform needs outside: sources of rates, a bank, a payment provider, a malware scanner.

A process each. They belong to the customer stack and run in its environment, but hold nothing of it: no setting, no
database, and of its secrets only the one that they sign their own webhooks with.
"""

import dataclasses
import json
import pathlib
import subprocess

from deploy.local import applications, places, ports, processes, stacks
from deploy.local.ports import HOST, Port

ACCOUNT = "7010-001-1234567890"
LOGIN, KEY = "ops@example.test", "a-key"
"""What the stand-in for a payment provider lets in."""
APPROVAL_ABOVE = {"LKR": 3_000_000_00, "USD": 10_000_00, "EUR": 10_000_00}


@dataclasses.dataclass(frozen=True)
class Stand:
    """`module` runs it. `secret` names the file that its webhooks are signed with, `folder` what it exchanges files in."""

    name: str
    module: str
    port: Port
    hooks: str = ""
    secret: str = ""
    folder: str = ""


BANK_SECRET, PROVIDER_SECRET, BANK_FOLDER = "bank.hook", "provider.hook", "bank"
_RATES, _MONEY = "customer_stack.fx.simulators", "customer_stack.payments.simulators"
STANDS = (
    Stand("rates provider", f"{_RATES}.currencycloud", Port.RATES_PROVIDER),
    Stand("central bank", f"{_RATES}.cbsl", Port.CENTRAL_BANK),
    Stand("bank", f"{_MONEY}.bank", Port.BANK, hooks="/bank/events", secret=BANK_SECRET, folder=BANK_FOLDER),
    Stand("payment provider", f"{_MONEY}.providers", Port.PAYMENT_PROVIDER, hooks="/", secret=PROVIDER_SECRET),
    Stand("malware scanner", "customer_stack.kyc.simulators.clamd", Port.MALWARE_SCANNER),
)


def providers(place: places.Place, base: int) -> None:
    """Write who moves money for this platform, and on what terms. An operator's own file is theirs; this one is ours."""
    settings = {
        "country": place.jurisdiction or stacks.JURISDICTION,
        "approval_above": APPROVAL_ABOVE,
        "cool_down_hours": 0,  # whoever tries it out does not wait for a day
        "currencycloud": {
            "url": f"http://{HOST}:{base + Port.PAYMENT_PROVIDER}",
            "login": LOGIN,
            "key": KEY,
            "webhook_secrets": [place.password(stacks.CUSTOMER.name, PROVIDER_SECRET)],
        },
        "bank": {
            "folder": str(place.root / BANK_FOLDER),
            "name": "House of Example",
            "account": ACCOUNT,
            "rails": {"cefts": ["LKR"], "slips": ["LKR"], "rtgs": ["LKR"]},
            "webhook_secrets": [place.password(stacks.CUSTOMER.name, BANK_SECRET)],
        },
    }
    for name in ("outbox", "done", "refused"):
        (place.root / BANK_FOLDER / name).mkdir(parents=True, exist_ok=True)
    places.write_secret(place.secret(stacks.CUSTOMER.name, stacks.PROVIDERS), json.dumps(settings, indent=2) + "\n")


class Vendor:
    """A stand-in as a child of ours. It works in the data directory: there the next launcher finds it."""

    def __init__(self, stand: Stand, place: places.Place, base: int) -> None:
        self.name = stand.name
        self.log: pathlib.Path = place.logs / f"{stand.name.replace(' ', '-')}.log"
        self.port = base + stand.port
        self._base = base
        self._stand = stand
        self._place = place
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def starting(self) -> processes.Work:
        applications.keep_short(self.log)
        with self.log.open("ab") as log:
            self.process = processes.spawn(
                self._command(),
                output=log,
                env=processes.environment(),
                cwd=self._place.root,
            )
        yield from processes.waiting(
            lambda: ports.taken(self.port) or not self.running, applications.PATIENCE, every=0.05
        )
        if not self.running:
            raise processes.LaunchError(f"the {self.name} ended:\n{processes.last_lines(self.log)}")

    def _command(self) -> list[str | pathlib.Path]:
        stand, place = self._stand, self._place
        command: list[str | pathlib.Path] = [stacks.own_bin(stacks.CUSTOMER.name) / "python", "-m", stand.module]
        command += ["--port", str(self.port)]
        if stand.hooks:
            address = f"http://{HOST}:{self._base + stacks.CUSTOMER.api}/api/v1/providers{stand.hooks.rstrip('/')}"
            command += ["--tells", address, "--secret", place.secret(stacks.CUSTOMER.name, stand.secret)]
        if stand.folder:
            command += ["--folder", place.root / stand.folder]
        return command

    def stopping(self) -> processes.Work:
        if self.process:
            yield from processes.stopping(self.process, applications.STOP)
