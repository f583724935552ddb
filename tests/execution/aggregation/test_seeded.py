"""Seeded floors: many intents, windows, fills, cancels, busts in any order; and what must hold whatever happens.

CI runs a few seeds; `./bulkhead faults` runs many, and longer.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from boundary.kernel import ids, primitives
from boundary.verify import allocation
from execution_stack.aggregation import model
from execution_stack.aggregation.service import exporting, withdrawing
from execution_stack.intents import model as intents
from tests.execution.aggregation.floor import SEED, Floor
from tests.stacks import StackDatabase

CHANNELS = [ids.SeededIds(99 + each).ref() for each in range(2)]


class Chance:
    """A seeded die."""

    def __init__(self, seed: int) -> None:
        self._ids = ids.SeededIds(seed)

    def below(self, bound: int) -> int:
        return int.from_bytes(self._ids.token(6), "big") % bound

    def pick(self, among: list[Any]) -> Any:
        return among[self.below(len(among))]


class Story:
    """One seeded run."""

    def __init__(self, floor: Floor, seed: int) -> None:
        self.floor, self.die = floor, Chance(seed)
        self.fills: list[Any] = []
        self.refs: set[Any] = set()
        self.sums: dict[Any, list[int]] = {}

    async def step(self) -> None:
        acts = [
            self.place,
            self.place,
            self.settle,
            self.settle,
            self.fill,
            self.fill,
            self.cancel,
            self.obey,
            self.end,
        ]
        await acts[self.die.below(len(acts))]()

    async def place(self) -> None:
        channel = self.die.pick(CHANNELS)
        wanted = [
            self.floor.terms(
                1 + self.die.below(50),
                limit_ticks=5_000 - self.die.below(2),
                side=self.die.pick(list(intents.Side)),
                time_in_force=self.die.pick(
                    [
                        intents.TimeInForce.UNTIL_CANCELLED,
                        intents.TimeInForce.UNTIL_CANCELLED,
                        intents.TimeInForce.AT_ONCE_OR_CANCEL,
                        intents.TimeInForce.ALL_OR_NOTHING,
                    ]
                ),
            )
            for _ in range(1 + self.die.below(5))
        ]
        await self.floor.place(channel, wanted)

    async def settle(self) -> None:
        await self.floor.settle()
        self.refs |= self.floor.venue.resting.keys()

    async def fill(self) -> None:
        resting = [(ref, each) for ref, each in self.floor.venue.resting.items() if each.left]
        if not resting:
            return
        ref, order = self.die.pick(sorted(resting, key=lambda each: each[0].int))
        lots = 1 + self.die.below(order.left)
        unit = order.outgoing.limit_ticks * 100
        slack = self.die.below(300) * lots + self.die.below(7)
        cost = lots * unit + (slack if order.outgoing.side is intents.Side.SELL else -slack)
        self.fills.append((ref, await self.floor.fill(ref, lots, cost, fee=self.die.below(10_000)), cost))

    async def cancel(self) -> None:
        if self.floor.wanted:
            channel, name = self.die.pick(sorted(self.floor.wanted, key=lambda key: (key[0].int, key[1])))
            answer = await self.floor.cancel(channel, name)
            assert isinstance(answer, withdrawing.Answer) or answer is intents.Refusal.TOO_LATE

    async def obey(self) -> None:
        if self.floor.venue.reductions:
            await self.floor.obey()

    async def end(self) -> None:
        over = sorted(ref for ref, each in self.floor.venue.resting.items() if not each.left)
        await self.floor.settle()
        waiting = {ref for ref, *_ in self.floor.venue.reductions}
        for ref in over:
            if ref in self.floor.venue.resting and ref not in waiting:
                await self._works(ref)
                await self.floor.end(ref)

    async def _works(self, ref: Any) -> None:
        state = await self.floor.superuser.fetchval("SELECT state::text FROM omnibus_order WHERE ref = $1", ref)
        if state == "leaving":
            await self.floor.works(ref)

    async def finish(self) -> None:
        """Until nobody wants anything any more: what rests is cancelled by the venue."""
        for _ in range(20):
            await self.settle()
            while self.floor.venue.reductions:
                await self.floor.obey()
                await self.settle()
            if not self.floor.venue.resting:
                return
            for ref in sorted(self.floor.venue.resting):
                await self._works(ref)
                await self.floor.settle()
                await self.floor.end(ref, model.Why.VENUE)
        raise AssertionError("orders keep coming")

    async def check(self, folder: Path) -> None:
        told = self.floor.ears.told
        for (channel, name), terms in self.floor.wanted.items():
            found = told[channel, name]
            assert found.filled + found.given_up == terms.lots, (name, terms, found)
            state = await self.floor.superuser.fetchval(
                "SELECT state::text FROM intent WHERE channel = $1 AND sequence = $2 AND position = $3",
                channel, name.sequence, name.position,
            )  # fmt: skip
            assert found.endings or state == "closed"
        for channel in CHANNELS:  # numbers of fills are dense
            numbers = sorted(n for (where, _), each in told.items() if where == channel for n in each.shares)
            assert numbers == list(range(1, len(numbers) + 1))
        await self._money()
        for ref in sorted(self.refs):
            document = await self.floor.worker.read("test.export", lambda tx, ref=ref: exporting.document(tx, ref))
            (folder / "order.json").write_text(json.dumps(document))
            key = primitives.ed25519_public(SEED).hex()
            assert allocation.main([str(folder / "order.json"), "--public-key", key]) == 0

    async def _money(self) -> None:
        """What the venue's fills cost is what the shares say, to the micro-dollar."""
        rows = await self.floor.superuser.fetch(
            "SELECT f.fill, o.side::text AS side, sum(a.lots)::bigint AS lots, sum(a.fee)::bigint AS fee, f.fee AS due, "
            "sum(a.lots * f.ticks * 100)::bigint AS stated, sum(a.improvement)::bigint AS better, f.lots AS all_lots "
            'FROM omnibus_fill f JOIN allocation a ON (a."order", a.fill) = (f."order", f.number) '
            'JOIN omnibus_order o ON o.ref = f."order" GROUP BY f.fill, o.side, f.fee, f.lots'
        )
        costs = {fill: cost for _, fill, cost in self.fills}
        assert len(rows) == len(self.fills)
        for row in rows:
            assert (row["lots"], row["fee"]) == (row["all_lots"], row["due"])
            improved = -row["better"] if row["side"] == "buy" else row["better"]
            assert row["stated"] + improved == costs[row["fill"]]


@pytest.fixture
async def story(execution_schema: StackDatabase, request: pytest.FixtureRequest) -> AsyncIterator[Story]:
    floor = await Floor.opened(execution_schema, request.param)
    yield Story(floor, request.param)
    await floor.closed()


@pytest.mark.parametrize("story", [11, 12, 13], indirect=True)
async def test_every_lot_and_every_cent_has_one_owner(story: Story, tmp_path: Path) -> None:
    for _ in range(40):
        await story.step()
    await story.finish()
    await story.check(tmp_path)


@pytest.mark.faults
@pytest.mark.parametrize("story", range(100, 140), indirect=True)
async def test_every_lot_and_every_cent_has_one_owner_at_length(story: Story, tmp_path: Path) -> None:
    for _ in range(400):
        await story.step()
    await story.finish()
    await story.check(tmp_path)
