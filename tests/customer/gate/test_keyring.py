"""A pending key is put to the other side in a heartbeat, and counts as known there only with a true answer to it."""

import asyncio
import uuid

import pytest

from boundary.kernel import clock, ids, key_states
from boundary.wire import control, frame, keys
from customer_stack.gate import model
from customer_stack.gate.adapters import http
from customer_stack.gate.service import exchanging, keyring
from tests.boundary.channel import frames

S = key_states.State


class There:
    """The execution stack's answer to heartbeats, with the keys that it has."""

    def __init__(self, channel: uuid.UUID, masters: dict[int, bytes], time: clock.Clock) -> None:
        self.end = frames.End(channel, masters, frame.Direction.TO_CUSTOMER, time, ids.SystemIds())
        self.asked: list[int] = []

    async def post(self, body: bytes) -> bytes:
        key_id = int.from_bytes(body[6:10], "big")
        self.asked.append(key_id)
        if self.end.ring.get(key_id) is None:
            raise http.Unreachable("refused", status=401)
        return self.end.control(control.Seen(frame.digest(body), clock.to_micros(self.end.time.now())), key_id=1)


async def asked(there: There, ours: keys.Ring, seconds: float = 0.05) -> set[int]:
    """Which keys are known there, after a while of asking."""
    line = exchanging.Line(there, ours, there.end.time, ids.SystemIds(), lambda _: None)
    asking = asyncio.create_task(keyring.ask_for_pending(line, ours))
    await asyncio.sleep(seconds)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    return ours.seen - {1}


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "ASK_SECONDS", 0.002)
    monkeypatch.setattr(keyring, "ASK_AGAIN_SECONDS", 0.002)


MASTERS = {number: bytes([number]) * 8 + bytes(range(24)) for number in (1, 2, 3)}


def ring(channel: uuid.UUID) -> keys.Ring:
    held = {1: S.ACTIVE, 2: S.PENDING, 3: S.VERIFY_ONLY}
    return keyring.Keyring(channel, {channel: {k: key_states.Held(MASTERS[k], s) for k, s in held.items()}}).ring


async def test_only_pending_keys_are_asked_about_and_only_until_they_are_known() -> None:
    channel, time = ids.SystemIds().ref(), clock.SystemClock()
    there = There(channel, MASTERS, time)
    assert await asked(there, ring(channel)) == {2}
    assert there.asked == [2]


async def test_a_key_that_the_other_side_does_not_have_stays_unknown_and_is_asked_about_again() -> None:
    channel, time = ids.SystemIds().ref(), clock.SystemClock()
    there = There(channel, {1: MASTERS[1]}, time)
    assert await asked(there, ring(channel)) == set()
    assert len(there.asked) > 2


async def test_an_answer_that_does_not_verify_proves_nothing() -> None:
    channel, time = ids.SystemIds().ref(), clock.SystemClock()
    there = There(channel, {1: bytes(8) + bytes(range(24)), 2: MASTERS[2]}, time)
    assert await asked(there, ring(channel)) == set()


async def test_another_channels_keys_are_refused_at_start_and_while_running() -> None:
    channel, other = ids.SystemIds().ref(), ids.SystemIds().ref()
    one = {1: key_states.Held(MASTERS[1], S.ACTIVE)}
    for held in ({}, {other: one}, {channel: one, other: {2: key_states.Held(MASTERS[2], S.ACTIVE)}}):
        with pytest.raises(model.WrongKeys):
            keyring.Keyring(channel, held)
    running = keyring.Keyring(channel, {channel: one})
    with pytest.raises(model.WrongKeys):
        running.take({other: one})
    assert running.ring.active == 1
    assert MASTERS[1].hex() not in repr(running)
