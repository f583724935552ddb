"""Conditional updates over HTTP: nobody overwrites what they have not seen."""

from typing import Any

import litestar
import pytest
from hypothesis import given
from hypothesis import strategies as some
from litestar import params

from boundary.kernel.runtime import etags
from tests.boundary.kernel.runtime import loopback, sample_app

NOTE: dict[str, Any] = {}


@litestar.get("/note")
async def read() -> litestar.Response[str]:
    return litestar.Response(NOTE["text"], headers={etags.HEADER: etags.strong("note", NOTE["version"])})


@litestar.put("/note")
async def write(data: params.JSONBody[str], if_match: etags.IfMatch = None) -> int:
    match = etags.required(if_match)
    match.check(etags.strong("note", NOTE["version"]))
    NOTE.update(text=data, version=NOTE["version"] + 1)
    return int(NOTE["version"])


@pytest.fixture
async def client(serve: Any) -> loopback.Client:
    NOTE.update(text="first", version=1)
    found: loopback.Client = await serve(sample_app.make(routes=[read, write]))
    return found


async def put(client: loopback.Client, *conditions: str) -> loopback.Answer:
    headers = [("if-match", condition) for condition in conditions]
    return await client.request("PUT", "/note", b'"next"', ("content-type", "application/json"), *headers)


async def tag(client: loopback.Client) -> str:
    return (await client.get("/note")).header("etag") or ""


async def test_the_version_that_was_read_may_be_changed_once(client: loopback.Client) -> None:
    seen = await tag(client)
    assert (await put(client, seen)).status == 200
    loopback.assert_problem(await put(client, seen), 412, "precondition_failed")
    assert (await put(client, await tag(client))).status == 200
    assert NOTE["version"] == 3


@pytest.mark.parametrize("conditions", [(), ("",), (" ",), ("*",), (" * ",)])
async def test_a_change_of_no_stated_version_is_refused(client: loopback.Client, conditions: tuple[str, ...]) -> None:
    loopback.assert_problem(await put(client, *conditions), 428, "precondition_required")
    assert NOTE["version"] == 1


@pytest.mark.parametrize(
    "form", ["W/{}", '"other"', '""', 'W/"x", "y"', '"a,b"'], ids=["weak", "other", "empty", "two others", "comma"]
)
async def test_no_other_tag_matches(client: loopback.Client, form: str) -> None:
    loopback.assert_problem(await put(client, form.format(await tag(client))), 412, "precondition_failed")
    assert NOTE["version"] == 1


@pytest.mark.parametrize("form", ['"x", {}', '{},"y"', '"a,b" , {}'])
async def test_one_of_several_tags_is_enough(client: loopback.Client, form: str) -> None:
    assert (await put(client, form.format(await tag(client)))).status == 200


async def test_the_description_names_the_header() -> None:
    described = litestar.Litestar(route_handlers=[write]).openapi_schema.to_schema()
    (found,) = described["paths"]["/note"]["put"]["parameters"]
    assert (found["in"], found["name"], found["required"]) == ("header", "If-Match", False)


@pytest.mark.parametrize(
    "text", ["x", '"x', 'x"', "1", '"x" "y"', '"x",', "w/x", '"\xe4"', '*, "x"', '"' + "x" * 1100 + '"']
)
async def test_what_is_no_list_of_tags_is_refused(client: loopback.Client, text: str) -> None:
    loopback.assert_problem(await put(client, text), 400, "if_match_malformed")
    assert NOTE["version"] == 1


@given(some.lists(some.integers() | some.text(), max_size=3), some.lists(some.integers() | some.text(), max_size=3))
def test_tags_differ_where_facts_do(one: list[Any], other: list[Any]) -> None:
    assert (etags.strong(*one) == etags.strong(*other)) == (one == other)
