"""The lint of a live execution database: silent on a clean one, and not deceived by anything that is planted.

It runs on a cluster of its own, which holds nothing but an execution database, as in production.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from boundary.privacy import catalogue, catalogue_rules, closed_types
from deploy.local import postgres
from tests import embedded, stacks
from tests.boundary.privacy import execution_source, plants

SETTINGS = embedded.SETTINGS | {
    "wal_level": "logical",
    "max_wal_senders": "2",
    "max_replication_slots": "2",
    "max_prepared_transactions": "2",
}
AUDITOR = "execution_auditor"

on_one_loop = pytest.mark.asyncio(loop_scope="module")


class Live(NamedTuple):
    servers: embedded.Servers
    name: str
    expected: catalogue.Expected

    async def connect(self, role: str = embedded.SUPERUSER) -> Any:
        return await asyncpg.connect(self.servers.url(self.name, role), ssl=False)


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    """A database as deployed, and what it should be by the word of another, freshly migrated one."""
    with embedded.home_of_our_own() as home:
        (port,) = embedded.free_ports(1)
        servers = embedded.Servers(str(home), port, 0, "catalogue")
        cluster = postgres.Cluster(home / "postgres", port, embedded.SUPERUSER, servers.password, settings=SETTINGS)
        cluster.start()
        try:
            template = stacks.template(servers, "execution")
            name = asyncio.run(servers.copy(template))
            yield Live(servers, name, asyncio.run(_snapshot(servers, template, name)))
        finally:
            cluster.stop()


async def _snapshot(servers: embedded.Servers, template: str, name: str) -> catalogue.Expected:
    connection = await asyncpg.connect(servers.url(template, AUDITOR), ssl=False)
    try:
        return await catalogue.snapshot(connection, execution_source.source(template, name))
    finally:
        await connection.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def superuser(live: Live) -> AsyncIterator[Any]:
    """One session for the whole module: it has planned every statement of the lint before."""
    connection = await live.connect()
    yield connection
    await connection.close()


@pytest_asyncio.fixture(loop_scope="module")
async def planter(superuser: Any) -> AsyncIterator[Any]:
    """A superuser inside a transaction that is never committed."""
    transaction = superuser.transaction()
    await transaction.start()
    yield superuser
    await transaction.rollback()


@on_one_loop
async def test_a_clean_database_has_no_findings_under_an_auditor_who_only_reads(live: Live) -> None:
    connection = await live.connect(AUDITOR)
    assert await catalogue.findings(connection, live.expected) == []
    await connection.close()


@on_one_loop
async def test_what_is_expected_can_be_written_down_and_carried_to_the_auditor(live: Live) -> None:
    assert msgspec.json.decode(msgspec.json.encode(live.expected), type=catalogue.Expected) == live.expected


@on_one_loop
@pytest.mark.parametrize("plant", [each for each in plants.PLANTS if not each.undo], ids=lambda each: each.title)
async def test_the_lint_finds(live: Live, planter: Any, plant: plants.Plant) -> None:
    if plant.refused:
        with pytest.raises(asyncpg.CheckViolationError):
            async with planter.transaction():
                await planter.execute(plant.sql)
        await planter.execute("ALTER EVENT TRIGGER wall DISABLE")
    await planter.execute(plant.sql)
    if plant.refused:
        await planter.execute("ALTER EVENT TRIGGER wall ENABLE ALWAYS")
    await planter.execute(f"SET LOCAL ROLE {AUDITOR}")
    _check(plant, await catalogue.findings(planter, live.expected))


@on_one_loop
@pytest.mark.parametrize("plant", [each for each in plants.PLANTS if each.undo], ids=lambda each: each.title)
async def test_the_lint_finds_what_no_rollback_takes_back(live: Live, plant: plants.Plant) -> None:
    planter, auditor = await live.connect(), await live.connect()
    await planter.execute(plant.sql)
    try:
        _check(plant, await catalogue.findings(auditor, live.expected))
    finally:
        await planter.execute(plant.undo)
        await planter.close()
        await auditor.close()


def _check(plant: plants.Plant, found: list[catalogue.Finding]) -> None:
    assert plant.found in {finding.check for finding in found}
    told = msgspec.json.encode(found).lower()
    assert b"nimal" not in told
    assert b"perera" not in told
    assert b"94771234567" not in told


def test_every_check_has_a_plant_that_it_must_find() -> None:
    objects = {"object-unexpected", "object-changed", "object-missing", "revision"}
    assert {plant.found for plant in plants.PLANTS} == {rule.code for rule in catalogue_rules.RULES} | objects


@on_one_loop
async def test_a_snapshot_of_a_bad_database_does_not_make_the_closed_list_longer(live: Live, planter: Any) -> None:
    """Whoever migrates a text column in has it in the snapshot too; the closed list does not ask the snapshot."""
    await planter.execute("ALTER EVENT TRIGGER wall DISABLE; ALTER TABLE channel ADD name text")
    await planter.execute("ALTER EVENT TRIGGER wall ENABLE ALWAYS")
    bad = await catalogue.snapshot(planter, live.expected.source)
    assert await catalogue.findings(planter, bad) == [catalogue.Finding("column-type", "column", "public.channel.name")]


@on_one_loop
async def test_a_restore_that_forgets_dropped_columns_is_no_finding(live: Live, planter: Any) -> None:
    columns = {**live.expected.objects["dropped column"], "public.channel.9": "0" * 64}
    objects = {**live.expected.objects, "dropped column": columns}
    expected = msgspec.structs.replace(live.expected, objects=objects)
    await planter.execute(f"SET LOCAL ROLE {AUDITOR}")
    assert await catalogue.findings(planter, expected) == []


@on_one_loop
@pytest.mark.parametrize("domain", closed_types.CLOSED_TYPES)
async def test_each_domain_of_the_source_equals_the_closed_list_and_not_by_its_name_alone(
    planter: Any, live: Live, domain: str
) -> None:
    rule = next(rule for rule in catalogue_rules.RULES if rule.code == "domain-open")
    rows = {row["name"]: row for row in await planter.fetch(rule.sql)}
    assert not rule.breaks(rows[domain], live.expected.source)
    other = {**rows[domain], "name": "code" if domain != "code" else "ref"}
    assert rule.breaks(other, live.expected.source)
