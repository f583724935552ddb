"""Databases of both stacks for tests: migrated once per session as a template, copied in milliseconds per test."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from boundary.kernel.runtime import migrating, transaction
from customer_stack import database as customer_database
from execution_stack import database as execution_database
from tests import embedded

PLANS = {"customer": customer_database.PLAN, "execution": execution_database.PLAN}
MIGRATIONS = {stack: len(list(plan.versions.glob("[0-9]*.py"))) for stack, plan in PLANS.items()}
"""How many entries the audit log of a fresh database holds: each migration writes one."""


@dataclasses.dataclass(frozen=True)
class StackDatabase:
    """One test's own copy of a stack's migrated database."""

    name: str
    plan: migrating.Plan
    servers: embedded.Servers

    def url(self, role: str) -> str:
        return self.servers.url(self.name, role)

    async def connect(self, role: str, size: int = 4) -> transaction.Database:
        return await transaction.connect(self.url(role), application="tests", size=size)

    async def superuser(self) -> Any:
        """A raw connection that may do anything: to plant, to break, to look."""
        return await asyncpg.connect(self.servers.url(self.name), ssl=False)


def template(servers: embedded.Servers, stack: str) -> str:
    """The migrated template of a stack, made by the product's own bootstrap and migrations."""
    plan = PLANS[stack]._replace(database=f"{stack}_template")
    secrets = dict.fromkeys((plan.migrator, *plan.roles), servers.password)

    def build() -> None:
        asyncio.run(migrating.bootstrap(servers.url(), plan, secrets))
        migrating.upgrade(servers.url(plan.database, plan.migrator), plan, lambda _: None)
        if stack == "execution":
            asyncio.run(_without_limits(servers.url(plan.database)))

    return servers.template(plan.database, build)


async def _without_limits(url: str) -> None:
    """Tests place what they like; those about limits set some, and one migrates for itself and sees the first ones."""
    connection = await asyncpg.connect(url, ssl=False)
    await connection.execute("DELETE FROM risk_default")
    await connection.close()


@pytest.fixture(scope="session")
def customer_template(servers: embedded.Servers) -> str:
    return template(servers, "customer")


@pytest.fixture(scope="session")
def execution_template(servers: embedded.Servers) -> str:
    return template(servers, "execution")


@pytest.fixture
async def customer_schema(servers: embedded.Servers, customer_template: str) -> AsyncIterator[StackDatabase]:
    async with servers.copied(customer_template) as name:
        yield StackDatabase(name, PLANS["customer"]._replace(database=name), servers)


@pytest.fixture
async def execution_schema(servers: embedded.Servers, execution_template: str) -> AsyncIterator[StackDatabase]:
    async with servers.copied(execution_template) as name:
        yield StackDatabase(name, PLANS["execution"]._replace(database=name), servers)


@pytest.fixture
async def customer_db(customer_schema: StackDatabase) -> AsyncIterator[transaction.Database]:
    """A pool on a fresh customer database, as the worker."""
    db = await customer_schema.connect("customer_worker")
    yield db
    await db.close()


@pytest.fixture
async def execution_db(execution_schema: StackDatabase) -> AsyncIterator[transaction.Database]:
    """A pool on a fresh execution database, as the worker."""
    db = await execution_schema.connect("execution_worker")
    yield db
    await db.close()
