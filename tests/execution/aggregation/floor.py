"""A pool on a real database with a venue that fills as it likes, and a book of what every intent's owner was told."""

import asyncio
import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from boundary.kernel import clock, ids
from boundary.kernel.runtime import sealing, transaction
from execution_stack.aggregation import model, ports
from execution_stack.aggregation.service import gathering, hearing, leaving, manifesting, weighing, withdrawing
from execution_stack.allocation import model as allocation
from execution_stack.allocation import service as sharing
from execution_stack.instruments import model as instruments
from execution_stack.instruments import repo as instruments_repo
from execution_stack.intents import model as intents
from execution_stack.intents import repo as intents_repo
from execution_stack.intents import service as intake
from tests.stacks import StackDatabase

NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
SEED = bytes(range(32))
_UNSEALED = """
SELECT EXISTS (SELECT FROM audit_entry e WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id))"""


@dataclasses.dataclass
class Resting:
    """An order as the venue has it."""

    outgoing: model.Outgoing
    left: int
    filled: int = 0


@dataclasses.dataclass
class Venue:
    """`ports.Desk`: what it is told waits until the test lets the venue act."""

    resting: dict[UUID, Resting] = dataclasses.field(default_factory=dict)
    reductions: list[tuple[UUID, int]] = dataclasses.field(default_factory=list)

    async def place(self, _tx: transaction.Tx, order: model.Outgoing) -> None:
        assert order.ref not in self.resting, "no order leaves twice"
        self.resting[order.ref] = Resting(order, order.lots)

    async def reduce(self, _tx: transaction.Tx, order: UUID, *, by: int) -> None:
        self.reductions.append((order, by))

    async def cancel(self, _tx: transaction.Tx, order: UUID) -> None:
        raise AssertionError(f"nobody asks for all of {order} but as a reduction")


@dataclasses.dataclass
class Told:
    """What a customer stack knows of one intent."""

    working: list[bytes] = dataclasses.field(default_factory=list)
    shares: dict[int, allocation.Told] = dataclasses.field(default_factory=dict)
    endings: list[model.Ending] = dataclasses.field(default_factory=list)

    @property
    def filled(self) -> int:
        return sum(each.share.lots for each in self.shares.values())

    @property
    def given_up(self) -> int:
        return sum(each.lots for each in self.endings)


@dataclasses.dataclass
class Ears:
    """Both outbound ports, and who owns what."""

    told: dict[tuple[UUID, intents.Name], Told] = dataclasses.field(default_factory=lambda: defaultdict(Told))
    numbers: dict[UUID, int] = dataclasses.field(default_factory=lambda: defaultdict(int))
    held: dict[UUID, int] = dataclasses.field(default_factory=lambda: defaultdict(int))

    async def working(self, _tx: transaction.Tx, channel: UUID, names: Sequence[intents.Name], manifest: bytes) -> None:
        for name in names:
            self.told[channel, name].working.append(manifest)

    async def over(self, tx: transaction.Tx, channel: UUID, endings: Sequence[model.Ending]) -> None:
        for each in endings:
            self.told[channel, each.name].endings.append(each)
        await intake.ended(tx, [(channel, each.name, intents.State.CANCELLED) for each in endings])

    async def complete(self, tx: transaction.Tx, channel: UUID, names: Sequence[intents.Name]) -> None:
        await intake.ended(tx, [(channel, name, intents.State.CLOSED) for name in names])

    async def shared(self, _tx: transaction.Tx, channel: UUID, told: Sequence[allocation.Told]) -> int:
        first = self.numbers[channel] + 1
        for number, each in enumerate(told, start=first):
            name = intents.Name(each.epoch, each.sequence, each.position)
            self.told[channel, name].shares[number] = each
        self.numbers[channel] += len(told)
        return first

    async def reversed(self, _tx: transaction.Tx, channel: UUID, told: Sequence[int]) -> None:
        for number in told:
            (owner,) = [each for (where, _), each in self.told.items() if where == channel and number in each.shares]
            del owner.shares[number]

    async def traded(
        self,
        _tx: transaction.Tx,
        _order: UUID,
        recorded: allocation.Recorded,
        shares: Sequence[tuple[allocation.Weight, allocation.Share]],
    ) -> None:
        for weight, share in shares:
            self.held[weight.participant] += share.lots if recorded.reverses is None else -share.lots


