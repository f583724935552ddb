"""Problem documents: one status per code, every category mapped, and never a word of what was sent."""

import asyncio
import json
import re
import urllib.parse
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import hypothesis
import msgspec
import pytest
from hypothesis import strategies as st
from litestar import exceptions

from boundary.kernel import errors
from boundary.kernel.runtime import problems
from tests.boundary.kernel.runtime import loopback, sample_app

Serve = Callable[[Any], Awaitable[loopback.Client]]

STATUSES = {
    errors.Invalid: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.Unconditional: 428,
    errors.RateLimited: 429,
    errors.Unavailable: 503,
    errors.OutcomeUnknown: 503,
}


def descendants(type_: type[errors.Refusal]) -> Iterator[type[errors.Refusal]]:
    for child in type_.__subclasses__():
        yield child
        yield from descendants(child)


@pytest.mark.parametrize("category", STATUSES, ids=lambda category: category.__name__)
def test_every_category_has_its_status(category: type[errors.Refusal]) -> None:
    problem = problems.of(category("why", limit=3), "id")
    assert (problem.status, problem.code, problem.detail) == (STATUSES[category], category.code, "why")
    assert (problem.facts, problem.request_id, problem.type) == ({"limit": 3}, "id", f"/problems/{category.code}")


def test_no_category_was_forgotten() -> None:
    assert set(STATUSES) == set(errors.Refusal.__subclasses__())


def test_a_code_has_one_status_whoever_says_it() -> None:
    statuses: dict[str, set[int]] = {}
    for type_ in descendants(errors.Refusal):
        statuses.setdefault(type_.code, set()).add(problems.status_of(type_))
    for status, code in problems._HTTP_CODES.items():
        statuses.setdefault(code, set()).add(status)
    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}
    assert {code: status for code, (status, _) in problems.known().items()} == {
        "internal_error": 500,
        **{code: status for code, (status,) in statuses.items()},
    }


def test_every_code_is_a_stable_word() -> None:
    for code in problems.known():
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", code), code


def test_a_concrete_refusal_inherits_the_status_of_its_category() -> None:
    assert problems.of(sample_app.Teapot("no"), "id").status == 409


@pytest.mark.parametrize("error", [KeyError("x"), msgspec.ValidationError("`$.name`"), RuntimeError("x"), ValueError()])
def test_whatever_nobody_anticipated_is_our_fault_and_says_nothing(error: Exception) -> None:
    problem = problems.of(error, "id")
    assert (problem.status, problem.code, problem.errors) == (500, "internal_error", [])
    assert "x" not in problem.detail.split()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 408, 413, 415, 418, 429])
def test_the_frameworks_own_refusals_lose_their_text(status: int) -> None:
    problem = problems.of(exceptions.HTTPException(detail="a secret", status_code=status), "id")
    assert problem.status == status
    assert b"secret" not in problem.encode()


def test_a_server_error_of_the_framework_is_ours() -> None:
    assert problems.of(exceptions.HTTPException(detail="x", status_code=502), "id").code == "internal_error"


# -- places ----------------------------------------------------------------------------------------------------------


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    weight: int


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    inner: Inner | None = None
    many: list[Inner] = []
    named: dict[str, Inner] = {}
    kind: sample_app.Kind = sample_app.Kind.RED


PLACES = {
    b'{"inner":{"weight":"x"}}': "$.inner.weight",
    b'{"many":[{"weight":1},{"weight":"x"}]}': "$.many[1].weight",
    b'{"named":{"secret":{"weight":"x"}}}': "$.named[...].weight",
    b'{"inner":{}}': "$.inner",
    b'{"inner":{"weight":1,"secret":1}}': "$.inner",
    b'{"kind":"secret"}': "$.kind",
    b'{"secret":1}': "$",
    b"[]": "$",
}


def complaint(body: bytes) -> dict[str, str]:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(body, type=Outer)
    return problems.place(str(caught.value))


@pytest.mark.parametrize("body", PLACES, ids=bytes.decode)
def test_a_fault_is_told_by_its_place_and_the_rule(body: bytes) -> None:
    place = complaint(body)
    assert place["path"] == PLACES[body]
    assert "secret" not in place["reason"]


