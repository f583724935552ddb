"""Four keys from each master, none of them equal to any other, and no way to see one by accident."""

import hashlib
import hmac
import itertools
import uuid

import pytest

from boundary.kernel import key_states
from boundary.wire import frame, keys

CHANNEL = uuid.UUID("0d6f8a3e-51c2-4e7b-9a40-c1d2e3f40516")
OTHER = uuid.UUID("1e7f8a3e-51c2-4e7b-9a40-c1d2e3f40517")
ONE, TWO = bytes(range(32)), bytes(range(32, 64))
S = key_states.State
RING = keys.Ring(CHANNEL, {1: ONE, 2: TWO})
DUTIES = (frame.Kind.DATA, frame.Kind.ACK)


def rfc_5869(master: bytes, salt: bytes, info: bytes) -> bytes:
    """One block, as the RFC writes it."""
    extracted = hmac.new(salt, master, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()


def every(ring: keys.Ring) -> list[bytes]:
    return [
        ring.key(key_id, direction, kind)
        for key_id, direction, kind in itertools.product(ring.key_ids, frame.Direction, DUTIES)
    ]


@pytest.mark.parametrize("key_id", [1, 2])
@pytest.mark.parametrize("direction", frame.Direction)
@pytest.mark.parametrize("kind, duty", [(frame.Kind.DATA, b"data"), (frame.Kind.ACK, b"ack")])
def test_a_key_follows_from_its_master_channel_direction_duty_and_id(
    key_id: int, direction: frame.Direction, kind: frame.Kind, duty: bytes
) -> None:
    info = b"channel/1|%d|%s|%d" % (direction, duty, key_id)
    assert RING.key(key_id, direction, kind) == rfc_5869({1: ONE, 2: TWO}[key_id], CHANNEL.bytes, info)


def test_no_two_keys_are_equal_over_directions_duties_ids_and_channels() -> None:
    found = [*every(RING), *every(keys.Ring(OTHER, {1: ONE, 2: TWO})), *every(keys.Ring(CHANNEL, {3: ONE})), ONE, TWO]
    assert len(set(found)) == len(found) == 8 + 8 + 4 + 2
    assert {len(each) for each in found} == {32}


@pytest.mark.parametrize("kind", [frame.Kind.HEARTBEAT, frame.Kind.VOID])
def test_what_asks_is_sealed_with_the_key_for_data(kind: frame.Kind) -> None:
    for direction in frame.Direction:
        assert RING.key(1, direction, kind) == RING.key(1, direction, frame.Kind.DATA)


def test_without_states_the_newest_key_seals() -> None:
    assert keys.Ring(CHANNEL, {9: ONE, 10: TWO}).active == 10
    assert keys.Ring(CHANNEL, {10: TWO, 9: ONE}).key_ids == (9, 10)


@pytest.mark.parametrize("key_id", [0, 3, -1, 2**32])
def test_a_key_that_the_ring_does_not_hold_is_unknown(key_id: int) -> None:
    with pytest.raises(keys.UnknownKey) as refused:
        RING.key(key_id, frame.Direction.TO_EXECUTION, frame.Kind.DATA)
    assert refused.value.code == "frame_key_unknown"


@pytest.mark.parametrize(
    "masters",
    [
        pytest.param({}, id="none"),
        pytest.param({1: ONE, 2: ONE}, id="equal"),
        pytest.param({1: ONE[:31]}, id="short"),
        pytest.param({1: ONE + b"\0"}, id="long"),
        pytest.param({1: b""}, id="empty"),
        pytest.param({1: bytes(32)}, id="zero"),
        pytest.param({1: ONE, 2: bytes(32)}, id="one of them zero"),
        pytest.param({1: bytes(31) + b"\1"}, id="hardly any bytes that differ"),
        pytest.param({1: ONE, 2: RING.key(1, frame.Direction.TO_EXECUTION, frame.Kind.DATA)}, id="of another duty"),
    ],
)
def test_a_ring_of_weak_masters_is_not_made(masters: dict[int, bytes]) -> None:
    with pytest.raises(ValueError, match="key") as refused:
        keys.Ring(CHANNEL, masters)
    assert all(each.hex() not in str(refused.value) for each in masters.values() if each)


def test_a_ring_shows_its_channel_and_no_key() -> None:
    for shown in (repr(RING), str(RING), f"{RING}"):
        assert shown == f"Ring({CHANNEL})"
    assert not hasattr(RING, "__dict__"), "nothing that a dump of attributes would print"


P, A, V, R, X = S.PENDING, S.ACTIVE, S.VERIFY_ONLY, S.RETIRED, S.REVOKED
MASTERS = {number: hashlib.sha256(bytes([number])).digest() for number in range(1, 6)}


def test_a_state_says_what_a_key_is_for() -> None:
    ring = keys.Ring(CHANNEL, MASTERS, {1: V, 2: A, 3: P, 4: R, 5: X})
    assert (ring.active, ring.key_ids, ring.pending) == (2, (1, 2, 3), (3,))
    for gone in (4, 5):
        assert ring.get(gone) is None
        with pytest.raises(keys.UnknownKey):
            ring.key(gone, frame.Direction.TO_EXECUTION, frame.Kind.DATA)


@pytest.mark.parametrize("states", [{1: V}, {1: P}, {1: R}, {1: X}])
def test_without_an_active_key_nothing_can_be_sealed(states: dict[int, key_states.State]) -> None:
    with pytest.raises(keys.NoActiveKey):
        _ = keys.Ring(CHANNEL, {1: ONE}, states).active


def test_two_active_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="one key"):
        keys.Ring(CHANNEL, {1: ONE, 2: TWO}, {1: A, 2: A})


def test_a_ring_exchanges_its_keys_and_keeps_its_channel() -> None:
    ring = keys.Ring(CHANNEL, {1: ONE})
    ring.adopt(keys.Ring(CHANNEL, {1: ONE, 2: TWO}, {1: V, 2: A}))
    assert (ring.active, ring.key_ids) == (2, (1, 2))
    with pytest.raises(ValueError, match="channel"):
        ring.adopt(keys.Ring(OTHER, {1: ONE}))


def test_a_fingerprint_names_a_master_and_tells_nothing_that_seals() -> None:
    found = key_states.fingerprint(CHANNEL, 1, ONE)
    assert found == rfc_5869(ONE, CHANNEL.bytes, b"channel/1|fingerprint|1")
    assert found not in every(RING)
    others = [(OTHER, 1, ONE), (CHANNEL, 2, ONE), (CHANNEL, 1, TWO)]
    assert len({found, *(key_states.fingerprint(*each) for each in others)}) == 4


def test_the_first_keys_are_in_use_and_later_ones_wait() -> None:
    assert key_states.assumed([], [3, 1, 2]) == {1: V, 2: V, 3: A}
    assert key_states.assumed([V, A], [7, 9]) == {7: P, 9: P}
    assert key_states.assumed([X], [7]) == {7: P}, "what follows a revoked key is activated by people"
