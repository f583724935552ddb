"""The closed list of what a field may be, read from the messages themselves. Anything else stops the import.

There is no entry for text, a map, a float, an open list or something that may be missing: a message with such a field
does not build. The check of refs, the schema, the capacity table and `inspect` all walk what is made here.
"""

import enum
import typing
from typing import Annotated, Any, NamedTuple

import msgspec

from boundary.wire import provenance, values

SERIES_MAX = 1000


class ShapeError(TypeError):
    """A message has a field of a kind that must not cross, or one that does not say where its value comes from."""


class Reference(NamedTuple):
    """A version-4 UUID."""


class Octets(NamedTuple):
    size: int


class Whole(NamedTuple):
    low: int
    high: int
    unit: values.Unit | None
    zero: str


class Word(NamedTuple):
    words: type[enum.IntEnum]


class Series(NamedTuple):
    item: "Shape"
    least: int
    most: int


class Group(NamedTuple):
    """A part, with its fields."""

    fields: "tuple[Field, ...]"


Shape = Reference | Octets | Whole | Word | Series | Group


class Field(NamedTuple):
    """`origin` is None where a part inside says it for each of its own fields."""

    name: str
    shape: Shape
    origin: provenance.Provenance | None


class MessageShape(NamedTuple):
    name: str
    tag: int
    purpose: str
    fields: tuple[Field, ...]


def of_message(type_: type[values.Message]) -> MessageShape:
    tag = type_.__struct_config__.tag
    if not isinstance(tag, int):
        raise ShapeError(f"{type_.__name__} has no number")
    return MessageShape(type_.__name__, tag, _purpose(type_), _fields(type_, inside=False))


def _fields(type_: type[msgspec.Struct], *, inside: bool) -> tuple[Field, ...]:
    """`inside` tells that an enclosing field already says where all of it comes from."""
    config = type_.__struct_config__
    if not (config.frozen and config.array_like and config.forbid_unknown_fields):
        raise ShapeError(f"{type_.__name__} is not frozen, positional and closed")
    if type_.__struct_defaults__:
        raise ShapeError(f"{type_.__name__} has a field that may be missing")
    hints = typing.get_type_hints(type_, include_extras=True)
    return tuple(_field(f"{type_.__name__}.{name}", hints[name], inside=inside) for name in type_.__struct_fields__)


def _field(where: str, hint: Any, *, inside: bool) -> Field:
    bare, notes = _opened(hint)
    origins = [note for note in notes if isinstance(note, provenance.Provenance)]
    if len(origins) + inside > 1:
        raise ShapeError(f"{where} says twice where its value comes from")
    shape = _shape(where, bare, notes, inside=inside or bool(origins))
    found = origins[0] if origins else None
    if found is None and not inside and not _says_itself(shape):
        raise ShapeError(f"{where} does not say where its value comes from")
    return Field(where.rpartition(".")[2], shape, found)


def _shape(where: str, bare: Any, notes: tuple[Any, ...], *, inside: bool) -> Shape:
    limits = [note for note in notes if isinstance(note, msgspec.Meta)]
    limit = limits[0] if len(limits) == 1 else msgspec.Meta()
    if bare is values.Ref and not limits:
        return Reference()
    if bare is int:
        return _whole(where, limit, notes)
    if bare is bytes and limit.min_length is not None and limit.min_length == limit.max_length:
        return Octets(limit.min_length)
    if isinstance(bare, type) and issubclass(bare, enum.IntEnum):
        return _word(where, bare)
    if isinstance(bare, type) and issubclass(bare, values.Part):
        return Group(_fields(bare, inside=inside))
    if typing.get_origin(bare) is tuple:
        return _series(where, typing.get_args(bare), limit, inside=inside)
    raise ShapeError(f"{where} is of a kind that must not cross")


def _whole(where: str, limit: msgspec.Meta, notes: tuple[Any, ...]) -> Whole:
    low, high = limit.ge, limit.le
    if type(low) is not int or type(high) is not int or not 0 <= low <= high <= values.INT64_MAX:
        raise ShapeError(f"{where} is a number without bounds")
    units = [note for note in notes if isinstance(note, values.Unit)]
    zeros = [note.meaning for note in notes if isinstance(note, values.Zero)]
    return Whole(low, high, units[0] if units else None, zeros[0] if zeros else "")


def _word(where: str, kind: type[enum.IntEnum]) -> Word:
    numbers = [member.value for member in kind.__members__.values()]
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        raise ShapeError(f"{where} is a list of words that are not numbered from 1 on")
    return Word(kind)


def _series(where: str, items: tuple[Any, ...], limit: msgspec.Meta, *, inside: bool) -> Series:
    least, most = limit.min_length, limit.max_length
    if len(items) != 2 or items[1] is not Ellipsis or least is None or most is None or most > SERIES_MAX:
        raise ShapeError(f"{where} is a list without bounds")
    bare, notes = _opened(items[0])
    if any(isinstance(note, provenance.Provenance) for note in notes):
        raise ShapeError(f"{where}: the list says where its items come from, not each item")
    return Series(_shape(where, bare, notes, inside=inside), least, most)


def _says_itself(shape: Shape) -> bool:
    """Whether all that is in it are parts, whose own fields say where they come from."""
    return isinstance(shape, Group) or (isinstance(shape, Series) and _says_itself(shape.item))


def _opened(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    if typing.get_origin(hint) is Annotated:
        return hint.__origin__, hint.__metadata__
    return hint, ()


def _purpose(type_: type[msgspec.Struct]) -> str:
    return " ".join((type_.__doc__ or "").split())
