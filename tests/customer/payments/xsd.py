"""The part of XML Schema that ISO 20022 uses, read from a schema and applied to a document, with the standard library.

Independent of the writers: it knows sequences, choices, occurrences, simple types with their facets, and extensions with
attributes. What it does not know, it refuses to judge.
"""

import re
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

XS = "{http://www.w3.org/2001/XMLSchema}"
BUILT_IN = {
    "xs:string": r"[\s\S]*",
    "xs:boolean": r"true|false|0|1",
    "xs:decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)",
    "xs:date": r"-?\d{4}-\d\d-\d\d(Z|[+-]\d\d:\d\d)?",
    "xs:dateTime": r"-?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?",
    "xs:time": r"\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?",
    "xs:gYear": r"-?\d{4}(Z|[+-]\d\d:\d\d)?",
    "xs:gYearMonth": r"-?\d{4}-\d\d(Z|[+-]\d\d:\d\d)?",
    "xs:base64Binary": r"[A-Za-z0-9+/=\s]*",
    "xs:anyURI": r"\S*",
}
FACETS = {"pattern", "enumeration", "minLength", "maxLength", "length", "fractionDigits", "totalDigits", "minInclusive"}


class Schema:
    def __init__(self, data: bytes) -> None:
        root = ET.fromstring(data)
        self.namespace = root.attrib["targetNamespace"]
        self.types = {each.attrib["name"]: each for each in root if each.tag in {f"{XS}complexType", f"{XS}simpleType"}}
        self.root = next(each for each in root if each.tag == f"{XS}element")

    def faults(self, document: bytes) -> list[str]:
        tree = ET.fromstring(document)
        if tree.tag != f"{{{self.namespace}}}{self.root.attrib['name']}":
            return [f"root {tree.tag}"]
        return list(self._typed(tree, self.root.attrib["type"], tree.tag.rpartition("}")[2]))

    def _typed(self, node: Any, name: str, path: str) -> Any:
        if name.startswith("xs:"):
            yield from self._simple(node.text or "", name, path)
            return
        type_ = self.types[name]
        if type_.tag == f"{XS}simpleType":
            if len(node):
                yield f"{path}: has children"
            yield from self._simple(node.text or "", name, path)
            return
        (content,) = [each for each in type_ if each.tag != f"{XS}annotation"]
        if content.tag == f"{XS}simpleContent":
            yield from self._extended(node, content[0], path)
            return
        if (node.text or "").strip():
            yield f"{path}: text among elements"
        children = list(node)
        rest = yield from self._particle(content, children, path)
        if rest:
            yield f"{path}: {rest[0].tag.rpartition('}')[2]} is not expected"

    def _extended(self, node: Any, extension: Any, path: str) -> Any:
        yield from self._simple(node.text or "", extension.attrib["base"], path)
        for attribute in extension:
            given = node.attrib.get(attribute.attrib["name"])
            if given is None and attribute.attrib.get("use") == "required":
                yield f"{path}: attribute {attribute.attrib['name']} is missing"
            elif given is not None:
                yield from self._simple(given, attribute.attrib["type"], f"{path}/@")

    def _particle(self, particle: Any, children: list[Any], path: str) -> Any:
        """What is left of the children behind the particle."""
        if particle.tag == f"{XS}sequence":
            for each in particle:
                children = yield from self._particle(each, children, path)
            return children
        if particle.tag == f"{XS}choice":
            names = [each.attrib["name"] for each in particle]
            chosen = [each for each in particle if children and children[0].tag == self._tag(each.attrib["name"])]
            if not chosen:
                if particle.attrib.get("minOccurs") != "0":
                    yield f"{path}: one of {names} is missing"
                return children
            return (yield from self._particle(chosen[0], children, path))
        if particle.tag == f"{XS}any":
            return children[1:]
        assert particle.tag == f"{XS}element", particle.tag
        low, high = particle.attrib.get("minOccurs", "1"), particle.attrib.get("maxOccurs", "1")
        count, name = 0, particle.attrib["name"]
        while children and children[0].tag == self._tag(name) and (high == "unbounded" or count < int(high)):
            yield from self._typed(children[0], particle.attrib["type"], f"{path}/{name}")
            children, count = children[1:], count + 1
        if count < int(low):
            yield f"{path}/{name}: is missing"
        return children

    def _tag(self, name: str) -> str:
        return f"{{{self.namespace}}}{name}"

    def _simple(self, text: str, name: str, path: str) -> Any:
        if name in BUILT_IN:
            if not re.fullmatch(BUILT_IN[name], text):
                yield f"{path}: {text!r} is no {name}"
            return
        restriction = self.types[name][0]
        assert restriction.tag == f"{XS}restriction", name
        yield from self._simple(text, restriction.attrib["base"], path)
        facets: dict[str, list[str]] = {}
        for facet in restriction:
            facets.setdefault(facet.tag.removeprefix(XS), []).append(facet.attrib["value"])
        assert facets.keys() <= FACETS, facets
        if not all(self._holds(text, facet, values) for facet, values in facets.items()):
            yield f"{path}: {text!r} is no {name}"

    def _holds(self, text: str, facet: str, values: list[str]) -> bool:
        if facet == "pattern":
            return any(re.fullmatch(value, text) for value in values)
        if facet == "enumeration":
            return text in values
        bound = values[0]
        if facet in {"minLength", "maxLength", "length"}:
            return {"minLength": len(text) >= int(bound), "maxLength": len(text) <= int(bound)}.get(
                facet, len(text) == int(bound)
            )
        digits = Decimal(text).as_tuple()
        if facet == "minInclusive":
            return Decimal(text) >= Decimal(bound)
        if facet == "fractionDigits":
            return -int(digits.exponent) <= int(bound)
        return len(digits.digits) <= int(bound)
