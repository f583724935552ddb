"""Passwords forgotten and changed; e-mail and phone changed slowly."""

import asyncio
from datetime import timedelta

from customer_stack.identity import jobs
from customer_stack.identity.model import notices
from customer_stack.identity.rules import sessions as lifetimes
from tests.customer.identity import house as houses

NEW = "nine blue kites over a hill"


async def asked(house: houses.House, member: houses.Visitor) -> str:
    assert (await house.visitor().post("/api/v1/password-resets", {"email": member.email})).status == 202
    return house.postbox.last(member.email, notices.Purpose.PASSWORD_RESET)


async def redeemed(house: houses.House, token: str, password: str = NEW) -> int:
    answer = await house.visitor().post("/api/v1/password-resets/redeem", {"token": token, "password": password})
    return answer.status


async def test_a_reset_sets_the_password_ends_every_session_and_tells(house: houses.House) -> None:
    member = await house.member("amara")
    token = await asked(house, member)
    assert await redeemed(house, token) == 204
    assert (await member.get("/api/v1/me")).code == "session_over"
    assert (await member.sign_in()).code == "credentials_wrong"
    member.password = NEW
    assert (await member.sign_in()).status == 200
    assert notices.Notice.PASSWORD_RESET in house.postbox.told(member.account)


async def test_asking_is_answered_alike_for_everybody(house: houses.House) -> None:
    member = await house.person("amara")
    before = len(house.postbox.codes)
    known = await house.visitor().post("/api/v1/password-resets", {"email": member.email})
    unknown = await house.visitor().post("/api/v1/password-resets", {"email": "unheard@people.example"})
    assert (known.status, known.body) == (unknown.status, unknown.body)
    assert len(house.postbox.codes) == before + 1


async def test_a_link_passes_once_also_when_twenty_use_it_at_once(house: houses.House) -> None:
    member = await house.person("amara")
    token = await asked(house, member)
    house.app.state.throttles._scale = 100
    statuses = await asyncio.gather(*(redeemed(house, token) for _ in range(20)))
    assert sorted(statuses) == [204] + [400] * 19


async def test_a_link_expires_and_a_new_one_replaces_it(house: houses.House) -> None:
    member = await house.person("amara")
    first = await asked(house, member)
    second = await asked(house, member)
    assert await redeemed(house, first) == 400
    house.time.advance(lifetimes.RESET)
    assert await redeemed(house, second) == 400


async def test_a_refused_password_does_not_use_the_link_up(house: houses.House) -> None:
    member = await house.person("amara")
    token = await asked(house, member)
    assert await redeemed(house, token, "short") == 400
    assert await redeemed(house, token, "amara was here first") == 400
    assert await redeemed(house, token) == 204


async def test_a_reset_makes_strangers_of_all_other_devices(house: houses.House) -> None:
    member = await house.member("amara")
    await redeemed(house, await asked(house, member))
    rows = await house.rows("SELECT count(*) FROM known_device")
    assert rows[0]["count"] == 1


async def test_changing_the_password_asks_for_the_present_one_and_ends_other_sessions(house: houses.House) -> None:
    member, other = await house.member("amara"), house.visitor()
    other.email = member.email
    await other.sign_in()
    wrong = await member.post("/api/v1/me/password", {"current": "not it at all", "password": NEW})
    assert wrong.code == "credentials_wrong"
    answer = await member.post("/api/v1/me/password", {"current": member.password, "password": NEW})
    assert answer.json == {"sessions_ended": 1}
    assert (await other.get("/api/v1/me")).code == "session_over"
    assert (await member.get("/api/v1/me")).status == 200
    member.password = NEW
    assert (await member.sign_in()).status == 200


async def test_of_ten_password_changes_at_once_one_is_made(house: houses.House) -> None:
    member = await house.member("amara")
    body = {"current": member.password}
    answers = await asyncio.gather(
        *(member.post("/api/v1/me/password", body | {"password": f"{NEW} {turn}"}) for turn in range(10))
    )
    assert sorted(answer.status for answer in answers) == [200] + [401] * 9


# ---- contacts


async def request(house: houses.House, member: houses.Visitor, email: str = "new@people.example") -> str:
    await member.step_up()
    answer = await member.post("/api/v1/me/email", {"email": email})
    assert answer.status == 202, answer
    return str(answer.json["id"])


async def verified(house: houses.House, member: houses.Visitor, number: str, email: str = "new@people.example") -> int:
    code = house.postbox.last(email, notices.Purpose.EMAIL_CHANGE)
    answer = await member.post(f"/api/v1/me/contact-changes/{number}/verify", {"code": code})
    return answer.status


async def applied(house: houses.House, number: str) -> None:
    worker = await house.schema.connect("customer_worker")
    handlers = jobs.Handlers(house.identity._replace(front=None))
    job = jobs.ApplyChange(houses.UUID(number))
    await worker.run("test.apply", lambda tx: handlers.apply_change(tx, job))
    await worker.close()


