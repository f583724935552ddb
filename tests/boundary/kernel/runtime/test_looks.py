"""Looks: statements that read, with no transaction around them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from boundary.kernel.runtime import transaction

Tx = transaction.Tx


async def add_note(tx: Tx) -> None:
    await tx.execute("INSERT INTO note (text) VALUES ('a')")


async def test_a_look_sees_the_present_and_refuses_whatever_would_write(db: transaction.Database, raw: Any) -> None:
    async def look(tx: Tx) -> tuple[Any, Any]:
        before = await tx.value("SELECT amount FROM account WHERE id = 1")
        await raw.execute("UPDATE account SET amount = 1 WHERE id = 1")
        return before, (await tx.fetch("SELECT amount FROM account WHERE id = 1"))[0]["amount"]

    assert await db.look("test.look", look) == (100, 1)
    note = sa.table("note", sa.column("text"))
    writes: list[Callable[[Tx], Awaitable[Any]]] = [
        add_note,
        lambda tx: tx.fetch("INSERT INTO note VALUES ('b') RETURNING text"),
        lambda tx: tx.row("UPDATE account SET amount = 2 RETURNING id"),
        lambda tx: tx.value("SELECT amount FROM account WHERE id = 1 FOR UPDATE"),
        lambda tx: tx.fetch(sa.select(note.c.text)),
        lambda tx: tx.insert(note, text="b"),  # type: ignore[arg-type]  # any table is refused
        lambda tx: tx.insert_many(note, ("text",), text=["b"]),  # type: ignore[arg-type]  # likewise
    ]
    for write in writes:
        with pytest.raises(AssertionError):
            await db.look("test.write", write)
    assert await raw.fetch("SELECT text FROM note") == []
    assert await db.read("test.after", lambda tx: tx.value("SELECT amount FROM account WHERE id = 1")) == 1


async def test_a_look_at_a_database_that_went_away_is_down(db: transaction.Database, raw: Any) -> None:
    async def look(tx: Tx) -> Any:
        await raw.execute("SELECT pg_terminate_backend($1)", await tx.value("SELECT pg_backend_pid()"))
        return await tx.value("SELECT 1")

    with pytest.raises(transaction.Down):
        await db.look("test.look", look)
    assert await db.look("test.again", lambda tx: tx.value("SELECT 1")) == 1
