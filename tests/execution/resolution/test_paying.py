"""Outcomes and payouts: each position once under a revision, and the sums are those of the holdings."""

import dataclasses
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from execution_stack.resolution import model, repo, service
from tests.stacks import StackDatabase

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
RANDOM = ids.SeededIds(3)
INSTRUMENT = RANDOM.ref()
CHANNELS = [RANDOM.ref() for _ in range(2)]
PEOPLE = [(CHANNELS[each % 2], RANDOM.ref()) for each in range(6)]


@dataclasses.dataclass
class Told:
    """`ports.Outbound`, as a customer stack keeps it."""

    decided_: list[model.Resolution] = dataclasses.field(default_factory=list)
    paid_: dict[tuple[uuid.UUID, uuid.UUID, int], model.Payout] = dataclasses.field(default_factory=dict)
    often: Counter[tuple[uuid.UUID, int]] = dataclasses.field(default_factory=Counter)

    async def decided(self, _tx: transaction.Tx, resolution: model.Resolution) -> None:
        self.decided_.append(resolution)

    async def paid(
        self, _tx: transaction.Tx, channel: uuid.UUID, resolution: model.Resolution, payouts: Sequence[model.Payout]
    ) -> None:
        for each in payouts:
            assert each.channel == channel
            key = (channel, each.participant, resolution.revision)
            assert key not in self.paid_, "nobody is paid twice under a revision"
            self.paid_[key] = each

    async def taken_back(
        self, _tx: transaction.Tx, channel: uuid.UUID, _i: uuid.UUID, revision: int, payouts: Sequence[model.Payout]
    ) -> None:
        for each in payouts:
            assert self.paid_.pop((channel, each.participant, revision)) == each

    @property
    def amounts(self) -> dict[uuid.UUID, int]:
        return {participant: each.amount for (_, participant, _), each in self.paid_.items()}


@dataclasses.dataclass
class House:
    db: transaction.Database
    told: Told
    superuser: Any

    async def buy(self, lots: Sequence[int], money: int = 40) -> None:
        trades = self.trades(lots, money)
        await self.db.run("test.buy", lambda tx: service.bought(tx, INSTRUMENT, trades))

    def trades(self, lots: Sequence[int], money: int = 40) -> list[model.Trade]:
        return [
            model.Trade(*person, count, count * money) for person, count in zip(PEOPLE, lots, strict=False) if count
        ]

    async def resolve(self, value: int | None) -> model.Resolution:
        return await self.db.run("test.resolve", lambda tx: service.resolve(tx, INSTRUMENT, value, NOW, self.told))

    async def pay(self) -> None:
        while await self.db.run("test.pay", lambda tx: service.pay(tx, self.told)):
            pass

    async def paid(self, *lots: int, each: int) -> None:
        """What everybody has in the end, in the order of people."""
        await self.pay()
        expected = {person: count * each for (_, person), count in zip(PEOPLE, lots, strict=False) if count}
        assert self.told.amounts == expected
        assert await self.superuser.fetchval("SELECT coalesce(sum(amount), 0) FROM payout WHERE NOT reversed") == sum(
            expected.values()
        )


@pytest.fixture
async def house(execution_schema: StackDatabase) -> AsyncIterator[House]:
    db = await execution_schema.connect("execution_worker")
    superuser = await execution_schema.superuser()
    yield House(db, Told(), superuser)
    await db.close()
    await superuser.close()


async def test_every_position_is_paid_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PIECE", 2)
    await house.buy([3, 1, 4, 1, 5])
    await house.buy([0, 0, 2, 0, 0, 6])
    decided = await house.resolve(100)
    assert (decided.revision, decided.kind) == (1, model.Kind.RESOLVED)
    await house.paid(3, 1, 6, 1, 5, 6, each=100)


async def test_what_was_sold_is_not_paid_and_nobody_sells_more_than_it_holds(house: House) -> None:
    await house.buy([3, 1, 4])
    await house.db.run("test.sell", lambda tx: service.sold(tx, INSTRUMENT, house.trades([1, 0, 4], 60)))
    for lots in ([9], [3, 1, 1], [0, 0, 0, 1]):
        with pytest.raises(model.TooMuch):
            await house.db.run("test.sell", lambda tx, lots=lots: service.sold(tx, INSTRUMENT, house.trades(lots)))
    await house.resolve(100)
    await house.paid(2, 1, each=100)


async def test_an_amended_outcome_takes_everything_back_and_pays_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PIECE", 2)
    await house.buy([3, 1, 4])
    await house.resolve(100)
    await house.db.run("test.pay", lambda tx: service.pay(tx, house.told))  # in the middle of paying
    decided = await house.resolve(0)
    assert (decided.revision, decided.kind) == (2, model.Kind.AMENDED)
    await house.paid(3, 1, 4, each=0)
    decided = await house.resolve(70)
    assert decided.revision == 3
    await house.paid(3, 1, 4, each=70)


async def test_a_voided_event_gives_everybody_back_what_it_cost(house: House) -> None:
    await house.buy([3, 1, 4], 41)
    await house.resolve(None)
    assert house.told.decided_[0].kind is model.Kind.VOIDED
    await house.paid(3, 1, 4, each=41)


async def test_the_same_outcome_again_is_refused(house: House) -> None:
    await house.resolve(100)
    with pytest.raises(model.AlreadyResolved):
        await house.resolve(100)
    assert len(house.told.decided_) == 1


async def test_a_fill_taken_back_after_the_payout_pays_everybody_anew(house: House) -> None:
    await house.buy([3, 1, 4])
    await house.resolve(100)
    await house.pay()
    trades = house.trades([0, 0, 4])
    await house.db.run("test.bust", lambda tx: service.took_back(tx, INSTRUMENT, trades, house.told, buying=True))
    await house.paid(3, 1, each=100)
    assert [each.revision for each in house.told.decided_] == [1, 2]


async def test_two_who_decide_at_once_make_two_revisions_in_a_row(
    execution_schema: StackDatabase, house: House
) -> None:
    await house.buy([1])
    other = await execution_schema.connect("execution_worker", size=1)
    await other.run("test.resolve", lambda tx: service.resolve(tx, INSTRUMENT, 5, NOW, house.told))
    await house.resolve(6)
    newest = await house.db.read("test.newest", lambda tx: repo.newest(tx, INSTRUMENT))
    assert newest is not None
    assert (newest.revision, newest.value) == (2, 6)
    await other.close()
    await house.paid(1, each=6)
