"""The relay and the receiver together: order, leases, halts, refusals, and what is on its way when something stops."""

import asyncio
import itertools
import time
import uuid
from typing import Any

import pytest

from boundary.channel import envelope
from boundary.kernel import ids
from boundary.kernel.runtime import telemetry
from boundary.wire import frame, words
from customer_stack.gate.service import inbound, relay, sending
from execution_stack.gate import model as execution_model
from execution_stack.gate.service import offering, receiving
from tests.faults.pair import Pair

QUICK = 5.0


async def test_stopping_takes_less_than_two_seconds_even_when_nobody_answers(pair: Pair) -> None:
    async def silence(_body: bytes) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError

    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(5)
    await pair.at_rest()
    pair.network.forward = silence
    await pair.place(instrument, who, 300)
    await asyncio.sleep(0.3)
    started = time.monotonic()
    await pair.halt()
    assert time.monotonic() - started < 2


async def test_what_flies_when_the_relay_crashes_is_sent_again_and_applied_once(pair: Pair) -> None:
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(5)
    await pair.place(instrument, who, 3000, 100)
    for _ in range(20):
        await asyncio.sleep(0.05)
        await pair.crash()
        pair.start()
    await pair.answered(3006)
    assert (await pair.holds()).intents == 3000
    await pair.halt()


async def test_a_new_execution_process_goes_on_where_the_last_one_ended(pair: Pair) -> None:
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(5)
    await pair.place(instrument, who, 3000, 100)
    for _ in range(20):
        await asyncio.sleep(0.02)
        pair.new_receiver()
    await pair.answered(3006)
    assert (await pair.holds()).intents == 3000
    await pair.halt()


async def test_two_execution_processes_serve_one_channel_as_one(pair: Pair) -> None:
    first = pair.receiver
    pair.new_receiver()
    both = itertools.cycle((first, pair.receiver))

    async def either(body: bytes) -> bytes:
        return await next(both).exchange(body)

    pair.network.forward = either
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(5)
    await pair.place(instrument, who, 2000, 20)
    await pair.answered(2006)
    assert (await pair.holds()).intents == 2000
    await pair.halt()


async def test_only_one_relay_carries_and_another_takes_over_when_its_database_session_is_gone(pair: Pair) -> None:
    pair.start()
    await pair.list_instrument()
    await pair.participants(1)
    holder = await pair.look("customer", "SELECT holder FROM channel_lease")
    stop = asyncio.Event()
    second = asyncio.create_task(pair.new_relay().loop(stop))
    await asyncio.sleep(1.2)
    assert await pair.look("customer", "SELECT holder FROM channel_lease") == holder
    await pair.crash()

    async def taken_over() -> bool:
        return bool(await pair.look("customer", "SELECT holder <> $1 FROM channel_lease", holder))

    assert await pair.until(taken_over) < relay.LEASE_SECONDS / 2
    stop.set()
    await second
    assert await pair.look("customer", "SELECT count(*) FROM channel_lease") == 0


async def test_a_defect_in_a_task_ends_the_loop_loudly(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_arrived: envelope.Arrived) -> inbound.Content:
        raise LookupError("a defect")

    pair.start()
    assert pair.running is not None
    monkeypatch.setattr(inbound, "read", broken)
    await pair.list_instrument()
    with pytest.raises(LookupError):
        await asyncio.wait_for(pair.running, QUICK)


async def test_news_arrive_while_the_idle_exchange_holds(pair: Pair) -> None:
    pair.start()
    await pair.list_instrument()
    await pair.until(lambda: pair.look("customer", "SELECT count(*) = 1 FROM instrument"))
    await pair.at_rest()
    await asyncio.sleep(0.2)
    exchanges = pair.network.exchanges
    await asyncio.sleep(0.5)
    assert pair.network.exchanges - exchanges <= 1, "an idle exchange is held, not repeated"
    await pair.list_instrument()
    assert await pair.until(lambda: pair.look("customer", "SELECT count(*) = 2 FROM instrument")) < 1.0
    await pair.halt()


def test_an_idle_channel_beats_at_least_every_five_seconds() -> None:
    assert receiving.HOLD_SECONDS_MAX + receiving.LOOK_SECONDS < 5


