"""The migrations and the tables describe one and the same database, and migrating is safe to repeat and to race."""

import asyncio
import collections
import subprocess
import sys

import alembic.autogenerate
import alembic.runtime.migration
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import base

from boundary.kernel import canonical
from boundary.kernel.runtime import columns, migrating
from tests import embedded, stacks
from tests.migrations import databases

MIGRATE = """
import pathlib, sys
from {stack}_stack import database
from boundary.kernel.runtime import migrating
sys.stdin.readline()
migrating.upgrade(sys.argv[1], database.PLAN._replace(database=sys.argv[2]), print)
"""


@pytest.fixture(params=["customer", "execution"])
def pair(request: pytest.FixtureRequest, servers: embedded.Servers) -> databases.Pair:
    return databases.pair(servers, request.param)


def test_the_migrated_database_and_the_described_one_dump_alike(pair: databases.Pair) -> None:
    migrated, created = (databases.dump(pair.servers, name) for name in (pair.migrated, pair.created))
    assert created.splitlines() == migrated.splitlines()


def test_a_dump_shows_what_the_comparison_rests_on(pair: databases.Pair) -> None:
    text = databases.dump(pair.servers, pair.migrated)
    words = ["CREATE TABLE", "CREATE TRIGGER", "CREATE FUNCTION", "CREATE INDEX", "CREATE SEQUENCE", "GRANT SELECT"]
    words += ["OWNER TO", "CREATE TYPE"] + ["CREATE DOMAIN", "CREATE EVENT TRIGGER"] * (pair.stack == "execution")
    assert [word for word in words if word not in text] == []


async def test_nothing_is_left_for_a_migration_to_do(
    monkeypatch: pytest.MonkeyPatch, servers: embedded.Servers, customer_template: str, execution_template: str
) -> None:
    monkeypatch.setitem(base.ischema_names, "xid8", columns.Xid8)  # SQLAlchemy does not know this type by itself
    for stack, name in (("customer", customer_template), ("execution", execution_template)):
        metadata = databases.METADATA[stack]

        def differences(connection: sa.Connection, metadata: sa.MetaData = metadata) -> list[object]:
            options = {"compare_type": True, "compare_server_default": True}
            context = alembic.runtime.migration.MigrationContext.configure(connection, opts=options)
            return list(alembic.autogenerate.compare_metadata(context, metadata))

        assert await databases.with_sqlalchemy(servers.url(name), differences) == []


def test_the_log_says_who_made_the_schema(pair: databases.Pair) -> None:
    rows = databases.query(pair.servers, pair.migrated, "SELECT payload FROM audit_entry ORDER BY id")
    revisions = sorted(int(file.name[:4]) for file in pair.plan.versions.glob("[0-9]*.py"))
    found = [canonical.unpack(row["payload"], migrating.SchemaMigrated) for row in rows]
    assert found == [migrating.SchemaMigrated(revision) for revision in revisions]


def test_migrating_and_bootstrapping_again_change_nothing(servers: embedded.Servers, pair: databases.Pair) -> None:
    plan = pair.plan._replace(database=asyncio.run(servers.copy(pair.migrated)))
    before = databases.dump(servers, plan.database)
    databases.bootstrap(servers, plan)
    assert databases.upgrade(servers, plan) == []
    assert databases.dump(servers, plan.database) == before
    entries = databases.query(servers, plan.database, "SELECT count(*) FROM audit_entry")
    assert entries == databases.query(servers, pair.migrated, "SELECT count(*) FROM audit_entry")
    asyncio.run(servers.drop(plan.database))


def test_a_grant_that_no_file_says_is_gone_after_migrating(servers: embedded.Servers, pair: databases.Pair) -> None:
    plan = pair.plan._replace(database=asyncio.run(servers.copy(pair.migrated)))
    before = databases.dump(servers, plan.database)
    role = f"{pair.stack}_worker"
    databases.query(servers, plan.database, f"GRANT DELETE, UPDATE ON audit_entry TO {role}")
    databases.query(servers, plan.database, f"GRANT UPDATE (payload) ON audit_entry TO {role}")
    assert databases.dump(servers, plan.database) != before
    databases.upgrade(servers, plan)
    assert collections.Counter(databases.dump(servers, plan.database).splitlines()) == collections.Counter(
        before.splitlines()
    )
    asyncio.run(servers.drop(plan.database))


@pytest.mark.parametrize("stack", ["customer", "execution"])
def test_of_two_migrations_at_once_one_waits_and_finds_nothing_to_do(servers: embedded.Servers, stack: str) -> None:
    plan = stacks.PLANS[stack]._replace(database=f"{stack}_raced")
    databases.bootstrap(servers, plan)
    command = [
        sys.executable,
        "-c",
        MIGRATE.format(stack=stack),
        servers.url(plan.database, plan.migrator),
        plan.database,
    ]
    runs = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    ends = [run.communicate("\n", timeout=60) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], ends
    assert sorted(bool(said) for said, _ in ends) == [False, True]
    assert databases.dump(servers, plan.database) == databases.dump(servers, stacks.template(servers, stack))
    asyncio.run(servers.drop(plan.database))


async def test_two_bootstraps_at_once_do_not_break_each_other(servers: embedded.Servers) -> None:
    plan = stacks.PLANS["execution"]._replace(database="execution_bootstrapped_twice")
    secrets = dict.fromkeys((plan.migrator, *plan.roles), servers.password)
    await asyncio.gather(*(migrating.bootstrap(servers.url(), plan, secrets) for _ in range(3)))
    await servers.drop(plan.database)
