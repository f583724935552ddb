"""The description of each API: every JSON body and answer has an example, and each is what its schema allows."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import jsonschema
import pytest

from tests.docs import stack_facts


class Media(NamedTuple):
    place: str
    content: dict[str, Any]


def described(document: dict[str, Any]) -> Iterator[Media]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            holders = {"body": operation.get("requestBody", {}), **operation["responses"]}
            for name, holder in holders.items():
                content = holder.get("content", {}).get("application/json")
                if content is not None and "schema" in content:
                    yield Media(f"{method.upper()} {path} {name}", content)


@pytest.mark.parametrize("stack", ["customer", "execution"])
def test_every_json_body_and_answer_has_an_example_that_its_schema_allows(stack: str) -> None:
    document = stack_facts.of(stack)["description"]
    checker, wrong = jsonschema.FormatChecker(), []
    for media in described(document):
        if "example" not in media.content:
            wrong.append(f"{media.place}: no example")
            continue
        schema = {**media.content["schema"], "components": document["components"]}
        validator = jsonschema.Draft202012Validator(schema, format_checker=checker)
        wrong += [
            f"{media.place} {error.json_path}: {error.message}"
            for error in validator.iter_errors(media.content["example"])
        ]
    assert wrong == []


def test_a_bad_example_would_be_seen() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 5}}, "required": ["n"]}
    for example in ({"n": 1}, {}, {"n": "5"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(schema).validate(example)
