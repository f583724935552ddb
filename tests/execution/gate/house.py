"""A receiver on a real execution database, customer stacks that speak to it, and a way to see all that it changed."""

import dataclasses
import itertools
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from boundary.kernel import clock, errors, ids, records
from boundary.kernel.runtime import problems, transaction, transcript_store
from boundary.wire import control, frame, messages, to_customer, to_execution, values, words
from execution_stack.gate.service import announcements, channels, keyring, receiving
from execution_stack.instruments import model as instruments
from execution_stack.instruments import service as instruments_service
from tests.boundary.channel import frames
from tests.stacks import StackDatabase

T = TypeVar("T")
NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
_numbers = itertools.count(1)

NEWS = (
    to_customer.InstrumentListed,
    to_customer.InstrumentChanged,
    to_customer.InstrumentClosed,
    to_customer.InstrumentHalted,
    to_customer.InstrumentResumed,
    to_customer.InstrumentDelisted,
)
Contents = Counter[tuple[str, str]]


@dataclasses.dataclass
class House:
    """One database for many tests: each admits channels of its own, which is what keeps them apart."""

    schema: StackDatabase
    gate: transaction.Database
    operator: transaction.Database
    superuser: Any
    time: clock.ManualClock
    ids: ids.Ids
    instrument: instruments.Instrument | None = None

    async def as_operator(self, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
        return await self.operator.run("test.operator", work)

    def end(self, *key_ids: int) -> frames.End:
        """A customer stack with keys of its own, not admitted yet."""
        masters = {number: self.ids.token(32) for number in key_ids or (next(_numbers),)}
        return frames.End(self.ids.ref(), masters, frame.Direction.TO_EXECUTION, self.time, self.ids)

    def receiver(self, *ends: frames.End) -> receiving.Receiver:
        """A new process, as far as memory goes, which holds these ends' keys."""
        rings = keyring.Keyring(frames.held({end.channel: end.masters for end in ends}))
        return receiving.Receiver(self.gate, rings, self.time, self.ids)

    async def admitted(self, count: int = 1) -> "Wire":
        """A receiver with so many admitted customer stacks, each of which has taken note of the register."""
        ends = [self.end() for _ in range(count)]
        for end in ends:
            await self.as_operator(lambda tx, end=end: channels.register(tx, end.channel))
        wire = Wire(self, self.receiver(*ends), ends)
        for end in ends:
            await wire.news(end)
        return wire

    def unlisted(self, **changes: Any) -> instruments.Instrument:
        """An instrument that could be listed, but for what the caller says."""
        fields: dict[str, Any] = {
            "ref": self.ids.ref(),
            "code": f"T{next(_numbers)}",
            "route": instruments.Route.OMNIBUS,
            "product": instruments.Product.EVENT_CONTRACT,
            "state": instruments.State.LISTED,
            "tick_size": 10_000,
            "lot_size": 1_000_000,
            "price_max": 99,
            "cap_lots": 500,
            "opens_at": NOW - timedelta(days=1),
            "closes_at": NOW + timedelta(days=30),
            "document": self.ids.token(32),
        }
        return instruments.Instrument(**fields | changes)

    async def list_instrument(self, **changes: Any) -> instruments.Instrument:
        """One that is listed and open."""
        instrument = self.unlisted(**changes)
        await self.as_operator(lambda tx: instruments_service.add(tx, instrument, announcements.Announcer()))
        return instrument

    async def listed(self) -> instruments.Instrument:
        """One that all tests may share, so that its listing is no news to anybody."""
        self.instrument = self.instrument or await self.list_instrument()
        return self.instrument

    async def move(self, instrument: instruments.Instrument, event: instruments.StateEvent) -> None:
        announcer = announcements.Announcer()
        await self.as_operator(lambda tx: instruments_service.move(tx, instrument.ref, event, announcer))

    async def contents(self) -> Contents:
        """Every row of every table, as text: what a dump would show."""
        found = await self.superuser.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        )
        union = " UNION ALL ".join(f"SELECT '{row[0]}', t::text FROM {row[0]} t" for row in found)
        return Counter((row[0], row[1]) for row in await self.superuser.fetch(union))

    async def entries(self, after: int) -> list[records.Entry]:
        """What the audit log tells since then."""
        rows = await self.superuser.fetch("SELECT payload FROM audit_entry WHERE id > $1 ORDER BY id", after)
        return [records.decode(row[0], records.Entry) for row in rows]

    async def last_entry(self) -> int:
        return int(await self.superuser.fetchval("SELECT coalesce(max(id), 0) FROM audit_entry"))


