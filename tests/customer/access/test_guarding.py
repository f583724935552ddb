"""The guard in front of a small app over HTTP: deny by default, no way around it, handlers that find their caller."""

import functools
from typing import Any

import litestar
import pytest
from litestar import params

from boundary.kernel import clock
from boundary.kernel.runtime import app as kernel_app
from customer_stack.access import api, model, rules
from tests.boundary.kernel.runtime import loopback
from tests.boundary.kernel.runtime.conftest import Log
from tests.customer.access import house as houses
from tests.customer.access import walking

CAME: list[str] = []
VIEW = model.Permission.USERS_VIEW


@litestar.get("/open", opt={"rule": rules.public()})
async def anybody() -> str:
    CAME.append("open")
    return "in"


@litestar.get("/open/curious", opt={"rule": rules.public()})
async def curious(request: litestar.Request[Any, Any, Any]) -> str:
    return str(api.caller(request).account)


@litestar.get("/mine", opt={"rule": rules.signed_in()})
async def mine(request: litestar.Request[Any, Any, Any]) -> str:
    CAME.append("mine")
    return str(api.caller(request).account)


@litestar.post("/users/{number:int}", opt={"rule": rules.may(VIEW, fresh=True)})
async def users(number: params.FromPath[int], data: params.JSONBody[list[int]]) -> int:
    CAME.append("users")
    return number + len(data)


@litestar.get("/forgotten")
async def forgotten() -> str:
    CAME.append("forgotten")
    return "in"


@litestar.get("/wrong", opt={"rule": True})
async def wrong() -> str:
    CAME.append("wrong")
    return "in"


@pytest.fixture
def desk() -> houses.Desk:
    CAME.clear()
    found = houses.Desk()
    people = walking.personas()
    found.callers = {name: caller for name, caller in people.items() if caller}
    return found


@functools.cache
def guarded() -> Any:
    """One app for all tests, which changes its desk."""
    return kernel_app.create(
        title="Guarded",
        version="1",
        description="For tests.",
        routes=[anybody, curious, mine, users, forgotten, wrong],
        readiness=kernel_app.Readiness({}),
        state={"clock": clock.ManualClock(houses.NOON)},
        guards=[api.guard],
        house={api.RULE: rules.public()},
    )


@pytest.fixture
async def client(desk: houses.Desk, serve: Any) -> loopback.Client:
    guarded()._app.state["authenticator"] = desk
    found: loopback.Client = await serve(guarded())
    return found


def bearer(token: str) -> tuple[str, str]:
    return ("authorization", f"Bearer {token}")


@pytest.mark.parametrize("path", ["/forgotten", "/wrong"])
@pytest.mark.parametrize("token", ["", "investor", "super_admin"])
async def test_a_route_that_states_no_rule_is_open_to_nobody(client: loopback.Client, path: str, token: str) -> None:
    answer = await client.get(path, *([bearer(token)] if token else []))
    loopback.assert_problem(answer, 403, "forbidden")
    assert CAME == []


def test_the_walk_would_find_such_a_route() -> None:
    app = litestar.Litestar(route_handlers=[anybody, forgotten, wrong], openapi_config=None)
    assert [route.template for route in walking.every(app) if not isinstance(route.rule, rules.Rule)] == [
        "/forgotten",
        "/wrong",
    ]


async def test_without_a_credential_one_is_told_how_to_bring_one(client: loopback.Client) -> None:
    answer = await client.get("/mine")
    loopback.assert_problem(answer, 401, "unauthenticated")
    assert answer.header("www-authenticate") == "Bearer"
    assert CAME == []


async def test_a_bad_credential_is_refused_but_keeps_nobody_from_what_is_public(client: loopback.Client) -> None:
    loopback.assert_problem(await client.get("/mine", bearer("stolen")), 401, "unauthenticated")
    assert (await client.get("/open", bearer("stolen"))).status == 200