async def test_a_customer_stack_that_hears_nothing_does_not_pile_up_cores(pair: Pair) -> None:
    pair.start()
    await pair.list_instrument()
    await pair.at_rest()
    real = pair.network.forward

    async def deaf(body: bytes) -> bytes:
        await real(body)
        raise OSError

    async def lost(body: bytes) -> bytes:
        answer = await real(body)
        return frame.split(answer)[0]  # the word arrives, the core with it never does

    pair.network.forward = lost
    for _ in range(15):
        await pair.list_instrument()
        await asyncio.sleep(0.03)
    out = await pair.look("execution", "SELECT due - 1 - acked FROM channel_outbound")
    assert 0 < out <= offering.OUT_MAX
    pair.network.forward = real
    await pair.until(lambda: pair.look("customer", "SELECT count(*) = 16 FROM instrument"))
    await pair.at_rest()
    await pair.holds()
    await pair.halt()


async def test_a_core_that_does_not_decode_is_voided_and_nothing_behind_it_waits(pair: Pair) -> None:
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(5)
    await pair.at_rest()
    await pair.halt()
    garbage = uuid.uuid4()  # noqa: TID251 -- a test's own
    await pair.look(
        "customer",
        "INSERT INTO channel_outbox (channel, count, payload, subjects) VALUES ($1, 1, '\\xc1', $2) RETURNING id",
        pair.channel, [garbage],
    )  # fmt: skip
    pair.start()
    await pair.until(lambda: pair.look("customer", "SELECT count(*) = 1 FROM channel_void"))
    await pair.place(instrument, who, 100)
    await pair.answered(107)
    facts = await pair.holds()
    assert facts.voided == 1
    assert (
        await pair.look("customer", "SELECT outcome::text FROM channel_subject WHERE subject = $1", garbage)
        == "refused"
    )
    await pair.halt()


async def test_a_message_of_a_later_release_waits_alarms_and_is_not_given_up(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[words.NackCode] = []

    def emit(event: telemetry.Event, *_: str, **fields: Any) -> None:
        if event is sending.NACKED:
            told.append(fields["reason"])

    monkeypatch.setattr(sending.telemetry, "emit", emit)
    monkeypatch.setitem(sending._PATIENCE, words.NackCode.UNSUPPORTED, 0.1)
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(3)
    await pair.at_rest()
    later = (
        "INSERT INTO channel_outbox (channel, count, payload, subjects) VALUES ($1, 1, '\\x91ccc7', $2) RETURNING id"
    )
    await pair.look("customer", later, pair.channel, [ids.SystemIds().ref()])
    await asyncio.sleep(0.2)
    await pair.place(instrument, who, 10)
    await asyncio.sleep(0.8)
    assert told.count(words.NackCode.UNSUPPORTED) > 2
    assert await pair.look("customer", "SELECT count(*) FROM channel_void") == 0
    assert await pair.look("execution", "SELECT count(*) FROM intent") == 0, "nothing overtakes"
    await pair.list_instrument()
    await pair.until(lambda: pair.look("customer", "SELECT count(*) = 2 FROM instrument"))  # the way back is open
    await pair.halt()


async def test_a_nonce_that_was_used_before_is_drawn_anew(pair: Pair) -> None:
    class Stuck(ids.SystemIds):
        """Draws the same reference again and again for a while."""

        left = 0

        def ref(self) -> uuid.UUID:
            self.left -= 1
            return uuid.UUID(int=0x4 << 76 | 0x2 << 62 | 7) if self.left > 0 else super().ref()

    pair.random = stuck = Stuck()
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(3)
    await pair.at_rest()
    for _ in range(5):
        await pair.place(instrument, who, 10)
        stuck.left = 3
        await asyncio.sleep(0.05)
    await pair.answered(54)
    assert (await pair.holds()).intents == 50
    refused = [each.code for each in await pair.entries("execution", execution_model.FrameRefused)]
    assert words.NackCode.NONCE_USED in refused
    await pair.halt()


async def test_a_lone_message_waits_for_nobody_and_a_crowd_travels_together(pair: Pair) -> None:
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(3)
    await pair.at_rest()
    due = await pair.look("customer", "SELECT due FROM channel_outbound")
    await pair.place(instrument, who, 1)
    assert await pair.until(lambda: pair.look("execution", "SELECT count(*) = 1 FROM intent")) < 0.5
    await pair.place(instrument, who, 2000, 5)
    await pair.answered(2005)
    cores = await pair.look("customer", "SELECT due FROM channel_outbound") - due
    assert cores < 200, "400 transactions do not become 400 cores"
    await pair.halt()
