"""The vocabulary for people and machines outside: a JSON Schema, and the JSON form of a message that it describes.

On the wire a message is MessagePack. In JSON it is the same array, with bytes as lower-case hexadecimal digits and
refs as UUIDs in their usual form; text itself has no place in either. The files under `schema/` are golden: a test
makes them anew and compares, and a change to them is a change to the wall.
"""

import enum
import json
import uuid
from typing import Any

import msgspec

from boundary.wire import capacity, messages, shape, values

_REF_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"


def files() -> dict[str, str]:
    """The golden files by name."""
    return {"vocabulary.json": _text(vocabulary()), "capacity.json": _text(capacity.table())}


def vocabulary() -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The messages that cross the wall",
        "description": "A body: the messages of one direction, or one message about frames.",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in messages.BY_NAME],
        "$defs": {key: value for name, of in messages.BY_NAME.items() for key, value in _defs(name, of).items()},
    }


def as_json(message: messages.Message) -> list[Any]:
    """A message as the schema describes it."""
    return [messages.SHAPES[type(message)].tag, *_fields(message)]


def _defs(name: str, of: messages.Vocabulary) -> dict[str, Any]:
    one = {"oneOf": [{"$ref": f"#/$defs/{name}.{each.name}"} for each in of.shapes.values()]}
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": values.MESSAGES_MAX}
    body = one if of is messages.CONTROL else many
    return {name: body} | {f"{name}.{each.name}": _message(each) for each in of.shapes.values()}


def _message(each: shape.MessageShape) -> dict[str, Any]:
    tag = {"title": "tag", "const": each.tag}
    purpose = {"description": each.purpose} if each.purpose else {}
    return {"title": each.name, **purpose, **_array([tag, *(_field(field) for field in each.fields)])}


def _field(field: shape.Field) -> dict[str, Any]:
    origin: dict[str, Any] = {}
    if field.origin is not None:
        origin["x-provenance"] = field.origin.source.value
        origin |= {"x-window-seconds": field.origin.window_seconds} if field.origin.window_seconds else {}
    return {"title": field.name, **_kind(field.shape), **origin}


def _kind(kind: shape.Shape) -> dict[str, Any]:
    match kind:
        case shape.Reference():
            return {"type": "string", "format": "uuid", "pattern": _REF_PATTERN}
        case shape.Octets(size):
            return {"type": "string", "contentEncoding": "base16", "pattern": f"^[0-9a-f]{{{2 * size}}}$"}
        case shape.Whole(low, high, unit, zero):
            notes = {"x-unit": unit.value if unit else "", "x-zero": zero}
            return {"type": "integer", "minimum": low, "maximum": high, **{k: v for k, v in notes.items() if v}}
        case shape.Word(words):
            return {"oneOf": [{"const": word.value, "title": word.name.lower()} for word in words]}
        case shape.Series(item, least, most):
            return {"type": "array", "items": _kind(item), "minItems": least, "maxItems": most}
        case shape.Group(fields):
            return _array([_field(field) for field in fields])


def _array(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)}


def _fields(struct: msgspec.Struct) -> list[Any]:
    return [_value(getattr(struct, name)) for name in struct.__struct_fields__]


def _value(value: Any) -> Any:
    match value:
        case uuid.UUID():
            return str(value)
        case bytes():
            return value.hex()
        case enum.IntEnum():
            return value.value
        case tuple():
            return [_value(each) for each in value]
        case msgspec.Struct():
            return _fields(value)
        case _:
            return value


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1) + "\n"
