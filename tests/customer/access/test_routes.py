"""Every route as everybody: what each states is what is enforced, and the list of both is what a reviewer reads.

`REGENERATE_GOLDEN=1 ./bulkhead test tests/customer/access/test_routes.py` writes it anew.
"""

import os
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import response, routes

from boundary.kernel.runtime import app as kernel_app
from customer_stack.access import api as access_api
from customer_stack.access import rules
from tests.customer.access import conftest, walking
from tests.customer.access import house as houses

GOLDEN = pathlib.Path(__file__).with_name("golden") / "routes.txt"
LET_IN = 299
PEOPLE = walking.personas()
SESSIONS = frozenset(name for name, caller in PEOPLE.items() if caller and not caller.api_key)
SHORT = {
    frozenset(PEOPLE): "everybody",
    SESSIONS: "every session",
    frozenset(PEOPLE) - {"anonymous"}: "every session and every key",
    SESSIONS - {"investor", "issuer"}: "every session of who works here",
}


@pytest.fixture
def stopped_at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever gets past the guard is answered at once, before any handler runs: nothing happens to anybody."""

    async def let_in(_request: Any) -> response.Response[None]:
        return response.Response(None, status_code=LET_IN)

    monkeypatch.setattr(kernel_app, "_read_form", let_in)


@pytest.fixture
def composed(stopped_at_the_door: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[conftest.Composed]:
    yield from conftest.compose(tmp_path_factory)


async def enter(house: houses.House, route: walking.Route, token: str = "") -> str:
    """Knock at a route: `yes`, or the status and code of the refusal."""
    headers = (("authorization", f"Bearer {token}"),) if token else ()
    answer = await house.client.request(route.method, route.path, None, *headers)
    if answer.status == LET_IN:
        return "yes"
    assert answer.status in {401, 403}, (route, answer)
    return f"{answer.status} {answer.code}"


def expected(who: Any, rule: rules.Rule) -> str:
    refusal = rules.decide(who, rule, houses.NOON)
    status = {"unauthenticated": 401}.get(refusal.code, 403) if refusal else 0
    return f"{status} {refusal.code}" if refusal else "yes"


async def test_every_route_states_a_rule_and_the_description_knows_no_other(house: houses.House) -> None:
    routes = list(walking.every(house.inner))
    assert [route for route in routes if not isinstance(route.rule, rules.Rule)] == []
    described = {
        (method.upper(), path)
        for path, operations in house.inner.openapi_schema.to_schema()["paths"].items()
        for method in operations
    }
    assert {(route.method, route.name) for route in routes if route.described} == described


async def test_every_websocket_states_that_anybody_may_come(house: houses.House) -> None:
    """One that does not would need an answer of its own to who may not: the framework gives none."""
    found = {route.path: route for route in house.inner.routes if isinstance(route, routes.WebSocketRoute)}
    assert set(found) == {"/ws/v1/market"}
    assert all(route.route_handler.opt.get(access_api.RULE) == rules.public() for route in found.values())


async def test_everybody_gets_in_where_the_reviewed_list_says_and_nowhere_else(house: houses.House) -> None:
    people = walking.personas()
    house.desk.db = None  # rights as told here, not from the database
    house.desk.callers = {name: caller for name, caller in people.items() if caller}
    lines = []
    for route in walking.every(house.inner):
        cells = [await enter(house, route, name if caller else "") for name, caller in people.items()]
        assert cells == [expected(caller, route.rule) for caller in people.values()], route
        let_in = [name for name, cell in zip(people, cells, strict=True) if cell == "yes"]
        who = SHORT.get(frozenset(let_in)) or ", ".join(let_in) or "nobody"
        lines.append(f"{route.method} {route.name}\n    rule: {route.rule}\n    lets in: {who}\n")
    text = "\n".join(sorted(lines))
    if os.environ.get("REGENERATE_GOLDEN"):
        GOLDEN.write_text(text, "utf-8")
    assert GOLDEN.read_text("utf-8") == text


async def test_a_factor_that_is_too_old_lets_nobody_in_where_a_fresh_one_is_asked_for(house: houses.House) -> None:
    people = {name: walking.stale(caller) for name, caller in walking.personas().items()}
    house.desk.db = None
    house.desk.callers = {name: caller for name, caller in people.items() if caller}
    fresh = [route for route in walking.every(house.inner) if route.rule.fresh]
    assert fresh
    for route in fresh:
        assert "yes" not in {await enter(house, route, name) for name, caller in people.items() if caller}
        assert await enter(house, route, "super_admin") == "403 step_up_required"
