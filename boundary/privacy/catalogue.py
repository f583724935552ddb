"""Holds a live execution database against what the program says of it, and finds everything that should not be there.

Two questions are asked. Does every object equal what the stack's own `migrate` makes (`catalogue_objects`, compared by
digest with a snapshot of a scratch database)? And does the closed list hold whatever the migrations say
(`catalogue_rules`)? An auditor's login suffices: only catalogues are read, and the one value that Alembic keeps.

A finding says where, never what: a name found in the database may be a person's, so it is given by its number unless
the source itself uses that name.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from boundary.privacy import catalogue_objects, catalogue_rules, closed_types

_SESSION = {
    "search_path": "pg_catalog",  # nothing in the database can put itself before what we ask for
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "quote_all_identifiers": "off",
}


class Connection(Protocol):
    """A session of the auditor's own: its settings are changed."""

    async def fetch(self, query: str, *args: Any) -> Sequence[Any]: ...


class Finding(msgspec.Struct, frozen=True, order=True):
    """One thing that should not be there, or not be so, or is not there."""

    check: str
    kind: str
    where: str


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a database should be: the source's word, and kind -> identity -> digest of the definition."""

    source: catalogue_rules.Source
    objects: Mapping[str, Mapping[str, str]]


async def snapshot(connection: Connection, source: catalogue_rules.Source) -> Expected:
    """The objects of a scratch database that the stack's own `migrate` has just made, on the same release of the server."""
    await _settle(connection)
    objects: dict[str, dict[str, str]] = {}
    for section in catalogue_objects.SECTIONS:
        found = objects.setdefault(section.kind, {})
        async for _, identity, digest in _rows(connection, section):
            found[identity] = digest
    return Expected(source=source, objects=objects)


async def findings(connection: Connection, expected: Expected) -> list[Finding]:
    """Everything wrong with a live database, in a stable order. None is the only good number."""
    await _settle(connection)
    found: list[Finding] = []
    for section in catalogue_objects.SECTIONS:
        found += await _compare(connection, section, expected.objects.get(section.kind, {}))
    known = _names(expected)
    for rule in catalogue_rules.RULES:
        rows = await connection.fetch(rule.sql, *rule.arguments(expected.source))
        found += [
            Finding(rule.code, row["kind"], row["name"] if row["name"] in known else row["place"])
            for row in rows
            if rule.breaks(row, expected.source)
        ]
    if not any(finding.where.startswith("public.alembic_version") for finding in found):
        found += await _version(connection, expected)
    return sorted(found)


def _names(expected: Expected) -> set[str]:
    """The names that a finding may repeat: those which the source uses itself."""
    source = expected.source
    objects = {identity for kind in expected.objects.values() for identity in kind}
    return objects | {*closed_types.CLOSED_TYPES, *source.enums, source.owner, source.migrator, *source.processes}


async def _settle(connection: Connection) -> None:
    for name, value in _SESSION.items():
        await connection.fetch("SELECT pg_catalog.set_config($1, $2, false)", name, value)


async def _rows(connection: Connection, section: catalogue_objects.Section) -> AsyncIterator[tuple[str, str, str]]:
    for row in await connection.fetch(section.sql):
        place, identity, definition = row.values()
        yield str(place), identity, hashlib.sha256(str(definition).encode()).hexdigest()


async def _compare(
    connection: Connection, section: catalogue_objects.Section, expected: Mapping[str, str]
) -> list[Finding]:
    found = []
    missing = set(expected)
    async for place, identity, digest in _rows(connection, section):
        missing.discard(identity)
        if identity not in expected:
            found.append(Finding("object-unexpected", section.kind, place))
        elif expected[identity] != digest:
            found.append(Finding("object-changed", section.kind, identity))
    if not section.may_be_absent:
        found += [Finding("object-missing", section.kind, identity) for identity in missing]
    return found


async def _version(connection: Connection, expected: Expected) -> list[Finding]:
    """The one text column that the closed list excepts holds one value, and that is the number of a migration file."""
    rows = await connection.fetch(catalogue_rules.VERSIONS)
    if [row["version_num"] for row in rows] in [[revision] for revision in expected.source.revisions]:
        return []
    return [Finding("revision", "value", "public.alembic_version.version_num")]
