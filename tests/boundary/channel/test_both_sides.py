"""A real relay and a real receiver on two real databases, with nothing between them but the bytes of an exchange."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

import pytest

from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import transaction
from boundary.wire import to_execution, words
from customer_stack.gate import repo as customer_repo
from customer_stack.gate.adapters import http
from customer_stack.gate.service import keyring as customer_keyring
from customer_stack.gate.service import links, outbound, references, relay
from customer_stack.markets import service as markets
from execution_stack.gate.service import announcements, channels, keyring, receiving
from execution_stack.instruments import model as instruments
from execution_stack.instruments import service as instruments_service
from tests.boundary.channel import frames
from tests.stacks import StackDatabase

T = TypeVar("T")
NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)


class Direct:
    """The network, at its best; refusals arrive as the adapter would tell them."""

    def __init__(self, receiver: receiving.Receiver) -> None:
        self._receiver = receiver

    async def post(self, body: bytes) -> bytes:
        try:
            return await self._receiver.exchange(body)
        except errors.Refusal:
            raise http.Unreachable("the execution stack refused the exchange") from None


class Both(NamedTuple):
    """Two stacks that share a channel and a clock."""

    customer: transaction.Database
    operator: transaction.Database
    channel: uuid.UUID
    wiring: relay.Wiring
    ids: ids.Ids
    superusers: tuple[Any, Any]

    async def here(self, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
        return await self.customer.run("test.here", work)

    async def attach(self, subject: uuid.UUID) -> uuid.UUID:
        return await self.here(lambda tx: references.attach(tx, self.channel, subject, self.ids))

    async def say(self, *said: outbound.Said) -> None:
        await self.here(lambda tx: outbound.say(tx, self.channel, said))

    async def replenish(self) -> None:
        await self.here(lambda tx: references.replenish(tx, self.channel, self.ids))

    async def stock(self) -> int:
        return await self.here(lambda tx: customer_repo.stock(tx, self.channel))

    async def outcomes(self, *subjects: uuid.UUID) -> list[tuple[str, int | None]]:
        rows = await self.superusers[0].fetch("SELECT subject, outcome::text, code FROM channel_subject")
        found = {row[0]: (row[1], row[2]) for row in rows}
        return [found.get(subject, ("waiting", None)) for subject in subjects]

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """While the relay runs; it has finished its steps when this returns."""
        stop = asyncio.Event()
        running = asyncio.create_task(relay.Relay(self.wiring).loop(stop))
        try:
            async with asyncio.timeout(15):
                while not await holds():
                    assert not running.done(), running.exception()
                    await asyncio.sleep(0.01)
        finally:
            stop.set()
            await running

    async def heads(self) -> None:
        """Both sides have one transcript, each way, without a gap."""
        away, home = self.superusers
        for sender, receiver in ((away, home), (home, away)):
            sent = await sender.fetch("SELECT sequence, core FROM channel_sent ORDER BY sequence")
            received = await receiver.fetch("SELECT sequence, core FROM channel_received ORDER BY sequence")
            assert [tuple(row) for row in sent] == [tuple(row) for row in received]
            assert [row[0] for row in sent] == list(range(1, len(sent) + 1))
            heads = [
                tuple(await side.fetchrow(f"SELECT due, head FROM {table}"))  # names of ours
                for side, table in ((sender, "channel_outbound"), (receiver, "channel_inbound"))
            ]
            assert heads[0] == heads[1]


@pytest.fixture
async def both(
    customer_schema: StackDatabase, execution_schema: StackDatabase, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Both]:
    monkeypatch.setattr(receiving, "HOLD_SECONDS_MAX", 0.2)
    time, random, channel = clock.ManualClock(NOW), ids.SystemIds(), ids.SystemIds().ref()
    masters = {channel: {1: random.token(32)}}
    async with contextlib.AsyncExitStack() as closing:

        async def opened(schema: StackDatabase, role: str) -> transaction.Database:
            db = await schema.connect(role)
            closing.push_async_callback(db.close)
            return db

        superusers = (await customer_schema.superuser(), await execution_schema.superuser())
        for each in superusers:
            closing.push_async_callback(each.close)
        customer = await opened(customer_schema, "customer_worker")
        gate, operator = (
            await opened(execution_schema, "execution_gate"),
            await opened(execution_schema, "execution_operator"),
        )
        await operator.run("test.register", lambda tx: channels.register(tx, channel))
        await customer.run("test.register", lambda tx: links.register(tx, channel))
        receiver = receiving.Receiver(gate, keyring.Keyring(frames.held(masters)), time, random)
        wiring = relay.Wiring(
            customer,
            Direct(receiver),
            customer_keyring.Keyring(channel, frames.held(masters)).ring,
            markets.Register(),
            time,
            random,
        )
        yield Both(customer, operator, channel, wiring, random, superusers)


async def list_instrument(both: Both) -> uuid.UUID:
    instrument = instruments.Instrument(
        ref=both.ids.ref(),
        code="RAIN-26.MAY",
        route=instruments.Route.OMNIBUS,
        product=instruments.Product.EVENT_CONTRACT,
        state=instruments.State.LISTED,
        tick_size=10_000,
        lot_size=1_000_000,
        price_max=99,
        cap_lots=500,
        opens_at=NOW - timedelta(days=1),
        closes_at=NOW + timedelta(days=1),
        document=bytes(range(32)),
    )
    announcer = announcements.Announcer()
    await both.operator.run("test.list", lambda tx: instruments_service.add(tx, instrument, announcer))
    return instrument.ref


def placed(participant: uuid.UUID, instrument: uuid.UUID, lots: int = 10) -> to_execution.PlaceIntent:
    return to_execution.PlaceIntent(
        participant,
        instrument,
        words.Side.BUY,
        words.IntentKind.LIMIT,
        words.TimeInForce.UNTIL_CANCELLED,
        40,
        lots,
        40 * 10_000 * lots,
        0,
    )


async def test_a_journey_from_stock_to_outcome_leaves_one_transcript(both: Both) -> None:
    instrument = await list_instrument(both)
    await both.replenish()

    async def stocked() -> bool:
        return await both.stock() == references.RESERVE

    await both.until(stocked)
    subjects = [both.ids.ref() for _ in range(100)]
    person = both.ids.ref()
    found = await asyncio.gather(*(both.attach(person) for _ in range(20)))
    assert len(set(found)) == 1
    intents = [
        outbound.Said(placed(found[0], instrument, lots=1 + number), subject) for number, subject in enumerate(subjects)
    ]
    await both.say(*intents, outbound.Said(placed(found[0], instrument, lots=501), person))
    cancel = both.ids.ref()
    await both.say(outbound.Said(to_execution.CancelIntent(outbound.UNNAMED), cancel, about=subjects[7]))

    async def answered() -> bool:
        return all(outcome not in {"waiting", "sent"} for outcome, _ in await both.outcomes(*subjects, person))

    await both.until(answered)
    outcomes = await both.outcomes(*subjects)
    assert outcomes.pop(7) == ("cancelled", words.CancelReason.REQUESTED)
    assert set(outcomes) == {("accepted", None)}
    assert await both.outcomes(person) == [("refused", words.RefusalCode.OVER_CAP)]
    rows = await both.superusers[1].fetch("SELECT state::text, count(*) FROM intent GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in rows] == [("cancelled", 1), ("open", 99)]
    await both.heads()


async def test_a_second_activation_of_one_reference_is_refused_from_end_to_end(both: Both) -> None:
    await both.replenish()

    async def stocked() -> bool:
        return await both.stock() > 0

    await both.until(stocked)
    subject, again, third = both.ids.ref(), both.ids.ref(), both.ids.ref()
    reference = await both.attach(subject)
    await both.say(outbound.Said(to_execution.ActivateRef(reference), again))
    await both.say(outbound.Said(to_execution.ActivateRef(both.ids.ref()), third))

    async def answered() -> bool:
        return all(outcome not in {"waiting", "sent"} for outcome, _ in await both.outcomes(again, third))

    await both.until(answered)
    refused = [("refused", words.RefusalCode.ALREADY_ACTIVE), ("refused", words.RefusalCode.UNKNOWN_REF)]
    assert await both.outcomes(again, third) == refused
    found = await both.superusers[1].fetchrow(
        "SELECT status::text, activated_at IS NOT NULL FROM participant WHERE ref = $1", reference
    )
    assert tuple(found) == ("eligible", True)
    await both.heads()


async def test_nothing_that_names_a_subject_reaches_the_execution_database(both: Both) -> None:
    await both.replenish()

    async def stocked() -> bool:
        return await both.stock() > 0

    await both.until(stocked)
    subject = both.ids.ref()
    reference = await both.attach(subject)

    async def active() -> bool:
        found = await both.superusers[1].fetchval("SELECT status::text FROM participant WHERE ref = $1", reference)
        return found == "eligible"

    await both.until(active)
    names = await both.superusers[1].fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    dumped = [
        row[0].lower()
        for name in names
        for row in await both.superusers[1].fetch(f"SELECT t::text FROM {name[0]} t")  # names of ours
    ]
    assert [row for row in dumped if str(reference) in row], "the reference is there"
    assert not [row for row in dumped if str(subject) in row or subject.hex in row]


async def test_an_empty_exchange_is_waited_for_longer_than_it_is_held() -> None:
    assert http.SECONDS_MAX >= receiving.HOLD_SECONDS_MAX + 2
