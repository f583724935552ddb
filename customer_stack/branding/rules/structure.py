"""Whether plain values have a struct's shape: every fault with its JSON pointer, where a decoder would stop at one."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from customer_stack.branding import model

_PATH = re.compile(r"^(?P<detail>.*?)(?: - at (?:`key` in )?`(?P<path>\$[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")  # a dictionary's entry is written [...]: its pointer is the dictionary


def problems(value: Any, type_: Any, at: str = "") -> Iterator[model.Problem]:
    """Structs are gone through field by field; for any other type the first fault is told."""
    if not _is_struct(type_):
        yield from _of_leaf(value, type_, at)
    elif not isinstance(value, dict):
        yield model.Problem(at, "must be an object")
    else:
        yield from _of_struct(value, type_, at)


def _of_struct(value: dict[str, Any], type_: Any, at: str) -> Iterator[model.Problem]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(type_)}
    for key in sorted(value.keys() - fields.keys()):
        yield model.Problem(at + model.step(key), "is not a field of this document")
    for key, field in fields.items():
        if key in value:
            yield from problems(value[key], field.type, at + model.step(key))
        elif field.required:
            yield model.Problem(at + model.step(key), "is missing")


def _of_leaf(value: Any, type_: Any, at: str) -> Iterator[model.Problem]:
    try:
        msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        match = _PATH.match(str(error))
        assert match, "the expression matches every text"
        steps = (name or index for name, index in _STEP.findall(match["path"] or ""))
        yield model.Problem(at + "".join(map(model.step, steps)), match["detail"])


def _is_struct(type_: Any) -> bool:
    return isinstance(type_, type) and issubclass(type_, msgspec.Struct)