class Floor:
    def __init__(self, gate: transaction.Database, worker: transaction.Database, superuser: Any, seed: int) -> None:
        self.gate, self.worker, self.superuser = gate, worker, superuser
        self.time = clock.ManualClock(NOW)
        self.ids = ids.SeededIds(seed)
        self.venue, self.ears = Venue(), Ears()
        self.around = ports.Around(self.venue, self.ears, self.ids, model.Limits(millis=50, members_max=1000))
        self.sharer = sharing.Sharer(sharing.Around(weighing.Members(self.ears), self.ears, self.ears))
        self.sealer = sealing.Sealer(worker, SEED, self.time)
        self.wanted: dict[tuple[UUID, intents.Name], intents.Terms] = {}
        self.sequence = 0
        self.instrument = instruments.Instrument(
            ref=self.ids.ref(),
            code=f"POOL-{seed}",
            route=instruments.Route.OMNIBUS,
            product=instruments.Product.EVENT_CONTRACT,
            state=instruments.State.LISTED,
            tick_size=100,
            lot_size=10_000,
            price_max=9_999,
            cap_lots=10**6,
            opens_at=NOW - timedelta(days=1),
            closes_at=NOW + timedelta(days=30),
            document=self.ids.token(32),
        )

    @classmethod
    async def opened(cls, schema: StackDatabase, seed: int) -> "Floor":
        floor = cls(
            await schema.connect("execution_gate"),
            await schema.connect("execution_worker"),
            await schema.superuser(),
            seed,
        )
        operator = await schema.connect("execution_operator", size=1)
        await operator.run("test.list", lambda tx: instruments_repo.add(tx, floor.instrument))
        await operator.close()
        return floor

    async def closed(self) -> None:
        await self.gate.close()
        await self.worker.close()
        await self.superuser.close()

    @property
    def pool(self) -> model.Pool:
        """Where intents go that say nothing else."""
        return model.Pool(self.instrument.ref, intents.Side.BUY.value, 5_000, model.Manner.RESTING)

    def terms(self, lots: int, **changes: Any) -> intents.Terms:
        fields = {
            "participant": self.ids.ref(),
            "instrument": self.instrument.ref,
            "side": intents.Side.BUY,
            "kind": intents.Kind.LIMIT,
            "time_in_force": intents.TimeInForce.UNTIL_CANCELLED,
            "limit_ticks": 5_000,
            "lots": lots,
            "cost_cap": 5_000 * 100 * lots,
            "expires_at": 0,
        }
        return intents.Terms(**fields | changes)

    async def place(self, channel: UUID, wanted: Sequence[intents.Terms]) -> list[intents.Name]:
        """As the gate does when it has accepted them."""
        self.sequence += 1
        names = [intents.Name(1, self.sequence, position) for position in range(len(wanted))]

        async def work(tx: transaction.Tx) -> None:
            await intents_repo.add(tx, channel, 1, self.sequence, list(enumerate(wanted)))
            joining = [(name, terms, terms.lots) for name, terms in zip(names, wanted, strict=True)]
            known = {self.instrument.ref: self.instrument}
            await gathering.join(tx, channel, joining, known, self.time.now(), self.ids, self.around.limits)

        await self.gate.run("test.place", work)
        self.wanted |= {(channel, name): terms for name, terms in zip(names, wanted, strict=True)}
        self.time.advance(timedelta(milliseconds=1))
        return names

    async def reduce(
        self, channel: UUID, wishes: dict[intents.Name, withdrawing.Wish]
    ) -> dict[intents.Name, withdrawing.Answer | intents.Refusal]:
        return await self.gate.run("test.reduce", lambda tx: withdrawing.reduce(tx, channel, wishes))

    async def cancel(self, channel: UUID, name: intents.Name) -> withdrawing.Answer | intents.Refusal:
        answers = await self.reduce(channel, {name: withdrawing.Wish(0, model.Reason.REQUESTED)})
        answer = answers[name]
        if isinstance(answer, withdrawing.Answer) and answer.at_once:  # the gate tells of this one itself
            self.ears.told[channel, name].endings.append(model.Ending(name, answer.lots, model.Why.REQUESTED))
        return answer

    async def settle(self, *, seals: bool = True) -> None:
        """Everything that this side can do without the venue."""
        self.time.advance(timedelta(milliseconds=60))
        moved: object = True
        while moved:
            moved = False
            while await self.worker.run("test.close", lambda tx: manifesting.close(tx, self.time.now())):
                moved = True
            await (self._sealed() if seals else self.sealer.seal())
            while await self.worker.run("test.leave", lambda tx: leaving.leave(tx, self.venue, self.time.now())):
                moved = True
            while await self.worker.run("test.revise", manifesting.revise):
                moved = True
            while await self.worker.run("test.share", self.sharer.next):
                moved = True
            while await self.worker.run("test.settle", self._settle):
                moved = True

    async def _sealed(self) -> None:
        """All that is written: a transaction of another database on this server may hold the watermark back a while."""
        async with asyncio.timeout(90):
            while await self.superuser.fetchval(_UNSEALED):
                await self.sealer.seal()

    async def _settle(self, tx: transaction.Tx) -> UUID | None:
        return await hearing.settle(tx, self.around, self.time.now())

    async def works(self, ref: UUID) -> None:
        await self.worker.run("test.works", lambda tx: hearing.working(tx, self.ears, ref))

    async def fill(self, ref: UUID, lots: int, cost: int, fee: int = 0) -> UUID:
        """The venue fills; recorded, and not shared until things settle."""
        resting = self.venue.resting[ref]
        assert lots <= resting.left, "a test's venue fills no more than it was asked for"
        resting.left -= lots
        resting.filled += lots
        fill = model.VenueFill(self.ids.ref(), lots, cost, fee, self.time.now())
        assert await self.worker.run("test.fill", lambda tx: hearing.filled(tx, self.around, ref, fill))
        assert not await self.worker.run("test.fill", lambda tx: hearing.filled(tx, self.around, ref, fill))
        return fill.ref

    async def take_back(self, fill: UUID) -> None:
        """The venue busts a trade."""
        work = lambda tx: sharing.reverse(tx, fill, self.time.now())  # noqa: E731 -- said twice, done once
        assert await self.worker.run("test.bust", work)
        assert not await self.worker.run("test.bust", work)

    async def obey(self) -> None:
        """The venue takes the oldest reduction it was asked for."""
        ref, by = self.venue.reductions.pop(0)
        version = await self.superuser.fetchval("SELECT version FROM omnibus_order WHERE ref = $1", ref)
        self.venue.resting[ref].left = max(self.venue.resting[ref].left - by, 0)
        await self.worker.run("test.obey", lambda tx: hearing.obeys(tx, ref, version))
        await self.settle()

    async def end(self, ref: UUID, why: model.Why | None = None) -> None:
        self.venue.resting.pop(ref)
        self.venue.reductions = [each for each in self.venue.reductions if each[0] != ref]
        await self.worker.run("test.end", lambda tx: hearing.over(tx, ref, why))
        await self.settle()
