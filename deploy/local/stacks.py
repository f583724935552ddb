"""The two stacks as their own commands: which processes run, as which database role, with which environment.

Each gets its own settings and nothing of the other's. This is the one place that knows their variables.
"""

import dataclasses
import os
import pathlib
import sys

from deploy.local import environments, places, processes
from deploy.local.ports import HOST, Port

JURISDICTION = "LK"
RATES_LOGIN = "treasury%40market.example:fictional-key"
"""What the stand-in for a rates provider lets in."""
BIN = pathlib.Path(sys.executable).parent  # the environment's own: its link must not be followed


@dataclasses.dataclass(frozen=True)
class Stack:
    name: str
    roles: tuple[str, ...]
    api: Port
    postgres: Port
    valkey: Port

    @property
    def command(self) -> pathlib.Path:
        return own_bin(self.name) / f"{self.name}-stack"

    @property
    def superuser(self) -> str:
        return f"{self.name}_superuser"

    def role(self, name: str) -> str:
        """The database role that a short NAME means in this stack; the execution API's is its gate."""
        wanted = f"{self.name}_{name}"
        if wanted == "execution_api":
            wanted = "execution_gate"
        if wanted not in self.roles:
            short = ", ".join(role.partition("_")[2] for role in self.roles)
            raise processes.LaunchError(f"the {self.name} stack has no role {name}: {short}")
        return wanted


CUSTOMER = Stack(
    "customer",
    ("customer_migrator", "customer_api", "customer_worker", "customer_operator", "customer_auditor"),
    Port.CUSTOMER_API,
    Port.CUSTOMER_POSTGRES,
    Port.CUSTOMER_VALKEY,
)
EXECUTION = Stack(
    "execution",
    (
        "execution_migrator",
        "execution_gate",
        "execution_worker",
        "execution_engine",
        "execution_operator",
        "execution_auditor",
    ),
    Port.EXECUTION_API,
    Port.EXECUTION_POSTGRES,
    Port.EXECUTION_VALKEY,
)
STACKS = {stack.name: stack for stack in (CUSTOMER, EXECUTION)}


@dataclasses.dataclass(frozen=True)
class Service:
    """A process of a stack, and the port on which it says how it is."""

    name: str
    stack: Stack
    argument: str
    role: str
    operations: Port


SERVICES = (
    Service("customer API", CUSTOMER, "serve", "customer_api", Port.CUSTOMER_API_OPERATIONS),
    Service("customer worker", CUSTOMER, "worker", "customer_worker", Port.CUSTOMER_WORKER_OPERATIONS),
    Service("execution API", EXECUTION, "serve", "execution_gate", Port.EXECUTION_API_OPERATIONS),
    Service("execution worker", EXECUTION, "worker", "execution_worker", Port.EXECUTION_WORKER_OPERATIONS),
)


def settings(place: places.Place, base: int, stack: Stack, role: str, operations: Port | None = None) -> dict[str, str]:
    """The variables of one STACK for a process that is ROLE in its database."""
    prefix = stack.name.upper()
    password = place.role_password(role)
    of_both = {
        "DATABASE_URL": f"postgresql://{role}:{password}@{HOST}:{base + stack.postgres}/{stack.name}",
        "REDIS_URL": f"redis://:{place.password(stack.name, 'valkey')}@{HOST}:{base + stack.valkey}/0",
        "HOST": HOST,
        "PORT": str(base + stack.api),
        "OPERATIONS_PORT": str(base + (operations or _operations_of_api(stack))),
        "CHANNEL_KEYS": str(place.secret(stack.name, "channel")),
        "AUDIT_PUBLIC_KEYS": place.password(stack.name, "audit.public"),
    }
    if role in {stack.role("worker"), stack.role("operator")}:  # the sealer's, and `audit adopt`'s
        of_both["AUDIT_KEY_FILE"] = str(place.secret(stack.name, "audit.key"))
    if stack is EXECUTION and role in {stack.role("gate"), stack.role("operator"), stack.role("worker")}:
        of_both["DOCUMENTS"] = str(place.documents)
    if stack is EXECUTION and role == stack.role("worker"):  # it alone can derive a custody key
        of_both["CUSTODY_KEYSTORE"] = str(place.secret(stack.name, "custody.keystore"))
        of_both["CUSTODY_PASSPHRASE"] = place.password(stack.name, "custody.passphrase")
        of_both["CATALOGUE_KEY_FILE"] = str(place.secret(stack.name, "catalogue.key"))
        of_both["EVIDENCE"] = str(place.evidence)
        of_both["EVIDENCE_KEY_FILE"] = str(place.secret(stack.name, "evidence.key"))
    if stack is EXECUTION and role in {stack.role("worker"), stack.role("operator")}:  # the latter to compare records
        of_both["VENUE_URL"] = f"http://{HOST}:{base + Port.EXCHANGE}"
        of_both["VENUE_KEYS"] = str(place.venue_keys)
    if stack is CUSTOMER:
        of_both |= {
            "CONFIG_FILE": str(place.config),
            "CHANNEL_ID": place.channel,
            "CHANNEL_URL": f"http://{HOST}:{base + EXECUTION.api}",
            "CHANNEL_PUBLIC_KEYS": place.password(EXECUTION.name, "audit.public"),
            "ERASURE_LEDGER": str(place.erasures),
            "TEST_MODE": "true",  # nobody here is real: mail and SMS stay in an outbox that anybody may read
            "MAIL_URL": place.outbox.as_uri(),
            "MAIL_FROM": "no-reply@market.example",
            "SMS_URL": place.outbox.as_uri(),
            "SMS_FROM": "+12025550199",
        }
        if role in {stack.role("api"), stack.role("worker"), stack.role("operator")}:
            of_both["VAULT_KEYS"] = str(place.secret(stack.name, "vault"))
        if role == stack.role("api"):
            of_both["RECORDS_KEY_FILE"] = str(place.secret(stack.name, "records.key"))
            of_both["TOKEN_KEYS"] = str(place.secret(stack.name, "tokens.json"))
            of_both["FX_QUOTE_KEY"] = str(place.secret(stack.name, "quotes.key"))
        if role in {stack.role("worker"), stack.role("operator")}:
            of_both["FX_CURRENCYCLOUD_URL"] = f"http://{RATES_LOGIN}@{HOST}:{base + Port.RATES_PROVIDER}"
            of_both["FX_CBSL_URL"] = f"http://{HOST}:{base + Port.CENTRAL_BANK}"
    return {f"{prefix}_{name}": value for name, value in of_both.items()}


def own_bin(stack: str) -> pathlib.Path:
    """The programs of one stack's own environment."""
    return environments.folder(stack) / "bin"


def environment(
    place: places.Place, base: int, stack: Stack, role: str, operations: Port | None = None
) -> dict[str, str]:
    """All that a process of STACK sees: its settings, and the few harmless variables of ours."""
    return (
        processes.environment() | {"PATH": path(own_bin(stack.name))} | settings(place, base, stack, role, operations)
    )


def path(programs: pathlib.Path) -> str:
    """PATH with these first."""
    return os.pathsep.join((str(programs), os.environ.get("PATH", os.defpath)))


def _operations_of_api(stack: Stack) -> Port:
    return next(service.operations for service in SERVICES if service.stack is stack and service.argument == "serve")
