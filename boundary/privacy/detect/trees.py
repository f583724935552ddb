"""Walks a JSON value and tells of each place what its keys say about it; judges nothing itself."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from boundary.privacy.detect import keys
from boundary.privacy.detect.keys import Context

_DEPTH_MAX = 64


class Key(NamedTuple):
    """A key that is not plain vocabulary, to be judged like a value."""

    path: str
    text: str


class Leaf(NamedTuple):
    path: str
    value: Any
    context: Context
    telling: str | None


class Siblings(NamedTuple):
    """Neighbouring leaves of one container whose keys claim nothing for them."""

    pieces: list[tuple[str, object]]


class TooDeep(NamedTuple):
    path: str


Visit = Key | Leaf | Siblings | TooDeep


def parse(text: str | bytes) -> Any:
    """JSON with every digit and every key kept: a key that stands twice would hide its first value, so it is an error.

    Raises ValueError or RecursionError.
    """
    return json.loads(text, object_pairs_hook=_once, parse_float=Decimal)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def walk(value: Any, path: str = "", about: keys.Key | None = None, depth: int = 0) -> Iterator[Visit]:
    about = about or keys.Key()
    if not isinstance(value, dict | list | tuple):
        if value is not None and not isinstance(value, bool):
            yield Leaf(path, value, about.context, about.telling)
    elif depth >= _DEPTH_MAX:
        yield TooDeep(path)
    elif isinstance(value, dict):
        yield from _object(value, path, about, depth)
    else:
        yield from _array(value, path, about, depth)


def _object(value: dict[Any, Any], path: str, above: keys.Key, depth: int) -> Iterator[Visit]:
    loose: list[tuple[str, object]] = []
    for index, (name, item) in enumerate(value.items()):
        key = name if isinstance(name, str) else str(name)
        about = keys.classify(key)
        here = f"{path}/{key if about.printable else index}"
        if not about.printable:
            yield Key(here, key)
        if above.telling and not about.telling:
            about = about._replace(telling=above.telling)
        if isinstance(item, dict | list | tuple):
            yield from walk(item, here, about, depth + 1)
            continue
        if item is None or isinstance(item, bool):
            continue
        yield Leaf(here, item, about.context, about.telling)
        if about.context in {Context.NEUTRAL, Context.TIME}:
            loose.append((here, item))
    if len(loose) > 1:
        yield Siblings(loose)


def _array(value: list[Any] | tuple[Any, ...], path: str, about: keys.Key, depth: int) -> Iterator[Visit]:
    loose: list[tuple[str, object]] = []
    for index, item in enumerate(value):
        here = f"{path}/{index}"
        yield from walk(item, here, about, depth + 1)
        if isinstance(item, str | int):
            loose.append((here, item))
    if len(loose) > 1 and about.context is not Context.NUMBER:
        yield Siblings(loose)