async def test_a_handler_finds_its_caller_and_a_public_one_has_none(client: loopback.Client, desk: houses.Desk) -> None:
    caller = desk.callers["investor"]
    assert (await client.get("/mine", bearer("investor"))).body.decode() == str(caller.account)
    loopback.assert_problem(await client.get("/open/curious", bearer("investor")), 401, "unauthenticated")


async def test_who_may_not_does_not_even_learn_what_is_wrong_with_the_body(client: loopback.Client) -> None:
    for token, status in (("investor", 403), ("stolen", 401)):
        answer = await client.request(
            "POST", "/users/1", b'{"x":1}', ("content-type", "application/json"), bearer(token)
        )
        assert answer.status == status
    answer = await client.request(
        "POST", "/users/1", b'{"x":1}', ("content-type", "application/json"), bearer("support")
    )
    assert answer.status == 400
    assert CAME == []


OVERRIDES = (
    ("x-http-method-override", "GET"),
    ("x-http-method", "GET"),
    ("x-method-override", "GET"),
    ("x-original-url", "/open"),
    ("x-rewrite-url", "/open"),
    ("x-forwarded-path", "/open"),
    ("x-forwarded-user", "super_admin"),
    ("x-user", "super_admin"),
    ("x-role", "admin"),
    ("x-account", "00000000-0000-0000-0000-000000000001"),
    ("x-permissions", "users.view"),
    ("cookie", "role=admin; permissions=users.view"),
)


@pytest.mark.parametrize("header", OVERRIDES, ids=lambda header: str(header[0]))
async def test_no_header_is_a_way_around(client: loopback.Client, header: tuple[str, str]) -> None:
    post = await client.request(
        "POST", "/users/1", b"[]", ("content-type", "application/json"), bearer("investor"), header
    )
    loopback.assert_problem(post, 403, "forbidden")
    loopback.assert_problem(await client.get("/mine", header), 401, "unauthenticated")
    assert CAME == []


@pytest.mark.parametrize(
    "target",
    [
        "/mine?_method=GET",
        "/mine/",
        "/mine?role=admin",
        "//mine",
        "/open/../mine",
        "/open/..%2fmine",
        "/%2e/mine",
        "/mine%00",
        "/mine;x=1",
        "/MINE",
        "/mine.json",
    ],
)
async def test_no_spelling_of_a_path_is_a_way_around(client: loopback.Client, target: str) -> None:
    assert (await client.get(target)).status in {400, 401, 404}
    assert CAME == []


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "POST", "BREW"])
async def test_no_method_is_a_way_around(client: loopback.Client, method: str) -> None:
    answer = await client.request(method, "/mine")
    assert answer.status in {400, 401, 403, 405, 501}
    assert CAME == []


async def test_a_step_up_is_asked_for_with_its_bound(client: loopback.Client, desk: houses.Desk) -> None:
    old = walking.stale(desk.callers["support"])
    assert old
    desk.callers["old"] = old
    json = ("content-type", "application/json")
    answer = await client.request("POST", "/users/1", b"[]", json, bearer("old"))
    loopback.assert_problem(answer, 403, "step_up_required")
    assert answer.json["facts"] == {"seconds_max": 300}
    answer = await client.request("POST", "/users/1", b"[]", json, bearer("support"))
    assert answer.status == 201
    answer = await client.request("POST", "/users/1", b"[]", json, bearer("key for everything"))
    loopback.assert_problem(answer, 403, "session_required")


async def test_what_a_known_caller_is_refused_stands_in_the_log(client: loopback.Client, log: Log) -> None:
    await client.get("/mine")
    assert log.lines("access.refused") == []
    await client.request("POST", "/users/1", b"[]", ("content-type", "application/json"), bearer("investor"))
    (line,) = log.lines("access.refused")
    assert (line["code"], line["account"]) == ("forbidden", "00000000-0000-0000-0000-000000000001")
    assert line["route"].endswith(".users")


async def test_without_a_desk_everything_but_what_is_public_is_closed(client: loopback.Client) -> None:
    guarded()._app.state["authenticator"] = None
    answers = [await client.get(path, bearer("investor")) for path in ("/open", "/health/live", "/mine")]
    assert [answer.status for answer in answers] == [200, 200, 401]
