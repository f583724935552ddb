"""How a receiver takes exchanges: once in effect, in order, whatever is repeated, restarted, rotated or late."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from boundary.channel import transcript
from boundary.wire import control, frame, messages, to_execution, words
from execution_stack.gate import model
from execution_stack.gate.service import channels, receiving
from tests.boundary.channel import frames
from tests.execution.gate.house import House, Wire, ack_of, added, problem

pytestmark = pytest.mark.asyncio(loop_scope="module")
N = words.NackCode
RESERVE = to_execution.ReserveRefs(1)


async def minted(house: House, end: frames.End) -> int:
    """How many references the channel has: each `ReserveRefs(1)` that had its effect made one."""
    found: int = await house.superuser.fetchval("SELECT count(*) FROM participant WHERE channel = $1", end.channel)
    return found


# --- once in effect


async def test_a_core_its_effect_its_outcome_and_its_place_are_written_together(wire: Wire, house: House) -> None:
    before = await house.contents()
    core = wire.end.core(RESERVE, RESERVE)
    answer = await wire.ask(wire.end.data(core))
    assert answer.said == ack_of(core)
    assert answer.core is not None, "the outcomes come with the answer"
    gained = added(before, await house.contents())
    made = {"participant": 2, "audit_entry": 1, "channel_received": 1, "channel_nonce": 1, "channel_sent": 1}
    moved = {"channel_inbound": 1, "channel_outbound": 1}
    assert gained == made | moved | {f"-{table}": 1 for table in moved}


async def test_a_hundred_deliveries_at_once_over_two_processes_have_one_effect(wire: Wire, house: House) -> None:
    core = wire.end.core(RESERVE)
    other = house.receiver(wire.end)
    same = wire.end.data(core)
    asked = [same if number % 2 else wire.end.data(core) for number in range(100)]
    each = await asyncio.gather(
        *((wire.receiver if number % 4 < 2 else other).exchange(data) for number, data in enumerate(asked))
    )
    assert [wire.end.open(answer).said for answer in each] == [ack_of(core)] * 100
    assert await minted(house, wire.end) == 1


async def test_a_replay_across_a_restart_gets_the_same_answer_and_has_no_effect(wire: Wire, house: House) -> None:
    core = wire.end.core(RESERVE)
    data = wire.end.data(core)
    await wire.told(data)
    wire.end.went(core)
    await wire.say(RESERVE)
    restarted = Wire(house, house.receiver(wire.end), wire.ends)
    await restarted.news()
    before = await house.contents()
    for replayed in (data, wire.end.data(core)):
        said = await restarted.told(replayed)
        assert said == control.Ack(core.epoch, core.sequence, core.core)
    assert added(before, await house.contents()) == {}


async def test_keys_rotate_without_a_word_lost_or_doubled(house: House) -> None:
    """Add everywhere, seal with the newest, retire: replays under each key, and refusals under what is retired."""
    old = house.end()
    await house.as_operator(lambda tx: channels.register(tx, old.channel))
    await Wire(house, house.receiver(old), [old]).news()
    first = old.core(RESERVE)
    under_old = old.data(first)
    new_id = old.ring.active + 1_000_000
    both = frames.End(
        old.channel, old.masters | {new_id: house.ids.token(32)}, frame.Direction.TO_EXECUTION, house.time, house.ids
    )
    both.heard = old.heard
    overlap = Wire(house, house.receiver(both), [both])
    assert await overlap.told(under_old) == ack_of(first), "sealed with the old key, taken by who knows both"
    assert overlap.end.open(await overlap.receiver.exchange(both.heartbeat(key_id=old.ring.active))).said is not None
    assert await overlap.told(both.data(first)) == ack_of(first), "the same core under the new key: no effect"
    both.went(first)
    await overlap.news()
    assert (await overlap.say(RESERVE))[0].request.sequence == 2
    new = frames.End(old.channel, {new_id: both.masters[new_id]}, frame.Direction.TO_EXECUTION, house.time, house.ids)
    new.position, new.heard = both.position, both.heard
    retired = Wire(house, house.receiver(new), [new])
    for data in (under_old, old.data(first), both.data(first, key_id=old.ring.active), old.heartbeat()):
        assert await problem(retired.receiver.exchange(data)) == (401, "frame_key_unknown")
    assert await retired.told(new.data(first)) == control.Ack(1, 1, first.core)
    await retired.say(RESERVE)
    assert await minted(house, new) == 3


async def test_an_answer_is_sealed_with_the_newest_key(house: House) -> None:
    end = house.end(5_000_001, 5_000_002)
    await house.as_operator(lambda tx: channels.register(tx, end.channel))
    (answer, *_) = frame.split(await house.receiver(end).exchange(end.heartbeat(key_id=5_000_001)))
    assert frame.parse(answer, frame.Direction.TO_CUSTOMER).header.key_id == 5_000_002


# --- time


@pytest.mark.parametrize("seconds", [-30, -29.9, 29.9, 30])
async def test_a_core_made_within_thirty_seconds_is_taken(wire: Wire, house: House, seconds: float) -> None:
    core = wire.end.core(RESERVE)
    assert await wire.told(wire.end.data(core, later=timedelta(seconds=seconds))) == ack_of(core)


async def test_a_clock_that_is_set_back_refuses_for_a_while_and_loses_nothing(wire: Wire, house: House) -> None:
    core = wire.end.core(RESERVE)
    data = wire.end.data(core)
    house.time.advance(timedelta(minutes=-10))
    try:
        refused = await wire.receiver.exchange(data)
        now_ours = wire.end.open(refused).said
        assert isinstance(now_ours, control.Nack)
        assert now_ours.code is N.OUTSIDE_WINDOW
        assert await wire.told(wire.end.data(core)) == ack_of(core), "its own clock agrees again: a new envelope"
    finally:
        house.time.advance(timedelta(minutes=10))
    assert await wire.told(data) == ack_of(core), "and the old one, once the clock is right, has no effect"
    assert await minted(house, wire.end) == 1


async def test_a_recorded_frame_neither_opens_the_link_nor_is_given_a_core(house: House) -> None:
    end = house.end()
    await house.as_operator(lambda tx: channels.register(tx, end.channel))
    receiver = house.receiver(end)
    for data in (end.heartbeat(later=timedelta(-1)), end.data(end.core(RESERVE), later=timedelta(-1))):
        answer = end.open(await receiver.exchange(data))
        assert isinstance(answer.said, control.Nack)
        assert (answer.said.code, answer.core) == (N.OUTSIDE_WINDOW, None)
    heard = "SELECT link::text, heard_at FROM channel WHERE id = $1"
    assert tuple(await house.superuser.fetchrow(heard, end.channel)) == ("unseen", None)
    await receiver.exchange(end.heartbeat())
    assert tuple(await house.superuser.fetchrow(heard, end.channel)) == ("open", house.time.now())


# --- order


async def test_a_core_that_came_early_is_taken_as_soon_as_the_one_before_it(
    wire: Wire, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "EARLY_SECONDS_MAX", 1.0)
    first = wire.end.core(RESERVE)
    second = wire.end.core_of(first.body, 1, sequence=2, previous=first.core)
    third = wire.end.core_of(first.body, 1, sequence=3, previous=second.core)
    loop = asyncio.get_running_loop()
    started = loop.time()
    waiting = [asyncio.create_task(wire.told(wire.end.data(core))) for core in (third, second)]
    await asyncio.sleep(0.05)
    assert await wire.told(wire.end.data(first)) == ack_of(first)
    assert await asyncio.gather(*waiting) == [ack_of(third), ack_of(second)]
    assert loop.time() - started < 0.9, "woken, not timed out"
    assert await minted(house, wire.end) == 3


async def test_a_core_whose_predecessor_does_not_come_is_refused_after_a_second_with_what_is_due(
    wire: Wire, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "EARLY_SECONDS_MAX", 1.0)
    await wire.say(RESERVE)
    here = wire.end.position
    early = wire.end.core(RESERVE, sequence=here.due + 1)
    data = wire.end.data(early)
    loop = asyncio.get_running_loop()
    started = loop.time()
    said = await wire.told(data)
    assert said == control.Nack(1, here.due + 1, frame.digest(data), N.EARLY, 1, here.due, here.head)
    assert 0.95 <= loop.time() - started < 2


# --- giving up a sequence


async def test_a_void_takes_the_place_of_a_core_and_the_next_continues_after_it(wire: Wire, house: House) -> None:
    unreadable = wire.end.core_of(b"\xc1", 1)
    data = wire.end.data(unreadable)
    refused = await wire.told(data)
    assert isinstance(refused, control.Nack)
    assert refused.code is N.MALFORMED
    last = await house.last_entry()
    void = wire.end.void(unreadable)
    assert await wire.told(void) == ack_of(unreadable)
    assert await house.entries(last) == [model.SequenceVoided(wire.end.channel, 1, 1, unreadable.core)]
    wire.end.went(unreadable)
    for again in (void, wire.end.void(unreadable)):
        assert await wire.told(again) == ack_of(unreadable)
    assert len(await house.entries(last)) == 1, "and nothing happens again"
    assert isinstance(await wire.told(data), control.Nack), "what it stood for is not taken later"
    assert (await wire.say(RESERVE))[0].request.sequence == 2
    assert await minted(house, wire.end) == 1


async def test_an_unknown_kind_of_message_waits_for_a_later_release(
    wire: Wire, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender is ahead of us: it keeps its core, and an upgraded receiver takes it."""
    core = wire.end.core(RESERVE)
    data = wire.end.data(core)

    def unknown(*_: Any) -> Any:
        raise messages.Unsupported

    with monkeypatch.context() as patch:
        patch.setattr(messages, "decode_body", unknown)
        refused = await wire.told(data)
    assert isinstance(refused, control.Nack)
    assert refused.code is N.UNSUPPORTED
    assert await wire.told(data) == ack_of(core)


