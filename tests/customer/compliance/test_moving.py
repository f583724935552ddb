"""Every route that moves money asks clearance.

The routes come from the API's own description, where the one constructor that hands clearance out marks them; `test_red`
calls each. A route that could reach the ledger's posting without that mark is found in the source; and what it would
post, the database refuses.
"""

import ast
import json
import pathlib
import re
import shutil
from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from uuid import UUID

import litestar
import msgspec
import pytest
from litestar import params

from boundary.kernel import clock
from boundary.kernel.runtime import app as kernel_app
from boundary.kernel.runtime import transaction
from customer_stack.access import api as access_api
from customer_stack.access import rules
from customer_stack.compliance import model
from customer_stack.ledger import model as ledger
from customer_stack.ledger.api import moving
from customer_stack.ledger.service import posting
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import house as houses
from tests.customer.access import walking
from tests.customer.compliance import house as rooms
from tests.customer.compliance import reaching, red

UNJUDGED = {
    "customer_stack.payments.api.admin:replay_events": "hears again what a provider said",
    "customer_stack.payments.api.doors:hear": "records what a provider says has happened",
    "customer_stack.payments.api.own:cancel": "gives the customer's hold back",
}
"""Handlers that come to posting and take nothing from anybody by a customer's wish."""


async def test_the_mark_is_on_every_route_of_the_constructor_and_on_no_other(house: houses.House) -> None:
    by_opt = {
        (method, template)
        for route in house.inner.routes
        if isinstance(route, litestar.routes.HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
        if moving.marked(handler) and method != "OPTIONS"
        for template in [re.sub(r":\w+\}", "}", route.path)]
    }
    assert set(red.marked(house.inner).values()) == by_opt
    assert {route.name for route in walking.every(house.inner)} >= {path for _, path in by_opt}


# ---- the source


def marks(root: pathlib.Path = reaching.ROOT) -> set[str]:
    """Handlers that are made by `moving.post`."""
    found = set()
    for module, tree in reaching.modules(root):
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                words = {ast.unparse(each.func) for each in node.decorator_list if isinstance(each, ast.Call)}
                if "moving.post" in words:
                    found.add(f"{module}:{node.name}")
    return found


def test_a_handler_that_can_reach_posting_is_marked() -> None:
    """Posting by hand is none of them: its route proposes, and what two people decided has a cause of its own."""
    assert reaching.handlers() - marks() == UNJUDGED.keys()


def test_clearance_is_handed_out_at_one_door() -> None:
    named = {
        module
        for module, tree in reaching.modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "clearance" and ast.unparse(node.value).endswith("state")
    }
    assert named == {"customer_stack.ledger.api.moving"}


CARELESS = '''
"""A route that was made elsewhere."""
import litestar
from customer_stack.ledger.service import posting


class Desk:
    async def pay(self, tx):
        await posting.post_all(tx, [], None)


@litestar.post("/api/v1/careless")
async def careless(request) -> None:
    await request.app.state.desk.pay(None)


@litestar.get("/api/v1/harmless")
async def harmless(request) -> None:
    await request.app.state.desk.look(None)
'''


def test_a_route_that_posts_past_the_constructor_is_found(tmp_path: pathlib.Path) -> None:
    shutil.copytree(reaching.ROOT / reaching.STACK, tmp_path / reaching.STACK, ignore=shutil.ignore_patterns("*.json"))
    (tmp_path / reaching.STACK / "markets" / "careless.py").write_text(CARELESS, "utf-8")
    more = reaching.handlers(tmp_path) - marks(tmp_path) - UNJUDGED.keys()
    assert more == {"customer_stack.markets.careless:careless"}


# ---- the constructor, on routes that move money


class Paid(msgspec.Struct):
    amount: int
    operation: UUID


class Wired(NamedTuple):
    """What the routes of this file need; a product's route finds its own in the app's state."""

    room: rooms.Room


WIRED: list[Wired] = []


async def paying(tx: transaction.Tx, clearance: Any, data: Paid) -> model.Verdict:
    room = WIRED[0].room
    asked = room.operation(model.OperationKind.WITHDRAWAL, data.amount, id=data.operation)
    (verdict,) = await clearance.evaluate(tx, [asked], room.now)
    if verdict.answer is model.Answer.ALLOW:
        await posting.post_all(tx, [room.transfer(asked, verdict.id)], room.now)
    found: model.Verdict = verdict
    return found


@moving.post("/pay", rule=rules.signed_in(), operation_id="pay", status_code=200)
async def pay(request: litestar.Request[Any, Any, Any], data: params.JSONBody[Paid]) -> str:
    clearance = moving.clearance(request)
    verdict = await request.app.state.db.run("test.pay", lambda tx: paying(tx, clearance, data))
    if verdict.refusal is not None:
        raise verdict.refusal
    return "paid"


@litestar.post("/sneak", opt={"rule": rules.signed_in()}, status_code=200)
async def sneak(request: litestar.Request[Any, Any, Any]) -> str:
    moving.clearance(request)
    return "got it"


@litestar.post("/grab", opt={"rule": rules.signed_in()}, status_code=200)
async def grab(request: litestar.Request[Any, Any, Any], data: params.JSONBody[Paid]) -> str:
    room = WIRED[0].room
    asked = room.operation(model.OperationKind.WITHDRAWAL, data.amount, id=data.operation)
    wish = room.transfer(asked, None)
    await request.app.state.db.run("test.grab", lambda tx: posting.post_all(tx, [wish], room.now))
    return "took it"


@pytest.fixture
async def till(room: rooms.Room) -> AsyncIterator[loopback.Client]:
    desk = houses.Desk()
    desk.callers["me"] = walking.personas()["investor"]  # type: ignore[assignment]  # only nobody is None
    app = kernel_app.create(
        title="Till",
        version="1",
        description="For tests.",
        routes=[pay, sneak, grab],
        readiness=kernel_app.Readiness({}),
        state={
            "authenticator": desk, "clock": clock.ManualClock(houses.NOON), "clearance": room.clearance, "db": room.db,
        },
        guards=[access_api.guard],
        house={access_api.RULE: rules.public()},
    )  # fmt: skip
    WIRED[:] = [Wired(room)]
    assert red.marked(app._app) == {"pay": ("POST", "/pay")}  # type: ignore[attr-defined]  # the guard's inner app
    served = loopback.Served(app)
    yield loopback.Client(await served.start())
    await served.stop()


async def send(client: loopback.Client, path: str, number: int) -> loopback.Answer:
    body = json.dumps({"amount": 100, "operation": str(UUID(int=number))}).encode()
    headers = (("authorization", "Bearer me"), ("content-type", "application/json"))
    return await client.request("POST", path, body, *headers)


async def test_a_green_customer_pays_and_a_red_one_is_refused_and_moves_nothing(
    till: loopback.Client, room: rooms.Room
) -> None:
    await room.fund(250)
    assert (await send(till, "/pay", 1)).status == 200
    assert await room.total() == 150
    red: list[dict[str, Any]] = [
        {"people": rooms.Known(frozen=True)}, {"screened": "BLOCKED"}, {"risks": "PROHIBITED"}, {"screened": "REVIEW"},
    ]  # fmt: skip
    for number, change in enumerate(red, start=2):
        room.neighbours.knows(room.one)
        for name, value in change.items():
            getattr(room.neighbours, name)[room.one] = value
        answer = await send(till, "/pay", number)
        if number < 5:
            assert (answer.status, answer.code, answer.json["facts"]) == (403, "clearance_not_allowed", {"reason": ""})
    assert (answer.status, answer.code, "facts" in answer.json) == (409, "clearance_under_review", False)
    assert await room.total() == 150
    assert (await room.query("SELECT count(*) FROM clearance"))[0][0] == 5


async def test_a_route_of_another_making_gets_no_clearance_and_takes_nothing(
    till: loopback.Client, room: rooms.Room, log: Any
) -> None:
    await room.fund(250)
    assert (await send(till, "/sneak", 1)).status == 500
    assert (await send(till, "/grab", 2)).json["facts"]["reason"] == "verdict_required"
    assert await room.total() == 250
    assert ledger.NotCleared.code == "ledger_not_cleared"
