"""The routes of safeguards, as customers and staff call them."""

from datetime import timedelta
from typing import Any

from customer_stack.access import model as access
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import house as houses

BASE = "/api/v1/me/safeguards"
P = access.Permission


async def customer(house: houses.House) -> houses.Person:
    return await house.person(access.Role.INVESTOR)


async def etag(person: houses.Person) -> str:
    return (await person.get(BASE)).header("etag") or ""


async def sets(person: houses.Person, amount: str | None, kind: str = "stake", period: str = "day") -> loopback.Answer:
    wanted = {"kind": kind, "period": period, "amount": amount}
    return await person.send("PUT", f"{BASE}/limits", wanted, ("if-match", await etag(person)))


async def does(person: houses.Person, path: str, body: Any, key: str) -> loopback.Answer:
    return await person.send("POST", f"{BASE}/{path}", body, ("idempotency-key", key))


async def test_a_limit_is_set_widened_after_the_delay_and_kept_by_taking_that_back(house: houses.House) -> None:
    person = await customer(house)
    assert (await sets(person, "100.00")).json["amount"] == "100.00"
    wider = (await sets(person, "200.00")).json
    due = house.time.now() + timedelta(hours=24)
    assert (wider["amount"], wider["next_amount"]) == ("100.00", "200.00")
    assert wider["next_at"].startswith(due.isoformat()[:19])
    back = await does(person, "limits/cancellations", {"kind": "stake", "period": "day"}, "1")
    assert (back.status, back.json["next_amount"]) == (200, None)
    assert (await does(person, "limits/cancellations", {"kind": "stake", "period": "day"}, "2")).code == (
        "safeguard_nothing_waits"
    )
    await sets(person, None)
    house.time.advance(timedelta(hours=24))
    person.proves_a_factor()
    (shown,) = (await person.get(BASE)).json["limits"]
    assert (shown["amount"], shown["next_amount"]) == (None, None)


async def test_nobody_overwrites_a_limit_that_they_have_not_seen(house: houses.House) -> None:
    person = await customer(house)
    stale = await etag(person)
    assert (await sets(person, "100.00")).status == 200
    wanted = {"kind": "stake", "period": "day", "amount": "50.00"}
    assert (await person.send("PUT", f"{BASE}/limits", wanted, ("if-match", stale))).status == 412
    assert (await person.send("PUT", f"{BASE}/limits", wanted)).status == 428


async def test_bad_input_is_refused(house: houses.House) -> None:
    person = await customer(house)
    for amount in ("-1.00", "1.001", "x", "1e5", ""):
        assert (await sets(person, amount)).status == 400, amount
    assert (await sets(person, "1.00", kind="fun")).status == 400
    assert (await does(person, "cool-offs", {"hours": 23}, "1")).code == "safeguard_period_wrong"
    assert (await does(person, "self-exclusions", {"months": 5}, "2")).code == "safeguard_period_wrong"
    assert (await does(person, "self-exclusions", {"months": 6, "lift": True}, "3")).status == 400
    assert (await person.send("PUT", f"{BASE}/reality-check", {"minutes": 5})).code == "safeguard_period_wrong"
    assert (await person.get(BASE)).json == {"limits": [], "exclusions": [], "reality_check_minutes": None}


async def test_an_exclusion_sent_twice_is_one_and_needs_a_name(house: houses.House) -> None:
    person = await customer(house)
    assert (await person.send("POST", f"{BASE}/cool-offs", {"hours": 24})).code == "idempotency_key_required"
    first = await does(person, "cool-offs", {"hours": 24}, "k")
    again = await does(person, "cool-offs", {"hours": 24}, "k")
    assert (first.status, again.json) == (201, first.json)
    assert (await does(person, "cool-offs", {"hours": 48}, "k")).code == "idempotency_key_reused"
    assert len((await person.get(BASE)).json["exclusions"]) == 1
    forever = await does(person, "self-exclusions", {"months": None}, "k2")
    assert (forever.status, forever.json["ends_at"]) == (201, None)


async def test_there_is_no_route_that_ends_one(house: houses.House) -> None:
    """Whatever the description offers to whomever: none of it takes an exclusion away."""
    paths = house.inner.openapi_schema.to_schema()["paths"]
    offered = {
        (method, path) for path, methods in paths.items() for method in methods if "exclusion" in path or "cool" in path
    }
    assert offered == {("post", f"{BASE}/cool-offs"), ("post", f"{BASE}/self-exclusions")}


async def test_a_reality_check_is_set_and_the_history_comes_in_pages(house: houses.House) -> None:
    person = await customer(house)
    shown = await person.send("PUT", f"{BASE}/reality-check", {"minutes": 30})
    assert shown.json["reality_check_minutes"] == 30
    for amount in ("5.00", "4.00", "3.00"):
        await sets(person, amount)
    first = (await person.get(f"{BASE}/history?limit=3")).json
    rest = (await person.get(f"{BASE}/history?limit=3&cursor={first['next']}")).json
    facts = [each["fact"] for each in first["items"] + rest["items"]]
    assert facts == ["limit_set", "limit_set", "limit_set", "reality_check"]
    assert rest["next"] is None


async def test_everybody_sees_their_own_and_compliance_sees_all_and_changes_nothing(house: houses.House) -> None:
    one, two = await customer(house), await customer(house)
    await sets(one, "100.00")
    assert (await two.get(BASE)).json["limits"] == []
    officer = await house.person(access.Role.STAFF, access.Preset.COMPLIANCE_OFFICER)
    support = await house.person(access.Role.STAFF, access.Preset.SUPPORT)
    path = f"/api/v1/admin/compliance/customers/{one.account}/safeguards"
    assert (await officer.get(path)).json["limits"][0]["amount"] == "100.00"
    assert len((await officer.get(f"{path}/history")).json["items"]) == 1
    assert (await support.get(path)).status == 403
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        assert (await officer.send(method, path)).status == 405
