"""A customer who may not moves nothing by any route that moves money, though all else is as it has to be.

The routes come from the API's own description. Each is called by a green customer first, and money moves; then by the same
kind of customer in each way of being red, and the answer is clearance's.
"""

import pathlib
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests import stacks
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import house as houses
from tests.customer.compliance import house as rooms
from tests.customer.compliance import red

REDS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("nobody knows them", {}, "kyc_missing"),
    ("they are frozen", {"people": rooms.Known(frozen=True)}, "kyc_frozen"),
    ("their papers ran out", {"people": rooms.Known(state="EXPIRED")}, "kyc_missing"),
    ("a list means them", {"screened": "BLOCKED"}, "sanctions_blocked"),
    ("screening does not answer", {"screened": "ERROR"}, "sanctions_unclear"),
    ("they were never screened", {"screened": None}, "sanctions_unclear"),
    ("they are too risky", {"risks": "PROHIBITED"}, "risk_prohibited"),
)


@pytest.fixture
async def walk(
    house: houses.House, customer_schema: stacks.StackDatabase, tmp_path: pathlib.Path
) -> AsyncIterator[red.Walk]:
    worker = await customer_schema.connect("customer_worker", size=2)
    yield await red.opened(house, worker, tmp_path)
    await worker.close()


async def called(walk: red.Walk, operation: str, person: houses.Person) -> loopback.Answer:
    method, template = red.marked(walk.house.inner)[operation]
    call = await red.PREPARED[operation](walk, person)
    path = re.sub(r"\{(\w+)\}", lambda found: call.path[found[1]], template)
    return await walk.asks(person, method, path, call.body)


def turned(walk: red.Walk, person: houses.Person, change: dict[str, Any]) -> None:
    """Let the neighbours think otherwise of somebody; of nothing, that they do not know them."""
    if not change:
        for each in (walk.neighbours.people, walk.neighbours.screened, walk.neighbours.risks):
            each.pop(person.account)
    for name, value in change.items():
        told = getattr(walk.neighbours, name)
        told.pop(person.account)
        if value is not None:
            told[person.account] = value


async def judged(walk: red.Walk, person: houses.Person) -> list[tuple[str, list[str]]]:
    """What clearance kept of this customer: answers with their reasons."""
    rows = await walk.house.superuser.fetch(
        "SELECT answer::text, reasons FROM clearance WHERE account = $1", person.account
    )
    return [(row["answer"], list(row["reasons"])) for row in rows]


async def test_every_route_is_prepared_for(walk: red.Walk) -> None:
    assert red.marked(walk.house.inner).keys() == red.PREPARED.keys(), "say in PREPARED how a new route moves money"


@pytest.mark.parametrize("operation", sorted(red.PREPARED))
async def test_a_green_customer_moves_money_and_a_red_one_none_in_any_way_of_being_red(
    walk: red.Walk, operation: str
) -> None:
    green = await walk.customer()
    before = await walk.moved()
    answer = await called(walk, operation, green)
    assert answer.status in {200, 201}, answer
    assert await walk.moved() > before, "what is prepared is enough for money to move"
    assert [each for each, _ in await judged(walk, green)] == ["allow"]
    for why, change, reason in REDS:
        person = await walk.customer()
        turned(walk, person, change)
        before = await walk.moved()
        answer = await called(walk, operation, person)
        if answer.status == 201:  # a withdrawal is kept as what became of it
            assert answer.json["state"] in {"refused", "under_review"}, (why, answer)
        else:
            assert answer.code in {"clearance_not_allowed", "clearance_under_review"}, (why, answer)
        [(said, reasons)] = await judged(walk, person)
        assert said in {"refuse", "review"}, why
        assert reason in reasons, why
        assert await walk.moved() == before, why
