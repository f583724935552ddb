"""How much a sender may choose: worked out by hand for some messages, pinned for all by the golden table."""

import json
import math
from typing import Any

import pytest

from boundary.wire import capacity, frame, messages, provenance, shape, values, words
from tests.boundary.wire import regenerate

TABLE: dict[str, Any] = json.loads((regenerate.SCHEMA / "capacity.json").read_text())
AMOUNT, TICKS = math.log2(10**15 + 1), math.log2(10**9 + 1)


def row(direction: str, message: str) -> dict[str, Any]:
    found: dict[str, Any] = TABLE[direction]["messages"][message]
    return found


def test_every_field_of_every_message_says_where_its_value_comes_from() -> None:
    sources = {source.value for source in provenance.Source}
    for name, of in messages.BY_NAME.items():
        for type_, each in of.shapes.items():
            fields = row(name, each.name)["fields"]
            assert tuple(fields) == type_.__struct_fields__
            for field in _leaves(fields):
                assert field["provenance"] in sources


def _leaves(fields: dict[str, Any]) -> list[dict[str, Any]]:
    return [leaf for each in fields.values() for leaf in (_leaves(each["fields"]) if "fields" in each else [each])]


def test_every_field_of_the_frame_is_counted() -> None:
    assert tuple(TABLE["frame"]["fields"]) == frame.Header.__struct_fields__
    assert TABLE["frame"]["fields"]["nonce"]["free_bits"] == 122


def test_what_the_receiver_minted_registered_or_recomputes_leaves_no_free_bit() -> None:
    for message in ("ActivateRef", "CancelIntent", "DeployToken", "RequestCustodyWallet"):
        assert row("to_execution", message)["free_bits"] == 0
        assert row("to_execution", message)["known_choices"] == 1


def test_an_intent_has_the_bits_of_its_words_its_numbers_and_its_expiry() -> None:
    words_ = math.log2(2) + math.log2(3) + math.log2(5)
    limit, lots, cost = TICKS, math.log2(10**12), AMOUNT
    expiry = math.log2(2 * 366 * 86_400 + 1 + 1)  # zero is one more
    found = row("to_execution", "PlaceIntent")
    assert found["free_bits"] == pytest.approx(words_ + limit + lots + cost + expiry, abs=0.01)
    assert found["known_choices"] == 2


def test_a_signature_has_no_bit_for_the_sender_but_a_nonce_for_its_signer() -> None:
    approvals = row("to_execution", "ForceTransfer")["fields"]["approvals"]
    assert (approvals["free_bits"], approvals["known_choices"], approvals["signer_bits"]) == (0, 2, 504)


def test_a_list_counts_as_if_full_and_its_length_too() -> None:
    refs = row("to_customer", "RefsIssued")["fields"]["refs"]
    assert refs["free_bits"] == pytest.approx(1000 * 122 + math.log2(1000), abs=0.01)


def test_a_message_has_the_sum_of_its_fields() -> None:
    for name in messages.BY_NAME:
        for message, found in TABLE[name]["messages"].items():
            for number in capacity.Capacity._fields:
                total = sum(field[number] for field in found["fields"].values())
                assert found[number] == pytest.approx(total, abs=0.05), message


def test_a_narrower_type_lowers_the_number() -> None:
    wide = shape.Field("lots", shape.Whole(1, 10**18, values.Unit.LOTS, ""), provenance.CHOSEN)
    narrow = wide._replace(shape=shape.Whole(1, 100, values.Unit.LOTS, ""))
    assert capacity.of_fields([narrow]).free_bits < capacity.of_fields([wide]).free_bits
    assert capacity.of_fields([wide._replace(shape=shape.Whole(5, 5, None, ""))]).free_bits == 0


def test_a_window_never_counts_for_more_than_the_field_can_hold() -> None:
    at = shape.Whole(10, 13, values.Unit.SECONDS, "")
    assert capacity.of_field(at, provenance.FRAME_WINDOW).free_bits == 2


def test_microseconds_within_a_window_count_as_such() -> None:
    at = shape.Whole(0, values.INT64_MAX, values.Unit.MICROS, "")
    assert capacity.of_field(at, provenance.FRAME_WINDOW).free_bits == pytest.approx(math.log2(60_000_001))


@pytest.mark.parametrize(
    "kind, origin",
    [
        (shape.Reference(), provenance.FRAME_WINDOW),
        (shape.Whole(0, 9, values.Unit.LOTS, ""), provenance.FRAME_WINDOW),
        (shape.Reference(), provenance.SIGNATURE_VERIFIED),
        (shape.Octets(32), provenance.SIGNATURE_VERIFIED),
        (shape.Word(words.Side), None),
    ],
)
def test_a_provenance_that_makes_no_sense_for_a_field_is_refused(
    kind: shape.Shape, origin: provenance.Provenance | None
) -> None:
    with pytest.raises(shape.ShapeError):
        capacity.of_field(kind, origin)
