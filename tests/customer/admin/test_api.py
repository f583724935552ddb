"""The back office over HTTP: who finds whom, who sees what, who suspends whom, and that each look is on record."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from customer_stack.access import model as access
from customer_stack.admin import model, rules, service
from customer_stack.identity.model import accounts, notices
from customer_stack.identity.service import accounts as identity
from tests.customer.access import bola
from tests.customer.admin.conftest import ACCOUNTS, Desk

P = access.Permission
VIEW, MANAGE = P.USERS_VIEW, P.USERS_MANAGE
SUSPENSION = {"reason": "security"}


async def test_an_account_is_found_by_its_whole_address_and_the_search_is_on_record(desk: Desk) -> None:
    member, staff = await desk.customer(), await desk.staff("office", VIEW, MANAGE)
    for body in ({"email": " Amara@People.example "}, {"phone": member.phone}):
        answer = await staff.post(f"{ACCOUNTS}/search", body)
        assert [(each["id"], each["email"], each["masked"]) for each in answer.json["items"]] == [
            (str(member.account), "amara@people.example", False)
        ]
    assert (await staff.post(f"{ACCOUNTS}/search", {"email": "amar@people.example"})).json == {"items": []}
    looked = await desk.entries(model.Searched)
    assert [(each.staff, each.by, each.found) for each in looked] == [
        (staff.account, "email", 1),
        (staff.account, "phone", 1),
        (staff.account, "email", 0),
    ]
    assert len({each.term for each in looked}) == 3
    assert not [each for each in await desk.house.entries() if b"amara@" in each]


@pytest.mark.parametrize(
    "body, code",
    [
        ({}, "one_search_term"),
        ({"email": "a@b.example", "phone": "+94712345678"}, "one_search_term"),
        ({"email": "not an address"}, "identifier_invalid"),
        ({"phone": "12"}, "invalid"),
        ({"name": "Amara"}, "invalid"),
    ],
)
async def test_a_search_has_one_good_term(desk: Desk, body: Any, code: str) -> None:
    staff = await desk.staff("office", VIEW)
    answer = await staff.post(f"{ACCOUNTS}/search", body)
    assert (answer.status, answer.code) == (400, code)


async def test_contacts_are_masked_for_whoever_may_not_read_them(desk: Desk) -> None:
    member = await desk.customer()
    for name, items, masked in (("support", [VIEW], True), ("review", [VIEW, P.KYC_REVIEW], False)):
        staff = await desk.staff(name, *items)
        answer = await staff.get(f"{ACCOUNTS}/{member.account}")
        assert answer.json["masked"] is masked
        assert (member.email in answer.body.decode()) is not masked
        assert (member.phone in answer.body.decode()) is not masked
    looks = await desk.entries(model.LookedAt)
    assert [(each.account, each.masked) for each in looks] == [(member.account, True), (member.account, False)]


def test_a_mask_tells_two_apart_and_reaches_neither() -> None:
    assert rules.masked_email("amara@people.example") == "a•••@•••.example"
    assert rules.masked_phone("+94712345678") == "•••78"


async def test_lists_go_through_everybody_once_by_role_and_state(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    members = [await desk.customer(name) for name in ("amara", "bastian", "chitra", "dilani", "esra")]
    staff = await desk.staff("office", VIEW, MANAGE)
    pending = desk.house.visitor()
    pending.email = "late@people.example"
    await pending.register()

    async def everybody(query: str) -> set[str]:
        found: list[str] = []
        cursor = ""
        while True:
            page = (await staff.get(f"{ACCOUNTS}?limit=2{query}{cursor}")).json
            found += [each["id"] for each in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert len(found) == len(set(found))
        return set(found)

    customers = {str(each.account) for each in members}
    assert await everybody("") == customers | {str(staff.account), str(pending.account)}
    assert await everybody("&state=active") == customers | {str(staff.account)}
    assert await everybody("&state=pending") == {str(pending.account)}
    assert await everybody("&role=staff") == {str(staff.account)}
    assert await everybody("&role=investor&state=active") == customers
    assert await everybody("&role=investor&state=pending") == set()
    monkeypatch.setattr(service, "ROUNDS_MAX", 1)  # then a page may be short, or empty, and still not be the last
    assert await everybody("&role=investor&state=active") == customers
    why, who = accounts.Reason.SECURITY, staff.account
    await desk.house.db.run(
        "test.suspend",
        lambda tx: identity.suspend(tx, desk.house.identity, members[4].account, why, actor=who),
    )
    assert await everybody("&role=investor&state=suspended") == {str(members[4].account)}
    assert (await staff.get(f"{ACCOUNTS}?role=pope")).status == 400
    assert await desk.entries(model.Listed)


async def test_a_suspended_owner_is_out_at_once_told_without_a_reason_and_back_after_activation(desk: Desk) -> None:
    member, staff = await desk.customer(), await desk.staff("office", VIEW, MANAGE)
    assert (await member.get("/api/v1/me")).status == 200
    answer = await desk.act(staff, "suspend", member.account, SUSPENSION)
    assert (answer.status, answer.json["state"], answer.json["reason"]) == (200, "suspended", "security")
    assert (await member.get("/api/v1/me")).status == 401
    assert (await member.sign_in()).status == 401
    assert notices.Notice.SUSPENDED in desk.house.postbox.told(member.account)
    assert (await desk.act(staff, "suspend", member.account, SUSPENSION)).code == "illegal_transition"
    back = await desk.act(staff, "activate", member.account)
    assert (back.status, back.json["state"], back.json["reason"]) == (200, "active", None)
    assert (await member.sign_in()).status == 200


async def test_a_change_names_the_version_that_it_is_meant_for(desk: Desk) -> None:
    member, staff = await desk.customer(), await desk.staff("office", VIEW, MANAGE)
    path, old = f"{ACCOUNTS}/{member.account}/suspend", await desk.tag(staff, member.account)
    assert (await staff.post(path, SUSPENSION)).status == 428
    assert (await desk.act(staff, "suspend", member.account, SUSPENSION)).status == 200
    stale = await staff.post(f"{ACCOUNTS}/{member.account}/activate", None, if_match=old)
    assert (stale.status, stale.code) == (412, "precondition_failed")


async def test_a_repeated_suspension_is_answered_and_not_done_again(desk: Desk) -> None:
    member, staff = await desk.customer(), await desk.staff("office", VIEW, MANAGE)
    tag = await desk.tag(staff, member.account)
    first, second = [
        await desk.act(staff, "suspend", member.account, SUSPENSION, if_match=tag, idempotency_key="one")
        for _ in range(2)
    ]
    assert (first.status, first.body) == (second.status, second.body)
    other = await desk.act(
        staff, "suspend", member.account, {"reason": "compliance"}, if_match=tag, idempotency_key="one"
    )
    assert other.code == "idempotency_key_reused"


async def test_of_a_hundred_suspensions_one_happens(desk: Desk) -> None:
    member, staff = await desk.customer(), await desk.staff("office", VIEW, MANAGE)
    tag = await desk.tag(staff, member.account)
    answers = await asyncio.gather(
        *(desk.act(staff, "suspend", member.account, SUSPENSION, if_match=tag) for _ in range(100))
    )
    assert [answer.status for answer in answers].count(200) == 1
    assert {answer.status for answer in answers} <= {200, 409, 412}


async def test_nobody_touches_themselves_or_somebody_who_hands_out_rights(desk: Desk) -> None:
    staff = await desk.staff("office", VIEW, MANAGE)
    boss = await desk.staff("boss", access.Preset.SUPER_ADMIN)
    for what, body in (("suspend", SUSPENSION), ("activate", None), ("sign-out", None)):
        assert (await desk.act(staff, what, staff.account, body)).code == "own_account"
        assert (await desk.act(staff, what, boss.account, body)).code == "works_here"
    assert (await desk.act(boss, "sign-out", staff.account)).status == 200


async def test_the_last_active_super_admin_stays(desk: Desk) -> None:
    one = await desk.staff("one", access.Preset.SUPER_ADMIN)
    helper = await desk.staff("helper", VIEW, MANAGE, P.PERMISSIONS_MANAGE)
    assert (await desk.act(helper, "suspend", one.account, SUSPENSION)).code == "last_super_admin"
    two = await desk.staff("two", access.Preset.SUPER_ADMIN)
    await desk.refresh(helper)
    assert (await desk.act(helper, "suspend", one.account, SUSPENSION)).status == 200
    assert (await desk.act(helper, "suspend", two.account, SUSPENSION)).code == "last_super_admin"


async def test_of_two_who_suspend_each_other_one_stays(desk: Desk) -> None:
    one, two = await desk.staff("one", access.Preset.SUPER_ADMIN), await desk.staff("two", access.Preset.SUPER_ADMIN)
    await desk.refresh(one)
    tags = [await desk.tag(one, two.account), await desk.tag(two, one.account)]
    answers = await asyncio.gather(
        desk.act(one, "suspend", two.account, SUSPENSION, if_match=tags[0]),
        desk.act(two, "suspend", one.account, SUSPENSION, if_match=tags[1]),
    )
    states = [row["state"] for row in await desk.house.rows("SELECT state::text FROM account")]
    assert sorted(states) == ["active", "suspended"]
    assert [answer.status for answer in answers].count(200) == 1


async def test_forced_sign_out_ends_every_session(desk: Desk) -> None:
    member, staff = await desk.customer(), await desk.staff("office", VIEW, MANAGE)
    await member.sign_in()
    answer = await desk.act(staff, "sign-out", member.account)
    assert answer.json == {"sessions_ended": 2}
    assert (await member.get("/api/v1/me")).status == 401
    assert [each.sessions for each in await desk.entries(model.SignedOut)] == [2]


async def test_staff_are_invited_without_any_permission_and_set_their_own_password(desk: Desk) -> None:
    staff = await desk.staff("office", VIEW, MANAGE)
    body = {"email": "new@people.example", "phone": "+94712000001"}
    answers = [await staff.post(ACCOUNTS, body, idempotency_key="new") for _ in range(2)]
    assert {(answer.status, answer.body) for answer in answers} == {(201, answers[0].body)}
    assert (await staff.post(ACCOUNTS, body)).code == "idempotency_key_required"
    assert (await staff.post(ACCOUNTS, body, idempotency_key="again")).code == "email_taken"
    account = answers[0].json["id"]
    assert (await staff.post(f"{ACCOUNTS}/{account}/invitation")).status == 202
    token = desk.house.postbox.last("new@people.example", notices.Purpose.INVITATION)
    newcomer = desk.house.visitor(bearer=True)
    newcomer.email, newcomer.phone, newcomer.registration = body["email"], body["phone"], account
    reset = await newcomer.post("/api/v1/password-resets/redeem", {"token": token, "password": newcomer.password})
    assert reset.status == 204
    assert (await newcomer.sign_in()).json["enrolment_required"] is True
    await newcomer.enrol()
    assert (await newcomer.get("/api/v1/permissions")).json == {"role": "staff", "permissions": []}
    assert (await newcomer.get(ACCOUNTS)).code == "forbidden"
    assert (await staff.post(f"{ACCOUNTS}/{account}/invitation")).code == "not_invited"


@pytest.mark.parametrize(
    "more", [{"role": "admin"}, {"state": "active"}, {"permissions": ["users.manage"]}, {"password": "x"}]
)
async def test_nothing_rides_along_with_an_appointment(desk: Desk, more: dict[str, Any]) -> None:
    staff = await desk.staff("office", VIEW, MANAGE)
    body = {"email": "new@people.example", "phone": "+94712000001"} | more
    assert (await staff.post(ACCOUNTS, body, idempotency_key="new")).code == "invalid"
    assert len(await desk.house.rows("SELECT FROM account")) == 1


async def test_changes_take_the_permission_and_a_fresh_factor(desk: Desk) -> None:
    member, viewer = await desk.customer(), await desk.staff("viewer", VIEW)
    tag = await desk.tag(viewer, member.account)
    for what, body in (("suspend", SUSPENSION), ("activate", None), ("sign-out", None), ("invitation", None)):
        assert (await desk.act(viewer, what, member.account, body, if_match=tag)).code == "forbidden"
        assert (await desk.act(member, what, member.account, body, if_match=tag)).status == 403
    manager = await desk.staff("manager", VIEW, MANAGE)
    desk.house.time.advance(timedelta(minutes=6))
    answer = await desk.act(manager, "suspend", member.account, SUSPENSION)
    assert answer.code == "step_up_required"


async def test_an_account_that_is_not_there_is_not_found(desk: Desk) -> None:
    staff = await desk.staff("office", VIEW, MANAGE)
    assert (await staff.get(f"{ACCOUNTS}/{bola.MISSING}")).status == 404
    for what, body in (("suspend", SUSPENSION), ("activate", None), ("sign-out", None), ("invitation", None)):
        answer = await staff.post(f"{ACCOUNTS}/{bola.MISSING}/{what}", body, if_match='"x"')
        assert answer.status == 404, answer
