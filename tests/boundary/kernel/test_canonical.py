"""Canonical bytes: frozen, and the only ones that are accepted."""

import enum
import json
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundary.kernel import canonical, errors

law = settings(deadline=None)
GOLDEN = json.loads((Path(__file__).parent / "golden" / "canonical.json").read_text())


class Side(enum.IntEnum):
    BUY = 1
    SELL = 2


class Offer(msgspec.Struct, frozen=True, array_like=True, tag=1, forbid_unknown_fields=True):
    ref: uuid.UUID
    side: Side
    amount: int
    digest: bytes
    parts: tuple[int, ...] = ()


class Note(msgspec.Struct, frozen=True, array_like=True, tag=2, forbid_unknown_fields=True):
    at: datetime
    price: Decimal
    good: bool
    other: Offer | None


REF = uuid.UUID("0f8fad5b-d9cb-469f-a165-70867728950e")
OFFER = Offer(REF, Side.SELL, 2**63 - 1, bytes(range(4)), (0, 127, 128, 65536, -1, -33, -(2**63)))
STRUCTS: dict[str, msgspec.Struct] = {
    "offer": OFFER,
    "offer_without_parts": Offer(REF, Side.BUY, 0, b""),
    "note": Note(datetime(2031, 5, 6, 7, 8, 9, 10, tzinfo=UTC), Decimal("-1.50"), good=True, other=OFFER),
    "note_alone": Note(datetime(1969, 12, 31, tzinfo=UTC), Decimal(0), good=False, other=None),
}
DOCUMENTS: dict[str, Any] = {
    "keys_in_utf16_order": {"\U0001f600": 1, "\ufb33": 2, "ö": 3, "a": 4, "A": 5, "": 6},
    "numbers": [0, -0.0, 1.0, 1e21, 1e-7, 333333333.33333329, 2**53 - 1, -(2**53) + 1],
    "text": ['\u0000\u001f\u007f"\\/', "€", "\u2028"],
    "nested": {"b": [{}, [], None, True, False], "a": {"z": {"y": "x"}}},
}
Any_ = Offer | Note


def test_packed_bytes_are_frozen() -> None:
    assert {name: canonical.pack(value).hex() for name, value in STRUCTS.items()} == GOLDEN["pack"]


def test_json_bytes_are_frozen() -> None:
    assert {name: canonical.json_bytes(value).decode() for name, value in DOCUMENTS.items()} == GOLDEN["json"]


@pytest.mark.parametrize("name", STRUCTS)
def test_what_was_packed_unpacks_to_the_same(name: str) -> None:
    value = STRUCTS[name]
    assert canonical.unpack(bytes.fromhex(GOLDEN["pack"][name]), type(value)) == value


def test_a_union_of_tagged_structs_unpacks_by_its_tag() -> None:
    for value in (OFFER, STRUCTS["note"]):
        assert canonical.unpack(canonical.pack(value), Any_) == value  # type: ignore[arg-type]  # a union is no type to mypy


@law
@given(st.integers(-(2**63), 2**63 - 1), st.binary(max_size=40), st.lists(st.integers(-(2**63), 2**63 - 1), max_size=5))
def test_every_struct_survives_the_journey(amount: int, digest: bytes, parts: list[int]) -> None:
    value = Offer(REF, Side.BUY, amount, digest, tuple(parts))
    assert canonical.unpack(canonical.pack(value), Offer) == value


def refused(data: bytes) -> bool:
    try:
        canonical.unpack(data, Any_)  # type: ignore[arg-type]  # a union is no type to mypy
    except canonical.NotCanonical:
        return True
    return False


OFFER_BYTES = canonical.pack(Offer(REF, Side.BUY, 5, b"\x01"))
HEAD, TAIL = OFFER_BYTES[:1], OFFER_BYTES[1:]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        OFFER_BYTES[:-1],
        OFFER_BYTES + b"\xc0",
        OFFER_BYTES + b"\x00",
        b"\xdc\x00\x06" + TAIL,  # the array's length in two bytes where half a byte does
        HEAD + TAIL.replace(b"\x01\x05", b"\x01\xcc\x05"),  # a number in two bytes
        HEAD + TAIL.replace(b"\x01\x05", b"\x01\xd3" + bytes(7) + b"\x05"),  # in nine
        HEAD + TAIL.replace(b"\x01\x05", b"\x01\xcb\x40\x14" + bytes(6)),  # as a float
        HEAD + TAIL.replace(b"\xc4\x01\x01", b"\xa1\x01"),  # bytes as text
        HEAD + TAIL.replace(b"\xc4\x01\x01", b"\xd4\x05\x01"),  # as an extension
        HEAD + TAIL.replace(b"\xc4\x10" + REF.bytes, b"\xd9\x24" + str(REF).encode()),  # a UUID as text
        bytes([OFFER_BYTES[0] + 1]) + TAIL + b"\xc0",  # a field too many
        bytes([OFFER_BYTES[0] - 1]) + TAIL[:-1],  # a default left out
        HEAD + b"\x07" + TAIL[1:],  # an unknown tag
        b"\x91" * 100_000,  # deep
        b"\xdd\xff\xff\xff\xff",  # a length that is not there
        b"\xc1",
    ],
    ids=range(17),
)
def test_any_other_bytes_are_refused(data: bytes) -> None:
    assert data != OFFER_BYTES
    assert refused(data)


@law
@given(st.data())
def test_bytes_that_are_accepted_are_the_ones_that_would_be_packed(data: st.DataObject) -> None:
    changed = bytearray(canonical.pack(OFFER))
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    if not refused(bytes(changed)):
        value = canonical.unpack(bytes(changed), Offer)
        assert canonical.pack(value) == bytes(changed)


@law
@given(st.binary(max_size=60))
def test_rubbish_is_refused_and_nothing_else_is_raised(data: bytes) -> None:
    assert refused(data) or canonical.unpack(data, Any_)  # type: ignore[arg-type]  # a union is no type to mypy


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 2**53, -(2**53), {1: 2}, "\ud800", {"\ud800": 1}, b"x", object(), {1}]
)
def test_what_has_no_canonical_json_is_refused(value: object) -> None:
    with pytest.raises(canonical.NotCanonical):
        canonical.json_bytes([value])


def test_the_refusal_does_not_carry_the_decoders_words_which_may_quote_the_input() -> None:
    with pytest.raises(canonical.NotCanonical) as caught:
        canonical.unpack(b"\xa6secret", Offer)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_the_refusal_is_invalid_input_with_a_code() -> None:
    assert issubclass(canonical.NotCanonical, errors.Invalid)
    assert canonical.NotCanonical.code == "not_canonical"
