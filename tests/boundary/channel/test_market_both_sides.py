"""Market data from the operator's command to the customer's route: two real databases, and only bytes between them."""

import contextlib
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from boundary.channel import market as channel
from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import transaction
from boundary.wire import frame
from customer_stack.gate import ports as customer_ports
from customer_stack.gate.service import keyring as customer_keyring
from customer_stack.gate.service import listening
from customer_stack.markets import rules as markets_rules
from customer_stack.markets import service as markets
from customer_stack.prices.service import keeping
from execution_stack.clob.service import following
from execution_stack.gate import model
from execution_stack.gate.service import announcements, channels, keyring, telling
from execution_stack.instruments import model as instruments
from execution_stack.instruments import service as register
from tests.boundary.channel import frames
from tests.stacks import StackDatabase

NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
FIRST = uuid.UUID(int=0)
V = channel.Verdict


class Direct:
    """The network, at its best or not there at all."""

    def __init__(self, answering: telling.Market) -> None:
        self.answering = answering
        self.down = False

    async def post(self, body: bytes) -> bytes:
        if self.down:
            raise errors.Unavailable("nobody there")
        return await self.answering.answer(body)


class Both(NamedTuple):
    """Two stacks that share a channel and a clock."""

    customer: transaction.Database
    gate: transaction.Database
    operator: transaction.Database
    held: Any
    channel: uuid.UUID
    network: Direct
    time: clock.ManualClock
    ids: ids.Ids

    def market(self) -> telling.Market:
        """A new process that tells."""
        return telling.Market(
            self.gate, keyring.Keyring(self.held), telling.Register(), following.Follower(), self.time, self.ids
        )

    def ear(self) -> listening.Ear:
        """A new process that listens."""
        ring = customer_keyring.Keyring(self.channel, self.held).ring
        return listening.Ear(self.customer, self.network, ring, keeping.Prices(), self.time, self.ids)

    async def list_instrument(self) -> uuid.UUID:
        """On both sides: the transcript brought it."""
        ref = self.ids.ref()
        listed = instruments.Instrument(
            ref=ref, code=f"T-{ref.hex[:8].upper()}", route=instruments.Route.OMNIBUS,
            product=instruments.Product.EVENT_CONTRACT, state=instruments.State.LISTED, tick_size=10_000,
            lot_size=1_000_000, price_max=99, cap_lots=500, opens_at=NOW, closes_at=NOW + timedelta(days=9),
            document=bytes(32),
        )  # fmt: skip
        await self.operator.run("test.add", lambda tx: register.add(tx, listed, announcements.Announcer()))
        known = customer_ports.Listing(
            ref, "omnibus", "event_contract", 10_000, 1_000_000, 99, 500, NOW, NOW + timedelta(days=9), bytes(32)
        )
        await self.customer.run("test.listed", lambda tx: markets.Register().listed(tx, [known]))
        return ref

    async def price(self, ref: uuid.UUID, ticks: int) -> None:
        await self.operator.run("test.price", lambda tx: register.price(tx, ref, ticks))

    async def move(self, ref: uuid.UUID, event: instruments.StateEvent) -> None:
        await self.operator.run("test.move", lambda tx: register.move(tx, ref, event, announcements.Announcer()))

    async def seen(self) -> dict[uuid.UUID, tuple[str | None, int | None]]:
        _, found = await self.customer.read("test.quotes", lambda tx: markets.quotes(tx, FIRST, 1000))
        return {each.instrument: (each.state.value if each.state else None, each.reference_ticks) for each in found}


@pytest.fixture
async def both(
    customer_schema: StackDatabase, execution_schema: StackDatabase, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Both]:
    monkeypatch.setattr(telling, "HOLD_SECONDS_MAX", 0)
    monkeypatch.setattr(telling, "LOOK_MILLIS", 0)
    monkeypatch.setattr(telling, "REGISTER_MILLIS", 0)
    time, random = clock.ManualClock(NOW), ids.SystemIds()
    name = random.ref()
    held = frames.held({name: {1: random.token(32)}})
    async with contextlib.AsyncExitStack() as closing:
        opened = []
        for schema, role in (
            (customer_schema, "customer_worker"),
            (execution_schema, "execution_gate"),
            (execution_schema, "execution_operator"),
        ):
            db = await schema.connect(role)
            closing.push_async_callback(db.close)
            opened.append(db)
        customer, gate, operator = opened
        await operator.run("test.register", lambda tx: channels.register(tx, name))
        telling_ = telling.Market(gate, keyring.Keyring(held), telling.Register(), following.Follower(), time, random)
        yield Both(customer, gate, operator, held, name, Direct(telling_), time, random)


