"""Four keys from each master, none of them equal to any other, and no way to see one by accident."""

import hashlib
import hmac
import itertools
import uuid

import pytest

from boundary.wire import frame, keys

CHANNEL = uuid.UUID("0d6f8a3e-51c2-4e7b-9a40-c1d2e3f40516")
OTHER = uuid.UUID("1e7f8a3e-51c2-4e7b-9a40-c1d2e3f40517")
ONE, TWO = bytes(range(32)), bytes(range(32, 64))
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


def test_the_newest_key_is_the_highest_id() -> None:
    assert keys.Ring(CHANNEL, {9: ONE, 10: TWO}).newest == 10
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
