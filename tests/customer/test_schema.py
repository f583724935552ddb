"""Every column that the customer database really has is described: what it holds, why, and how long."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from customer_stack import schema, tables
from customer_stack.schema import Category, Purpose, Retention
from customer_stack.vault.adapters import opening
from tests import stacks

# Every kind of relation that can hold a value, in every schema that is not PostgreSQL's own. A partition has the columns
# of its parent.
LIVE = """
SELECT n.nspname::text AS schema, c.relname::text AS relation, a.attname::text AS attribute
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
ORDER BY 1, 2, 3"""
PLANTED = (
    "ALTER TABLE instrument ADD COLUMN planted text",
    "CREATE TABLE planted (name text)",
    "CREATE VIEW planted AS SELECT id FROM channel",
    "CREATE MATERIALIZED VIEW planted AS SELECT id FROM channel",
    "CREATE TYPE planted AS (name text)",
    "CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.channel (id uuid)",
    "CREATE TABLE planted (name text) PARTITION BY LIST (name)",
)


async def undescribed(connection: Any) -> set[tuple[str, str, str]]:
    """Columns of the live database of which nothing was said."""
    live = {(row["schema"], row["relation"], row["attribute"]) for row in await connection.fetch(LIVE)}
    return live - {("public", each.table, each.column) for each in schema.described(tables.METADATA)}


async def test_every_live_column_has_a_category(customer_schema: stacks.StackDatabase) -> None:
    connection = await customer_schema.superuser()
    found = await undescribed(connection)
    live = {(row["relation"], row["attribute"]) for row in await connection.fetch(LIVE)}
    await connection.close()
    assert found == set(), "say what they hold with schema.describe: see CONTRIBUTING.md, Say what a column holds"
    assert {(each.table, each.column) for each in schema.described(tables.METADATA)} == live


@pytest.mark.parametrize("statement", PLANTED)
async def test_a_column_that_nobody_described_is_found_wherever_it_is(
    customer_schema: stacks.StackDatabase, statement: str
) -> None:
    connection = await customer_schema.superuser()
    await connection.execute(statement)
    found = await undescribed(connection)
    await connection.close()
    assert len(found) == 1


async def test_who_re_encrypts_and_erases_may_do_so(customer_schema: stacks.StackDatabase) -> None:
    """The worker on every column that is declared as the vault's, the operator on those that an erasure overwrites."""
    cared_for = opening.columns(tables.METADATA)
    duties = [("customer_worker", each) for each in (*cared_for.sealed, *cared_for.blind)]
    duties += [("customer_operator", each) for each in cared_for.blind]
    connection = await customer_schema.superuser()
    refused = []
    for role, each in duties:
        for column, privilege in ((each.column, "SELECT"), (each.column, "UPDATE"), (each.subject, "SELECT")):
            if not await connection.fetchval(
                "SELECT has_column_privilege($1, $2, $3, $4)", role, each.table, column, privilege
            ):
                refused.append((role, each.table, column, privilege))
    await connection.close()
    assert refused == [], "GRANT SELECT (subject, column), UPDATE (column) in deploy/grants/customer"


def test_nothing_in_an_append_only_table_is_sealed() -> None:
    cared_for = opening.columns(tables.METADATA)
    assert {each.table for each in (*cared_for.sealed, *cared_for.blind)} & set(tables.APPEND_ONLY) == set()


def test_values_are_sealed_as_the_field_that_their_column_declares() -> None:
    """Elsewhere than in the declaration: with two spellings, the first rotation would find every value damaged."""
    root = Path(__file__).resolve().parents[2] / "customer_stack"
    text = "".join(path.read_text("utf-8") for path in root.rglob("*.py") if path.name != "tables.py")
    declared = [each.field for each in opening.columns(tables.METADATA).sealed]
    assert [field for field in declared if f'"{field}"' not in text] == []


async def test_what_the_vault_cares_for_can_be_found_by_subject(customer_schema: stacks.StackDatabase) -> None:
    """Re-encryption and erasure look rows up by subject: without an index each would read the whole table."""
    cared_for = opening.columns(tables.METADATA)
    connection = await customer_schema.superuser()
    led = {
        (row["relation"], row["leader"])
        for row in await connection.fetch(
            "SELECT c.relname::text AS relation, a.attname::text AS leader FROM pg_index i "
            "JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]"
        )
    }
    await connection.close()
    wanted = {(each.table, each.subject) for each in (*cared_for.sealed, *cared_for.blind)}
    assert wanted - led == set()


# ---- the declaration itself


def guest() -> sa.Table:
    return sa.Table("guest", sa.MetaData(), sa.Column("id", sa.Uuid()), sa.Column("email", schema.SEALED))


def test_a_name_that_is_no_column_is_refused() -> None:
    with pytest.raises(LookupError, match="e_mail"):
        schema.describe(guest(), schema.technical(), e_mail=schema.technical())


def test_a_sealed_column_names_a_subject_in_its_own_row() -> None:
    sealed = schema.sealed("guest.email", subject="owner", category=Category.CONTACT, purpose=Purpose.SERVICE)
    with pytest.raises(LookupError, match="owner"):
        schema.describe(guest(), schema.technical(), email=sealed)


def test_the_vault_learns_its_columns_from_the_tables() -> None:
    table = guest()
    schema.describe(
        table,
        schema.technical(),
        id=schema.handling(Category.PSEUDONYM, Purpose.SERVICE, Retention.ACCOUNT),
        email=schema.sealed("guest.email", subject="id", category=Category.CONTACT, purpose=Purpose.SERVICE),
    )
    found = opening.columns(table.metadata)
    assert [(each.table, each.column, each.subject, each.field) for each in found.sealed] == [
        ("guest", "email", "id", "guest.email")
    ]
    assert list(schema.rows(table.metadata))[1:] == [
        ("`guest`", "`id`", "pseudonym", "the contract with the person", "as long as the account", "clear"),
        (
            "`guest`",
            "`email`",
            "contact",
            "the contract with the person",
            "until the subject is erased",
            "sealed as `guest.email`",
        ),
    ]