# --- who may speak


async def test_a_channel_that_nobody_admitted_is_refused_and_leaves_nothing(house: House) -> None:
    end = house.end()
    receiver = house.receiver(end)
    before = await house.contents()
    core = end.core(RESERVE)
    for data in (
        end.data(core),
        end.data(core, later=timedelta(-1)),
        end.data(end.core_of(b"\xc1", 1)),
        end.void(core),
        end.heartbeat(),
        end.heartbeat(later=timedelta(-1)),
        end.data(core) + end.control(ack_of(core)),
    ):
        assert await problem(receiver.exchange(data)) == (403, "channel_unknown")
    assert await receiver.exchange(end.control(ack_of(core))) == b""
    assert added(before, await house.contents()) == {}


async def test_one_key_id_names_one_channel(house: House) -> None:
    one, two = house.end(6_000_001), house.end(6_000_001)
    receiver = house.receiver(one)
    assert await problem(receiver.exchange(two.heartbeat())) == (401, "frame_forged")


# --- what is kept of what was refused


async def test_nothing_of_a_refused_frame_is_kept_or_said_again(wire: Wire, house: House) -> None:
    """A name in the body and a telephone number in the header: neither is in the database or in the answer."""
    phone = 94_771_234_567
    for body, changes in (
        (b"\x91\xacNimal Perera", {}),
        (messages.body([messages.encode(RESERVE)]), {"epoch": phone % 2**32}),
        (b"\x91\xacNimal Perera", {}),
        (b"\x91\xacNimal Perera", {"sequence": phone}),
        (b"Nimal Perera", {"previous": b"Nimal Perera" + bytes(20)}),
    ):
        core = wire.end.core_of(body, 1, **changes)
        answer = await wire.receiver.exchange(wire.end.data(core))
        said = wire.end.open(answer).said
        assert isinstance(said, control.Nack)
        assert said.code in {N.MALFORMED, N.OTHER_EPOCH, N.EARLY}
        assert b"Nimal" not in answer
    dumped = [row.lower() for _, row in await house.contents()]
    for planted in (b"Nimal", phone.to_bytes(8, "big")[3:], (phone % 2**32).to_bytes(4, "big")):
        assert not [row for row in dumped if planted.hex() in row]


