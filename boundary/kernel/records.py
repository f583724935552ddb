"""Structs that are stored as bytes: audit entries, outbox messages, job arguments.

A record is positional, tagged, frozen and decodes from exactly one byte form. Its tag carries a version: a new shape
is a new tag, and an old one is kept as long as rows hold it. Whoever declares a subclass registers it by doing so, so
a composition root that imports its capabilities knows every record that its database may hold.
"""

import functools
import operator
from typing import Annotated, Any, TypeVar

import msgspec

from boundary.kernel import canonical

Hash32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Count = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]


class Record(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The base of every kind of record; subclasses of a kind carry `tag="capability.fact.v1"`."""


class Entry(Record, frozen=True):
    """The base of every audit payload. Personal data never stands here but as a keyed commitment."""


class Message(Record, frozen=True):
    """The base of what may be put into the outbox."""


class Job(Record, frozen=True):
    """The base of every job: its arguments, and a tag that names it for ever."""


R = TypeVar("R", bound=Record)


def all_of(kind: type[R]) -> list[type[R]]:
    """Every record declared so far of a kind, in the order of their tags."""
    return sorted(_leaves(kind), key=lambda type_: str(type_.__struct_config__.tag))


def encode(record: Record) -> bytes:
    return canonical.pack(record)


def decode(data: bytes, kind: type[R]) -> R:
    """The record that these bytes are; refused unless its tag is registered and the bytes are its canonical ones."""
    record: R = canonical.unpack(data, _union(kind, tuple(all_of(kind))))
    return record


@functools.lru_cache(maxsize=64)
def _union(kind: type[R], types: tuple[type[R], ...]) -> Any:
    if not types:
        raise LookupError(f"no record of the kind {kind.__name__} is declared")
    return functools.reduce(operator.or_, types)


def _leaves(kind: type[R]) -> list[type[R]]:
    found = []
    for child in kind.__subclasses__():
        found += [child] if isinstance(child.__struct_config__.tag, str) else []
        found += _leaves(child)
    return found
