"""Keys that change under a running receiver: what each state lets through, and replays across every change."""

import uuid
from collections.abc import Mapping

import pytest
import pytest_asyncio

from boundary.channel import envelope
from boundary.kernel import key_states
from boundary.wire import control, frame, keys, to_execution
from execution_stack.gate.service import channels, keyring, receiving
from tests.boundary.channel import frames
from tests.execution.gate.house import House, ack_of, added, problem

pytestmark = pytest.mark.asyncio(loop_scope="module")
S = key_states.State
OLD, NEW = 1, 2
UNKNOWN = (401, "frame_key_unknown")
WANTED = to_execution.ReserveRefs(1)


class Rotating:
    """A receiver that lives through it all, and the customer stack at its other end, with both keys."""

    def __init__(self, house: House, end: frames.End) -> None:
        self.house, self.end = house, end
        self.keyring = keyring.Keyring(self.held({OLD: S.ACTIVE}))
        self.receiver = receiving.Receiver(house.gate, self.keyring, house.time, house.ids)

    def held(self, states: Mapping[int, key_states.State]) -> dict[uuid.UUID, dict[int, key_states.Held]]:
        return {self.end.channel: {key: key_states.Held(self.end.masters[key], state) for key, state in states.items()}}

    def take(self, **states: key_states.State) -> None:
        self.keyring.take(self.held({OLD: states["old"]} | ({NEW: states["new"]} if "new" in states else {})))

    async def ask(self, body: bytes) -> frames.Answer:
        return self.end.open(await self.receiver.exchange(body))

    async def say(self, key_id: int) -> bytes:
        """A core that must be applied, under this key; the very frame."""
        core = self.end.core(WANTED)
        data = self.end.data(core, key_id=key_id)
        assert (await self.ask(data)).said == ack_of(core)
        self.end.went(core)
        return data

    async def sealed_with(self) -> int:
        """The key under which the receiver answers."""
        answer = await self.receiver.exchange(self.end.heartbeat(key_id=NEW if self.keyring.get(NEW) else OLD))
        return frame.parse(frame.split(answer)[0], frame.Direction.TO_CUSTOMER).header.key_id


@pytest_asyncio.fixture(loop_scope="module")
async def rotating(house: House) -> Rotating:
    made = house.end(OLD, NEW)
    await house.as_operator(lambda tx: channels.register(tx, made.channel))
    return Rotating(house, made)


async def test_every_state_of_two_keys_lets_through_what_it_should(rotating: Rotating) -> None:
    first = await rotating.say(OLD)
    assert await problem(rotating.receiver.exchange(rotating.end.heartbeat(key_id=NEW))) == UNKNOWN
    rotating.take(old=S.ACTIVE, new=S.PENDING)
    second = await rotating.say(NEW)
    assert await rotating.sealed_with() == OLD, "a pending key verifies and never seals"
    rotating.take(old=S.VERIFY_ONLY, new=S.ACTIVE)
    assert await rotating.sealed_with() == NEW, "a verify-only key never seals"
    third = await rotating.say(OLD)
    rotating.take(old=S.RETIRED, new=S.ACTIVE)
    for data in (first, third, rotating.end.heartbeat(key_id=OLD)):
        assert await problem(rotating.receiver.exchange(data)) == UNKNOWN
    assert (await rotating.ask(second)).said is not None, "what was applied is acknowledged again"
    await rotating.say(NEW)


async def test_a_frame_replayed_in_every_stage_of_a_rotation_has_no_effect(rotating: Rotating, house: House) -> None:
    data = await rotating.say(OLD)
    for states in (
        {"old": S.ACTIVE, "new": S.PENDING},
        {"old": S.VERIFY_ONLY, "new": S.PENDING},
        {"old": S.VERIFY_ONLY, "new": S.ACTIVE},
        {"old": S.REVOKED, "new": S.ACTIVE},
    ):
        rotating.take(**states)
        before = await house.contents()
        match states:
            case {"old": S.REVOKED}:
                assert await problem(rotating.receiver.exchange(data)) == UNKNOWN
            case {"old": S.VERIFY_ONLY, "new": S.PENDING}:
                assert await problem(rotating.receiver.exchange(data)) == (503, "channel_key_none_active")
            case _:
                said = (await rotating.ask(data)).said
                assert isinstance(said, control.Ack)
                assert said.sequence == 1
        gained = [table for table in added(before, await house.contents()) if "participant" in table]
        assert gained == []


