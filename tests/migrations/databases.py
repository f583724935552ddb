"""Databases made in the two ways that must agree, and what `pg_dump` says of them."""

import asyncio
import os
import pathlib
import re
import subprocess
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from boundary.kernel.runtime import migrating, schema_version
from customer_stack import tables as customer_tables
from deploy.local import binaries
from execution_stack import tables as execution_tables
from tests import embedded, stacks

T = TypeVar("T")
METADATA = {"customer": customer_tables.METADATA, "execution": execution_tables.METADATA}


class Pair(NamedTuple):
    """A stack's database as its migrations make it, and as its tables describe it."""

    stack: str
    plan: migrating.Plan
    servers: embedded.Servers
    migrated: str
    created: str


def pair(servers: embedded.Servers, stack: str) -> Pair:
    plan = stacks.PLANS[stack]
    created = plan._replace(database=f"{stack}_created")

    def build() -> None:
        bootstrap(servers, created)
        asyncio.run(_create(servers, created, stack))
        upgrade(servers, created)  # nothing is left to migrate: it gives the grants

    return Pair(stack, plan, servers, stacks.template(servers, stack), servers.template(created.database, build))


def bootstrap(servers: embedded.Servers, plan: migrating.Plan) -> None:
    asyncio.run(migrating.bootstrap(servers.url(), plan, dict.fromkeys((plan.migrator, *plan.roles), servers.password)))


def upgrade(servers: embedded.Servers, plan: migrating.Plan) -> list[str]:
    """What the migration said."""
    said: list[str] = []
    migrating.upgrade(servers.url(plan.database, plan.migrator), plan, said.append)
    return said


async def _create(servers: embedded.Servers, plan: migrating.Plan, stack: str) -> None:
    def work(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f'SET ROLE "{plan.owner}"')
        METADATA[stack].create_all(connection)
        connection.exec_driver_sql(
            "CREATE TABLE alembic_version"
            " (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
        newest = schema_version.expected(plan.versions)
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{newest}')")
        connection.commit()

    await with_sqlalchemy(servers.url(plan.database, plan.migrator), work)


async def with_sqlalchemy(url: str, work: Callable[[sa.Connection], T]) -> T:
    engine = sa_asyncio.create_async_engine(
        sa.make_url(url).set(drivername="postgresql+asyncpg"), poolclass=sa.NullPool, connect_args={"ssl": False}
    )
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def query(servers: embedded.Servers, database: str, sql: str) -> list[Any]:
    async def work() -> list[Any]:
        connection = await asyncpg.connect(servers.url(database), ssl=False)
        try:
            return list(await connection.fetch(sql))
        finally:
            await connection.close()

    return asyncio.run(work())


def dump(servers: embedded.Servers, database: str) -> str:
    """Everything but rows: types, tables, functions, triggers, owners, grants."""
    program: pathlib.Path = binaries.postgres().path.with_name("pg_dump")
    done = subprocess.run(
        [program, "--schema-only", "--no-password", "--dbname", servers.url(database)],
        check=True,
        capture_output=True,
        text=True,
        env={name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ},
        timeout=60,
    )
    return re.sub(r"(?m)^\\(un)?restrict .*$", "", done.stdout)
