"""Who may do what, asked of migrated databases: equal to the files in deploy/grants, and to a matrix that is reviewed.

`REGENERATE_GOLDEN=1 ./bulkhead test tests/architecture/test_grants.py` writes the matrix anew; its diff is what a
reviewer reads.
"""

import json
import os
import pathlib
import re
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import asyncpg
import pytest

from boundary.kernel.runtime import migrating
from customer_stack import tables as customer_tables
from execution_stack import tables as execution_tables
from tests import embedded, stacks

GOLDEN = pathlib.Path(__file__).with_name("golden") / "grants.json"
TABLES = {"customer": customer_tables, "execution": execution_tables}
STATEMENT = re.compile(r"GRANT (?P<what>.+) ON (?P<kind>SEQUENCE |FUNCTION )?(?P<names>[a-z_, ]+) TO (?P<role>[a-z_]+)")
PRIVILEGE = re.compile(r"[A-Z]+(?: \([a-z_, ]+\))?")

Matrix = dict[str, dict[str, list[str]]]

ON_RELATIONS = """
SELECT c.relname, p.privilege FROM pg_class c CROSS JOIN unnest(ARRAY[
  'SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN']) p (privilege)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
AND has_table_privilege($1, c.oid, p.privilege)
UNION ALL
SELECT c.relname, p.privilege FROM pg_class c CROSS JOIN unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) p (privilege)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S' AND has_sequence_privilege($1, c.oid, p.privilege)
UNION ALL
SELECT p.proname, 'EXECUTE' FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
AND p.prorettype <> 'trigger'::regtype AND has_function_privilege($1, p.oid, 'EXECUTE')
UNION ALL
SELECT c.relname, format('%s (%s)', p.privilege, string_agg(a.attname, ', ' ORDER BY a.attname))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) p (privilege)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
AND NOT has_table_privilege($1, c.oid, p.privilege) AND has_column_privilege($1, c.oid, a.attnum, p.privilege)
GROUP BY c.relname, p.privilege"""
OF_EVERYBODY = """
SELECT c.relname::text AS place FROM pg_class c, aclexplode(c.relacl) e WHERE c.oid >= 16384 AND e.grantee = 0
UNION ALL SELECT a.attname FROM pg_attribute a, aclexplode(a.attacl) e WHERE a.attrelid >= 16384 AND e.grantee = 0
UNION ALL SELECT n.nspname FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) e
  WHERE n.nspname !~ '^(pg_catalog|information_schema)$' AND e.grantee = 0
UNION ALL SELECT d.datname FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) e
  WHERE d.datname = current_database() AND e.grantee = 0
UNION ALL SELECT p.proname FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) e
  WHERE e.grantee = 0 AND (p.oid >= 16384 AND p.prorettype <> 'trigger'::regtype
    OR p.proname IN ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_open', 'lo_put', 'lo_unlink', 'lowrite', 'lo_import'))
UNION ALL SELECT 'default' FROM pg_default_acl d, aclexplode(d.defaclacl) e WHERE e.grantee = 0"""
FACTS = """
SELECT r.rolname, r.rolcanlogin, r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls
  OR r.rolinherit AS strong,
  has_database_privilege(r.oid, current_database(), 'CONNECT') AS comes_in,
  has_database_privilege(r.oid, current_database(), 'CREATE') OR has_schema_privilege(r.oid, 'public', 'CREATE') AS makes,
  has_database_privilege(r.oid, current_database(), 'TEMP') AS makes_temporary,
  array(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid) AS groups
FROM pg_roles r WHERE r.rolname = ANY($1::text[])"""


class Side(NamedTuple):
    """One stack's migrated database, as the superuser sees it."""

    stack: str
    plan: migrating.Plan
    database: stacks.StackDatabase
    connection: Any


@pytest.fixture(params=["customer", "execution"])
async def side(
    request: pytest.FixtureRequest, servers: embedded.Servers, customer_template: str, execution_template: str
) -> AsyncIterator[Side]:
    stack: str = request.param
    async with servers.copied({"customer": customer_template, "execution": execution_template}[stack]) as name:
        database = stacks.StackDatabase(name, stacks.PLANS[stack]._replace(database=name), servers)
        connection = await database.superuser()
        yield Side(stack, database.plan, database, connection)
        await connection.close()


async def actual(side: Side) -> Matrix:
    matrix: Matrix = {}
    for role in side.plan.roles:
        held = matrix.setdefault(role, {})
        for name, privilege in await side.connection.fetch(ON_RELATIONS, role):
            held.setdefault(name, []).append(privilege)
    return ordered(matrix)


def written(plan: migrating.Plan) -> Matrix:
    """What the files say, read without the database."""
    matrix: Matrix = {role: {} for role in plan.roles}
    for role in plan.roles:
        for statement in migrating.statements((plan.grants / f"{role}.sql").read_text("utf-8")):
            found = STATEMENT.fullmatch(statement)
            assert found, statement
            assert found["role"] == role, f"{role}.sql grants to another role"
            for name in found["names"].split(", "):
                matrix[role].setdefault(name, []).extend(
                    re.sub(r"\((.*)\)", _sorted_columns, privilege) for privilege in PRIVILEGE.findall(found["what"])
                )
    return ordered(matrix)


