"""Objects of others, asked for by who may not: proposals, and the pattern itself on an app that leaks."""

from typing import Any

import litestar
import pytest
from litestar import params

from boundary.kernel import clock, errors
from boundary.kernel.runtime import app as kernel_app
from customer_stack.access import api, model, rules
from customer_stack.access.service import proposals
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import bola, walking
from tests.customer.access import house as houses

NOBODYS = "ab" * 32
PREFIX = "/api/v1/admin/proposals"


async def proposed(house: houses.House, by: houses.Person) -> str:
    caller = by.caller(permissions=frozenset(model.Permission))
    act = model.ChangeRights(house.ids.ref(), 1, model.Role.STAFF, ())
    needs = model.Permission.PERMISSIONS_MANAGE
    made = await house.db.run(
        "test.propose", lambda tx: proposals.propose(tx, caller, act, needs, house.time.now(), house.ids)
    )
    return made.hash.hex()


async def test_a_proposal_shows_itself_to_nobody_who_has_nothing_to_do_with_it(house: houses.House) -> None:
    admin = await house.super_admin()
    former = await house.super_admin()
    mine, theirs = await proposed(house, former), await proposed(house, admin)
    await admin.gives(former)  # who proposed something stays its owner, and sees nothing else any more
    things = [
        bola.Thing("GET", f"{PREFIX}/{{digest}}", mine, theirs, NOBODYS),
        bola.Thing("POST", f"{PREFIX}/{{digest}}/withdraw", mine, theirs, NOBODYS),
    ]
    await bola.assert_owners_alone(house.client, former.headers, things)
    for word in ("approve", "reject"):
        deciding = bola.Thing("POST", f"{PREFIX}/{{digest}}/{word}", mine, theirs, NOBODYS)
        answers = [await bola.ask(house.client, former.headers, deciding, of) for of in (theirs, NOBODYS)]
        assert bola.spoken(answers[0]) == bola.spoken(answers[1])
        things.append(deciding)
    assert bola.uncovered(house.inner, PREFIX, things) == set()


@litestar.get("/leaky/{number:str}", opt={"rule": rules.signed_in()})
async def leaky(number: params.FromPath[str]) -> str:
    if number == "theirs":
        raise errors.Forbidden("this is not yours")
    if number != "mine":
        raise errors.NotFound("there is none")
    return "yours"


@litestar.get("/open/{number:str}", opt={"rule": rules.signed_in()})
async def careless(number: params.FromPath[str]) -> str:
    if number not in {"mine", "theirs"}:
        raise errors.NotFound("there is none")
    return "anybody's"


@pytest.mark.parametrize("route", ["/leaky", "/open"])
async def test_the_pattern_finds_a_route_that_leaks(serve: Any, route: str) -> None:
    desk = houses.Desk()
    desk.callers["me"] = walking.personas()["investor"]  # type: ignore[assignment]  # only nobody is None
    app = kernel_app.create(
        title="Leaky",
        version="1",
        description="For tests.",
        routes=[leaky, careless],
        readiness=kernel_app.Readiness({}),
        state={"authenticator": desk, "clock": clock.ManualClock(houses.NOON)},
        guards=[api.guard],
        house={api.RULE: rules.public()},
    )
    client: loopback.Client = await serve(app)
    thing = bola.Thing("GET", f"{route}/{{number}}", "mine", "theirs", "nobodys")
    with pytest.raises((AssertionError, KeyError, ValueError)):
        await bola.assert_owners_alone(client, [("authorization", "Bearer me")], [thing])
    assert len(bola.uncovered(app._app, "/", [thing])) == 1
