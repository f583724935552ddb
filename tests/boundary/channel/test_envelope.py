"""The envelope: made anew for each attempt around a core that never changes, and the exact order of checks on it."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import pytest

from boundary.channel import envelope
from boundary.kernel import clock, errors, ids
from boundary.wire import control, frame, keys, messages, to_execution
from tests.boundary.channel import frames

NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
OURS, THEIRS = uuid.UUID("0d6f8a3e-51c2-4e7b-9a40-c1d2e3f40516"), uuid.UUID("1e7f8a3e-51c2-4e7b-9a40-c1d2e3f40517")
ONE, TWO, THREE = (bytes([n]) + bytes(range(1, 32)) for n in (1, 2, 3))
TO_EXECUTION = frame.Direction.TO_EXECUTION


class World(NamedTuple):
    """Two customer stacks, one execution stack that knows the keys of both, and a clock."""

    time: clock.ManualClock
    end: frames.End
    other: frames.End
    rings: dict[int, keys.Ring]

    def verify(self, data: bytes) -> envelope.Arrived:
        return envelope.verify(data, self.rings, TO_EXECUTION, self.time.now())

    def refusal(self, data: bytes) -> str:
        with pytest.raises(errors.Refusal) as refused:
            self.verify(data)
        return refused.value.code


@pytest.fixture
def world() -> World:
    time, random = clock.ManualClock(NOW), ids.SeededIds(1)
    end = frames.End(OURS, {1: ONE, 2: TWO}, TO_EXECUTION, time, random)
    other = frames.End(THEIRS, {3: THREE}, TO_EXECUTION, time, random)
    return World(time, end, other, {1: end.ring, 2: end.ring, 3: other.ring})


def sealer(world: World) -> envelope.Sealer:
    return envelope.Sealer(world.end.ring, TO_EXECUTION, world.time, ids.SeededIds(2))


def test_the_sealer_makes_what_the_verifier_takes(world: World) -> None:
    core = world.end.core(to_execution.ReserveRefs(5))
    void = control.Void(core.epoch, core.sequence, core.core)
    made = sealer(world)
    for kind, data, body in (
        (frame.Kind.DATA, made.data(core), core.body),
        (frame.Kind.VOID, made.void(core, void), messages.encode(void)),
        (frame.Kind.HEARTBEAT, made.heartbeat(), b""),
        (frame.Kind.ACK, made.control(control.Seen(bytes(32), 1)), messages.encode(control.Seen(bytes(32), 1))),
    ):
        arrived = world.verify(data)
        assert (arrived.header.kind, arrived.header.key_id, arrived.body) == (kind, 2, body)
        assert (arrived.ring.channel, arrived.timely, arrived.skew_micros, arrived.data) == (OURS, True, 0, data)


def test_every_attempt_has_a_new_envelope_around_the_same_core(world: World) -> None:
    core = world.end.core(to_execution.ReserveRefs(5))
    made = sealer(world)
    first = world.verify(made.data(core))
    world.time.advance(timedelta(seconds=1))
    second = world.verify(made.data(core))
    assert first.header.nonce != second.header.nonce
    assert second.header.at_micros - first.header.at_micros == 1_000_000
    same = {"nonce": first.header.nonce, "at_micros": first.header.at_micros}
    assert (first.header, first.body) == (msgspec.structs.replace(second.header, **same), second.body)


@pytest.mark.parametrize(
    "seconds, timely", [(-30.1, False), (-30, True), (-29.9, True), (0, True), (29.9, True), (30, True), (30.1, False)]
)
def test_a_frame_is_timely_within_thirty_seconds_either_way(world: World, seconds: float, timely: bool) -> None:
    arrived = world.verify(world.end.heartbeat(later=timedelta(seconds=seconds)))
    assert arrived.timely is timely
    assert arrived.skew_micros == round(seconds * 1_000_000)


@pytest.mark.parametrize("at_micros", [0, 1, 2**63 - 1, 2**63, 2**64 - 1])
def test_no_time_is_too_odd_to_be_judged(world: World, at_micros: int) -> None:
    assert world.verify(world.end.heartbeat(at_micros=at_micros)).timely is False


def test_a_clock_that_was_set_back_makes_frames_untimely_and_nothing_worse(world: World) -> None:
    data = world.end.heartbeat()
    world.time.advance(timedelta(minutes=-10))
    assert world.verify(data).timely is False
    world.time.advance(timedelta(minutes=10))
    assert world.verify(data).timely is True


KEYS: list[tuple[str, frame.Direction, frame.Kind]] = [
    ("the other duty", TO_EXECUTION, frame.Kind.ACK),
    ("the other direction", frame.Direction.TO_CUSTOMER, frame.Kind.DATA),
    ("the other direction and duty", frame.Direction.TO_CUSTOMER, frame.Kind.ACK),
]


@pytest.mark.parametrize("direction, kind", [each[1:] for each in KEYS], ids=[each[0] for each in KEYS])
def test_a_key_of_another_duty_or_direction_forges(world: World, direction: frame.Direction, kind: frame.Kind) -> None:
    core = world.end.core(to_execution.ReserveRefs(5))
    assert world.refusal(world.end.data(core, key=world.end.ring.key(2, direction, kind))) == "frame_forged"


def test_the_key_is_that_of_the_id_in_the_header_and_no_other(world: World) -> None:
    core = world.end.core(to_execution.ReserveRefs(5))
    one, two = (world.end.ring.key(number, TO_EXECUTION, frame.Kind.DATA) for number in (1, 2))
    three = world.other.ring.key(3, TO_EXECUTION, frame.Kind.DATA)
    assert world.verify(world.end.data(core, key_id=1)).ring is world.end.ring
    assert world.refusal(world.end.data(core, key_id=1, key=two)) == "frame_forged"
    assert world.refusal(world.end.data(core, key_id=2, key=one)) == "frame_forged"
    assert world.refusal(world.end.data(core, key_id=2, key=three)) == "frame_forged"
    assert world.refusal(world.end.data(core, key_id=3, key=two)) == "frame_forged"
    assert world.verify(world.end.data(core, key_id=3, key=three)).ring.channel == THEIRS
    assert world.refusal(world.end.data(core, key_id=4, key=two)) == "frame_key_unknown"
    for weak in (ONE, TWO, bytes(32), core.core):  # a master is no key either
        assert world.refusal(world.end.data(core, key=weak)) == "frame_forged"


def placed(kind: frame.Kind, **changes: Any) -> Any:
    return pytest.param(
        kind, changes, id=f"{kind.name.lower()} with {', '.join(f'{k} {v}' for k, v in changes.items())}"
    )


@pytest.mark.parametrize(
    "kind, changes",
    [
        placed(frame.Kind.DATA, epoch=0),
        placed(frame.Kind.DATA, sequence=0),
        placed(frame.Kind.DATA, sequence=2**63),
        placed(frame.Kind.DATA, sequence=2**64 - 1),
        placed(frame.Kind.VOID, epoch=0),
        placed(frame.Kind.VOID, sequence=0),
        placed(frame.Kind.VOID, sequence=2**63),
        placed(frame.Kind.VOID, count=0),
        placed(frame.Kind.VOID, count=2),
        placed(frame.Kind.ACK, epoch=2),
        placed(frame.Kind.ACK, sequence=1),
        placed(frame.Kind.ACK, count=0),
        placed(frame.Kind.ACK, previous=b"\1" * 32),
        placed(frame.Kind.HEARTBEAT, epoch=0),
        placed(frame.Kind.HEARTBEAT, sequence=94_771_234_567),
        placed(frame.Kind.HEARTBEAT, count=1),
        placed(frame.Kind.HEARTBEAT, previous=b"\1" * 32),
    ],
)
def test_a_genuine_frame_with_an_impossible_place_is_malformed(
    world: World, kind: frame.Kind, changes: dict[str, Any]
) -> None:
    core = world.end.core(to_execution.ReserveRefs(5))
    seen = messages.encode(control.Seen(bytes(32), 1))
    right = {
        frame.Kind.DATA: core,
        frame.Kind.VOID: core,
        frame.Kind.ACK: frames.nowhere(seen, 1),
        frame.Kind.HEARTBEAT: frames.nowhere(b"", 0),
    }[kind]
    world.verify(world.end.seal(kind, right))
    assert world.refusal(world.end.seal(kind, right, **changes)) == "frame_malformed"


def test_a_heartbeat_carries_nothing(world: World) -> None:
    assert world.refusal(world.end.seal(frame.Kind.HEARTBEAT, frames.nowhere(b"\x90", 0))) == "frame_malformed"


def test_checks_come_in_their_order(world: World) -> None:
    """Each frame below fails several checks; what it is refused for is the first of them."""
    late = world.end.data(world.end.core(to_execution.ReserveRefs(5)), later=timedelta(hours=1), sequence=0)
    assert world.refusal(late) == "frame_malformed", "place before window"
    broken_tag = late[:-1] + bytes([late[-1] ^ 1])
    assert world.refusal(broken_tag) == "frame_forged", "tag before place"
    unknown_key = broken_tag[:6] + b"\0\0\0\x09" + broken_tag[10:]
    assert world.refusal(unknown_key) == "frame_key_unknown", "key before tag"
    wrong_suite = unknown_key[:3] + b"\x09" + unknown_key[4:]
    assert world.refusal(wrong_suite) == "frame_malformed", "suite before key"
    assert world.refusal(wrong_suite[:-1]) == "frame_malformed"


# --- every single bit

_FIELDS = (
    ("magic", 0, 2),
    ("version", 2, 3),
    ("suite", 3, 4),
    ("direction", 4, 5),
    ("kind", 5, 6),
    ("key id", 6, 10),
    ("sealed", 10, 30),
    ("nonce", 30, 46),
    ("sealed", 46, 48),
    ("length", 48, 52),
)


def outcome_of_a_flip(data: bytes, bit: int, key_ids: set[int]) -> str:
    """What the page says, worked out from where the bit stands."""
    flipped = flip(data, bit)
    field = next((name for name, start, end in _FIELDS if start <= bit // 8 < end), "sealed")
    match field:
        case "magic" | "version" | "suite" | "direction" | "length":
            return "frame_malformed"
        case "kind":
            return "frame_forged" if flipped[5] in {1, 2, 3, 4, 5, 6} else "frame_malformed"
        case "key id":
            return "frame_forged" if int.from_bytes(flipped[6:10], "big") in key_ids else "frame_key_unknown"
        case "nonce":
            version, variant = flipped[36] >> 4, flipped[38] >> 6
            return "frame_forged" if (version, variant) == (4, 2) else "frame_malformed"
        case _:
            return "frame_forged"


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 0x80 >> bit % 8
    return bytes(changed)


def test_every_single_bit_flip_of_every_kind_of_frame_is_refused_for_what_it_breaks(world: World) -> None:
    core = world.end.core(to_execution.ReserveRefs(5), to_execution.ActivateRef(ids.SeededIds(5).ref()))
    made = sealer(world)
    void = control.Void(1, 1, core.core)
    ack = made.control(control.Ack(1, 1, core.core))
    for data in (made.data(core), made.void(core, void), made.heartbeat(), made.reopen(control.Compare(1, 2, 3)), ack):
        world.verify(data)
        for bit in range(8 * len(data)):
            assert world.refusal(flip(data, bit)) == outcome_of_a_flip(data, bit, set(world.rings)), f"bit {bit}"


def test_a_frame_cut_at_any_length_is_malformed(world: World) -> None:
    data = sealer(world).data(world.end.core(to_execution.ReserveRefs(5)))
    for size in range(len(data)):
        assert world.refusal(data[:size]) == "frame_malformed"
        if size >= frame.HEADER_SIZE:  # a length that fits what is left does not help
            shorter = data[:48] + max(size - frame.HEADER_SIZE - frame.TAG_SIZE, 0).to_bytes(4, "big") + data[52:size]
            assert world.refusal(shorter) in {"frame_malformed", "frame_forged"}


def test_a_tag_cut_at_any_length_and_filled_up_is_forged(world: World) -> None:
    data = sealer(world).data(world.end.core(to_execution.ReserveRefs(5)))
    for size in range(frame.TAG_SIZE):
        for filling in (b"\0", b"\xff"):
            kept = data[-frame.TAG_SIZE :][:size]
            filled = kept + filling * (frame.TAG_SIZE - size)
            if filled != data[-frame.TAG_SIZE :]:
                assert world.refusal(data[: -frame.TAG_SIZE] + filled) == "frame_forged"
