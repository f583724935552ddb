"""What one half of a proof is about, and what a check is."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from boundary.kernel.runtime import manifest as manifests
from boundary.kernel.runtime import tls as secured
from boundary.privacy import catalogue, catalogue_rules
from boundary.privacy.prove import report

SYSTEM_DATABASES = ("postgres", "template0", "template1")


class Connection(Protocol):
    """A session of the auditor's own."""

    async def fetch(self, query: str, *args: Any) -> Sequence[Any]: ...

    def cursor(self, query: str, *args: Any) -> Any: ...


Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, how much there is."""


class Canary(NamedTuple):
    """A channel of its own for what must be refused."""

    url: str
    key_file: Path
    tls: secured.Files | None = None


class Subject(NamedTuple):
    connection: Connection
    manifest: manifests.Manifest
    environment: Mapping[str, str]
    now: datetime
    progress: Progress
    expected: catalogue.Expected | None = None
    """What the stack's own `migrate` made on a scratch server; none if the auditor gave none."""
    databases: tuple[str, ...] = ()
    superusers: tuple[str, ...] = ()
    role_urls: Mapping[str, str] = {}
    logs: Path | None = None
    canary: Canary | None = None

    @property
    def execution(self) -> bool:
        return self.manifest.stack == "execution"


class Check(NamedTuple):
    number: str
    title: str
    proves: str
    """In one sentence, for people."""
    run: Callable[[Subject], Awaitable[report.Found]]
    execution_only: bool = False


def source(subject: Subject) -> catalogue_rules.Source:
    """The manifest's word, in the form in which the catalogue lint takes it."""
    manifest = subject.manifest
    code = tuple(_split(place) for place, type_ in manifest.columns.items() if type_ == "code")
    return catalogue_rules.Source(
        databases=(*SYSTEM_DATABASES, manifest.database, *subject.databases),
        owner=manifest.owner,
        migrator=manifest.migrator,
        processes=manifest.processes,
        superusers=subject.superusers,
        enums=manifest.enums,
        code_columns=code,
        revisions=manifest.revisions,
        wall=manifest.wall,
        applications=(manifest.application,),
    )


def _split(place: str) -> tuple[str, str]:
    table, _, column = place.partition(".")
    return table, column
