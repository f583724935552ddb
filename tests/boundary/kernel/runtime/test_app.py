"""The app factory over real HTTP: health, its own description, problem codes, and which origins may read."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import jsonschema
import litestar
import pytest

from boundary.kernel import errors
from boundary.kernel.runtime import app, cross_origin, problems, server, settings, transaction
from tests.boundary.kernel.runtime import loopback, sample_app
from tests.boundary.kernel.runtime.conftest import Log

Serve = Callable[[Any], Awaitable[loopback.Client]]


async def passes() -> None:
    """A check that passes."""


async def fails() -> None:
    raise RuntimeError("a secret")


async def hangs() -> None:
    await asyncio.sleep(3600)


# -- health ----------------------------------------------------------------------------------------------------------


async def test_a_process_that_answers_is_live_whatever_its_checks_say(serve: Serve) -> None:
    client = await serve(sample_app.make(readiness=app.Readiness({"one": fails})))
    answer = await client.get("/health/live")
    assert (answer.status, answer.json) == (200, {"status": "live"})


async def test_ready_is_said_when_every_check_passes(serve: Serve) -> None:
    client = await serve(sample_app.make(readiness=app.Readiness({"one": passes, "two": passes})))
    assert (await client.get("/health/ready")).json == {"status": "ready"}


@pytest.mark.parametrize("public", [True, False], ids=["public", "operations"])
async def test_not_ready_names_the_failing_and_the_hanging_checks_and_nothing_else(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, *, public: bool
) -> None:
    monkeypatch.setattr(app, "CHECK_SECONDS", 0.1)
    readiness = app.Readiness({"good": passes, "bad": fails, "stuck": hangs})
    client = await serve(sample_app.make(readiness=readiness) if public else server.operations(readiness))
    async with asyncio.timeout(1):
        answer = await client.get("/health/ready")
    assert (answer.status, answer.code) == (503, "not_ready")
    assert answer.json["facts"] == {"bad": False, "stuck": False}
    assert b"secret" not in answer.body


async def test_a_draining_process_is_not_ready_and_asks_nobody(serve: Serve) -> None:
    readiness = app.Readiness({"stuck": hangs})
    client = await serve(sample_app.make(readiness=readiness))
    readiness.draining = True
    answer = await client.get("/health/ready")
    assert (answer.status, answer.json["facts"]) == (503, {"draining": False})
    assert (await client.get("/health/live")).status == 200


async def test_many_who_ask_at_once_cost_one_round_of_checks(serve: Serve) -> None:
    rounds = 0

    async def counted() -> None:
        nonlocal rounds
        rounds += 1
        await asyncio.sleep(0.05)

    client = await serve(sample_app.make(readiness=app.Readiness({"one": counted})))
    answers = await asyncio.gather(*(client.get("/health/ready") for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    assert rounds == 1


async def test_a_database_that_goes_away_makes_a_process_not_ready(
    serve: Serve, db: transaction.Database, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    client = await serve(sample_app.make(readiness=app.Readiness({"database": db.ping})))
    assert (await client.get("/health/ready")).status == 200
    await db.close()
    answer = await client.get("/health/ready")
    assert (answer.status, answer.json["facts"]) == (503, {"database": False})


async def test_operations_serve_metrics_and_health_and_nothing_of_the_public(serve: Serve, log: Log) -> None:
    client = await serve(server.operations(app.Readiness({})))
    metrics = await client.get("/metrics")
    assert metrics.status == 200
    assert (metrics.header("content-type") or "").startswith("text/plain")
    assert b"http_requests_total" in metrics.body
    for path in ("/docs", "/openapi.json", "/problems", "/schema", "/things"):
        answer = await client.get(path)
        assert (answer.status, answer.header("content-type")) == (404, "application/problem+json")
    assert (await client.post("/metrics", b"x")).code == "too_large"


async def test_the_public_port_serves_no_metrics(serve: Serve) -> None:
    client = await serve(sample_app.usual())
    assert (await client.get("/metrics")).status == 404


# -- what the API says of itself ---------------------------------------------------------------------------------------


async def description(serve: Serve) -> Any:
    client = await serve(sample_app.usual())
    answer = await client.get("/openapi.json")
    assert answer.header("content-type") == "application/vnd.oai.openapi+json"
    return answer.json


async def test_the_description_is_openapi_3_1_and_its_schemas_are_json_schema(serve: Serve) -> None:
    spec = await description(serve)
    assert spec["openapi"].startswith("3.1.")
    assert spec["info"]["title"] == "Sample & Sons"
    for name, schema in spec["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert name.isidentifier()


async def test_every_reference_of_the_description_leads_somewhere(serve: Serve) -> None:
    spec = await description(serve)
    found = list(references(spec))
    assert found
    for reference in found:
        here = spec
        for step in reference.removeprefix("#/").split("/"):
            here = here[step]


def references(node: Any) -> Any:
    if isinstance(node, dict):
        yield from [node["$ref"]] if "$ref" in node else []
        for child in node.values():
            yield from references(child)
    for child in node if isinstance(node, list) else []:
        yield from references(child)


async def test_every_operation_has_a_name_an_answer_and_a_problem(serve: Serve) -> None:
    spec = await description(serve)
    operations = [operation for path in spec["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names) >= 10
    for operation in operations:
        statuses = set(operation["responses"])
        assert "default" in statuses
        assert statuses & {"200", "201"}
        assert not any(status.startswith(("4", "5")) for status in statuses)
        assert set(operation["responses"]["default"]["content"]) == {"application/problem+json"}
    assert set(spec["paths"]) >= {"/health/live", "/health/ready", "/problems", "/problems/{code}", "/things"}


async def test_a_real_problem_is_what_the_description_promises(serve: Serve) -> None:
    spec = await description(serve)
    schema = {**spec["components"]["schemas"]["Problem"], "components": spec["components"]}
    client = await serve(sample_app.usual())
    for answer in (await client.get("/nothing"), await client.get("/refuse"), await client.post("/things", b"{}")):
        jsonschema.Draft202012Validator(schema).validate(answer.json)


async def test_the_description_is_made_once(serve: Serve) -> None:
    client = await serve(sample_app.usual())
    first = await client.get("/openapi.json")
    async with asyncio.timeout(1):
        assert {(await client.get("/openapi.json")).body for _ in range(50)} == {first.body}


async def test_neither_framework_nor_server_is_named_to_anybody(serve: Serve) -> None:
    client = await serve(sample_app.usual())
    for path in ("/openapi.json", "/problems", "/docs", "/nothing", "/schema", "/openapi", "/openapi/nothing"):
        answer = await client.get(path)
        text = (str(answer.headers) + answer.body.decode()).lower()
        for name in ("litestar", "uvicorn", "bulkhead", "msgspec", "postgres"):
            assert name not in text, (path, name)


# -- problem codes -----------------------------------------------------------------------------------------------------


async def test_every_problem_code_is_listed_and_explained(serve: Serve) -> None:
    client = await serve(sample_app.usual())
    listed = (await client.get("/problems")).json
    assert set(listed) == set(problems.known())
    assert listed["sample_refused"] == {"status": 409, "meaning": "A refusal of the sample app's own."}


async def test_the_type_of_a_problem_leads_to_its_meaning(serve: Serve) -> None:
    client = await serve(sample_app.usual())
    for path in ("/refuse", "/nothing"):
        problem = (await client.get(path)).json
        meaning = await client.get(problem["type"])
        assert (meaning.status, meaning.json["status"]) == (200, problem["status"])
    assert (await client.get("/problems/nobody_says_this")).status == 404


async def test_a_refusal_can_say_when_to_come_back(serve: Serve) -> None:
    @litestar.get("/later")
    async def later() -> None:
        raise errors.RateLimited("slow down", retry_after_seconds=7)

    client = await serve(sample_app.make(routes=[later]))
    answer = await client.get("/later")
    assert (answer.status, answer.header("retry-after")) == (429, "7")


# -- other origins -----------------------------------------------------------------------------------------------------

ALLOWED = "https://app.example"
OTHERS = [
    "https://evil.example",
    "http://app.example",
    "https://app.example:444",
    "https://app.example.evil.example",
    "https://evil-app.example",
    "https://APP.example",
    "null",
    "",
    "https://app.example https://evil.example",
]


@pytest.fixture
async def open_client(serve: Serve) -> loopback.Client:
    return await serve(sample_app.make(cors_origins=(ALLOWED, "http://localhost:5173")))


@pytest.mark.parametrize("path", ["/health/live", "/nothing", "/boom", "/things/1?limit=x"])
async def test_an_allowed_origin_may_read_every_answer(open_client: loopback.Client, path: str, log: Log) -> None:
    answer = await open_client.get(path, ("origin", ALLOWED))
    assert answer.header("access-control-allow-origin") == ALLOWED
    assert answer.header("access-control-allow-credentials") == "true"
    assert "x-request-id" in (answer.header("access-control-expose-headers") or "")
    assert (answer.header("vary") or "").lower() == "origin"


async def test_an_allowed_origin_may_read_the_refusals_of_the_guard_too(open_client: loopback.Client) -> None:
    for body in (b'{"a":1,"a":2}', bytes(200_000)):
        answer = await open_client.request(
            "POST", "/things", body, ("origin", ALLOWED), ("content-type", "application/json")
        )
        assert answer.status in {400, 413}
        assert answer.header("access-control-allow-origin") == ALLOWED


@pytest.mark.parametrize("origin", OTHERS)
async def test_no_other_origin_is_told_anything(open_client: loopback.Client, origin: str) -> None:
    for method in ("GET", "OPTIONS"):
        answer = await open_client.request(
            method, "/health/live", None, ("origin", origin), ("access-control-request-method", "POST")
        )
        assert answer.header("access-control-allow-origin") is None
        assert answer.header("access-control-allow-credentials") is None
        assert (answer.header("vary") or "").lower() == "origin"


async def test_a_browser_that_asks_first_is_answered_before_any_route(open_client: loopback.Client) -> None:
    answer = await open_client.request(
        "OPTIONS",
        "/things",
        None,
        ("origin", ALLOWED),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    )
    assert answer.status == 204
    assert answer.header("access-control-allow-origin") == ALLOWED
    assert "POST" in (answer.header("access-control-allow-methods") or "")
    assert (answer.header("access-control-allow-headers") or "").split(", ") == [
        "authorization",
        "content-type",
        "idempotency-key",
        "if-match",
        "x-csrf-token",
    ]
    assert "*" not in str(answer.headers)


async def test_without_a_list_nobody_is_told_anything(serve: Serve) -> None:
    client = await serve(sample_app.usual())
    answer = await client.get("/health/live", ("origin", ALLOWED))
    assert not any(name.startswith("access-control") for name, _ in answer.headers)


NOT_ORIGINS = [
    *("*", "https://*.example", "https://.*", "app.example", "null", "file://", "", "https://a b"),
    *("https://app.example/", "https://app.example/path", "https://app.example:0", "https://user@app.example"),
    "https://APP.example",
]


@pytest.mark.parametrize("origin", NOT_ORIGINS)
def test_a_list_with_anything_but_plain_origins_is_refused_at_start(origin: str) -> None:
    with pytest.raises(settings.SettingsError, match="CORS_ALLOWED_ORIGINS"):
        cross_origin.Origins([ALLOWED, origin])


@pytest.mark.parametrize(
    "origin", ["https://app.example", "http://127.0.0.1:8080", "http://[::1]:5173", "https://a-b.c"]
)
def test_a_plain_origin_is_taken(origin: str) -> None:
    assert (b"access-control-allow-origin", origin.encode()) in cross_origin.Origins([origin]).headers(
        [(b"origin", origin.encode())]
    )