async def test_prices_and_states_arrive_as_they_are_now(both: Both) -> None:
    one, two = await both.list_instrument(), await both.list_instrument()
    ear = both.ear()
    assert await ear.listen() is V.FRESH
    assert await both.seen() == {one: ("listed", None), two: ("listed", None)}
    assert await ear.listen() is V.STALE
    await both.price(one, 40)
    await both.price(one, 41)
    await both.move(two, instruments.StateEvent.HALT)
    assert await ear.listen() is V.FRESH
    assert await both.seen() == {one: ("listed", 41), two: ("halted", None)}
    await both.price(one, 0)
    await both.move(two, instruments.StateEvent.DELIST)
    assert await ear.listen() is V.FRESH
    assert await both.seen() == {one: ("listed", None), two: ("delisted", None)}


async def test_whoever_begins_anew_on_either_side_has_the_same_in_the_end(both: Both) -> None:
    refs = [await both.list_instrument() for _ in range(5)]
    ear = both.ear()
    await ear.listen()
    for number, ref in enumerate(refs):
        await both.price(ref, 10 + number)
        if number == 1:
            both.network.answering = both.market()
        if number == 3:
            ear = both.ear()
        await ear.listen()
    await both.move(refs[0], instruments.StateEvent.DELIST)
    both.network.answering = both.market()
    assert await ear.listen() is V.FRESH, "another run is a snapshot"
    expected = {ref: ("listed", 10 + number) for number, ref in enumerate(refs)}
    del expected[refs[0]]
    assert await both.seen() == expected, "what is not in the snapshot is no more"


async def test_a_silent_network_makes_quotes_stale_and_a_sign_of_life_fresh(both: Both) -> None:
    await both.list_instrument()
    ear = both.ear()
    await ear.listen()

    async def stale() -> bool:
        heard_at, _ = await both.customer.read("test.quotes", lambda tx: markets.quotes(tx, FIRST, 1))
        return markets_rules.is_stale(heard_at, both.time.now())

    assert not await stale()
    both.network.down = True
    both.time.advance(timedelta(seconds=16))
    with pytest.raises(errors.Unavailable):
        await ear.listen()
    assert await stale()
    both.network.down = False
    assert await ear.listen() is V.STALE
    assert not await stale()


async def test_a_listener_that_lags_behind_another_of_ours_writes_nothing_old(both: Both) -> None:
    ref = await both.list_instrument()
    fast, slow = both.ear(), both.ear()
    await slow.listen()
    await both.price(ref, 7)
    old = both.network.answering
    await fast.listen()
    held_back = slow._listener.place
    assert held_back.sequence < fast._listener.place.sequence
    await both.customer.run(
        "test.old",
        lambda tx: markets.Quotes().heard(
            tx,
            (held_back.run, held_back.sequence),
            [customer_ports.Quote(ref, "listed", 3)],
            anew=False,
            now=both.time.now(),
        ),
    )
    assert await both.seen() == {ref: ("listed", 7)}
    assert both.network.answering is old


async def test_what_was_not_written_is_written_the_next_time(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = await both.list_instrument()
    ear = both.ear()
    await ear.listen()
    await both.price(ref, 9)

    async def broken(*_: Any, **__: Any) -> None:
        raise errors.Unavailable("no database")

    with monkeypatch.context() as patch:
        patch.setattr(ear._prices, "heard", broken)
        with pytest.raises(errors.Unavailable):
            await ear.listen()
    assert await both.seen() == {ref: ("listed", None)}
    assert await ear.listen() is V.STALE
    assert await both.seen() == {ref: ("listed", 9)}


async def test_prices_of_instruments_that_nobody_announced_are_not_kept(both: Both) -> None:
    known = await both.list_instrument()
    await both.customer.run(
        "test.unknown",
        lambda tx: markets.Quotes().heard(
            tx,
            (7, 1),
            [customer_ports.Quote(both.ids.ref(), "listed", 3), customer_ports.Quote(known, "listed", 4)],
            anew=True,
            now=NOW,
        ),
    )
    assert await both.seen() == {known: ("listed", 4)}


async def test_a_channel_that_nobody_admitted_hears_nothing(both: Both) -> None:
    stranger, random = both.ids.ref(), both.ids
    held = frames.held({stranger: {9: random.token(32)}})
    both.network.answering = telling.Market(
        both.gate, keyring.Keyring(held), telling.Register(), following.Follower(), both.time, random
    )
    ring = customer_keyring.Keyring(stranger, held).ring
    ear = listening.Ear(both.customer, both.network, ring, keeping.Prices(), both.time, random)
    with pytest.raises(model.UnknownChannel):
        await ear.listen()


async def test_only_a_price_on_the_grid_of_a_living_instrument_is_stated(both: Both) -> None:
    ref = await both.list_instrument()
    for ticks in (100, 10**18):
        with pytest.raises(instruments.BadPrice):
            await both.price(ref, ticks)
    with pytest.raises(instruments.UnknownInstrument):
        await both.price(both.ids.ref(), 5)
    await both.move(ref, instruments.StateEvent.DELIST)
    with pytest.raises(instruments.UnknownInstrument):
        await both.price(ref, 5)


async def test_a_poll_of_garbage_is_refused_before_the_database_is_asked(both: Both) -> None:
    for data in (b"", b"x", bytes(116), bytes(2000)):
        with pytest.raises(frame.Malformed):
            await both.network.answering.answer(data)