# --- many random deliveries against a model


@pytest.mark.parametrize("seed", [1, 2])
async def test_any_mixture_of_deliveries_applies_each_core_once_and_in_order(
    house: House, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model of one line per rule says what each delivery is answered; in the end both sides have one history."""
    monkeypatch.setattr(receiving, "EARLY_SECONDS_MAX", 0.01)
    wire = await house.admitted()
    end, chance = wire.end, iter(memoryview(chances(seed, 4000)))
    sent: list[Any] = []
    applied = 0
    for _ in range(120):
        while len(sent) < applied + 4:
            core = end.core(*[RESERVE] * (1 + next(chance) % 3))
            sent.append(core)
            end.went(core)
        number = max(0, applied + (-2, -1, 0, 0, 0, 0, 1, 3)[next(chance) % 8])
        core, act = sent[number], next(chance) % 8
        if act == 0:
            data = end.data(core)
            spoilt = data[:-1] + bytes([data[-1] ^ 1])
            assert await problem(wire.receiver.exchange(spoilt)) == (401, "frame_forged")
            continue
        if act == 1:
            wire.receiver = house.receiver(end)
        data = end.data(core, later=timedelta(seconds=-60 if act == 2 else 0))
        said = await wire.told(data)
        if act == 2:
            expected: Any = N.OUTSIDE_WINDOW
        elif number > applied:
            expected = N.EARLY
        else:
            applied = max(applied, number + 1)
            expected = control.Ack(1, number + 1, core.core)
        assert (said.code if isinstance(said, control.Nack) else said) == expected
    position = await house.superuser.fetchrow("SELECT due, head FROM channel_inbound WHERE channel = $1", end.channel)
    assert tuple(position) == (applied + 1, sent[applied - 1].core if applied else transcript.GENESIS)
    assert await minted(house, end) == sum(core.count for core in sent[:applied])
    assert applied > 20


def chances(seed: int, size: int) -> bytes:
    """The same chance for the same seed, on every machine."""
    return b"".join(frame.digest(seed.to_bytes(4, "big") + n.to_bytes(4, "big")) for n in range(size // 32 + 1))
