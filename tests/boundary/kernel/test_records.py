"""Records: exactly one byte form, exactly the declared kinds, and nothing that was not declared."""

import uuid

import hypothesis
import msgspec
import pytest
from hypothesis import strategies as st

from boundary.kernel import canonical, records


class Kind(records.Record, frozen=True):
    """A kind of these tests' own."""


class Moved(Kind, frozen=True, tag="test.moved.v1"):
    """One record of it."""

    ref: uuid.UUID
    steps: int


class Named(Kind, frozen=True, tag="test.named.v1"):
    """Another."""

    name: str
    more: bytes = b""


class Other(records.Record, frozen=True):
    """Another kind."""


class Elsewhere(Other, frozen=True, tag="test.elsewhere.v1"):
    """A record of another kind."""


class Empty(records.Record, frozen=True):
    """A kind without a record."""


made = st.builds(Moved, st.uuids(), st.integers(-(2**63), 2**63 - 1)) | st.builds(Named, st.text(), st.binary())


@hypothesis.given(made)
def test_a_record_comes_back_from_its_bytes(record: Kind) -> None:
    data = records.encode(record)
    assert records.decode(data, Kind) == record
    assert records.encode(records.decode(data, Kind)) == data


def test_every_declared_record_of_a_kind_is_known_in_the_order_of_tags() -> None:
    assert records.all_of(Kind) == [Moved, Named]
    assert records.all_of(Other) == [Elsewhere]


@hypothesis.given(made, st.data())
def test_bytes_that_are_not_the_canonical_ones_are_refused(record: Kind, data: st.DataObject) -> None:
    good = records.encode(record)
    at = data.draw(st.integers(0, len(good) - 1))
    changed = [good + b"\x00", good[:at], b"\xdc\x00" + good, good[:at] + bytes([good[at] ^ 0x80]) + good[at + 1 :]]
    for bad in changed:
        try:
            found = records.decode(bad, Kind)
        except canonical.NotCanonical:
            continue
        assert records.encode(found) == bad != good  # another record, whole and canonical


@pytest.mark.parametrize(
    "content",
    [
        ["test.tomorrow.v9", 1],
        ["test.elsewhere.v1"],
        ["test.moved.v1"],
        ["test.moved.v1", bytes(16), 1, "one too many"],
        ["test.moved.v1", bytes(15), 1],
        ["test.moved.v1", bytes(16), "1"],
        ["test.moved.v1", bytes(16), 1.0],
        ["test.moved.v1", str(uuid.UUID(int=1)), 1],
        ["test.named.v1", None],
        [],
        [1],
        {"type": "test.named.v1", "name": "x"},
        "test.named.v1",
        None,
    ],
)
def test_an_unknown_tag_another_kind_or_another_shape_is_refused(content: object) -> None:
    with pytest.raises(canonical.NotCanonical):
        records.decode(msgspec.msgpack.encode(content), Kind)


def test_a_kind_without_any_record_decodes_nothing() -> None:
    with pytest.raises(LookupError):
        records.decode(b"\x90", Empty)


def test_a_record_that_is_declared_later_is_known_from_then_on() -> None:
    class Growing(records.Record, frozen=True):
        """A kind that grows."""

    class First(Growing, frozen=True, tag="test.growing.first.v1"):
        """There from the start."""

    assert records.decode(records.encode(First()), Growing) == First()

    class Second(Growing, frozen=True, tag="test.growing.second.v1"):
        """Declared after a decoder was made."""

    assert records.decode(records.encode(Second()), Growing) == Second()


def test_two_records_with_one_tag_are_a_defect_that_shows_at_once() -> None:
    class Doubled(records.Record, frozen=True):
        """A kind with a mistake in it."""

    class One(Doubled, frozen=True, tag="test.doubled.v1"):
        """The first."""

    class Two(Doubled, frozen=True, tag="test.doubled.v1"):
        """The second."""

    with pytest.raises(TypeError):
        records.decode(records.encode(One()), Doubled)
    assert Two() != One()
