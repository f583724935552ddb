"""The file in which an operator describes an instrument: what is read, and what is refused and where."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution_stack.instruments import model, rules
from execution_stack.instruments.formats import files

REF = uuid.UUID("0d6f8a3e-51c2-4e7b-9a40-c1d2e3f40516")
FILE: dict[str, Any] = {
    "code": "RAIN-26.MAY",
    "route": "omnibus",
    "product": "event_contract",
    "tick_size": 1000,
    "lot_size": 1_000_000,
    "price_max": 999,
    "grid": [{"from_ticks": 1, "step_ticks": 1}, {"from_ticks": 900, "step_ticks": 3}],
    "cap_lots": 25_000,
    "opens_at": "2026-05-01T05:30:00+05:30",
    "closes_at": "2026-05-31T18:00:00Z",
    "document": "0f" * 32,
}


def data(**changes: Any) -> bytes:
    return json.dumps({name: value for name, value in (FILE | changes).items() if value is not ...}).encode()


def test_a_file_is_read_as_it_is_written_and_written_as_it_is_read() -> None:
    found = files.read(data(), REF)
    rules.check(found)
    assert found.grid == (model.Band(1, 1), model.Band(900, 3))
    assert found.opens_at == datetime(2026, 5, 1, tzinfo=UTC)
    shown = files.write(found)
    assert (shown.pop("ref"), shown.pop("state")) == (str(REF), "listed")
    assert shown == FILE | {"opens_at": "2026-05-01T00:00:00Z"}
    assert files.read(json.dumps(shown).encode(), REF) == found
    assert files.read(data(halted=True), REF).state is model.State.HALTED
    assert files.read(data(grid=...), REF).grid == ()


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"code": ...}, ""),
        ({"unknown": 1}, ""),
        ({"ref": str(REF)}, ""),
        ({"code": 7}, "code"),
        ({"route": "dark"}, "route"),
        ({"product": None}, "product"),
        ({"tick_size": 0}, "tick_size"),
        ({"tick_size": -1}, "tick_size"),
        ({"tick_size": 1.5}, "tick_size"),
        ({"tick_size": "1000"}, "tick_size"),
        ({"lot_size": True}, "lot_size"),
        ({"price_max": 2**63}, "price_max"),
        ({"cap_lots": 10**15 + 1}, "cap_lots"),
        ({"opens_at": "2026-05-01T00:00:00"}, "opens_at"),
        ({"opens_at": "2026-05-01T00:00:00.5Z"}, "opens_at"),
        ({"opens_at": 1_777_896_000}, "opens_at"),
        ({"closes_at": "soon"}, "closes_at"),
        ({"document": "0F" * 32}, "document"),
        ({"document": "0f" * 31}, "document"),
        ({"grid": [{"from_ticks": 1}]}, "grid[0]"),
        ({"grid": [{"from_ticks": 1, "step_ticks": 0}]}, "grid[0].step_ticks"),
        ({"grid": [[1, 1]]}, "grid[0]"),
        ({"grid": {}}, "grid"),
        ({"halted": "yes"}, "halted"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(files.BadFile) as refused:
        files.read(data(**changes), REF)
    assert (refused.value.code, refused.value.facts["field"]) == ("instrument_file_invalid", field)


@pytest.mark.parametrize(
    "text",
    [b"", b"null", b"[]", b"{", b"\xff", b'{"code": "A", "code": "B"}', b"[" * 100_000, b" " * 70_000, b'{"a": NaN}'],
)
def test_what_is_no_file_of_ours_is_refused(text: bytes) -> None:
    for read in (lambda: files.read(text, REF), lambda: files.read_change(text, rules.terms(files.read(data(), REF)))):
        with pytest.raises(files.BadFile):
            read()


@given(st.binary(max_size=200))
def test_rubbish_is_refused_and_nothing_else_happens(text: bytes) -> None:
    with pytest.raises(files.BadFile):
        files.read(text, REF)


OLD = rules.terms(files.read(data(), REF))


def test_a_change_names_what_changes_and_the_rest_stays() -> None:
    for changes in ({"cap_lots": 5}, {"grid": []}, {"closes_at": "2026-06-30T00:00:00Z"}, {"document": "ab" * 32}):
        wanted = files.read_change(json.dumps(changes).encode(), OLD)
        (field,) = changes
        others = set(model.Terms.__struct_fields__) - {field}
        assert getattr(wanted, field) != getattr(OLD, field)
        assert all(getattr(wanted, each) == getattr(OLD, each) for each in others)


@pytest.mark.parametrize(
    "changes",
    [{}, {"code": "B"}, {"tick_size": 1}, {"lot_size": 1}, {"route": "clob"}, {"price_max": 0}, {"cap_lots": None}],
)
def test_what_an_instrument_is_cannot_be_changed_by_a_file(changes: dict[str, Any]) -> None:
    with pytest.raises(files.BadFile):
        files.read_change(json.dumps(changes).encode(), OLD)
