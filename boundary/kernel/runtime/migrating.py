"""Makes and upgrades a stack's database: what only a superuser may do, then the migrations, then the grants.

Every step can be repeated. Roles and the database are made from a `Plan`; tables belong to an owner that cannot log
in; the migrator takes the owner's role; each process role gets exactly what its grants file says, nothing inherited.
"""

import asyncio
import functools
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import alembic.command
import alembic.config
import alembic.util
import asyncpg
import sqlalchemy as sa
from alembic import context
from sqlalchemy.ext import asyncio as sa_asyncio

from boundary.kernel import records
from boundary.kernel.runtime import settings, transaction

_ROLE = re.compile(r"[a-z_]{1,40}\Z")
_LOCK = 0x6D696772  # "migr": one migration of a database at a time


class SchemaMigrated(records.Entry, frozen=True, tag="schema.migrated.v1"):
    """The database was brought to a revision."""

    revision: records.Count


class Plan(NamedTuple):
    """What a stack's database is made of."""

    database: str
    owner: str
    migrator: str
    roles: tuple[str, ...]
    versions: Path
    grants: Path
    superuser_ddl: Sequence[str]
    """Run in the new database by the bootstrap role, each statement repeatable."""


def passwords(path: Path, plan: Plan) -> dict[str, str]:
    """Role -> password, from a JSON file that names exactly the roles of this stack."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise settings.SettingsError(f"{path}: not a readable JSON file of role and password") from None
    wanted = {plan.migrator, *plan.roles}
    if not isinstance(found, dict) or set(found) != wanted or not all(isinstance(each, str) for each in found.values()):
        raise settings.SettingsError(f"{path}: must name exactly {', '.join(sorted(wanted))}")
    return found


async def bootstrap(url: str, plan: Plan, secrets: dict[str, str]) -> None:
    """As superuser: roles, the database, and what must not be in the owner's power."""
    server = await transaction.connect_alone(url)
    try:
        await server.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await _make_roles(server, plan, secrets)
        if not await server.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", plan.database):
            await server.execute(f'CREATE DATABASE "{plan.database}" TEMPLATE template0')
    finally:
        await server.close()
    parts = urlsplit(url)
    inside = await transaction.connect_alone(urlunsplit(parts._replace(path=f"/{plan.database}")))
    try:
        await inside.execute("SELECT pg_advisory_lock($1)", _LOCK)
        for statement in _close_doors(plan):
            await inside.execute(statement)
        for statement in plan.superuser_ddl:
            await inside.execute(statement)
    finally:
        await inside.close()


async def _make_roles(server: "asyncpg.Connection[asyncpg.Record]", plan: Plan, secrets: dict[str, str]) -> None:
    have = {row["rolname"] for row in await server.fetch("SELECT rolname FROM pg_roles")}
    for role in (plan.owner, plan.migrator, *plan.roles):
        if not _ROLE.match(role):
            raise ValueError(f"{role} is not a role name")
        if role not in have:
            await server.execute(f'CREATE ROLE "{role}" NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT')
        if role != plan.owner:
            await server.execute(f'ALTER ROLE "{role}" LOGIN')
        if role in secrets:
            literal = await server.fetchval("SELECT quote_literal($1::text)", secrets[role])
            await server.execute(f'ALTER ROLE "{role}" PASSWORD {literal}')
    await server.execute(f'GRANT "{plan.owner}" TO "{plan.migrator}"')