async def test_an_address_changes_after_verification_and_two_days(house: houses.House) -> None:
    member = await house.member("amara")
    old = member.email
    number = await request(house, member)
    assert await verified(house, member, number) == 204
    assert (await member.get("/api/v1/me")).json["email"] == old
    promised = await house.rows("SELECT run_at FROM job ORDER BY run_at DESC LIMIT 1")
    assert promised[0]["run_at"] == house.time.now() + lifetimes.CHANGE_DELAY
    house.time.advance(lifetimes.CHANGE_DELAY)
    await applied(house, number)
    assert (await member.sign_in()).code == "credentials_wrong"
    member.email = "new@people.example"
    assert (await member.sign_in()).status == 200
    told = house.postbox.told(member.account)
    assert told.index(notices.Notice.EMAIL_CHANGE_REQUESTED) < told.index(notices.Notice.EMAIL_CHANGED)


async def test_a_phone_changes_likewise(house: houses.House) -> None:
    member = await house.member("amara")
    await member.step_up()
    number = (await member.post("/api/v1/me/phone", {"phone": "077 123 4567"})).json["id"]
    code = house.postbox.last("+94771234567", notices.Purpose.PHONE_CHANGE)
    await member.post(f"/api/v1/me/contact-changes/{number}/verify", {"code": code})
    await applied(house, number)
    house.time.advance(lifetimes.CHANGE_DELAY)
    await member.sign_in()
    assert (await member.get("/api/v1/me")).json["phone"] == "+94771234567"


async def test_a_notice_does_not_show_the_whole_new_address(house: houses.House) -> None:
    member = await house.member("amara")
    await request(house, member, "somebody.else@people.example")
    _, _, facts = next(each for each in house.postbox.told_of if each[1] is notices.Notice.EMAIL_CHANGE_REQUESTED)
    assert facts["address"] == "s***@people.example"


async def test_what_was_not_verified_is_not_applied(house: houses.House) -> None:
    member = await house.member("amara")
    number = await request(house, member)
    await applied(house, number)
    assert (await member.get("/api/v1/me")).json["email"] == member.email
    assert (await member.get("/api/v1/me/contact-changes")).json == {"changes": []}


async def test_a_change_is_cancelled_by_its_owner_at_any_time(house: houses.House) -> None:
    member = await house.member("amara")
    number = await request(house, member)
    await verified(house, member, number)
    assert (await member.ask("DELETE", f"/api/v1/me/contact-changes/{number}")).status == 204
    await applied(house, number)
    assert (await member.get("/api/v1/me")).json["email"] == member.email
    again = await member.ask("DELETE", f"/api/v1/me/contact-changes/{number}")
    assert (again.status, again.code) == (409, "illegal_transition")


async def test_a_reset_cancels_it_too(house: houses.House) -> None:
    member = await house.member("amara")
    number = await request(house, member)
    await verified(house, member, number)
    await redeemed(house, await asked(house, member))
    await applied(house, number)
    member.password = NEW
    assert (await member.sign_in()).status == 200


async def test_an_address_that_somebody_has_by_then_is_not_taken(house: houses.House) -> None:
    member = await house.member("amara")
    number = await request(house, member, "wanted@people.example")
    assert await verified(house, member, number, "wanted@people.example") == 204
    other = await house.person("wanted")
    await applied(house, number)
    assert (await member.get("/api/v1/me")).json["email"] == member.email
    assert (await other.sign_in()).status == 200


async def test_a_change_that_is_asked_for_twice_with_one_key_is_one(house: houses.House) -> None:
    member = await house.member("amara")
    await member.step_up()
    for path, body in (("email", {"email": "more@people.example"}), ("phone", {"phone": "+94771234999"})):
        first, again = [await member.post(f"/api/v1/me/{path}", body, idempotency_key="k-1") for _ in range(2)]
        assert (first.status, again.code) == (202, "idempotency_answer_not_kept")
    assert len((await member.get("/api/v1/me/contact-changes")).json["changes"]) == 2


async def test_one_change_of_a_kind_at_a_time_and_nobody_elses(house: houses.House) -> None:
    member, other = await house.member("amara"), await house.member("other")
    number = await request(house, member)
    assert (await member.post("/api/v1/me/email", {"email": "more@people.example"})).code == "change_pending"
    path = f"/api/v1/me/contact-changes/{number}"
    assert (await other.ask("DELETE", path)).status == 404
    assert (await other.post(f"{path}/verify", {"code": "000000"})).status == 404


async def test_a_changes_code_is_tried_five_times(house: houses.House) -> None:
    member = await house.member("amara")
    number = await request(house, member)
    right = house.postbox.last("new@people.example", notices.Purpose.EMAIL_CHANGE)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    path = f"/api/v1/me/contact-changes/{number}/verify"
    for _ in range(lifetimes.CODE_TRIES):
        assert (await member.post(path, {"code": wrong})).code == "code_wrong"
    assert (await member.post(path, {"code": right})).code == "code_wrong"


async def test_applying_twice_changes_nothing_more(house: houses.House) -> None:
    member = await house.member("amara")
    number = await request(house, member)
    await verified(house, member, number)
    house.time.advance(lifetimes.CHANGE_DELAY + timedelta(hours=1))
    await asyncio.gather(applied(house, number), applied(house, number))
    assert house.postbox.told(member.account).count(notices.Notice.EMAIL_CHANGED) == 1
