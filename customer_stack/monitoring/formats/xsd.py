"""Checks XML against an XML Schema, as far as the schemas beside this file go.

What they use is understood: sequences and choices with occurrences, named and inline types, and the facets of simple
types. A schema that uses anything else is refused when it is read, so that nothing is silently not checked. Errors name
the element and what is wrong with it, never what stands in it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from xml.etree import ElementTree as ET

from customer_stack.monitoring.model import reports

_XS = "{http://www.w3.org/2001/XMLSchema}"
_UNBOUNDED = 1 << 31
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})?")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


class BadSchema(Exception):  # noqa: N818 -- a defect of our own data file, never an answer
    """The schema uses something that is not understood here."""


class Simple(NamedTuple):
    """A type of text: what it is at bottom, and its facets in the order in which they stand."""

    base: str
    facets: tuple[tuple[str, str], ...] = ()


class Particle(NamedTuple):
    """A part of a content model, and how often it may stand: an element by name, or parts in order or to choose from."""

    kind: str
    least: int
    most: int
    name: str = ""
    type: "str | Simple | Particle" = ""
    parts: "tuple[Particle, ...]" = ()


class Schema(NamedTuple):
    root: Particle
    types: Mapping[str, "Simple | Particle"]

    def check(self, data: bytes) -> None:
        """Raise `NotValid` at the first element that is not as the schema wants it."""
        try:
            found = ET.fromstring(data)  # noqa: S314 -- expat bounds what entities grow to, and the result is checked
        except ET.ParseError:
            raise reports.NotValid("the file is not XML", at="") from None
        if found.tag != self.root.name:
            raise reports.NotValid("the file is of another kind", at=found.tag)
        self._element(found, self.root, found.tag)

    def _element(self, found: ET.Element, wanted: Particle, path: str) -> None:
        type_ = self._resolved(wanted.type)
        if found.attrib:
            raise reports.NotValid("has attributes", at=path)
        if isinstance(type_, Simple):
            if len(found):
                raise reports.NotValid("has parts", at=path)
            self._text(found.text or "", type_, path)
            return
        if (found.text or "").strip() or any((each.tail or "").strip() for each in found):
            raise reports.NotValid("has text between its parts", at=path)
        rest = self._model(list(found), 0, type_, path)
        if rest < len(found):
            raise reports.NotValid("does not belong there", at=f"{path}/{found[rest].tag}")

    def _resolved(self, type_: "str | Simple | Particle") -> "Simple | Particle":
        if isinstance(type_, str):
            return self.types[type_] if type_ in self.types else Simple(type_)
        return type_

    def _model(self, children: Sequence[ET.Element], at: int, model: Particle, path: str) -> int:
        """How many children are taken when this part is done. The schemas are deterministic, so the first way is the one."""
        times = 0
        while times < model.most and self._begins(children, at, model):
            at = self._once(children, at, model, path)
            times += 1
        if times < model.least and not self._empty(model):
            raise reports.NotValid("is missing", at=f"{path}/{self._first(model)}")
        return at

    def _once(self, children: Sequence[ET.Element], at: int, model: Particle, path: str) -> int:
        if model.kind == "element":
            self._element(children[at], model, f"{path}/{model.name}")
            return at + 1
        if model.kind == "choice":
            chosen = next(part for part in model.parts if self._begins(children, at, part))
            return self._model(children, at, chosen, path)
        for part in model.parts:
            at = self._model(children, at, part, path)
        return at

    def _begins(self, children: Sequence[ET.Element], at: int, model: Particle) -> bool:
        return at < len(children) and children[at].tag in self._starts(model)

    def _starts(self, model: Particle) -> set[str]:
        """By which elements a part may begin."""
        if model.kind == "element":
            return {model.name}
        if model.kind == "choice":
            return set().union(*(self._starts(part) for part in model.parts))
        found: set[str] = set()
        for part in model.parts:
            found |= self._starts(part)
            if part.least and not self._empty(part):
                break
        return found

    def _empty(self, model: Particle) -> bool:
        """Whether a part may be nothing at all."""
        if model.kind == "element":
            return False
        test = any if model.kind == "choice" else all
        return test(part.least == 0 or self._empty(part) for part in model.parts)

    def _first(self, model: Particle) -> str:
        return "|".join(sorted(self._starts(model)))

    def _text(self, text: str, type_: Simple, path: str) -> None:
        base = type_.base
        if base in self.types:
            below = self.types[base]
            assert isinstance(below, Simple), "checked when the schema was read"
            self._text(text, below, path)
        elif not _BASES[base](text):
            raise reports.NotValid(f"is no {base}", at=path)
        chosen = [value for facet, value in type_.facets if facet == "enumeration"]
        if chosen and text not in chosen:
            raise reports.NotValid("is none of the values that there are", at=path)
        for facet, value in type_.facets:
            if not _FACETS[facet](text, value):
                raise reports.NotValid(f"breaks {facet}", at=path)


def _date_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return _DATE_TIME.fullmatch(text) is not None


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


_BASES: Mapping[str, Callable[[str], bool]] = {
    "string": lambda _: True,
    "dateTime": _date_time,
    "decimal": lambda text: _NUMBER.fullmatch(text) is not None,
    "int": lambda text: re.fullmatch(r"-?\d{1,10}", text) is not None,
    "boolean": lambda text: text in {"true", "false", "0", "1"},
}
_FACETS: Mapping[str, Callable[[str, str], bool]] = {
    "enumeration": lambda _text, _value: True,  # all of them together, above
    "minLength": lambda text, value: len(text) >= int(value),
    "maxLength": lambda text, value: len(text) <= int(value),
    "pattern": lambda text, value: re.fullmatch(value, text) is not None,
    "fractionDigits": lambda text, value: len(text.partition(".")[2].rstrip("0")) <= int(value),
    "minInclusive": lambda text, value: _decimal(text) >= Decimal(value),
}


def read(data: bytes) -> Schema:
    """A schema with one element at its top. Whatever is not understood is refused."""
    top = ET.fromstring(data)  # noqa: S314 -- a file of this package
    types: dict[str, Simple | Particle] = {}
    roots = []
    for node in top:
        if node.tag == f"{_XS}element":
            roots.append(_particle(node))
        elif node.tag == f"{_XS}complexType":
            types[node.attrib["name"]] = _complex(node)
        elif node.tag == f"{_XS}simpleType":
            types[node.attrib["name"]] = _simple(node)
        elif node.tag != f"{_XS}annotation":
            raise BadSchema(node.tag)
    if len(roots) != 1:
        raise BadSchema("a schema has one element at its top")
    schema = Schema(roots[0], types)
    _complete(schema)
    return schema


def _complete(schema: Schema) -> None:
    """Every type that is named is there."""
    waiting: list[Simple | Particle | str] = [schema.root, *schema.types.values()]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            if each not in schema.types and each not in _BASES:
                raise BadSchema(f"no type {each}")
        elif isinstance(each, Simple):
            waiting.append(each.base)
        else:
            waiting += each.parts
            if each.kind == "element":
                waiting.append(each.type)


def _particle(node: ET.Element) -> Particle:
    kind = node.tag.removeprefix(_XS)
    least = int(node.attrib.get("minOccurs", "1"))
    said = node.attrib.get("maxOccurs", "1")
    most = _UNBOUNDED if said == "unbounded" else int(said)
    if unknown := node.attrib.keys() - {"minOccurs", "maxOccurs", "name", "type"}:
        raise BadSchema(f"{kind}: {sorted(unknown)}")
    if kind in {"sequence", "choice"}:
        return Particle(kind, least, most, parts=tuple(_particle(each) for each in node))
    if kind != "element":
        raise BadSchema(kind)
    return Particle(kind, least, most, node.attrib["name"], _type(node))


def _type(node: ET.Element) -> "str | Simple | Particle":
    inline = list(node)
    if "type" in node.attrib and not inline:
        return node.attrib["type"].removeprefix("xs:")
    if len(inline) == 1 and inline[0].tag == f"{_XS}complexType":
        return _complex(inline[0])
    if len(inline) == 1 and inline[0].tag == f"{_XS}simpleType":
        return _simple(inline[0])
    raise BadSchema(f"element {node.attrib.get('name')}")


def _complex(node: ET.Element) -> Particle:
    (inside,) = list(node)
    return _particle(inside)


def _simple(node: ET.Element) -> Simple:
    (restriction,) = list(node)
    if restriction.tag != f"{_XS}restriction":
        raise BadSchema(restriction.tag)
    facets = tuple((each.tag.removeprefix(_XS), each.attrib["value"]) for each in restriction)
    for name, _ in facets:
        if name not in _FACETS:
            raise BadSchema(name)
    return Simple(restriction.attrib["base"].removeprefix("xs:"), facets)
