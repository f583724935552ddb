"""The second factor over HTTP: enrolled, proved once per step, recovered, removed; and fresh for five minutes."""

import asyncio
import base64
import json
from datetime import timedelta

import pytest

from customer_stack.access import model as access
from customer_stack.identity.model import notices
from customer_stack.identity.rules import factors as rules
from customer_stack.identity.rules import sessions as lifetimes
from tests.customer.identity import house as houses


async def test_an_authenticator_is_enrolled_and_asked_for_from_then_on(house: houses.House) -> None:
    member = await house.member("amara")
    await member.enrol()
    owed = await member.sign_in()
    assert owed.status == 202
    assert owed.json.keys() == {"challenge", "expires_at"}
    answer = await member.answer_challenge(owed.json["challenge"])
    assert answer.status == 200
    assert answer.json["factor_at"]


async def test_the_enrolment_shows_a_secret_an_address_and_a_square(house: houses.House) -> None:
    member = await house.member("amara")
    await member.step_up()
    shown = (await member.post("/api/v1/me/totp")).json
    assert shown["otpauth_uri"].startswith("otpauth://totp/")
    assert shown["secret"] in shown["otpauth_uri"]
    assert shown["image"].startswith("data:image/svg+xml")
    assert len(base64.b32decode(shown["secret"])) == rules.SECRET_BYTES


async def test_the_secret_is_sealed_and_bound_to_its_account(house: houses.House) -> None:
    """Two ciphertexts exchanged in the database open for neither account."""
    first, second = await house.member("first"), await house.member("second")
    await first.enrol()
    await second.enrol()
    assert first.secret not in str(await house.rows("SELECT secret FROM account_totp"))
    await house.superuser.execute(
        "UPDATE account_totp a SET secret = b.secret FROM account_totp b WHERE a.account <> b.account"
    )
    owed = await first.sign_in()
    answer = await first.answer_challenge(owed.json["challenge"])
    assert answer.code == "sealed_value_damaged"


async def test_a_stolen_password_alone_enrols_nothing(house: houses.House) -> None:
    thief = await house.member("amara")
    assert (await thief.post("/api/v1/me/totp")).code == "step_up_required"


async def test_a_confirmed_authenticator_is_not_replaced(house: houses.House) -> None:
    member = await house.member("amara")
    await member.enrol()
    await member.step_up()
    assert (await member.post("/api/v1/me/totp")).code == "factor_present"
    assert (await member.post("/api/v1/me/totp/confirm", {"code": member.code()})).code == "factor_present"


async def test_confirming_with_a_wrong_code_confirms_nothing(house: houses.House) -> None:
    member = await house.member("amara")
    assert (await member.post("/api/v1/me/totp/confirm", {"code": "000000"})).code == "factor_absent"
    await member.step_up()
    member.secret = (await member.post("/api/v1/me/totp")).json["secret"]
    wrong = f"{(int(member.code()) + 1) % 1_000_000:06d}"
    assert (await member.post("/api/v1/me/totp/confirm", {"code": wrong})).code == "factor_wrong"
    member.secret = ""
    assert (await member.sign_in()).status == 200


async def test_enrolling_ends_every_other_session(house: houses.House) -> None:
    """They were begun with a password alone."""
    member, other = await house.member("amara"), house.visitor()
    other.email = member.email
    await other.sign_in()
    await member.enrol()
    assert (await other.get("/api/v1/me")).code == "session_over"
    assert (await member.get("/api/v1/me")).status == 200


async def test_of_fifty_uses_of_one_code_at_once_one_passes(house: houses.House) -> None:
    member = await house.member("amara", bearer=True)
    await member.enrol()
    house.app.state.throttles._scale = 100
    challenges = [(await member.sign_in()).json["challenge"] for _ in range(50)]
    code = member.code()
    answers = await asyncio.gather(*(member.answer_challenge(each, code) for each in challenges))
    assert sorted(answer.status for answer in answers) == [200] + [401] * 49


