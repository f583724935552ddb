"""The vocabulary is frozen: its schema, its capacities and the bytes of one example of each message.

`python -m tests.boundary.wire.regenerate` writes these files; a changed line is a change to the wall.
"""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from boundary.wire import export, frame, messages
from tests.boundary.wire import examples, plain_msgpack, regenerate

GOLDEN: dict[str, dict[str, Any]] = {
    name: json.loads((regenerate.VECTORS / f"{name}.json").read_text()) for name in examples.BY_NAME
}
VECTORS = [(name, word, row) for name, rows in GOLDEN.items() for word, row in rows.items()]
SCHEMA = jsonschema.Draft202012Validator(json.loads((regenerate.SCHEMA / "vocabulary.json").read_text()))


@pytest.mark.parametrize("path", regenerate.files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_golden_file_is_what_the_code_would_write(path: Path) -> None:
    assert path.read_text() == regenerate.files()[path]


def test_every_message_has_one_example() -> None:
    for name, of in messages.BY_NAME.items():
        assert [type(each) for each in examples.BY_NAME[name]] == list(of.shapes)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector[0]}-{vector[1]}")
def test_the_bytes_are_those_that_the_specification_of_messagepack_gives(vector: tuple[str, str, Any]) -> None:
    _, _, row = vector
    assert plain_msgpack.encode(plain_msgpack.from_json(json.loads(row["message"]))).hex() == row["bytes"]


def test_the_bytes_decode_to_the_examples() -> None:
    for direction, some in examples.BY_DIRECTION.items():
        rows = GOLDEN[direction.name.lower()].values()
        assert messages.decode_body(messages.body([bytes.fromhex(row["bytes"]) for row in rows]), direction) == some
    for row, message in zip(GOLDEN["control"].values(), examples.CONTROL, strict=True):
        assert messages.decode_control(bytes.fromhex(row["bytes"])) == message
    rows = [bytes.fromhex(row["bytes"]) for row in GOLDEN["market"].values()]
    ticks = len(examples.MARKET)
    assert messages.decode_market(messages.body(rows[:ticks])) == examples.MARKET
    assert messages.decode_question(messages.body(rows[ticks : ticks + 1])) == examples.ASKED[0]
    assert tuple(messages.decode_page(messages.body([row])) for row in rows[ticks + 1 :]) == examples.PAGES


def test_the_schema_is_a_schema_and_describes_every_example() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA.schema)
    for some in examples.BY_DIRECTION.values():
        SCHEMA.validate([export.as_json(message) for message in some])
    for message in examples.CONTROL:
        SCHEMA.validate(export.as_json(message))
    SCHEMA.validate([export.as_json(message) for message in examples.MARKET])


@pytest.mark.parametrize("example", examples.EVERY, ids=examples.name)
def test_the_schema_refuses_a_missing_an_additional_and_a_foreign_value(
    example: tuple[frame.Direction, messages.Message],
) -> None:
    good = export.as_json(example[1])
    for bad in (good[:-1], [*good, 0], [*good[:-1], "text"], [*good[:-1], None], [*good[:-1], {}], [299, *good[1:]]):
        assert not SCHEMA.is_valid([bad])


def test_the_schema_knows_no_free_text_and_no_map() -> None:
    """A string is a ref or bytes in hexadecimal digits, of a length that its pattern fixes."""
    found = list(_nodes(SCHEMA.schema["$defs"]))
    strings = [node for node in found if node.get("type") == "string"]
    assert strings
    assert all(node.get("format") == "uuid" or node["pattern"].startswith("^[0-9a-f]{") for node in strings)
    assert not any(node.get("type") in {"object", "number", "null", "boolean"} for node in found)
    assert all("maxItems" in node or node["items"] is False for node in found if node.get("type") == "array")


def _nodes(node: Any) -> Any:
    if isinstance(node, dict):
        yield node
        for each in node.values():
            yield from _nodes(each)
    elif isinstance(node, list):
        for each in node:
            yield from _nodes(each)
