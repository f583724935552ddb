"""The ledger against the reference: the same commands to both, and the same answers and balances expected after each.

Every run of the machine has accounts and ids of its own in one shared database, so that nothing has to be cleared up.
Ids, amounts and times come from small pools, so that they meet.
"""

import asyncio
import collections
import dataclasses
import itertools
import random  # noqa: TID251 -- seeded by hypothesis
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import stateful
from hypothesis import strategies as st

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from customer_stack.ledger import model
from customer_stack.ledger.model import status
from customer_stack.ledger.rules import reference
from customer_stack.ledger.service import accounts, posting

START = datetime(2026, 1, 1, tzinfo=UTC)
F, A = model.Flag, model.AccountFlag
ACCOUNTS = (
    (1, A.DEBITS_MUST_NOT_EXCEED_CREDITS),
    (1, A.CREDITS_MUST_NOT_EXCEED_DEBITS),
    (1, A.NONE),
    (1, A.HISTORY),
    (2, A.NONE),
    (2, A.DEBITS_MUST_NOT_EXCEED_CREDITS),
)


@dataclasses.dataclass
class Shared:
    """The database that the runs of one machine share, and the loop that it lives on."""

    loop: asyncio.AbstractEventLoop
    db: transaction.Database
    runs: "itertools.count[int]" = dataclasses.field(default_factory=lambda: itertools.count(1))

    seen: "collections.Counter[status.Status]" = dataclasses.field(default_factory=collections.Counter)

    def run(self, work: Callable[[transaction.Tx], Any]) -> Any:
        return self.loop.run_until_complete(self.db.run("test", work))


AMOUNTS = (0, 1, 2, 5, 10, 30)
STRANGE = (-1, model.AMOUNT_MAX, model.AMOUNT_MAX - 5, model.AMOUNT_MAX + 1)
CHANGES: tuple[dict[str, Any], ...] = (
    {}, {}, {"flags": int(F.PENDING)}, {"debit": model.NIL}, {"credit": model.ID_MAX}, {"amount": 3}, {"asset": 2},
    {"code": 7}, {"code": 0}, {"asset": 0}, {"timeout": 1}, {"tag64": 3}, {"tag32": 3}, {"reference": UUID(int=5)},
    {"id": model.NIL}, {"id": model.ID_MAX}, {"timestamp": 1}, {"flags": int(F.EXPIRE)}, {"flags": int(F.IMPORTED)},
    {"pending_id": model.ID_MAX}, {"timeout": 1 << 40}, *({"amount": each} for each in STRANGE),
    {"flags": int(F.POST | F.VOID)}, {"flags": int(F.CLOSING_DEBIT)}, {"flags": int(F.VOID), "pending_id": UUID(int=1)},
)  # fmt: skip
"""What makes a transfer that was right, or one that is known, into another."""


