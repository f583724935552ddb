"""Differences to be planted into a ledger by SQL: one unit, one row, one account. Written without the checker's knowledge.

Each says how it is made, how it is taken back, and where a checker should find it: at a row of the books, or at an
account. Triggers, foreign keys and checks are off meanwhile, as they are for whoever gets at the files.
"""

import random  # noqa: TID251 -- drawn from a printed seed
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

ROW_COLUMNS = ("amount", "released", "debits_pending", "debits_posted", "credits_pending", "credits_posted")
KEPT_COLUMNS = ("debits_pending", "debits_posted", "credits_pending", "credits_posted")
SETTING = "SET session_replication_role = replica"


class Plant(NamedTuple):
    """`seq` is the row where it must be found, if the row itself is wrong; otherwise one of `accounts` must be named."""

    kind: str
    make: str
    undo: str
    arguments: tuple[Any, ...]
    seq: int | None
    accounts: frozenset[UUID]


class Book(NamedTuple):
    """What there is to plant into."""

    rows: list[Any]
    accounts: list[Any]


async def look(connection: Any) -> Book:
    await connection.execute("DROP TABLE IF EXISTS saved_row; CREATE TABLE saved_row (LIKE ledger_transfer)")
    await connection.execute("DROP TABLE IF EXISTS saved_balance; CREATE TABLE saved_balance (LIKE ledger_balance)")
    for table, name in await connection.fetch(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c'"
        " AND conrelid IN ('ledger_transfer'::regclass, 'ledger_balance'::regclass)"
    ):
        await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    rows = await connection.fetch(
        "SELECT seq, id, debit, credit, asset FROM ledger_transfer WHERE debit IS NOT NULL ORDER BY seq"
    )
    return Book(rows, await connection.fetch("SELECT id, asset FROM ledger_account ORDER BY id"))


def unit_in_a_row(book: Book, chance: random.Random) -> Plant:
    row, column, by = chance.choice(book.rows), chance.choice(ROW_COLUMNS), chance.choice((1, -1))
    return Plant(
        f"{column} of a row {by:+}",
        f"UPDATE ledger_transfer SET {column} = {column} + ({by}) WHERE seq = $1",
        f"UPDATE ledger_transfer SET {column} = {column} - ({by}) WHERE seq = $1",
        (row["seq"],),
        row["seq"],
        frozenset({row["debit"], row["credit"]}),
    )


def unit_in_a_balance(book: Book, chance: random.Random) -> Plant:
    row, column, by = chance.choice(book.accounts), chance.choice(KEPT_COLUMNS), chance.choice((1, -1))
    return Plant(
        f"{column} of a balance {by:+}",
        f"UPDATE ledger_balance SET {column} = {column} + ({by}) WHERE account = $1",
        f"UPDATE ledger_balance SET {column} = {column} - ({by}) WHERE account = $1",
        (row["id"],),
        None,
        frozenset({row["id"]}),
    )


def row_gone(book: Book, chance: random.Random) -> Plant:
    row = chance.choice(book.rows)
    return Plant(
        "a row gone",
        "WITH gone AS (DELETE FROM ledger_transfer WHERE seq = $1 RETURNING *) INSERT INTO saved_row SELECT * FROM gone",
        "WITH back AS (DELETE FROM saved_row WHERE seq = $1 RETURNING *) INSERT INTO ledger_transfer SELECT * FROM back",
        (row["seq"],),
        None,
        frozenset({row["debit"], row["credit"]}),
    )


def row_too_many(book: Book, chance: random.Random) -> Plant:
    row = chance.choice(book.rows)
    return Plant(
        "a row too many",
        "INSERT INTO ledger_transfer (seq, posted_at, id, debit, credit, asset, code, flags, amount, debits_pending,"
        " debits_posted, credits_pending, credits_posted) SELECT (SELECT max(seq) + 1 FROM ledger_transfer),"
        " (SELECT max(posted_at) FROM ledger_transfer), gen_random_uuid(), debit, credit, asset, 9, 0, 1, debits_pending,"
        " debits_posted, credits_pending, credits_posted FROM ledger_transfer WHERE seq = $1",
        "DELETE FROM ledger_transfer WHERE seq = (SELECT max(seq) FROM ledger_transfer) AND $1::bigint > 0 AND code = 9",
        (row["seq"],),
        None,
        frozenset({row["debit"], row["credit"]}),
    )


def another_account(book: Book, chance: random.Random) -> Plant:
    side = chance.choice(("debit", "credit"))
    row = chance.choice([each for each in book.rows if each["asset"] == 1])  # the other asset has two accounts only
    others = [
        each["id"]
        for each in book.accounts
        if each["asset"] == row["asset"] and each["id"] not in {row["debit"], row["credit"]}
    ]
    other = chance.choice(others)
    return Plant(
        f"another {side} account",
        f"UPDATE ledger_transfer SET {side} = $2 WHERE seq = $1 AND $3::uuid IS NOT NULL",
        f"UPDATE ledger_transfer SET {side} = $3 WHERE seq = $1 AND $2::uuid IS NOT NULL",
        (row["seq"], other, row[side]),
        None,
        frozenset({row["debit"], row["credit"], other}),
    )


def balance_gone(book: Book, chance: random.Random) -> Plant:
    row = chance.choice(book.accounts)
    return Plant(
        "a balance gone",
        "WITH gone AS (DELETE FROM ledger_balance WHERE account = $1 RETURNING *) INSERT INTO saved_balance SELECT * FROM gone",
        "WITH back AS (DELETE FROM saved_balance WHERE account = $1 RETURNING *) INSERT INTO ledger_balance SELECT * FROM back",
        (row["id"],),
        None,
        frozenset({row["id"]}),
    )


PLANTS: tuple[Callable[[Book, random.Random], Plant], ...] = (
    unit_in_a_row, unit_in_a_row, unit_in_a_row, unit_in_a_balance, unit_in_a_balance, row_gone, row_too_many,
    another_account, another_account, balance_gone,
)  # fmt: skip
