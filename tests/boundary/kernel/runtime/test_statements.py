"""SQLAlchemy statements become `$n` text with their arguments in order, and run as such on a real PostgreSQL."""

import enum
import uuid
from datetime import UTC, datetime
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import statements, transaction

METADATA = sa.MetaData()
ACCOUNT = sa.Table("account", METADATA, sa.Column("id", sa.Integer), sa.Column("amount", sa.Integer))
NOTE = sa.Table("note", METADATA, sa.Column("id", sa.BigInteger), sa.Column("text", sa.Text))


def test_arguments_stand_in_the_order_of_the_text_whatever_order_they_are_given_in() -> None:
    statement = statements.compiled(
        sa.select(ACCOUNT.c.id).where(
            ACCOUNT.c.amount > sa.bindparam("least"), ACCOUNT.c.id != sa.bindparam("not_this")
        )
    )
    assert statement.text.index("$1") < statement.text.index("$2")
    assert statement.arguments({"not_this": 2, "least": 1}) == [1, 2]


def test_a_parameter_that_stands_twice_is_sent_once() -> None:
    both = sa.bindparam("n", type_=sa.Integer)
    statement = statements.compiled(sa.select(ACCOUNT.c.id).where((ACCOUNT.c.amount > both) | (ACCOUNT.c.id > both)))
    assert statement.text.count("$1") == 2
    assert "$2" not in statement.text
    assert statement.arguments({"n": 1}) == [1]


def test_values_written_into_a_statement_go_along_and_can_be_replaced() -> None:
    statement = statements.compiled(
        sa.select(ACCOUNT.c.id).where(ACCOUNT.c.amount > 5, ACCOUNT.c.id == sa.bindparam("n"))
    )
    assert statement.arguments({"n": 1}) == [5, 1]


def test_a_value_that_is_computed_is_computed() -> None:
    statement = statements.compiled(sa.select(sa.bindparam("n", callable_=lambda: 7, type_=sa.Integer)))
    assert statement.arguments({}) == [7]


@pytest.mark.parametrize("values", [{}, {"n": 1, "m": 2}, {"m": 1}])
def test_a_missing_or_unknown_argument_is_an_error_of_the_program(values: dict[str, object]) -> None:
    statement = statements.compiled(sa.select(ACCOUNT.c.id).where(ACCOUNT.c.id == sa.bindparam("n")))
    with pytest.raises((TypeError, KeyError)):
        statement.arguments(values)


def test_in_is_refused_because_its_text_depends_on_the_length() -> None:
    with pytest.raises(ValueError, match="ANY"):
        statements.compiled(sa.select(ACCOUNT.c.id).where(ACCOUNT.c.id.in_([1, 2])))


def test_a_statement_is_compiled_once() -> None:
    statement = sa.select(ACCOUNT.c.id)
    assert statements.compiled(statement) is statements.compiled(statement)
    assert statements.insert(NOTE, ("text",)) is statements.insert(NOTE, ("text",))


def test_statements_that_look_alike_keep_their_own_values() -> None:
    five, six = (sa.select(ACCOUNT.c.id).where(ACCOUNT.c.amount == amount) for amount in (5, 6))
    assert statements.compiled(five).text == statements.compiled(six).text
    assert statements.compiled(five).arguments({}) == [5]
    assert statements.compiled(six).arguments({}) == [6]


def test_names_are_quoted() -> None:
    table = sa.Table("order", sa.MetaData(schema="odd"), sa.Column("select", sa.Integer))
    assert statements.insert_many(table, ("select",), ("int",)) == (
        'INSERT INTO "odd"."order" ("select") SELECT * FROM unnest($1::int[])'
    )


class State(enum.StrEnum):
    OPEN = "open"


async def test_every_kind_of_value_goes_through_the_driver_and_comes_back(db: transaction.Database) -> None:
    moment, ref = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), uuid.UUID(int=5)
    statement = sa.select(
        sa.bindparam("ref", type_=sa.Uuid()),
        sa.bindparam("at", type_=postgresql.TIMESTAMP(timezone=True)),
        sa.bindparam("data", type_=postgresql.BYTEA()),
        sa.bindparam("big", type_=sa.BigInteger()),
        sa.bindparam("state", type_=sa.Text()),
        sa.bindparam("none", type_=sa.Text()),
        sa.bindparam("many", type_=postgresql.ARRAY(sa.Integer)),
    )
    row = await db.run(
        "test.types",
        lambda tx: tx.row(
            statement, ref=ref, at=moment, data=b"\0\xff", big=2**62, state=State.OPEN, none=None, many=[3, 1]
        ),
    )
    assert tuple(row or ()) == (ref, moment, b"\0\xff", 2**62, "open", None, [3, 1])


async def test_rows_are_counted_fetched_and_inserted(db: transaction.Database) -> None:
    raise_all = sa.update(ACCOUNT).values(amount=ACCOUNT.c.amount + sa.bindparam("by"))

    async def work(tx: transaction.Tx) -> list[Any]:
        await tx.insert(NOTE, text="one")
        await tx.insert_many(NOTE, ("text",), text=["two", "three", 'it\'s "quoted" $1'])
        return [
            await tx.execute(raise_all, by=5),
            await tx.execute("DELETE FROM account WHERE id = $1", 99),
            await tx.execute("SET LOCAL work_mem = '1MB'"),
            [row["text"] for row in await tx.fetch(sa.select(NOTE.c.text).order_by(NOTE.c.id))],
            await tx.value(sa.select(ACCOUNT.c.amount).where(ACCOUNT.c.id == sa.bindparam("n")), n=1),
            await tx.row("SELECT 1 WHERE false"),
        ]

    assert await db.run("test.rows", work) == [
        *(2, 0, 0),
        ["one", "two", "three", 'it\'s "quoted" $1'],
        *(105, None),
    ]


@hypothesis.given(st.text(st.characters(exclude_characters="\0", codec="utf-8")))
def test_no_value_ever_becomes_text_of_a_statement(value: str) -> None:
    marked = f"zqxj{value}"
    statement = statements.compiled(sa.select(NOTE.c.id).where(NOTE.c.text == marked))
    assert "zqxj" not in statement.text
    assert statement.arguments({}) == [marked]
