"""What a field that crosses may be, judged by what the decoder itself would accept and by nobody's word.

The wire's own modules refuse to build an open message; this is the auditor's second opinion, made with another tool
from the finished types. Nothing that could hold text, a map, a fraction or something absent has a line here.

The records in the execution database's `coded` columns are held to the same: a domain of bytes is no wall by itself.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from boundary.wire import messages

INT64 = range(-(1 << 63), 1 << 63)
LIST_MAX = 2_000


class Violation(NamedTuple):
    where: str
    problem: str


def violations(base: type[msgspec.Struct] = messages.Message) -> list[Violation]:
    """Everything wrong with any declared kind of message."""
    found: list[Violation] = []
    tags: set[object] = set()
    for type_ in sorted(_messages(base), key=lambda each: each.__name__):
        tag = type_.__struct_config__.tag
        if type(tag) is not int or tag in tags:
            found.append(Violation(type_.__name__, "has no number of its own"))
        tags.add(tag)
        found += _of_struct(type_)
    return found


def of_records(types: Iterable[type[msgspec.Struct]]) -> list[Violation]:
    """Everything wrong with records that the execution stack stores; they are named by words, not numbers."""
    return [violation for type_ in types for violation in _of_struct(type_)]


def _messages(base: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """Every class below the base but those that have no tag and only serve others as a base."""
    for type_ in base.__subclasses__():
        if type_.__struct_config__.tag is not None or not type_.__subclasses__():
            yield type_
        yield from _messages(type_)


def _of_struct(type_: type[msgspec.Struct]) -> Iterator[Violation]:
    name, config = type_.__name__, type_.__struct_config__
    if not config.frozen:
        yield Violation(name, "can be changed")
    if not config.array_like:
        yield Violation(name, "carries the names of its fields")
    if not config.forbid_unknown_fields:
        yield Violation(name, "takes more than its fields")
    info = inspect.type_info(type_)
    assert isinstance(info, inspect.StructType), "a struct is described as one"
    for field in info.fields:
        if not field.required:
            yield Violation(f"{name}.{field.name}", "may be missing")
        yield from _of_type(f"{name}.{field.name}", field.type)


def _of_type(where: str, type_: Any) -> Iterator[Violation]:
    match type_:
        case inspect.StructType(cls=part):
            yield from _of_struct(part)
        case inspect.VarTupleType(item_type=item, max_length=most):
            if most is None or most > LIST_MAX:
                yield Violation(where, "is a list without an end")
            yield from _of_type(f"{where}[]", item)
        case inspect.TupleType(item_types=items):
            for item in items:
                yield from _of_type(f"{where}[]", item)
        case _:
            if problem := _of_value(type_):
                yield Violation(where, problem)


def _of_value(type_: Any) -> str | None:
    match type_:
        case inspect.UUIDType() | inspect.BoolType():
            return None
        case inspect.IntType():
            return None if _bounded(type_) else "is a number without bounds of 64 bits"
        case inspect.BytesType(min_length=least, max_length=most):
            return None if least is not None and least == most else "is bytes of no fixed size"
        case inspect.EnumType(cls=words):
            numbers = all(type(member.value) is int and member.value in INT64 for member in words)
            return None if numbers else "is an enum of something else than numbers"
        case _:
            return f"is of a kind that must not cross: {type(type_).__name__}"


def _bounded(type_: inspect.IntType) -> bool:
    low = type_.ge if type_.ge is not None else type_.gt
    high = type_.le if type_.le is not None else type_.lt
    return low is not None and high is not None and low in INT64 and high in INT64