class Composer:
    """Makes transfers that mean something in the books as they are: hypothesis gives the seed, not every field."""

    def __init__(self, books: reference.Books, accounts_: list[UUID], now: datetime, prefix: int) -> None:
        self.books = books
        self.accounts = accounts_
        self.now = now
        self.prefix = prefix

    def batch(self, chance: random.Random) -> list[model.Transfer]:
        found: list[model.Transfer] = []
        for _ in range(chance.randint(1, 10)):
            made = self.one(chance, found)
            linked = chance.random() < 0.15
            found.append(reference.replace(made, flags=made.flags | 1) if linked else made)
        if chance.random() < 0.9 and found[-1].flags & 1:
            found[-1] = reference.replace(found[-1], flags=found[-1].flags & ~1)
        return found

    def one(self, chance: random.Random, batch: list[model.Transfer]) -> model.Transfer:
        kinds = [self.move] * 9 + [self.end] * 6 + [self.again, self.again, self.reversal, self.expecting, self.dated]
        made = chance.choice(kinds)(chance, batch)
        if chance.random() < 0.08:
            made = reference.replace(made, **chance.choice(CHANGES))
        return made

    def fresh(self, chance: random.Random) -> UUID:
        return UUID(int=self.prefix << 64 | chance.getrandbits(9) + 1)

    def move(self, chance: random.Random, _batch: list[model.Transfer]) -> model.Transfer:
        debit, credit = chance.sample(self.accounts[:4] if chance.random() < 0.8 else self.accounts, 2)
        if chance.random() < 0.02:
            credit = UUID(int=77)
        flags = chance.choice(
            (0, 0, 0, 0, 0, F.PENDING, F.PENDING, F.PENDING, F.BALANCING_DEBIT, F.BALANCING_CREDIT, F.RECORDED,
             F.PENDING | F.RECORDED, F.PENDING | F.BALANCING_DEBIT, F.BALANCING_DEBIT | F.BALANCING_CREDIT)
        )  # fmt: skip
        if chance.random() < 0.04:
            flags = F.PENDING | chance.choice((F.CLOSING_DEBIT, F.CLOSING_CREDIT))
        timeout = chance.choice((0, 0, 1, 2, 3)) if flags & F.PENDING else 0
        asset = 1 if debit in self.accounts[:4] else 2
        return model.Transfer(
            self.fresh(chance), debit, credit, chance.choice(AMOUNTS), asset, 1, int(flags), timeout=timeout
        )

    def end(self, chance: random.Random, batch: list[model.Transfer]) -> model.Transfer:
        waiting = [*self.books.pending, *(each.id for each in batch if each.flags & F.PENDING)]
        pending = chance.choice(waiting) if waiting and chance.random() < 0.95 else self.fresh(chance)
        known = self.books.transfers.get(pending)
        post = chance.random() < 0.6
        amount = chance.choice((model.AMOUNT_MAX, 0, 1, 5) if post else (0, 0, known.amount if known else 2, 3))
        made = model.Transfer(
            self.fresh(chance), model.NIL, model.NIL, amount, 0, 0, int(F.POST if post else F.VOID), pending
        )
        if known and chance.random() < 0.3:
            made = reference.replace(made, debit=known.debit, credit=known.credit, asset=known.asset, code=known.code)
        return made

    def again(self, chance: random.Random, batch: list[model.Transfer]) -> model.Transfer:
        """An id that was used, for the same or for something else."""
        known = list(self.books.transfers.values()) + batch
        if self.books.failed and chance.random() < 0.3:
            failed = chance.choice(sorted(self.books.failed))
            return reference.replace(self.move(chance, batch), id=failed)
        return reference.replace(chance.choice(known), **chance.choice(CHANGES)) if known else self.move(chance, batch)

    def reversal(self, chance: random.Random, batch: list[model.Transfer]) -> model.Transfer:
        known = list(self.books.transfers.values())
        if not known:
            return self.move(chance, batch)
        original = chance.choice(known)
        return model.Transfer(
            self.fresh(chance), original.credit, original.debit, original.amount + (chance.random() < 0.1),
            original.asset, 1, reverses=original.id if chance.random() < 0.95 else self.fresh(chance),
        )  # fmt: skip

    def expecting(self, chance: random.Random, batch: list[model.Transfer]) -> model.Transfer:
        made = chance.choice((self.move, self.end))(chance, batch)
        account = chance.choice((made.debit, made.credit, self.accounts[0]))
        seen = self.books.accounts.get(account)
        version = seen.version + (chance.random() < 0.2) if seen and chance.random() < 0.7 else None
        balance = seen.total + (chance.random() < 0.2) if seen and chance.random() < 0.7 else None
        return reference.replace(made, expect=model.Expectation(account, version, balance))

    def dated(self, chance: random.Random, batch: list[model.Transfer]) -> model.Transfer:
        days = chance.choice((-100, -92, -3, 0, 3, 92, 93))
        return reference.replace(self.move(chance, batch), effective_at=self.now + timedelta(days=days))


class Ledger(stateful.RuleBasedStateMachine):
    """Subclassed with `shared` by whoever runs it."""

    shared: Shared

    def __init__(self) -> None:
        super().__init__()
        self.run_number = next(self.shared.runs)
        self.ids = ids.SeededIds(self.run_number)
        self.books = reference.Books()
        self.now = START
        self.accounts = [self.ids.ref() for _ in ACCOUNTS]
        wanted = [
            model.Account(id_, asset, int(model.Kind.PAYABLE), int(flags))
            for id_, (asset, flags) in zip(self.accounts, ACCOUNTS, strict=True)
        ]
        expected = self.books.create_accounts(wanted)
        assert self.shared.run(lambda tx: accounts.open_all(tx, wanted)) == expected

    @stateful.initialize(amount=st.sampled_from([0, 20, 100]))
    def fund(self, amount: int) -> None:
        """Accounts that start empty refuse almost everything."""
        for number, (debit, credit, asset) in enumerate(((2, 0, 1), (1, 3, 1), (4, 5, 2))):
            id_ = UUID(int=self.run_number << 64 | 1000 + number)
            self.posted([model.Transfer(id_, self.accounts[debit], self.accounts[credit], amount, asset, 1)])

    @stateful.rule(seed=st.integers(0, (1 << 32) - 1))
    def post(self, seed: int) -> None:
        chance = random.Random(seed)
        self.posted(Composer(self.books, self.accounts, self.now, self.run_number).batch(chance))

    def posted(self, wanted: list[model.Transfer]) -> None:
        expected = self.books.create_transfers(wanted, self.now)
        results = self.shared.run(lambda tx: posting.post(tx, wanted, self.now))
        assert [result.status for result in results] == expected
        self.shared.seen.update(expected)

    @stateful.rule(seconds=st.integers(1, 3))
    def pass_time(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.books.expire(self.now)
        self.shared.run(lambda tx: posting.expire(tx, self.now, self.ids))

    @stateful.invariant()
    def the_books_agree(self) -> None:
        found = self.shared.run(lambda tx: accounts.some(tx, self.accounts))
        assert {id_: comparable(each) for id_, each in found.items()} == {
            id_: comparable(each) for id_, each in self.books.accounts.items()
        }

    def teardown(self) -> None:
        """Nothing of this run stays due for the next one."""
        self.shared.run(lambda tx: posting.expire(tx, self.now + timedelta(days=1), self.ids))


def comparable(account: model.Account) -> tuple[int, ...]:
    return (
        account.flags, account.version, account.debits_pending, account.debits_posted, account.credits_pending,
        account.credits_posted,
    )  # fmt: skip
