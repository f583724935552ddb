"""A message of a forbidden shape does not build: one planted breach for each kind."""

import datetime as dt
import decimal
import enum
import uuid
from typing import Annotated, Any, ClassVar, cast

import msgspec
import pytest

from boundary.wire import control, messages, provenance, shape, values, words

CHOSEN = provenance.CHOSEN
LENGTH = msgspec.Meta(min_length=1, max_length=3)


class Loose(enum.IntEnum):
    NOTHING = 0
    SOMETHING = 1


class Gapped(enum.IntEnum):
    ONE = 1
    THREE = 3


class Text(enum.StrEnum):
    WORD = "word"


class Sourced(values.Part, frozen=True):
    count: Annotated[values.Count, CHOSEN]


class Sourceless(values.Part, frozen=True):
    count: values.Count


class Open(msgspec.Struct, frozen=True, array_like=True):
    count: values.Count


class Base(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """As `values.Message`, and apart from it: what is planted here must not show up among the real messages."""


FORBIDDEN: dict[str, Any] = {
    "text": Annotated[str, CHOSEN],
    "short text": Annotated[str, msgspec.Meta(max_length=2), CHOSEN],
    "map": Annotated[dict[int, int], CHOSEN],
    "list": Annotated[list[int], CHOSEN],
    "anything": Annotated[Any, CHOSEN],
    "raw": Annotated[msgspec.Raw, CHOSEN],
    "optional": Annotated[values.Count | None, CHOSEN],
    "optional ref": Annotated[uuid.UUID | None, CHOSEN],
    "union": Annotated[uuid.UUID | bytes, CHOSEN],
    "float": Annotated[float, CHOSEN],
    "decimal": Annotated[decimal.Decimal, CHOSEN],
    "datetime": Annotated[dt.datetime, CHOSEN],
    "boolean": Annotated[bool, CHOSEN],
    "unbounded number": Annotated[int, CHOSEN],
    "number without upper bound": Annotated[int, msgspec.Meta(ge=0), CHOSEN],
    "negative number": Annotated[int, msgspec.Meta(ge=-1, le=1), CHOSEN],
    "number beyond int64": Annotated[int, msgspec.Meta(ge=0, le=2**63), CHOSEN],
    "bytes of any length": Annotated[bytes, CHOSEN],
    "bytes of several lengths": Annotated[bytes, msgspec.Meta(min_length=1, max_length=32), CHOSEN],
    "list without bound": Annotated[tuple[values.Ref, ...], CHOSEN],
    "list with too high a bound": Annotated[
        tuple[values.Ref, ...], msgspec.Meta(min_length=0, max_length=1001), CHOSEN
    ],
    "list of text": Annotated[tuple[str, ...], LENGTH, CHOSEN],
    "list of lists": Annotated[tuple[tuple[values.Ref, ...], ...], LENGTH, CHOSEN],
    "fixed tuple": Annotated[tuple[values.Ref, values.Ref], LENGTH, CHOSEN],
    "words from zero": Annotated[Loose, CHOSEN],
    "words with a gap": Annotated[Gapped, CHOSEN],
    "words of text": Annotated[Text, CHOSEN],
    "open part": Annotated[Open, CHOSEN],
    "message within a message": Annotated[control.Seen, CHOSEN],
    "no provenance": values.Count,
    "no provenance of a ref": values.Ref,
    "no provenance of a list": Annotated[tuple[values.Ref, ...], LENGTH],
    "no provenance within a part": Sourceless,
    "no provenance within a list": Annotated[tuple[Sourceless, ...], LENGTH],
    "two provenances": Annotated[values.Count, CHOSEN, provenance.REGISTERED],
    "two provenances, one within": Annotated[Sourced, CHOSEN],
    "provenance of an item": Annotated[tuple[Annotated[values.Ref, CHOSEN], ...], LENGTH],
}
ALLOWED: dict[str, Any] = {
    "ref": Annotated[values.Ref, CHOSEN],
    "hash": Annotated[values.Hash32, CHOSEN],
    "number": Annotated[values.Count, CHOSEN],
    "word": Annotated[words.Side, CHOSEN],
    "part": Sourced,
    "part as a whole": Annotated[Sourceless, CHOSEN],
    "list": Annotated[tuple[values.Ref, ...], LENGTH, CHOSEN],
    "list of parts": Annotated[tuple[Sourced, ...], LENGTH],
}


def planted(hint: Any, **options: Any) -> type[values.Message]:
    made = msgspec.defstruct("Planted", [("field", hint)], bases=(Base,), frozen=True, **options)
    return cast("type[values.Message]", made)


@pytest.mark.parametrize("hint", FORBIDDEN.values(), ids=FORBIDDEN)
def test_a_field_of_a_forbidden_kind_stops_the_build(hint: Any) -> None:
    with pytest.raises(shape.ShapeError, match=r"says?|kind|bounds|numbered|closed"):
        shape.of_message(planted(hint, tag=150))


@pytest.mark.parametrize("hint", ALLOWED.values(), ids=ALLOWED)
def test_a_field_of_an_allowed_kind_does_not(hint: Any) -> None:
    assert len(shape.of_message(planted(hint, tag=150)).fields) == 1


def test_a_field_that_may_be_missing_stops_the_build() -> None:
    missing = msgspec.defstruct("Planted", [("count", ALLOWED["number"], 0)], bases=(Base,), frozen=True, tag=150)
    with pytest.raises(shape.ShapeError, match="missing"):
        shape.of_message(cast("type[values.Message]", missing))


@pytest.mark.parametrize("options", [{}, {"tag": "text"}, {"tag": True}, {"tag": 150, "forbid_unknown_fields": False}])
def test_a_message_without_a_number_or_open_to_more_fields_stops_the_build(options: dict[str, Any]) -> None:
    with pytest.raises(shape.ShapeError):
        shape.of_message(planted(ALLOWED["number"], **options))


@pytest.mark.parametrize("tag", [110, 99, 200])
def test_a_tag_used_twice_or_outside_its_range_stops_the_build(tag: int) -> None:
    first, second = (planted(ALLOWED["number"], tag=number) for number in (110, tag))
    with pytest.raises(shape.ShapeError, match="tag"):
        messages._vocabulary(range(100, 200), first | second)


class TestVocabulary:
    """What holds for the messages as they are."""

    RANGES: ClassVar = {
        "control": range(1, 100),
        "to_execution": range(100, 200),
        "to_customer": range(200, 300),
        "market": range(300, 400),
    }

    def test_no_tag_is_used_twice_and_each_direction_keeps_to_its_range(self) -> None:
        tags = [tag for of in messages.BY_NAME.values() for tag in of.messages]
        assert len(tags) == len(set(tags)) == len(messages.SHAPES)
        for name, of in messages.BY_NAME.items():
            assert set(of.messages) <= set(self.RANGES[name])

    def test_every_message_that_is_written_down_can_be_said(self) -> None:
        """One that was left out of its union would never be decoded, and nobody would see why."""
        assert {each for each in _tagged(values.Message) if each.__module__.startswith("boundary.")} == set(
            messages.SHAPES
        )

    def test_every_message_is_immutable_and_holds_no_reference_cycle(self) -> None:
        for type_ in messages.SHAPES:
            assert type_.__struct_config__.frozen
            assert not type_.__struct_config__.gc


def _tagged(type_: type[values.Message]) -> set[type[values.Message]]:
    below = {found for child in type_.__subclasses__() for found in _tagged(child)}
    return below | ({type_} if type_.__struct_config__.tag is not None else set())
