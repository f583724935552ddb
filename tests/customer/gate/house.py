"""A customer stack's gate on a real database, with the execution stack played by an end that may also lie."""

import dataclasses
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from boundary.channel import envelope
from boundary.kernel import clock, ids, records
from boundary.kernel.runtime import transaction, transcript_store
from boundary.wire import control, frame, messages, to_execution, words
from customer_stack.gate.service import inbound, links, outbound
from customer_stack.markets import service as markets
from tests.boundary.channel import frames
from tests.stacks import StackDatabase

T = TypeVar("T")
NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
Contents = Counter[tuple[str, str]]


@dataclasses.dataclass
class House:
    """One database for many tests; each has a channel of its own."""

    schema: StackDatabase
    db: transaction.Database
    superuser: Any
    time: clock.ManualClock
    ids: ids.Ids

    async def run(self, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
        return await self.db.run("test.work", work)

    async def side(self) -> "Side":
        """A channel with its keys, and the execution stack at its other end."""
        channel, masters = self.ids.ref(), {1: self.ids.token(32)}
        await self.run(lambda tx: links.register(tx, channel))
        there = frames.End(channel, masters, frame.Direction.TO_CUSTOMER, self.time, self.ids)
        return Side(self, channel, there)

    async def contents(self) -> Contents:
        """Every row of every table, as text."""
        found = await self.superuser.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        )
        union = " UNION ALL ".join(f"SELECT '{row[0]}', t::text FROM {row[0]} t" for row in found)
        return Counter((row[0], row[1]) for row in await self.superuser.fetch(union))

    async def entries(self, after: int) -> list[records.Entry]:
        rows = await self.superuser.fetch("SELECT payload FROM audit_entry WHERE id > $1 ORDER BY id", after)
        return [records.decode(row[0], records.Entry) for row in rows]

    async def last_entry(self) -> int:
        return int(await self.superuser.fetchval("SELECT coalesce(max(id), 0) FROM audit_entry"))


@dataclasses.dataclass
class Side:
    """Our side of one channel; `there` makes what the execution stack sends."""

    house: House
    channel: uuid.UUID
    there: frames.End

    @property
    def hearing(self) -> inbound.Hearing:
        return inbound.Hearing(self.channel, markets.Register())

    def arrived(self, data: bytes) -> envelope.Arrived:
        rings = dict.fromkeys(self.there.ring.key_ids, self.there.ring)
        return envelope.verify(data, rings, frame.Direction.TO_CUSTOMER, self.house.time.now())

    async def take(self, data: bytes) -> inbound.Verdict:
        arrived = self.arrived(data)
        content = inbound.read(arrived)
        return await self.house.run(lambda tx: inbound.take(tx, hearing=self.hearing, arrived=arrived, content=content))

    async def hear(self, *said: messages.Message) -> inbound.Verdict:
        """A core that must be applied."""
        core = self.there.core(*said)
        verdict = await self.take(self.there.data(core))
        assert verdict == inbound.Verdict(core.sequence + 1, control.Ack(1, core.sequence, core.core))
        self.there.went(core)
        return verdict

    async def sent(self, *said: outbound.Said) -> transcript_store.Core:
        """Our own messages, sequenced."""
        await self.house.run(lambda tx: outbound.say(tx, self.channel, said))
        core = (await self.house.run(lambda tx: outbound.turn(tx, self.channel))).core
        assert core is not None
        return core

    async def placed(self, count: int) -> list[uuid.UUID]:
        """The subjects of so many intents that were sequenced in one core."""
        subjects = [self.house.ids.ref() for _ in range(count)]
        await self.sent(*(outbound.Said(intent(), subject) for subject in subjects))
        return subjects

    async def outcomes(self, subjects: Sequence[uuid.UUID]) -> list[tuple[str, int | None]]:
        rows = await self.house.superuser.fetch(
            "SELECT subject, outcome::text, code FROM channel_subject WHERE channel = $1", self.channel
        )
        found = {row[0]: (row[1], row[2]) for row in rows}
        return [found[subject] for subject in subjects]

    def nacked(
        self, data: bytes, code: words.NackCode, *, early: bool = False, halted: bool = False
    ) -> inbound.Verdict:
        """The verdict on a core that has no effect: what is said of it names the very frame, and what is due."""
        header, here = frame.parse(data, frame.Direction.TO_CUSTOMER).header, self.there.position
        word = control.Nack(header.epoch, header.sequence, frame.digest(data), code, 1, here.due, here.head)
        return inbound.Verdict(here.due, word, early=early, halted=halted)

    async def halted(self) -> bool:
        found: bool = await self.house.superuser.fetchval(
            "SELECT halted FROM channel_inbound WHERE channel = $1", self.channel
        )
        return found


def intent(participant: uuid.UUID | None = None, instrument: uuid.UUID | None = None) -> to_execution.PlaceIntent:
    some = uuid.UUID("6d7e0a52-3c1f-4b8a-9d02-5e4f3a2b1c0d")
    return to_execution.PlaceIntent(
        participant or some,
        instrument or some,
        words.Side.BUY,
        words.IntentKind.LIMIT,
        words.TimeInForce.UNTIL_CANCELLED,
        40,
        10,
        4_000_000,
        0,
    )


def added(before: Contents, after: Contents) -> dict[str, int]:
    """How many rows each table gained; a changed row counts as lost and gained."""
    gained = Counter(table for (table, _), count in (after - before).items() for _ in range(count))
    lost = Counter(table for (table, _), count in (before - after).items() for _ in range(count))
    return dict(gained) | {f"-{table}": count for table, count in lost.items()}