async def test_of_fifty_answers_to_one_challenge_at_once_one_passes(house: houses.House) -> None:
    member = await house.member("amara", bearer=True)
    await member.enrol()
    house.app.state.throttles._scale = 100
    challenge = (await member.sign_in()).json["challenge"]
    answers = await asyncio.gather(*(member.answer_challenge(challenge, member.code()) for _ in range(50)))
    assert sorted(answer.status for answer in answers) == [200] + [401] * 49


async def test_a_code_passes_once_and_an_older_one_never_after_a_newer(house: houses.House) -> None:
    member = await house.member("amara")
    await member.enrol()
    member.later(seconds=120)
    house.app.state.throttles._scale = 100
    newer, present, older = member.code(1), member.code(), member.code(-1)
    tries = [(await member.sign_in()).json["challenge"] for _ in range(4)]
    assert (await member.answer_challenge(tries[0], present)).status == 200
    assert (await member.answer_challenge(tries[1], present)).code == "factor_wrong"
    assert (await member.answer_challenge(tries[2], older)).code == "factor_wrong"
    assert (await member.answer_challenge(tries[3], newer)).status == 200


@pytest.mark.parametrize("steps, passes", [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_a_code_of_a_neighbouring_step_passes_and_no_other(house: houses.House, steps: int, passes: bool) -> None:
    member = await house.member("amara")
    await member.enrol()
    member.later(seconds=120)
    challenge = (await member.sign_in()).json["challenge"]
    answer = await member.answer_challenge(challenge, member.code(steps))
    assert (answer.status == 200) is passes


async def test_a_challenge_is_tried_five_times_lasts_five_minutes_and_is_bound_to_its_client(
    house: houses.House,
) -> None:
    member = await house.member("amara")
    await member.enrol()
    tired = (await member.sign_in()).json["challenge"]
    wrong = f"{(int(member.code()) + 1) % 1_000_000:06d}"
    for _ in range(lifetimes.CHALLENGE_TRIES):
        assert (await member.answer_challenge(tired, wrong)).code == "factor_wrong"
    assert (await member.answer_challenge(tired)).code == "factor_wrong"
    carried = (await member.sign_in()).json["challenge"]
    thief = house.visitor(houses.CHROME)
    thief.secret = member.secret
    assert (await thief.answer_challenge(carried)).code == "factor_wrong"
    old = (await member.sign_in()).json["challenge"]
    house.time.advance(lifetimes.CHALLENGE)
    assert (await member.answer_challenge(old)).code == "factor_wrong"


async def test_guessing_a_factor_is_limited_for_the_account_across_challenges(house: houses.House) -> None:
    member = await house.member("amara")
    await member.enrol()
    statuses = []
    for _ in range(4):
        challenge = (await member.sign_in()).json["challenge"]
        statuses += [(await member.answer_challenge(challenge, "000000")).status for _ in range(4)]
    assert 429 in statuses
    assert statuses.index(429) <= 10


async def test_ten_recovery_codes_pass_once_each(house: houses.House) -> None:
    member = await house.member("amara")
    await member.enrol()
    house.app.state.throttles._scale = 100
    assert len(set(member.recovery)) == rules.RECOVERY_CODES
    stored = str(await house.rows("SELECT digest FROM recovery_code"))
    assert not any(code in stored for code in member.recovery)
    for code in (*member.recovery, member.recovery[0]):
        challenge = (await member.sign_in()).json["challenge"]
        answer = await member.answer_challenge(challenge, code)
        assert answer.status == (401 if code == member.recovery[0] and answer.status == 401 else 200)
    assert answer.status == 401
    assert (await member.get("/api/v1/me")).json["recovery_codes_left"] == 0
    assert house.postbox.told(member.account).count(notices.Notice.FACTOR_CHANGED) == 11


async def test_of_fifty_uses_of_a_recovery_code_at_once_one_passes(house: houses.House) -> None:
    member = await house.member("amara", bearer=True)
    await member.enrol()
    house.app.state.throttles._scale = 100
    challenges = [(await member.sign_in()).json["challenge"] for _ in range(50)]
    answers = await asyncio.gather(*(member.answer_challenge(each, member.recovery[3]) for each in challenges))
    assert sorted(answer.status for answer in answers) == [200] + [401] * 49


async def test_renewed_recovery_codes_replace_the_old_ones(house: houses.House) -> None:
    member = await house.member("amara")
    await member.enrol()
    old = member.recovery[0]
    await member.step_up()
    answer, again = [await member.post("/api/v1/me/recovery-codes", idempotency_key="k-1") for _ in range(2)]
    assert (answer.status, again.code) == (201, "idempotency_answer_not_kept")
    challenge = (await member.sign_in()).json["challenge"]
    assert (await member.answer_challenge(challenge, old)).code == "factor_wrong"
    assert (await member.answer_challenge(challenge, answer.json["recovery_codes"][0])).status == 200


async def test_a_fresh_factor_is_fresh_for_five_minutes(house: houses.House) -> None:
    member = await house.member("amara")
    body = {"email": "new@people.example"}
    assert (await member.post("/api/v1/me/email", body)).code == "step_up_required"
    await member.step_up()
    house.time.advance(lifetimes.FRESH)
    assert (await member.post("/api/v1/me/email", body)).status == 202
    house.time.advance(timedelta(seconds=1))
    assert (await member.post("/api/v1/me/phone", {"phone": "+94771234567"})).code == "step_up_required"


async def test_who_has_an_authenticator_gets_no_code_by_text_message(house: houses.House) -> None:
    member = await house.member("amara")
    await member.enrol()
    assert (await member.post("/api/v1/step-up/codes")).code == "factor_present"


async def test_a_text_message_code_passes_once(house: houses.House) -> None:
    member = await house.member("amara")
    await member.step_up()
    code = house.postbox.last(member.phone, notices.Purpose.SIGN_IN)
    assert (await member.step_up(code)).code == "factor_wrong"


async def test_a_factor_is_removed_with_a_fresh_one_and_other_sessions_end(house: houses.House) -> None:
    member = await house.member("amara")
    await member.enrol()
    house.time.advance(lifetimes.FRESH + timedelta(seconds=30))
    assert (await member.ask("DELETE", "/api/v1/me/totp")).code == "step_up_required"
    assert (await member.step_up()).json["method"] == "totp"
    assert (await member.ask("DELETE", "/api/v1/me/totp")).status == 204
    assert (await member.sign_in()).status == 200
    assert house.postbox.told_of[-1][2] == {"factor": "totp", "change": "removed"}


async def test_an_issuer_cannot_be_without_one(house: houses.House) -> None:
    issuer = await house.member("issuer", access.Role.ISSUER)
    await issuer.enrol()
    await issuer.step_up()
    assert (await issuer.ask("DELETE", "/api/v1/me/totp")).code == "factor_required"


async def test_a_mailbox_alone_gets_past_no_second_factor(house: houses.House) -> None:
    member = await house.member("amara")
    await member.enrol()
    await member.post("/api/v1/password-resets", {"email": member.email})
    token = house.postbox.last(member.email, notices.Purpose.PASSWORD_RESET)
    member.password = "nine blue kites over a hill"
    await member.post("/api/v1/password-resets/redeem", {"token": token, "password": member.password})
    assert (await member.sign_in()).status == 202


async def test_no_answer_but_the_enrolment_shows_the_secret(house: houses.House) -> None:
    member = await house.member("amara")
    await member.enrol()
    for path in ("/api/v1/me", "/api/v1/session", "/api/v1/sessions"):
        assert member.secret not in json.dumps((await member.get(path)).json)