def _close_doors(plan: Plan) -> list[str]:
    """Whatever PostgreSQL gives to everybody is taken back; each role gets its connection and nothing else yet.

    The database belongs to the superuser that made it: its owner could comment on it, alter it and make temporary
    tables in it. The owner of the tables may create in one schema, and no more.
    """
    roles = ", ".join(f'"{role}"' for role in (plan.migrator, *plan.roles))
    return [
        f'REVOKE ALL ON DATABASE "{plan.database}" FROM PUBLIC',
        f'GRANT CONNECT ON DATABASE "{plan.database}" TO {roles}',
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f'GRANT CREATE, USAGE ON SCHEMA public TO "{plan.owner}"',
        f"GRANT USAGE ON SCHEMA public TO {roles}",
        f'ALTER DEFAULT PRIVILEGES FOR ROLE "{plan.owner}" REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC',
        *(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC" for function in _LARGE_OBJECT_FUNCTIONS),
    ]


_LARGE_OBJECT_FUNCTIONS = (
    "lo_creat(integer)",
    "lo_create(oid)",
    "lo_from_bytea(oid, bytea)",
    "lo_open(oid, integer)",
    "lo_put(oid, bigint, bytea)",
    "lo_unlink(oid)",
    "lowrite(integer, bytea)",
)


def upgrade(url: str, plan: Plan, say: Callable[[str], None]) -> None:
    """Run the migrations that are missing, then give every role exactly its grants."""
    script = plan.versions.parent
    config = alembic.config.Config()
    config.set_main_option("script_location", str(script).replace("%", "%%"))
    config.set_main_option("version_locations", str(plan.versions).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(url=url, plan=plan, say=say)
    try:
        alembic.command.upgrade(config, "head")
    except alembic.util.CommandError:
        raise settings.SettingsError(f"{plan.database}: its revision is not one of this code's") from None
    except sa.exc.DBAPIError as error:
        reason = type(getattr(error.orig, "__cause__", None) or error.orig).__name__
        raise settings.SettingsError(f"{plan.database}: the database refused a migration: {reason}") from None


def environment(metadata: sa.MetaData) -> None:
    """What a stack's `env.py` calls: connect, take the owner's role, migrate.

    Missing revisions, every role's grants and the audit entries about them are one transaction: a schema without its
    grants, or one that the audit log does not know of, is never left behind.
    """
    attributes = context.config.attributes
    plan: Plan = attributes["plan"]
    engine = sa_asyncio.create_async_engine(
        "postgresql+asyncpg://",
        poolclass=sa.NullPool,
        async_creator=functools.partial(transaction.connect_alone, attributes["url"]),
    )

    applied: list[int] = []

    def work(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f'SET ROLE "{plan.owner}"')
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            transaction_per_migration=False,
            compare_type=True,
            compare_server_default=True,
            on_version_apply=lambda step, **_: applied.append(int(step.up_revision_id)),
        )
        with context.begin_transaction():
            context.run_migrations()
            _after(connection, plan, applied)
        connection.commit()
        for revision in applied:
            attributes["say"](f"migrated {plan.database} to revision {revision:04d}")

    async def main() -> None:
        async with engine.connect() as connection:
            await connection.run_sync(work)
        await engine.dispose()

    asyncio.run(main())


def _after(connection: sa.Connection, plan: Plan, applied: Sequence[int]) -> None:
    """Grants are applied whole after every migration: what a file no longer says is gone. Then the fact is recorded."""
    for role in plan.roles:
        file = plan.grants / f"{role}.sql"
        try:
            text = file.read_text("utf-8")
        except OSError:
            raise settings.SettingsError(f"{file}: the grants of {role} are missing") from None
        for kind in ("TABLES", "SEQUENCES", "FUNCTIONS"):
            connection.exec_driver_sql(f'REVOKE ALL ON ALL {kind} IN SCHEMA public FROM "{role}"')
        for statement in statements(text):
            connection.exec_driver_sql(statement)
    for revision in applied:
        payload = records.encode(SchemaMigrated(revision))
        connection.exec_driver_sql("INSERT INTO audit_entry (payload) VALUES ($1)", (payload,))


def statements(text: str) -> list[str]:
    """The statements of a grants file: GRANT lines only, comments aside."""
    without = "\n".join(line.split("--", 1)[0] for line in text.splitlines())
    found = [" ".join(part.split()) for part in without.split(";") if part.strip()]
    for statement in found:
        if not statement.startswith("GRANT "):
            raise settings.SettingsError(f"a grants file holds GRANT statements only, not: {statement[:40]}")
    return found