async def test_what_was_captured_under_an_old_key_is_no_use_under_a_new_one(rotating: Rotating, house: House) -> None:
    core = rotating.end.core(WANTED)
    captured = rotating.end.data(core, key_id=OLD)
    rotating.take(old=S.REVOKED, new=S.ACTIVE)
    renamed = captured[:6] + NEW.to_bytes(4, "big") + captured[10:]
    before = await house.contents()
    assert await problem(rotating.receiver.exchange(captured)) == UNKNOWN
    assert await problem(rotating.receiver.exchange(renamed)) == (401, "frame_forged")
    assert added(before, await house.contents()) == {}
    assert (await rotating.ask(rotating.end.data(core, key_id=NEW))).said == ack_of(core), "sealed again it is welcome"


@pytest.mark.parametrize("key_id", [0, 3, 2**31, 2**32 - 1])
async def test_a_key_that_nobody_has_is_unknown(rotating: Rotating, house: House, key_id: int) -> None:
    data = rotating.end.heartbeat()
    before = await house.contents()
    assert await problem(rotating.receiver.exchange(data[:6] + key_id.to_bytes(4, "big") + data[10:])) == UNKNOWN
    assert added(before, await house.contents()) == {}


async def test_a_revoked_channel_takes_no_other_with_it(house: House) -> None:
    ends = [house.end(), house.end()]
    for end in ends:
        await house.as_operator(lambda tx, end=end: channels.register(tx, end.channel))
    masters = {end.channel: end.masters for end in ends}
    held = frames.held(masters)
    ring = keyring.Keyring(held)
    receiver = receiving.Receiver(house.gate, ring, house.time, house.ids)
    one, other = ends
    ring.take(held | {one.channel: {k: h._replace(state=S.REVOKED) for k, h in held[one.channel].items()}})
    assert await problem(receiver.exchange(one.heartbeat())) == UNKNOWN
    assert other.open(await receiver.exchange(other.heartbeat())).said is not None


async def test_keys_that_cannot_be_taken_leave_all_channels_as_they_were(house: House) -> None:
    one, other = house.end(), house.end()
    held = frames.held({one.channel: one.masters, other.channel: other.masters})
    ring = keyring.Keyring(held)
    weak = {9: key_states.Held(bytes(32), S.PENDING)}
    fresh = {8: key_states.Held(house.ids.token(32), S.ACTIVE)}
    with pytest.raises(ValueError, match="random"):
        ring.take({one.channel: fresh, other.channel: dict(held[other.channel]) | weak})
    assert ring.get(one.ring.active) is not None
    assert (ring.get(8), ring.get(9)) == (None, None)


async def test_the_sender_seals_with_the_active_key_and_asks_with_a_pending_one(rotating: Rotating) -> None:
    masters = rotating.end.masters | {3: rotating.house.ids.token(32)}
    ring = keys.Ring(rotating.end.channel, masters, {1: S.VERIFY_ONLY, 2: S.ACTIVE, 3: S.PENDING})
    sealer = envelope.Sealer(ring, frame.Direction.TO_EXECUTION, rotating.house.time, rotating.house.ids)
    core = rotating.end.core(WANTED)
    made = [sealer.data(core), sealer.heartbeat(), sealer.control(ack_of(core)), sealer.heartbeat(pending=3)]
    assert [int.from_bytes(each[6:10], "big") for each in made] == [2, 2, 2, 3]
    for not_pending in (1, 2, 4):
        with pytest.raises(keys.UnknownKey):
            sealer.heartbeat(pending=not_pending)


async def test_only_timely_frames_show_that_the_other_side_has_a_key(rotating: Rotating, house: House) -> None:
    rotating.take(old=S.ACTIVE, new=S.PENDING)
    rotating.keyring.seen()
    late = rotating.end.heartbeat(key_id=NEW, at_micros=1_700_000_000_000_000)
    await rotating.receiver.exchange(late)
    assert rotating.keyring.seen() == set()
    await rotating.receiver.exchange(rotating.end.heartbeat(key_id=NEW))
    assert rotating.keyring.seen() == {NEW}
    assert rotating.keyring.seen() == set(), "told once"


async def test_nothing_that_holds_keys_shows_them(rotating: Rotating) -> None:
    ring = rotating.keyring.get(OLD)
    assert ring is not None
    shown = repr([rotating.keyring, ring, str(ring)])
    secrets = [*rotating.end.masters.values(), ring.key(OLD, frame.Direction.TO_EXECUTION, frame.Kind.DATA)]
    assert not any(secret.hex() in shown or repr(secret) in shown for secret in secrets)