FORGED = [
    {"x` - at `$.marker": 1},
    {"x` - at `$.inner.marker": 1},
    {"`$.marker": 1},
    {"kind": "x' - at `$.marker"},
    {"inner": {"weight": 1, "`$.marker`": 1}},
    {"x` - at `$[marker": 1},
    {"x` - at `$.inner[99999].marker": 1},
]


@pytest.mark.parametrize("body", FORGED, ids=str)
def test_a_key_that_looks_like_a_place_is_not_taken_for_one(body: dict[str, Any]) -> None:
    assert "marker" not in json.dumps(complaint(json.dumps(body).encode()))


# -- no echo, over real HTTP -----------------------------------------------------------------------------------------

MARK = "zqxj"
SHAPES = [
    "{}",
    "x` - at `$.{}",
    "`$.{}",
    "'{}'",
    "<b>{}</b>",
    "{}\\",
    "{}\u00e9\u4e2d",
    "{}.{}",
    "{}[0]",
    "%s{}",
    "{}; a=b",
]
markers = st.tuples(st.sampled_from(SHAPES), st.integers(0, 999)).map(
    lambda pair: pair[0].replace("{}", f"{MARK}{pair[1]}")
)
values = st.recursive(
    markers | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(markers, inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from(["name", "size", "kind", "price", "at", "ref", "parts", "notes", "label"]) | markers
bodies = st.dictionaries(fields, values, min_size=1, max_size=4)


def one_request(draw: st.DrawFn) -> tuple[str, str, bytes | None, list[tuple[str, str]]]:
    """A request with a marker wherever something can be sent."""
    headers = [("x-size", draw(markers)), ("cookie", f"session={draw(markers)}"), ("authorization", draw(markers))]
    query = urllib.parse.urlencode({draw(st.sampled_from(["limit", "kind"]) | markers): draw(markers)})
    shape = draw(st.sampled_from(["get", "path", "json", "parts", "form", "multipart", "text", "other", "method"]))
    body: dict[str, Any] = draw(bodies)
    match shape:
        case "get":
            return "GET", f"/things/1?{query}", None, headers
        case "path":
            return (
                "GET",
                f"/{draw(st.sampled_from(['', 'things/', 'docs/', 'problems/']))}{quote(draw(markers))}?{query}",
                None,
                headers,
            )
        case "json" | "parts":
            method, path = ("POST", "/things") if shape == "json" else ("PUT", "/parts")
            return method, path, json.dumps(body).encode(), [*headers, ("content-type", "application/json")]
        case "form":
            encoded = urllib.parse.urlencode({key: str(value) for key, value in body.items()}).encode()
            return "POST", "/form", encoded, [*headers, ("content-type", "application/x-www-form-urlencoded")]
        case "multipart":
            kind = f"multipart/form-data; boundary={draw(st.sampled_from(['b', MARK]))}"
            return "POST", "/upload", multipart(body, draw(markers)), [*headers, ("content-type", kind)]
        case "text":
            return "PUT", "/things", draw(markers).encode(), [*headers, ("content-type", "text/plain")]
        case "other":
            kind = draw(markers).encode("latin-1", "replace").decode("latin-1")
            return "POST", "/things", json.dumps(body).encode(), [*headers, ("content-type", kind)]
        case _:
            return draw(st.sampled_from(["PATCH", "DELETE", "TRACE"])), f"/things?{query}", None, headers


def quote(marker: str) -> str:
    return urllib.parse.quote(marker, safe="")


def multipart(body: dict[str, Any], charset: str) -> bytes:
    parts = [
        f'--b\r\ncontent-disposition: form-data; name="{quote(key)}"\r\n'
        f"content-type: text/plain; charset={quote(charset)}\r\n\r\n{value}\r\n"
        for key, value in body.items()
    ]
    return ("".join(parts) + "--b--\r\n").encode()


def requests() -> st.SearchStrategy[tuple[str, str, bytes | None, list[tuple[str, str]]]]:
    return st.composite(one_request)()


async def test_nothing_that_was_sent_ever_comes_back(serve: Serve) -> None:
    client = await serve(sample_app.usual())
    loop = asyncio.get_running_loop()
    refused = 0

    @hypothesis.settings(max_examples=300, deadline=None, derandomize=True)
    @hypothesis.given(requests())
    def attempt(request: tuple[str, str, bytes | None, list[tuple[str, str]]]) -> None:
        nonlocal refused
        method, path, body, headers = request
        safe = [(name, value.encode("latin-1", "replace").decode("latin-1")) for name, value in headers]
        sending = client.request(method, path, body, *safe)
        answer = asyncio.run_coroutine_threadsafe(sending, loop).result(10)
        assert answer.status < 500, answer
        if answer.status >= 400:
            refused += 1
            assert MARK not in str(answer.headers)
            assert MARK.encode() not in answer.body
            assert answer.json["code"] in problems.known()

    await asyncio.to_thread(attempt)
    assert refused > 150


FIXED = {
    "a parameter of an enum": ("GET", "/things/1?kind=" + quote("x' - at `$.zqxj"), None, ()),
    "a parameter of a number": ("GET", "/things/1?limit=zqxj", None, ()),
    "a header of a number": ("GET", "/things/1", None, (("x-size", "zqxj"),)),
    "a part with an unknown charset": (
        "POST",
        "/upload",
        multipart({"name": "a", "size": "zqxj"}, MARK),
        (("content-type", "multipart/form-data; boundary=b"),),
    ),
    "a part that is not UTF-8": (
        "POST",
        "/upload",
        b'--b\r\ncontent-disposition: form-data; name="name"\r\n\r\n\xff\r\n--b--\r\n',
        (("content-type", "multipart/form-data; boundary=b"),),
    ),
    "a form without its boundary": ("POST", "/upload", b"zqxj", (("content-type", "multipart/form-data"),)),
    "a form that is not one": ("POST", "/upload", b"zqxj", (("content-type", "multipart/form-data; boundary=b"),)),
    "a form cut short": (
        "POST",
        "/upload",
        b'--b\r\ncontent-disposition: form-data; name="zqxj"\r\n\r\nzq',
        (("content-type", "multipart/form-data; boundary=b"),),
    ),
    "a form of bytes": (
        "POST",
        "/form",
        b"name=%ff%00&size=zqxj",
        (("content-type", "application/x-www-form-urlencoded"),),
    ),
    "a form in another shape": ("POST", "/form", b'{"zqxj":1}', (("content-type", "application/json"),)),
    "a form of 5,000 fields": (
        "POST",
        "/form",
        b"&".join(b"zqxj%d=1" % n for n in range(5000)),
        (("content-type", "application/x-www-form-urlencoded"),),
    ),
    "no body at all": ("POST", "/things", None, (("content-type", "application/json"),)),
    "an empty body": ("POST", "/things", b"", (("content-type", "application/json"),)),
    "a list in the query": ("GET", "/things/1?limit=1&limit=zqxj", None, ()),
}


@pytest.mark.parametrize("name", FIXED)
async def test_a_request_that_cannot_be_understood_is_the_senders_fault_and_not_repeated(
    serve: Serve, name: str
) -> None:
    client = await serve(sample_app.usual())
    method, path, body, headers = FIXED[name]
    answer = await client.request(method, path, body, *headers)
    assert answer.status == 400, answer
    assert answer.json["code"] in problems.known()
    assert MARK.encode() not in answer.body
    assert sample_app.EFFECTS == []


async def test_the_place_of_a_faulty_parameter_is_its_name_in_our_source(serve: Serve) -> None:
    client = await serve(sample_app.usual())
    for path, place in (("?limit=x", "query.limit"), ("?kind=x", "query.kind")):
        assert [fault["path"] for fault in (await client.get(f"/things/1{path}")).json["errors"]] == [place]
    answer = await client.post("/things", b'{"name":"a","parts":[{"label":"x","weight":"y"}]}')
    assert answer.json["errors"] == [{"path": "$.parts[0].weight", "reason": "has the wrong type or range"}]
