"""What may cross: every message that exists, and one planted example of every kind of field that must not."""

import datetime as dt
import decimal
import enum
import uuid
from typing import Annotated, Any

import msgspec
import pytest

from boundary.kernel import records
from boundary.privacy import wire_rules
from execution_stack import app, worker

Bound = msgspec.Meta(ge=0, le=100)


class Word(enum.Enum):
    NIMAL = "nimal"


class Number(enum.IntEnum):
    ONE = 1


class Part(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    note: str


OPEN: dict[str, tuple[Any, str]] = {
    "text": (str, "StrType"),
    "text of a pattern": (Annotated[str, msgspec.Meta(pattern="^[A-Z]{1,9}$")], "StrType"),
    "a map": (dict[str, str], "DictType"),
    "anything": (Any, "AnyType"),
    "raw": (msgspec.Raw, "RawType"),
    "a fraction": (float, "FloatType"),
    "a decimal": (decimal.Decimal, "DecimalType"),
    "a moment": (dt.datetime, "DateTimeType"),
    "a number": (int, "without bounds"),
    "half a bound": (Annotated[int, msgspec.Meta(ge=0)], "without bounds"),
    "bytes": (bytes, "no fixed size"),
    "bytes up to a size": (Annotated[bytes, msgspec.Meta(max_length=32)], "no fixed size"),
    "words": (Word, "something else than numbers"),
    "a list": (list[Number], "ListType"),
    "a tuple without an end": (tuple[Number, ...], "without an end"),
    "a list of text": (Annotated[tuple[str, ...], msgspec.Meta(max_length=3)], "StrType"),
    "a set": (frozenset[Number], "FrozenSetType"),
    "something absent": (Number | None, "UnionType"),
    "a part with text": (Part, "StrType"),
}
CLOSED = {
    "ref": uuid.UUID,
    "number": Annotated[int, Bound],
    "hash": Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)],
    "word": Number,
    "list": Annotated[tuple[Annotated[int, Bound], ...], msgspec.Meta(max_length=3)],
}


OURS = ("boundary.", "execution_stack.")  # tests declare records too, and the customer stack's stand elsewhere


def base() -> type[msgspec.Struct]:
    """A root of its own for each test: what is planted here is no message of the product."""
    return msgspec.defstruct("Root", [], frozen=True, array_like=True, forbid_unknown_fields=True)


def test_every_message_that_may_cross_is_closed() -> None:
    assert wire_rules.violations() == []


def test_every_record_in_a_coded_column_of_the_execution_database_is_closed() -> None:
    assert {app.ROUTES is not None, worker.jobs is not None} == {True}, "the composition roots import every record"
    kinds = (records.Entry, records.Message, records.Job)
    stored = [type_ for kind in kinds for type_ in records.all_of(kind) if type_.__module__.startswith(OURS)]
    assert len(stored) >= 6
    found = {(violation.where, violation.problem) for violation in wire_rules.of_records(stored)}
    assert found == set()


def test_a_message_of_every_closed_kind_of_field_passes() -> None:
    root = base()
    kept = msgspec.defstruct("Good", list(CLOSED.items()), bases=(root,), frozen=True, tag=1)
    assert wire_rules.violations(root) == []
    assert kept.__struct_fields__ == tuple(CLOSED)


@pytest.mark.parametrize("kind", OPEN)
def test_a_field_that_could_hold_more_is_refused(kind: str) -> None:
    root = base()
    kept = msgspec.defstruct("Bad", [("field", OPEN[kind][0])], bases=(root,), frozen=True, tag=1)
    found = wire_rules.violations(root)
    assert [kept.__name__ for _ in found] == ["Bad"]
    assert OPEN[kind][1] in found[0].problem


@pytest.mark.parametrize(
    "options, problem",
    [
        ({"tag": "word"}, "has no number of its own"),
        ({"tag": 1, "forbid_unknown_fields": False}, "takes more than its fields"),
        ({"tag": 1, "array_like": False}, "carries the names of its fields"),
    ],
)
def test_a_message_that_is_open_as_a_whole_is_refused(options: dict[str, Any], problem: str) -> None:
    root = msgspec.defstruct("Root", [], frozen=True)
    closed = {"array_like": True, "forbid_unknown_fields": True}
    kept = msgspec.defstruct("Bad", [("field", Number)], bases=(root,), frozen=True, **(closed | options))
    assert wire_rules.violations(root) == [wire_rules.Violation(kept.__name__, problem)]


def test_a_message_that_can_be_changed_or_has_a_default_is_refused() -> None:
    root = msgspec.defstruct("Root", [], array_like=True, forbid_unknown_fields=True)
    kept = msgspec.defstruct("Bad", [("field", Number, Number.ONE)], bases=(root,), tag=1)
    problems = {violation.problem for violation in wire_rules.violations(root)}
    assert problems == {"can be changed", "may be missing"}
    assert kept.__struct_fields__ == ("field",)


def test_two_messages_with_one_number_are_refused() -> None:
    root = base()
    kept = [msgspec.defstruct(name, [("word", Number)], bases=(root,), frozen=True, tag=7) for name in ("One", "Other")]
    assert wire_rules.violations(root) == [wire_rules.Violation("Other", "has no number of its own")]
    assert len(kept) == 2
