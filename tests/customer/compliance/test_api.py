"""The routes of compliance: the work list, verdicts, the file; and who may come."""

import json
from typing import Any
from uuid import UUID

import pytest

from boundary.kernel import primitives
from boundary.verify import file as verifier
from customer_stack.access import model as access
from customer_stack.compliance import model
from customer_stack.compliance.model import facts, reviews
from customer_stack.compliance.service import reviewing
from tests.customer.access import house as houses
from tests.customer.compliance import house as rooms

K, P = model.OperationKind, access.Permission
HELD = "/api/v1/admin/compliance/held"
THRESHOLD = 100_000_000
SEED = bytes(range(32))


@pytest.fixture
def officers_may(house: houses.House) -> None:
    house.inner.state.executors[reviews.ReleaseHeld] = reviewing.Execute(house.time)


async def officer(house: houses.House) -> houses.Person:
    return await house.person(access.Role.STAFF, access.Preset.COMPLIANCE_OFFICER)


async def held(room: rooms.Room, *amounts: int) -> list[str]:
    room.neighbours.risks[room.one] = "HIGH"
    verdicts = await room.evaluate(*(room.operation(K.STAKE, each) for each in amounts))
    return [str(each.id) for each in verdicts]


async def decides(person: houses.Person, verdict: str, word: str, ground: str = "explained", key: str = "k") -> Any:
    return await person.send("POST", f"{HELD}/{verdict}/{word}", {"ground": ground}, ("idempotency-key", key + verdict))


async def test_the_work_list_comes_in_pages_the_oldest_first(house: houses.House, room: rooms.Room) -> None:
    verdicts = await held(room, 1, 2, 3)
    person = await officer(house)
    first = (await person.get(f"{HELD}?limit=2")).json
    rest = (await person.get(f"{HELD}?limit=2&cursor={first['next']}")).json
    items = first["items"] + rest["items"]
    assert sorted(each["verdict"] for each in items) == sorted(verdicts)
    assert {(each["asset"], tuple(each["reasons"])) for each in items} == {("LKR", ("risk_high",))}
    assert sorted(each["amount"] for each in items) == ["0.01", "0.02", "0.03"]
    assert (await person.get(f"{HELD}?state=released")).json["items"] == []
    assert (await person.get(f"{HELD}/{verdicts[0]}")).json["state"] == "open"
    assert (await person.get(f"{HELD}/{UUID(int=1)}")).code == "clearance_unknown"


async def test_a_small_one_takes_one_person_and_the_decision_is_made_once(
    house: houses.House, room: rooms.Room
) -> None:
    one, two = await held(room, 5, 6)
    person = await officer(house)
    done = await decides(person, one, "release")
    assert (done.status, done.json["state"], done.json["decided_by"]) == (200, "released", str(person.account))
    assert (await decides(person, one, "release")).json == done.json
    assert (await decides(person, one, "refuse", key="other")).status == 409
    assert (await decides(person, two, "refuse", "not_explained")).json["state"] == "refused"
    assert (await decides(person, two, "release", "because")).status == 400


async def test_a_large_one_is_proposed_and_somebody_else_approves(
    house: houses.House, room: rooms.Room, officers_may: None
) -> None:
    (verdict,) = await held(room, THRESHOLD)
    first, second = await officer(house), await officer(house)
    answer = await decides(first, verdict, "release")
    assert answer.status == 202
    assert (await first.approves(answer.json["proposal"])).status >= 400
    assert (await second.approves(answer.json["proposal"])).status == 200
    shown = (await first.get(f"{HELD}/{verdict}")).json
    assert (shown["state"], shown["decided_by"], shown["approved_by"]) == (
        "released", str(first.account), str(second.account),
    )  # fmt: skip


async def test_a_verdict_is_shown_with_its_facts_and_judged_again(house: houses.House, room: rooms.Room) -> None:
    (verdict,) = await held(room, 5)
    shown = (await (await officer(house)).get(f"/api/v1/admin/compliance/verdicts/{verdict}")).json
    assert (shown["answer"], shown["reasons"], shown["facts"]["risk"]) == ("review", ["risk_high"], "high")
    assert shown["same_again"] is True


@pytest.mark.parametrize("preset", [access.Preset.SUPPORT, access.Preset.KYC_OFFICER, access.Preset.FINANCE_MANAGER])
async def test_whoever_deals_with_customers_sees_nothing_of_it(
    house: houses.House, room: rooms.Room, preset: access.Preset
) -> None:
    (verdict,) = await held(room, 5)
    person = await house.person(access.Role.STAFF, preset)
    for path in (HELD, f"{HELD}/{verdict}", f"/api/v1/admin/compliance/verdicts/{verdict}"):
        assert (await person.get(path)).status == 403
    assert (await decides(person, verdict, "release")).status == 403
    assert (await person.send("POST", f"/api/v1/admin/compliance/customers/{room.one}/file")).status == 403


async def test_who_only_looks_decides_nothing(house: houses.House, room: rooms.Room) -> None:
    (verdict,) = await held(room, 5)
    person = await house.person(access.Role.STAFF, P.COMPLIANCE_VIEW)
    assert (await person.get(f"{HELD}/{verdict}")).status == 200
    assert (await decides(person, verdict, "release")).status == 403


async def test_the_file_is_signed_checked_by_an_outsider_and_noted(
    house: houses.House, room: rooms.Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, customer = await officer(house), await house.person(access.Role.INVESTOR)
    path = f"/api/v1/admin/compliance/customers/{customer.account}/file"
    assert (await person.send("POST", path)).code == "compliance_no_signing_key"
    house.inner.state.records_seed = SEED
    try:
        answer = await person.send("POST", path)
        missing = await person.send("POST", f"/api/v1/admin/compliance/customers/{UUID(int=5)}/file")
    finally:
        house.inner.state.records_seed = None
    assert answer.status == 200
    content = json.dumps(answer.json, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    said = verifier.judge(content, primitives.ed25519_public(SEED), None)
    assert said.startswith(f"account {customer.account}")
    assert [(each.account, each.by, each.digest) for each in await house.entries(facts.FileTaken)] == [
        (customer.account, person.account, primitives.sha256(content))
    ]
    assert missing.code == "compliance_customer_unknown"
    assert answer.json["parts"]["monitoring"]["shown"] is True
    assert answer.json["parts"]["screening"] == []
