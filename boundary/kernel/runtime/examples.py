"""An example for every JSON body and answer of an API's description, made of the examples that its fields declare.

Written examples rot; these are built with the description and follow it. What a type alone cannot say, a pattern above
all, its field declares. `tests/docs` holds each example against its own schema.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

_TEXTS = {
    "date": "2026-05-04",
    "date-time": "2026-05-04T09:30:00Z",
    "duration": "PT5M",
    "email": "amara@people.example",
    "time": "09:30:00Z",
    "uri": "https://example.org/",
    "uuid": "5f0c9d0e-6b0c-4e1f-9a55-0d4c2f0f7a11",
}
_JSON = "application/json"


def add(document: dict[str, Any]) -> None:
    """Give every JSON body and answer that has none its example."""
    schemas: Schema = document.get("components", {}).get("schemas", {})
    for media in _media(document):
        if "schema" in media and not media.keys() & {"example", "examples"}:
            media["example"] = of(media["schema"], schemas)


def _media(document: Schema) -> Iterator[dict[str, Any]]:
    for operations in document.get("paths", {}).values():
        for operation in operations.values():
            for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
                yield from (media for name, media in holder.get("content", {}).items() if name == _JSON)


def of(schema: Schema, schemas: Schema, above: frozenset[str] = frozenset()) -> Any:
    """A value that the schema allows, as far as its types, bounds and declared examples tell."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return None if name in above else of(schemas[name], schemas, above | {name})
    for word in ("examples", "enum"):
        if schema.get(word):
            return schema[word][0]
    for word in ("example", "const"):
        if word in schema:
            return schema[word]
    for word in ("oneOf", "anyOf", "allOf"):
        if word in schema:
            return of(_telling(schema[word]), schemas, above)
    return _of_type(schema, schemas, above)


def _telling(choices: list[Schema]) -> Schema:
    """Of several, one that is more than null."""
    return next((each for each in choices if each.get("type") != "null"), choices[0])


def _of_type(schema: Schema, schemas: Schema, above: frozenset[str]) -> Any:
    given = schema.get("type")
    kind = next((each for each in given if each != "null"), "null") if isinstance(given, list) else given
    if kind == "object" or "properties" in schema:
        return {name: of(each, schemas, above) for name, each in schema.get("properties", {}).items()}
    if kind == "array":
        one = of(schema.get("items", {}), schemas, above)
        return [] if one is None else [one] * max(1, schema.get("minItems", 1))
    if kind in {"integer", "number"}:
        return max(schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1, 1)
    if kind == "string":
        return _TEXTS.get(schema.get("format", ""), "text".ljust(schema.get("minLength", 0), "x"))
    return True if kind == "boolean" else None
