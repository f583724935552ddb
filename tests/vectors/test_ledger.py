"""TigerBeetle's tables: the same status for every transfer and account, and the same balances, as the reference says it.

Skipped are rows with the flag of imported events, which we do not offer, the look-ups in tables that need such rows,
and the `query_` lines. Transfers with a balancing flag run too.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from customer_stack.ledger import model
from customer_stack.ledger.model import views
from customer_stack.ledger.rules import reference
from customer_stack.ledger.service import accounts, posting, reading
from tests import stacks
from tests.vectors import tigerbeetle

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def load(vectors: Path) -> list[tigerbeetle.Table]:
    return tigerbeetle.tables(vectors / "ledger" / "tigerbeetle_tables.json")


def after(words: list[str], now: datetime) -> datetime:
    if words[0].startswith("-"):
        return reference.TIME_MAX - timedelta(seconds=int(words[0][1:]))
    return now + timedelta(seconds=int(words[0]) if words[1] == "seconds" else 0)


def test_the_skipped_lines_are_these_and_no_other(vectors: Path) -> None:
    found = load(vectors)
    plain = [
        each
        for each, _ in tigerbeetle.ran(found)
        if not each.flags & (model.Flag.BALANCING_DEBIT | model.Flag.BALANCING_CREDIT)
    ]
    assert len(found) == 41
    assert len(plain) == 214
    for table in found:
        for line in table.skipped:
            assert "IMP" in line or line.startswith("query_") or table.name.startswith("imported events"), line


class Reference:
    """The reference model, driven by the tables."""

    def __init__(self) -> None:
        self.books = reference.Books()

    async def create_accounts(self, batch: list[model.Account]) -> list[Any]:
        return self.books.create_accounts(batch)

    async def create_transfers(self, batch: list[model.Transfer], now: datetime) -> list[Any]:
        return self.books.create_transfers(batch, now)

    async def expire(self, now: datetime) -> None:
        self.books.expire(now)

    async def set_up(self, id_: UUID, balances: list[int]) -> None:
        dp, dpo, cp, cpo = balances
        values = {"debits_pending": dp, "debits_posted": dpo, "credits_pending": cp, "credits_posted": cpo}
        self.books.accounts[id_] = msgspec.structs.replace(self.books.accounts[id_], **values)

    async def account(self, id_: UUID) -> model.Account | None:
        return self.books.accounts.get(id_)

    async def transfer(self, id_: UUID) -> model.Transfer | None:
        return self.books.transfers.get(id_)


class Database:
    """The service over PostgreSQL, driven by the tables."""

    def __init__(self, db: transaction.Database, superuser: Any) -> None:
        self.db = db
        self.superuser = superuser
        self.ids = ids.SeededIds(1)

    async def create_accounts(self, batch: list[model.Account]) -> list[Any]:
        return await self.db.run("t", lambda tx: accounts.open_all(tx, batch))

    async def create_transfers(self, batch: list[model.Transfer], now: datetime) -> list[Any]:
        results = await self.db.run("t", lambda tx: posting.post(tx, batch, now))
        assert [result.id for result in results] == [each.id for each in batch]
        return [result.status for result in results]

    async def expire(self, now: datetime) -> None:
        await self.db.run("t", lambda tx: posting.expire(tx, now, self.ids))

    async def set_up(self, id_: UUID, balances: list[int]) -> None:
        await self.superuser.execute(
            "UPDATE ledger_balance SET debits_pending = $2, debits_posted = $3, credits_pending = $4,"
            " credits_posted = $5 WHERE account = $1",
            id_,
            *map(Decimal, balances),
        )

    async def account(self, id_: UUID) -> model.Account | None:
        return (await self.db.read("t", lambda tx: accounts.some(tx, [id_]))).get(id_)

    async def transfer(self, id_: UUID) -> model.Transfer | None:
        found = await self.db.read("t", lambda tx: reading.transfers(tx, [id_]))
        return found[id_].transfer if id_ in found else None

    async def asked(self, step: tigerbeetle.Step) -> list[list[str]]:
        """What a `get_` line is answered, in the words of its table."""
        if step.verb == "get_change_events":
            return await self.change_events(step.what)
        account, u128, u64, u32, code, first, last, limit, debits, credits_, order = step.what
        filter_ = views.Filter(
            debits=debits == "DR",
            credits=credits_ == "CR",
            code=tigerbeetle.number(code) or None,
            reference=None if u128 == "_" else tigerbeetle.identity(u128),
            tag64=tigerbeetle.number(u64) or None,
            tag32=tigerbeetle.number(u32) or None,
            after=await self.place(first, -1),
            before=await self.place(last, 1),
            newest_first=order == "REV",
            limit=int(limit),
        )
        ask = reading.history if step.verb == "get_account_balances" else reading.movements
        found = await self.db.read("t", lambda tx: ask(tx, tigerbeetle.identity(account), filter_))
        if step.verb == "get_account_balances":
            return [[said(each.stored.transfer.id), *figures(each.balances)] for each in found]
        return [[said(each.stored.transfer.id)] for each in found]

    async def place(self, word: str, towards: int) -> int | None:
        """The place in the books next to a transfer, so that an exclusive bound includes it."""
        if word == "_":
            return None
        id_ = tigerbeetle.identity(word)
        every = await self.db.read("t", lambda tx: reading.changes(tx, 0, None, 100))
        seqs = [each.stored.seq for each in every]
        index = [each.stored.transfer.id for each in every].index(id_) + towards
        return seqs[index] if 0 <= index < len(seqs) else None

    async def change_events(self, words: list[str]) -> list[list[str]]:
        first, last, limit = words
        after, before = await self.place(first, -1), await self.place(last, 1)
        count = min(tigerbeetle.number(limit), 1000)
        found = await self.db.read("t", lambda tx: reading.changes(tx, after or 0, before, count))
        return [event(each) for each in found]


KINDS = {model.Flag.PENDING: "PEN", model.Flag.POST: "POS", model.Flag.VOID: "VOI", model.Flag.EXPIRE: "EXP"}


def spoken(line: list[str]) -> list[str]:
    """One line of the tables calls the credited account A and not C."""
    return [*line[:10], f"C{line[10][1:]}", *line[11:]] if len(line) > 10 else line


def said(id_: UUID, letter: str = "T") -> str:
    return f"{letter}{id_.int}"


def figures(balances: views.Balances) -> list[str]:
    return [str(value) for value in msgspec.structs.astuple(balances)]


def event(change: views.Change) -> list[str]:
    """An event's line. An expiry has no transfer of its own there, but ours has an id as every row does."""
    t = change.stored.transfer
    kind = next((name for flag, name in KINDS.items() if t.flags & flag), "_")
    return [
        kind,
        "_" if kind == "EXP" else said(t.id),
        str(t.amount),
        said(t.pending_id) if t.pending_id != model.NIL else "_",
        said(t.debit, "D"),
        *figures(change.debit),
        "CLSD" if change.debit_closed else "_",
        said(t.credit, "C"),
        *figures(change.credit),
        "CLSD" if change.credit_closed else "_",
    ]


