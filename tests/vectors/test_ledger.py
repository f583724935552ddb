"""TigerBeetle's tables: the same status for every transfer and account, and the same balances, as the reference says it.

Skipped are rows with the flag of imported events, which we do not offer, the look-ups in tables that need such rows,
and the `query_` lines. Transfers with a balancing flag run too.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from customer_stack.ledger import model
from customer_stack.ledger.rules import reference
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


class Subject:
    """The reference model, driven by the tables."""

    def __init__(self) -> None:
        self.books = reference.Books()
        self.now = NOW

    def run(self, step: tigerbeetle.Step) -> None:
        words: Any = step.what
        match step.verb:
            case "create_accounts":
                self.agree(step, self.books.create_accounts(words))
            case "create_transfers":
                self.agree(step, self.books.create_transfers(words, self.now))
            case "tick":
                self.now = after(words, self.now)
                self.books.expire(self.now)
            case "setup":
                id_ = tigerbeetle.identity(words[0])
                dp, dpo, cp, cpo = map(tigerbeetle.number, words[1:5])
                account = self.books.accounts[id_]
                values = {"debits_pending": dp, "debits_posted": dpo, "credits_pending": cp, "credits_posted": cpo}
                self.books.accounts[id_] = reference.replace(account, **values)
            case "lookup_account":
                self.lookup_account(words)
            case "lookup_transfer":
                found = self.books.transfers.get(tigerbeetle.identity(words[0]))
                if words[1] == "exists":
                    assert (found is not None) == (words[2] == "true"), words
                else:
                    assert found is not None
                    assert found.amount == tigerbeetle.number(words[2]), words

    def agree(self, step: tigerbeetle.Step, answers: list[Any]) -> None:
        assert len(answers) == len(step.expected)
        for each, answer, expected in zip(step.what, answers, step.expected, strict=True):
            assert expected in {None, answer.value}, (each, answer, expected)

    def lookup_account(self, words: list[str]) -> None:
        found = self.books.accounts.get(tigerbeetle.identity(words[0]))
        if words[1] == "_":
            assert found is None, words
            return
        assert found is not None
        balances = [found.debits_pending, found.debits_posted, found.credits_pending, found.credits_posted]
        assert balances == [tigerbeetle.number(word) for word in words[1:5]], (words, found)
        assert bool(found.flags & model.AccountFlag.CLOSED) == (words[5] == "CLSD"), words


@pytest.mark.parametrize("index", range(41))
def test_the_reference_agrees_with_every_table(index: int, vectors: Path) -> None:
    table = load(vectors)[index]
    subject = Subject()
    for step in table.steps:
        subject.run(step)
