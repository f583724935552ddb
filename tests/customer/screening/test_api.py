"""The routes of screening, as compliance officers call them, over HTTP and a real database."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from boundary.kernel.runtime import app as kernel_app
from customer_stack.access import api as access_api
from customer_stack.access import model as access_model
from customer_stack.access import rules as access_rules
from customer_stack.screening import api, model
from customer_stack.screening.model import people
from tests.boundary.kernel.runtime import conftest as runtime
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import house as houses
from tests.customer.screening import conftest
from tests.customer.screening.conftest import HARUN, TILDA, Desk

log = runtime.log
ROOT = "/api/v1/admin/screening"
P = access_model.Preset


@dataclasses.dataclass
class Office:
    """The API over a desk, and two officers who may decide."""

    desk: Desk
    house: houses.House
    officer: houses.Person
    second: houses.Person

    async def hits(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.officer.get(f"{ROOT}/hits?limit=100")).json["items"]
        return found

    async def decides(self, who: houses.Person, hit: str, verdict: str, etag: str = "") -> loopback.Answer:
        tag = etag or (await who.get(f"{ROOT}/hits/{hit}")).header("etag") or ""
        body = {"verdict": verdict, "note": "compared with the passport"}
        return await who.send("POST", f"{ROOT}/hits/{hit}/verdict", body, ("if-match", tag))


@pytest.fixture
async def office(desk: Desk) -> AsyncIterator[Office]:
    db = await desk.schema.connect("customer_api", size=8)
    door = houses.Desk()
    door.db, door.clock = db, desk.time
    outer: Any = kernel_app.create(
        title="t",
        version="1",
        description="t",
        routes=[*access_api.HANDLERS, *api.HANDLERS],
        readiness=kernel_app.Readiness({}),
        state={
            "authenticator": door,
            "clock": desk.time,
            "db": db,
            "executors": {},
            "ids": desk.random,
            "screening": desk.screening,
        },
        random=desk.random,
        guards=[access_api.guard],
        house={access_api.RULE: access_rules.public()},
    )
    served = loopback.Served(outer)
    client = loopback.Client(await served.start())
    house = houses.House(desk.schema, db, desk.superuser, outer._app, client, door, desk.time, desk.random)
    outer._app.state.update({"active": house.active})
    officers = [await house.person(access_model.Role.STAFF, P.COMPLIANCE_OFFICER) for _ in range(2)]
    yield Office(desk, house, *officers)
    await served.stop()
    await db.close()


async def test_the_lists_say_how_they_stand(office: Office) -> None:
    office.desk.time.advance(timedelta(days=20))
    office.officer.proves_a_factor()
    found = {each["list"]: each for each in (await office.officer.get(f"{ROOT}/lists")).json}
    assert set(found) == {"ofac", "ftm"}
    assert (found["ofac"]["entities"], found["ofac"]["required"], found["ofac"]["stale"]) == (3, True, True)
    history = (await office.officer.get(f"{ROOT}/lists/ofac/history")).json
    assert [each["version"] for each in history["items"]] == [found["ofac"]["version"]]
    assert (await office.officer.get(f"{ROOT}/lists/nobody/history")).status == 400


async def test_a_subject_with_its_hits_and_decisions(office: Office) -> None:
    decision = await office.desk.screen(HARUN)
    office.desk.time.advance(timedelta(seconds=1))  # numbers are ordered by the millisecond
    await office.desk.screen(HARUN, decision.subject)
    found = (await office.officer.get(f"{ROOT}/subjects/{decision.subject}")).json
    assert (found["state"], found["kind"]) == ("blocked", "account")
    assert "sanctions_hit" in found["reasons"]
    assert len(found["hits"]) == decision.hits
    path = f"{ROOT}/subjects/{decision.subject}/decisions?limit=1"
    first = (await office.officer.get(path)).json
    second = (await office.officer.get(f"{path}&cursor={first['next']}")).json
    assert [second["items"][0]["id"], second["next"]] == [str(decision.id), None]
    nobody = office.desk.random.ref()
    for tail in ("", "/decisions"):
        answer = await office.officer.get(f"{ROOT}/subjects/{nobody}{tail}")
        assert (answer.status, answer.code) == (404, "screening_subject_unknown")


async def test_a_decision_in_clear_with_every_reason(office: Office) -> None:
    decision = await office.desk.screen(HARUN)
    found = (await office.officer.get(f"{ROOT}/decisions/{decision.id}")).json
    assert found["person"]["names"] == ["Harun Misbahi"]
    [answer] = found["answers"]
    assert answer["name"] == "Harun Misbahi"
    assert {each["name"] for each in answer["candidates"][0]["features"]} >= {"name", "birth_date", "country"}
    assert (await office.officer.get(f"{ROOT}/decisions/{office.desk.random.ref()}")).status == 404


async def test_a_hit_is_decided_with_the_version_that_was_seen(office: Office) -> None:
    decision = await office.desk.screen(HARUN)
    hit = (await office.hits())[0]["id"]
    shown = (await office.officer.get(f"{ROOT}/hits/{hit}")).json
    assert shown["entry"]["names"]
    bare = await office.officer.send("POST", f"{ROOT}/hits/{hit}/verdict", {"verdict": "false_positive"})
    assert bare.status == 428
    assert (await office.decides(office.officer, hit, "false_positive", '"0"')).status == 412
    answer = await office.decides(office.officer, hit, "false_positive")
    assert (answer.status, answer.json["hit"]["state"], answer.json["hit"]["proposed"]) == (
        200,
        "open",
        "false_positive",
    )
    again = await office.decides(office.officer, hit, "false_positive")
    assert (again.status, again.code) == (409, "screening_second_officer")
    answer = await office.decides(office.second, hit, "false_positive")
    assert (answer.status, answer.json["hit"]["state"]) == (200, "false_positive")
    assert answer.json["hit"]["proposed_by"] != answer.json["hit"]["decided_by"]
    assert (await office.officer.get(f"{ROOT}/hits/{hit}")).json["note"].startswith("compared with the passport")
    for each in await office.hits():
        for officer in (office.officer, office.second):
            await office.decides(officer, each["id"], "false_positive")
    assert await office.desk.state(decision.subject) is people.State.CLEAR
    assert (await office.decides(office.second, hit, "reopen")).json["state"] == "blocked"
    assert (await office.officer.get(f"{ROOT}/hits/{office.desk.random.ref()}")).status == 404


async def test_of_two_officers_one_wins_and_the_other_is_told_who(office: Office) -> None:
    await office.desk.screen(HARUN)
    hit = (await office.hits())[0]["id"]
    tag = (await office.officer.get(f"{ROOT}/hits/{hit}")).header("etag") or ""
    answers = await asyncio.gather(
        office.decides(office.officer, hit, "true_match", tag),
        office.decides(office.second, hit, "true_match", tag),
    )
    assert sorted(each.status for each in answers) == [200, 409]
    loser = next(each for each in answers if each.status == 409)
    winner = next(each for each in answers if each.status == 200)
    assert loser.code == "screening_hit_decided"
    assert loser.json["facts"]["by"] == winner.json["hit"]["decided_by"]


async def test_the_worklist_in_pages_and_by_kind(office: Office) -> None:
    for _ in range(3):
        await office.desk.screen(HARUN)
    whole = await office.hits()
    seen, cursor = [], ""
    while True:
        page = (await office.officer.get(f"{ROOT}/hits?limit=2{cursor}")).json
        seen += page["items"]
        if not page["next"]:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == whole
    assert {each["tier"] for each in (await office.officer.get(f"{ROOT}/hits?tier=sanction")).json["items"]} == {
        "sanction"
    }
    assert (await office.officer.get(f"{ROOT}/hits?tier=pep{cursor}")).code == "invalid_cursor"
    assert (await office.officer.get(f"{ROOT}/hits?tier=nothing")).status == 400


async def test_somebody_is_screened_again_by_hand_and_once_per_key(office: Office) -> None:
    decision = await office.desk.screen(TILDA)
    path = f"{ROOT}/subjects/{decision.subject}/screen"
    answers = [await office.officer.send("POST", path, None, ("idempotency-key", "again-1")) for _ in range(2)]
    assert [each.status for each in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert answers[0].json["state"] == "clear"
    rows = await office.desk.rows("SELECT 1 FROM screening_decision WHERE trigger = 'manual'")
    assert len(rows) == 1
    assert (await office.officer.send("POST", f"{ROOT}/subjects/{office.desk.random.ref()}/screen")).status == 404


ROUTES = (
    ("GET", f"{ROOT}/lists"),
    ("GET", f"{ROOT}/lists/ofac/history"),
    ("GET", f"{ROOT}/subjects/{{id}}"),
    ("GET", f"{ROOT}/subjects/{{id}}/decisions"),
    ("GET", f"{ROOT}/decisions/{{id}}"),
    ("POST", f"{ROOT}/subjects/{{id}}/screen"),
    ("GET", f"{ROOT}/hits"),
    ("GET", f"{ROOT}/hits/{{id}}"),
    ("POST", f"{ROOT}/hits/{{id}}/verdict"),
)


async def test_nobody_else_learns_that_anything_is_there(office: Office) -> None:
    """Support, KYC officers, finance and customers get the same refusal whether there is a hit or not."""
    decision = await office.desk.screen(HARUN)
    hit = (await office.hits())[0]["id"]
    there = {"subjects": str(decision.subject), "decisions": str(decision.id), "hits": hit}
    others = [
        await office.house.person(access_model.Role.STAFF, each)
        for each in (P.SUPPORT, P.KYC_OFFICER, P.FINANCE_MANAGER)
    ]
    regulator = await office.house.person(
        access_model.Role.STAFF, P.REGULATOR, until=office.desk.time.now() + timedelta(days=9)
    )
    for method, template in ROUTES:
        kind = template.removeprefix(f"{ROOT}/").split("/")[0]
        body = {"verdict": "false_positive"} if "verdict" in template else None
        for person in others:
            answers = [
                await person.send(method, template.format(id=of), body, ("if-match", '"x"'))
                for of in (there.get(kind, ""), str(office.desk.random.ref()))
            ]
            assert {each.status for each in answers} == {403}
            assert answers[0].code == answers[1].code == "forbidden"
        looked = await regulator.send(method, template.format(id=there.get(kind, "")), body, ("if-match", '"x"'))
        assert looked.status == (403 if method == "POST" else 200), (method, template, looked)


async def test_every_route_of_screening_is_tried() -> None:
    handlers = {(next(iter(each.http_methods)), next(iter(each.paths))) for each in api.HANDLERS}
    plain = {(method, path.replace("{publisher:str}", "ofac")) for method, path in handlers}
    tried = {(method, path) for method, path in ROUTES}
    assert {(method, _anonymous(path)) for method, path in plain} == tried
    assert conftest.POLICY.required[0] is model.Publisher.OFAC


def _anonymous(path: str) -> str:
    for name in ("subject", "decision", "hit"):
        path = path.replace(f"{{{name}:uuid}}", "{id}")
    return path