class Run:
    """One table put to one ledger."""

    def __init__(self, subject: Reference | Database) -> None:
        self.subject = subject
        self.now = NOW

    async def step(self, step: tigerbeetle.Step) -> None:
        words: Any = step.what
        match step.verb:
            case "create_accounts":
                agree(step, await self.subject.create_accounts(words))
            case "create_transfers":
                agree(step, await self.subject.create_transfers(words, self.now))
            case "tick":
                self.now = after(words, self.now)
                await self.subject.expire(self.now)
            case "setup":
                await self.subject.set_up(tigerbeetle.identity(words[0]), [*map(tigerbeetle.number, words[1:5])])
            case "lookup_account":
                self.compare(words, await self.subject.account(tigerbeetle.identity(words[0])))
            case "lookup_transfer":
                found = await self.subject.transfer(tigerbeetle.identity(words[0]))
                if words[1] == "exists":
                    assert (found is not None) == (words[2] == "true"), words
                else:
                    assert found is not None
                    assert found.amount == tigerbeetle.number(words[2]), words
            case _ if isinstance(self.subject, Database):
                assert await self.subject.asked(step) == [spoken(line) for line in step.expected], step

    def compare(self, words: list[str], found: model.Account | None) -> None:
        if words[1] == "_":
            assert found is None, words
            return
        assert found is not None
        balances = [found.debits_pending, found.debits_posted, found.credits_pending, found.credits_posted]
        assert balances == [tigerbeetle.number(word) for word in words[1:5]], (words, found)
        assert bool(found.flags & model.AccountFlag.CLOSED) == (words[5] == "CLSD"), words


def agree(step: tigerbeetle.Step, answers: list[Any]) -> None:
    assert len(answers) == len(step.expected)
    for each, answer, expected in zip(step.what, answers, step.expected, strict=True):
        assert expected in {None, answer.value}, (each, answer, expected)


@pytest.mark.parametrize("index", range(41))
async def test_the_reference_agrees_with_every_table(index: int, vectors: Path) -> None:
    run = Run(Reference())
    for step in load(vectors)[index].steps:
        await run.step(step)


@pytest.mark.parametrize("index", range(41))
async def test_the_ledger_agrees_with_every_table(
    index: int, vectors: Path, customer_db: transaction.Database, customer_schema: stacks.StackDatabase
) -> None:
    superuser = await customer_schema.superuser()
    run = Run(Database(customer_db, superuser))
    for number in range(1, 10):
        asset = model.Asset(number, f"L{number}", 0, model.AssetKind.CURRENCY)
        await customer_db.run("t", lambda tx, asset=asset: accounts.add_asset(tx, asset))
    try:
        for step in load(vectors)[index].steps:
            await run.step(step)
    finally:
        await superuser.close()
