"""The frame's codec: one layout, nothing optional, and lengths that must add up exactly."""

import hashlib
import hmac
import struct
import uuid
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary.wire import frame

KEY = bytes(range(1, 33))
NONCE = uuid.UUID("6d7e0a52-3c1f-4b8a-9d02-5e4f3a2b1c0d")
HEADER = frame.Header(
    direction=frame.Direction.TO_EXECUTION,
    kind=frame.Kind.DATA,
    key_id=7,
    epoch=1,
    sequence=42,
    at_micros=1_700_000_000_000_000,
    nonce=NONCE,
    count=1,
    previous=b"\xab" * 32,
)
BODY = b"\x91\x92\x64\x05"
DATA = frame.seal(HEADER, BODY, KEY)

headers = st.builds(
    frame.Header,
    direction=st.sampled_from(frame.Direction),
    kind=st.sampled_from(frame.Kind),
    key_id=st.integers(0, 2**32 - 1),
    epoch=st.integers(0, 2**32 - 1),
    sequence=st.integers(0, 2**64 - 1),
    at_micros=st.integers(0, 2**64 - 1),
    nonce=st.uuids(version=4),
    count=st.integers(0, 2**16 - 1),
    previous=st.binary(min_size=32, max_size=32),
)


def patched(offset: int, new: bytes, data: bytes = DATA) -> bytes:
    return data[:offset] + new + data[offset + len(new) :]


def test_the_layout_is_the_one_that_the_page_says() -> None:
    by_hand = b"".join(
        [
            b"\xb1\x7c",
            bytes([1, 1, 1, 1]),
            struct.pack(">I", 7),
            struct.pack(">I", 1),
            struct.pack(">Q", 42),
            struct.pack(">Q", 1_700_000_000_000_000),
            NONCE.bytes,
            struct.pack(">H", 1),
            struct.pack(">I", len(BODY)),
            b"\xab" * 32,
            BODY,
        ]
    )
    assert by_hand + hmac.new(KEY, by_hand, hashlib.sha256).digest() == DATA
    assert (frame.HEADER_SIZE, frame.TAG_SIZE, frame.SIZE_MAX) == (84, 32, 262_144)


@given(headers, st.binary(max_size=200))
def test_what_was_sealed_is_what_is_read(header: frame.Header, body: bytes) -> None:
    data = frame.seal(header, body, KEY)
    assert frame.split(data) == [data]
    assert frame.parse(data, header.direction) == frame.Frame(header, body)
    frame.verify(data, KEY)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(DATA[:115], id="shorter than header and tag"),
        pytest.param(DATA[:-1], id="a byte short"),
        pytest.param(DATA + b"\0", id="a byte long"),
        pytest.param(patched(0, b"\xb2"), id="magic"),
        pytest.param(patched(1, b"\x7d"), id="magic, second byte"),
        pytest.param(patched(2, b"\x00"), id="version 0"),
        pytest.param(patched(2, b"\x02"), id="version 2"),
        pytest.param(patched(3, b"\x00"), id="suite 0"),
        pytest.param(patched(3, b"\x02"), id="suite 2"),
        pytest.param(patched(4, b"\x00"), id="direction 0"),
        pytest.param(patched(4, b"\x02"), id="the other direction"),
        pytest.param(patched(4, b"\x03"), id="direction 3"),
        pytest.param(patched(5, b"\x00"), id="kind 0"),
        pytest.param(patched(5, b"\x07"), id="kind 7"),
        pytest.param(patched(5, b"\xff"), id="kind 255"),
        pytest.param(patched(30, uuid.UUID(int=0).bytes), id="nil nonce"),
        pytest.param(patched(30, uuid.UUID("01890a5d-ac96-774b-bcce-b302099a8057").bytes), id="version 7 nonce"),
        pytest.param(patched(30, uuid.UUID("6d7e0a52-3c1f-4b8a-1d02-5e4f3a2b1c0d").bytes), id="nonce of no variant"),
        pytest.param(patched(48, b"\0\0\0\3"), id="length less one"),
        pytest.param(patched(48, b"\0\0\0\5"), id="length plus one"),
        pytest.param(patched(48, b"\xff\xff\xff\xff"), id="length 4 GiB"),
        pytest.param(frame.seal(HEADER, bytes(frame.BODY_SIZE_MAX), KEY) + b"\0", id="over the bound"),
    ],
)
def test_what_is_no_frame_of_this_protocol_is_malformed(data: bytes) -> None:
    with pytest.raises(frame.Malformed) as refused:
        frame.parse(data, frame.Direction.TO_EXECUTION)
    assert refused.value.code == "frame_malformed"


def test_the_largest_frame_is_read() -> None:
    body = bytes(frame.BODY_SIZE_MAX)
    data = frame.seal(HEADER, body, KEY)
    assert len(data) == frame.SIZE_MAX
    assert frame.parse(data, frame.Direction.TO_EXECUTION).body == body
    assert frame.split(data + data) == [data, data]


@pytest.mark.parametrize(
    "header, body",
    [
        pytest.param(HEADER, bytes(frame.BODY_SIZE_MAX + 1), id="body too long"),
        pytest.param(msgspec.structs.replace(HEADER, previous=bytes(31)), BODY, id="short head"),
        pytest.param(msgspec.structs.replace(HEADER, previous=bytes(33)), BODY, id="long head"),
    ],
)
def test_an_impossible_frame_is_not_sealed(header: frame.Header, body: bytes) -> None:
    with pytest.raises(ValueError, match="impossible size"):
        frame.seal(header, body, KEY)


@given(st.lists(st.tuples(headers, st.binary(max_size=40)), max_size=4))
def test_frames_that_follow_each_other_come_apart_again(drawn: list[tuple[frame.Header, bytes]]) -> None:
    each = [frame.seal(header, body, KEY) for header, body in drawn]
    assert frame.split(b"".join(each)) == each


def test_an_exchange_cut_anywhere_but_between_frames_does_not_come_apart() -> None:
    assert frame.split(DATA) == [DATA]
    for size in {*range(1, 2 * len(DATA))} - {len(DATA)}:
        with pytest.raises(frame.Malformed):
            frame.split((DATA + DATA)[:size])


def test_a_declared_length_is_never_more_than_what_is_there() -> None:
    for size in (1 << 18, 1 << 24, (1 << 32) - 1):
        with pytest.raises(frame.Malformed):
            frame.split(patched(48, size.to_bytes(4, "big")))


@pytest.mark.parametrize(
    "tag", [b"\0" * 32, DATA[-32:-1] + b"\0", DATA[-31:] + b"\0", hashlib.sha256(DATA[:-32]).digest()]
)
def test_any_other_tag_is_forged(tag: bytes) -> None:
    with pytest.raises(frame.Forged) as refused:
        frame.verify(DATA[:-32] + tag, KEY)
    assert refused.value.code == "frame_forged"


@pytest.mark.parametrize("size", [0, 1, 16, 31])
def test_a_shortened_tag_does_not_verify(size: int) -> None:
    with pytest.raises(frame.Forged):
        frame.verify(DATA[: -32 + size] if size < 32 else DATA, KEY)


def test_a_refusal_repeats_nothing_of_what_came() -> None:
    secret = b"+94771234567 Nimal Perera"
    for data in (secret * 6, frame.seal(HEADER, secret, KEY)[:-1]):
        with pytest.raises(frame.Malformed) as refused:
            frame.parse(data, frame.Direction.TO_EXECUTION)
        said: Any = (refused.value.detail, refused.value.facts, str(refused.value))
        assert "9477" not in repr(said)