@dataclasses.dataclass
class Wire:
    """A receiver and those who speak to it; `end` is the first of them."""

    house: House
    receiver: receiving.Receiver
    ends: list[frames.End]

    @property
    def end(self) -> frames.End:
        return self.ends[0]

    async def ask(self, body: bytes, end: frames.End | None = None) -> frames.Answer:
        """One exchange, its answer verified."""
        return (end or self.end).open(await self.receiver.exchange(body))

    async def told(self, body: bytes) -> control.Control | None:
        """What is said about a frame of the first end's; a core that comes along is heard."""
        answer = await self.ask(body)
        if answer.core is not None and answer.core.header.sequence == self.end.heard.due:
            self.end.take(answer.core)
        return answer.said

    async def say(self, *said: messages.Message, end: frames.End | None = None) -> list[messages.Message]:
        """Deliver a core that must be acknowledged, and bring its outcomes home; other news are taken and passed over."""
        end = end or self.end
        core = end.core(*said)
        answer = await self.ask(end.data(core), end)
        assert answer.said == ack_of(core)
        end.went(core)
        return [each for each in await self.news(end, answer) if not isinstance(each, NEWS)]

    async def news(self, end: frames.End | None = None, answer: frames.Answer | None = None) -> list[messages.Message]:
        """Everything that the receiver has to say, taken and acknowledged, until it falls silent."""
        end = end or self.end
        heard: list[messages.Message] = []
        answer = answer or await self.ask(end.heartbeat(), end)
        while answer.core is not None:
            heard += end.take(answer.core)
            assert end.owed is not None
            answer = await self.ask(end.control(end.owed), end)
        return heard

    async def participants(self, count: int = 1, end: frames.End | None = None) -> list[uuid.UUID]:
        """So many active ones."""
        (issued,) = await self.say(to_execution.ReserveRefs(count), end=end)
        assert isinstance(issued, to_customer.RefsIssued)
        await self.say(*(to_execution.ActivateRef(ref) for ref in issued.refs), end=end)
        return list(issued.refs)


def ack_of(core: transcript_store.Core) -> control.Ack:
    """The answer to a core that was due."""
    return control.Ack(core.epoch, core.sequence, core.core)


def placed(participant: uuid.UUID, instrument: uuid.UUID, **changes: Any) -> to_execution.PlaceIntent:
    """A sound limit intent, but for what the caller says."""
    fields: dict[str, Any] = {
        "participant": participant,
        "instrument": instrument,
        "side": words.Side.BUY,
        "kind": words.IntentKind.LIMIT,
        "time_in_force": words.TimeInForce.UNTIL_CANCELLED,
        "limit_ticks": 40,
        "lots": 10,
        "cost_cap": 40 * 10_000 * 10,
        "expires_at": 0,
    }
    return to_execution.PlaceIntent(**fields | changes)


def name(end: frames.End, index: int, back: int = 1) -> values.MessageName:
    """Of a message in the core that was delivered last, or so many before."""
    return values.MessageName(end.position.epoch, end.position.due - back, index)


async def problem(exchange: Awaitable[bytes]) -> tuple[int, str]:
    """Status and code of the refusal that the exchange must meet."""
    try:
        answer = await exchange
    except errors.Refusal as refusal:
        found = problems.of(refusal, "")
        return found.status, found.code
    raise AssertionError(f"answered with {len(answer)} bytes")


def added(before: Contents, after: Contents) -> dict[str, int]:
    """How many rows each table gained; a changed row counts as lost and gained, and a loss as such."""
    gained = Counter(table for (table, _), count in (after - before).items() for _ in range(count))
    lost = Counter(table for (table, _), count in (before - after).items() for _ in range(count))
    return dict(gained) | {f"-{table}": count for table, count in lost.items()}


def codes(outcomes: Sequence[messages.Message]) -> list[Any]:
    """Each outcome by its type, or its refusal code."""
    return [getattr(each, "code", type(each)) for each in outcomes]
