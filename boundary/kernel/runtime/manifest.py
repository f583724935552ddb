"""What a stack says of itself to those who audit it: read from its source and its running code, never from its database.

The auditor's programs compare a live database, a log and a process with this page, and import no stack to do so. It
holds names, types and hashes; no secret is in it.
"""

import hashlib
import re
import sys
import sysconfig
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from msgspec import inspect
from sqlalchemy.dialects import postgresql

from boundary.kernel import records
from boundary.kernel.runtime import key_files, migrating, telemetry

FORMAT = "privacy-manifest/1"
_REVISION = re.compile(r'^revision: str = "([0-9]{4})"$', re.MULTILINE)
_KINDS = {"audit": records.Entry, "outbox": records.Message, "job": records.Job}


class Field(msgspec.Struct, frozen=True):
    """One field of a record. `low` and `high` bound a number, or the size of bytes and text."""

    name: str
    kind: str
    low: int | None = None
    high: int | None = None
    words: tuple[str | int, ...] = ()


class RecordShape(msgspec.Struct, frozen=True):
    """A registered record: which kind of column holds it, its tag, its fields in order."""

    kind: str
    tag: str
    fields: tuple[Field, ...]


class Key(msgspec.Struct, frozen=True):
    """The name of a channel's key, never the key."""

    channel: uuid.UUID
    key_id: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, as `privacy manifest --json` prints it."""

    format: str
    stack: str
    database: str
    owner: str
    migrator: str
    processes: tuple[str, ...]
    application: str
    revisions: tuple[str, ...]
    wall: str
    """SHA-256 of the body of the function behind the event trigger; empty where there is none."""
    columns: Mapping[str, str]
    """`table.column` -> type."""
    enums: Mapping[str, tuple[str, ...]]
    purposes: Mapping[str, tuple[str, ...]]
    """What references name: the column that registers them, then the columns that use them."""
    grants: Mapping[str, tuple[str, ...]]
    records: tuple[RecordShape, ...]
    events: Mapping[str, Mapping[str, str]]
    vocabulary: str
    """SHA-256 over the schema and the capacities of the messages that the running code speaks."""
    keys: tuple[Key, ...]
    settings: tuple[str, ...]
    modules: tuple[str, ...]
    packages: Mapping[str, str]


class Facts(NamedTuple):
    """What only the stack itself knows."""

    stack: str
    prefix: str
    settings: type[msgspec.Struct]
    plan: migrating.Plan
    metadata: sa.MetaData
    purposes: Mapping[str, tuple[str, ...]]
    vocabulary: str
    wall: str = ""


def of(facts: Facts, key_directory: Path | None) -> Manifest:
    """The manifest of the running code, with the names of the keys in a directory if there is one."""
    plan, owned = facts.plan, facts.metadata.tables.values()
    columns = {f"{table.name}.{column.name}": column.type for table in owned for column in table.columns}
    masters = key_files.directory(key_directory) if key_directory else {}
    return Manifest(
        format=FORMAT,
        stack=facts.stack,
        database=plan.database,
        owner=plan.owner,
        migrator=plan.migrator,
        processes=plan.roles,
        application=f"{facts.stack}-stack",
        revisions=tuple(sorted(_REVISION.findall("\n".join(_texts(plan.versions, "[0-9]*.py"))))),
        wall=hashlib.sha256(facts.wall.encode()).hexdigest() if facts.wall else "",
        columns={place: _type(type_) for place, type_ in sorted(columns.items())},
        enums={str(each.name): tuple(each.enums) for each in columns.values() if isinstance(each, postgresql.ENUM)},
        purposes=facts.purposes,
        grants={
            role: tuple(migrating.statements((plan.grants / f"{role}.sql").read_text("utf-8"))) for role in plan.roles
        },
        records=tuple(_record(kind, type_) for kind, base in _KINDS.items() for type_ in records.all_of(base)),
        events={
            name: {field: telemetry.field_type(type_) for field, type_ in event.fields.items()}
            for name, event in telemetry.registered().items()
        },
        vocabulary=facts.vocabulary,
        keys=tuple(Key(channel, key_id) for channel, keys in sorted(masters.items()) for key_id in sorted(keys)),
        settings=tuple(f"{facts.prefix}{field.name.upper()}" for field in msgspec.structs.fields(facts.settings)),
        modules=tuple(sorted(sys.modules)),
        packages=_packages(),
    )


def _texts(folder: Path, pattern: str) -> Sequence[str]:
    return [file.read_text("utf-8") for file in sorted(folder.glob(pattern))]


def _packages() -> dict[str, str]:
    """What is installed beside the running code, by the names of its metadata."""
    folder = Path(sysconfig.get_path("purelib"))
    names = (each.name.removesuffix(".dist-info").rpartition("-") for each in folder.glob("*.dist-info"))
    return {name.lower().replace("_", "-"): version for name, _, version in sorted(names)}


def _type(type_: Any) -> str:
    return str(type_.compile(dialect=postgresql.dialect())).lower()  # type: ignore[no-untyped-call]  # untyped there


def _record(kind: str, type_: type[records.Record]) -> RecordShape:
    info = inspect.type_info(type_)
    assert isinstance(info, inspect.StructType), "a record is a struct"
    return RecordShape(
        kind, str(type_.__struct_config__.tag), tuple(_field(field.name, field.type) for field in info.fields)
    )


def _field(name: str, type_: Any) -> Field:
    match type_:
        case inspect.UUIDType():
            return Field(name, "ref")
        case inspect.BoolType():
            return Field(name, "flag")
        case inspect.IntType(ge=low, le=high):
            return Field(name, "number", low, high)
        case inspect.BytesType(min_length=least, max_length=most):
            return Field(name, "bytes", least, most)
        case inspect.StrType(min_length=least, max_length=most):
            return Field(name, "text", least, most)
        case inspect.EnumType(cls=words):
            return Field(name, "word", words=tuple(member.value for member in words))
        case _:
            return Field(name, "other")