def _sorted_columns(found: "re.Match[str]") -> str:
    return f"({', '.join(sorted(found[1].split(', ')))})"


def ordered(matrix: Matrix) -> Matrix:
    return {role: {name: sorted(matrix[role][name]) for name in sorted(matrix[role])} for role in sorted(matrix)}


async def test_every_role_holds_what_its_file_says_and_nothing_else(side: Side) -> None:
    assert await actual(side) == written(side.plan)


async def test_the_matrix_is_the_reviewed_one(side: Side) -> None:
    found = {role: {name: ", ".join(held[name]) for name in held} for role, held in (await actual(side)).items()}
    golden = json.loads(GOLDEN.read_text("utf-8")) if GOLDEN.exists() else {}
    if os.environ.get("REGENERATE_GOLDEN"):
        GOLDEN.write_text(json.dumps(golden | {side.stack: found}, indent=2, sort_keys=True) + "\n", "utf-8")
    assert json.loads(GOLDEN.read_text("utf-8"))[side.stack] == found


async def test_the_log_is_written_once_by_everybody(side: Side) -> None:
    for role, held in (await actual(side)).items():
        for table in TABLES[side.stack].APPEND_ONLY:
            words = {privilege.split(" ")[0] for privilege in held.get(table, [])}
            assert words <= {"SELECT", "INSERT"} | ({"MAINTAIN"} if role.endswith("_operator") else set())


async def test_an_auditor_only_reads(side: Side) -> None:
    held = (await actual(side))[f"{side.stack}_auditor"]
    words = {privilege.partition(" ")[0] for privileges in held.values() for privilege in privileges}
    assert words == {"SELECT"}  # of single columns where the rest is none of an auditor's business
    assert set(TABLES[side.stack].METADATA.tables) <= set(held)


async def test_every_table_is_somebodys(side: Side) -> None:
    granted = {name for held in written(side.plan).values() for name in held}
    assert set(TABLES[side.stack].METADATA.tables) <= granted


async def test_no_role_is_strong_makes_anything_or_stands_in_for_another(side: Side) -> None:
    plan = side.plan
    facts = {
        row["rolname"]: row for row in await side.connection.fetch(FACTS, [plan.owner, plan.migrator, *plan.roles])
    }
    assert not any(row["strong"] for row in facts.values())
    assert [name for name, row in facts.items() if not row["rolcanlogin"]] == [plan.owner]
    assert {name: row["groups"] for name, row in facts.items() if row["groups"]} == {plan.migrator: [plan.owner]}
    for role in plan.roles:
        assert facts[role]["comes_in"]
        assert not facts[role]["makes"]
        assert not facts[role]["makes_temporary"]


async def test_nobody_is_a_member_of_a_process_role(side: Side) -> None:
    members = "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid WHERE r.rolname = ANY($1)"
    found = await side.connection.fetch(members, [side.plan.migrator, *side.plan.roles])
    assert found == []


async def test_everybody_has_nothing(side: Side) -> None:
    assert [row["place"] for row in await side.connection.fetch(OF_EVERYBODY)] == []


async def test_no_role_of_the_other_stack_comes_in(side: Side) -> None:
    (other,) = (plan for stack, plan in stacks.PLANS.items() if stack != side.stack)
    theirs = {other.owner, other.migrator, *other.roles}
    assert theirs.isdisjoint({side.plan.owner, side.plan.migrator, *side.plan.roles})
    assert not any(row["comes_in"] for row in await side.connection.fetch(FACTS, list(theirs)))


def test_each_role_has_its_file_and_there_is_no_other() -> None:
    for plan in stacks.PLANS.values():
        assert {path.name for path in plan.grants.iterdir()} == {f"{role}.sql" for role in plan.roles}


async def test_a_process_is_refused_what_its_role_lacks(side: Side) -> None:
    process = await asyncpg.connect(side.database.url(f"{side.stack}_worker"), ssl=False)
    for statement in (
        "CREATE TABLE people (id bigint)",
        "CREATE TEMP TABLE people (id bigint)",
        "CREATE SCHEMA people",
        "UPDATE audit_entry SET payload = payload",
        "DELETE FROM audit_seal",
        "TRUNCATE audit_entry",
        "INSERT INTO audit_entry (id, payload) VALUES (1, '')",
        "INSERT INTO audit_entry (at, payload) VALUES (now(), '')",
        "SELECT setval('audit_entry_id', 1)",
        "SELECT lo_from_bytea(0, 'x')",
        "ALTER TABLE channel ADD name text",
        "UPDATE alembic_version SET version_num = ''",
        f'SET ROLE "{side.plan.owner}"',
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await process.execute(statement)
    await process.close()
