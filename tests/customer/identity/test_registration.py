"""Registering and verifying over HTTP: who gets an account, and that nobody learns who has one."""

import asyncio
from typing import Any

import pytest

from customer_stack.access import model as access
from customer_stack.identity import jobs
from customer_stack.identity.api import answers
from customer_stack.identity.model import notices
from customer_stack.identity.rules import sessions as lifetimes
from tests.customer.identity import house as houses

PATH = "/api/v1/registrations"


async def test_somebody_registers_verifies_and_signs_in(house: houses.House) -> None:
    visitor = await house.member()
    found = await visitor.get("/api/v1/me")
    assert found.status == 200
    assert (found.json["email"], found.json["phone"], found.json["state"]) == (visitor.email, visitor.phone, "active")
    assert [each["granted"] for each in found.json["consents"]] == [True] * 6
    assert house.postbox.told(visitor.account) == [notices.Notice.ACTIVATED, notices.Notice.NEW_SIGN_IN]


async def test_nothing_personal_stands_in_clear(house: houses.House) -> None:
    visitor = await house.member("wilhelmina")
    tables = await house.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for row in tables:
        text = str(await house.rows(f'SELECT t::text FROM "{row["tablename"]}" t')).lower()
        for personal in ("wilhelmina", visitor.phone[3:], visitor.password, "firefox", "127.0.0"):
            assert personal.lower() not in text, row["tablename"]
            assert personal.lower().encode().hex() not in text, row["tablename"]


async def test_a_known_address_is_answered_and_written_like_an_unknown_one(house: houses.House) -> None:
    """The same answer, the same rows; the owner is told by mail, and no code for the address goes out."""
    member = await house.person("amara")
    before = len(house.postbox.codes)
    stranger = house.visitor()
    stranger.email, stranger.phone = member.email, houses.number("stranger")
    known = await stranger.register()
    other = house.visitor()
    other.email, other.phone = "unheard@people.example", houses.number("other")
    unknown = await other.register()
    assert known.status == unknown.status == 202
    assert known.json.keys() == unknown.json.keys() == {"registration"}
    assert [name for name, _ in known.headers] == [name for name, _ in unknown.headers]
    sent = [(to, why) for _, _, to, why, _ in house.postbox.codes[before:]]
    assert sent == [
        (stranger.phone, notices.Purpose.VERIFY_PHONE),
        (other.email, notices.Purpose.VERIFY_EMAIL),
        (other.phone, notices.Purpose.VERIFY_PHONE),
    ]
    assert house.postbox.told(member.account)[-1] is notices.Notice.REGISTERED_ALREADY
    rows = await house.rows(
        "SELECT a.state::text, count(DISTINCT c.purpose) AS codes, count(DISTINCT p.hash) AS hashes FROM account a"
        " JOIN sent_code c ON c.account = a.id JOIN account_password p ON p.account = a.id"
        " WHERE a.id = ANY($1) GROUP BY a.id, a.state",
        [stranger.account, other.account],
    )
    assert [tuple(row) for row in rows] == [("pending", 2, 1)] * 2


async def test_what_differs_for_a_known_address_cannot_be_timed(
    house: houses.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, unknown = await house.member("amara"), house.visitor()
    unknown.email = "nobody@people.example"
    monkeypatch.setattr(answers, "EVEN_SECONDS", 0.3)
    loop = asyncio.get_running_loop()
    for visitor in (known, unknown):
        began = loop.time()
        assert (await visitor.register()).status == 202
        registered = loop.time()
        assert (await visitor.post(f"{PATH}/{visitor.registration}/codes", {"channel": "email"})).status == 202
        assert min(registered - began, loop.time() - registered) >= 0.3


async def test_a_stranger_never_verifies_a_known_address(house: houses.House) -> None:
    member = await house.person("amara")
    stranger = house.visitor()
    stranger.email, stranger.phone = member.email, houses.number("stranger")
    await stranger.register()
    assert (await stranger.verify("sms")).json == {"state": "pending"}
    again = await stranger.post(f"{PATH}/{stranger.registration}/codes", {"channel": "email"})
    assert again.status == 202
    assert not [code for who, _, to, _, code in house.postbox.codes if who == stranger.account and to == member.email]
    assert (await stranger.verify("email", "000000")).code == "code_wrong"


async def test_of_two_registrations_of_one_address_the_first_to_verify_gets_it(house: houses.House) -> None:
    first, second = house.visitor(), house.visitor()
    for visitor in (first, second):
        visitor.email, visitor.phone = "both@people.example", houses.number("both")
        await visitor.register()
        await visitor.verify("sms")
    codes = {who: code for who, _, to, _, code in house.postbox.codes if to == "both@people.example"}
    answers = await asyncio.gather(*(visitor.verify("email", codes[visitor.account]) for visitor in (first, second)))
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert {answer.code for answer in answers if answer.status == 409} == {"email_taken"}


async def test_a_pending_account_cannot_sign_in(house: houses.House) -> None:
    visitor = house.visitor()
    visitor.email = "half@people.example"
    await visitor.register()
    await visitor.verify("email")
    answer = await visitor.sign_in()
    assert (answer.status, answer.code) == (401, "credentials_wrong")


async def test_a_code_passes_once_and_is_tried_five_times(house: houses.House) -> None:
    visitor = house.visitor()
    await visitor.register()
    right = house.postbox.last(visitor.email, notices.Purpose.VERIFY_EMAIL)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(lifetimes.CODE_TRIES):
        assert (await visitor.verify("email", wrong)).code == "code_wrong"
    assert (await visitor.verify("email", right)).code == "code_wrong"
    assert (await visitor.post(f"{PATH}/{visitor.registration}/codes", {"channel": "email"})).status == 202
    assert (await visitor.verify("email")).status == 200
    assert (await visitor.verify("email")).code == "code_wrong"


async def test_one_of_fifty_uses_of_a_code_at_once_passes(house: houses.House) -> None:
    """The tries are counted with it, so at most one of the first five passes and the others are refused."""
    visitor = house.visitor()
    await visitor.register()
    code = house.postbox.last(visitor.email, notices.Purpose.VERIFY_EMAIL)
    house.app.state.throttles._scale = 100
    answers = await asyncio.gather(*(visitor.verify("email", code) for _ in range(50)))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 49


async def test_a_code_expires(house: houses.House) -> None:
    visitor = house.visitor()
    await visitor.register()
    house.time.advance(lifetimes.CODE)
    assert (await visitor.verify("email")).code == "code_wrong"


async def test_codes_are_stored_as_keyed_hashes(house: houses.House) -> None:
    visitor = house.visitor()
    await visitor.register()
    code = house.postbox.last(visitor.email, notices.Purpose.VERIFY_EMAIL)
    rows = await house.rows("SELECT digest FROM sent_code")
    assert {len(row["digest"]) for row in rows} == {32}
    assert code.encode() not in b"".join(row["digest"] for row in rows)


def body(**changed: Any) -> dict[str, Any]:
    return {
        "email": "amara@people.example",
        "phone": "+94712345678",
        "password": houses.PASSWORD,
        "role": "investor",
        "consents": houses.answers(),
    } | changed


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "a role that nobody takes": (body(role="admin"), 403, "role_refused"),
    "another such role": (body(role="staff"), 403, "role_refused"),
    "no role at all": (body(role="owner"), 400, "invalid"),
    "a field that is ours": (body(state="active"), 400, "invalid"),
    "another field that is ours": (body(email_verified_at="2026-01-01T00:00:00Z"), 400, "invalid"),
    "permissions": (body(permissions=["users.manage"]), 400, "invalid"),
    "no address": (body(email="amara"), 400, "identifier_invalid"),
    "no number": (body(phone="+94 12"), 400, "identifier_invalid"),
    "a number that cannot exist": (body(phone="+94000000000"), 400, "identifier_invalid"),
    "terms not agreed to": (body(consents=houses.answers(terms=False)), 400, "consent_missing"),
    "essential services refused": (body(consents=houses.answers(essential_services=False)), 400, "consent_missing"),
    "a question not answered": (body(consents=houses.answers()[1:]), 400, "consent_missing"),
    "a question answered twice": (
        body(consents=[*houses.answers()[1:], houses.answers()[1]]),
        400,
        "consent_missing",
    ),
    "an old version": (
        body(consents=[each | {"version": "0"} for each in houses.answers()]),
        400,
        "consent_missing",
    ),
    "a short password": (body(password="lamps!7"), 400, "password_refused"),
    "a common password": (body(password="password1"), 400, "password_refused"),
    "a long password": (body(password="Lamp " * 26), 400, "password_refused"),
    "a password of the address": (body(password="amara-is-here-now"), 400, "password_refused"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_refused_leaves_nothing(house: houses.House, case: str) -> None:
    sent, status, code = REFUSED[case]
    answer = await house.visitor().post(PATH, sent)
    assert (answer.status, answer.code) == (status, code), answer
    assert await house.rows("SELECT 1 FROM account") == []
    assert house.postbox.codes == []


async def test_marketing_analytics_and_sharing_are_free(house: houses.House) -> None:
    visitor = house.visitor()
    free = {"marketing": False, "analytics": False, "third_party_sharing": False}
    assert (await visitor.register(consents=houses.answers(**free))).status == 202
    rows = await house.rows("SELECT consent::text FROM consent WHERE NOT granted")
    assert {row["consent"] for row in rows} == free.keys()


async def test_consents_are_answered_anew_and_none_is_forgotten(house: houses.House) -> None:
    visitor = await house.member()
    no = {"consents": [{"consent": "marketing", "version": "1", "granted": False}]}
    for _ in range(2):
        answer = await visitor.ask("PUT", "/api/v1/me/consents", no)
        assert {each["consent"]: each["granted"] for each in answer.json["consents"]}["marketing"] is False
    kept = await house.rows("SELECT granted FROM consent WHERE consent = 'marketing' ORDER BY at, id")
    assert [row["granted"] for row in kept] == [True, False]
    never = {"consents": [{"consent": "terms", "version": "1", "granted": False}]}
    assert (await visitor.ask("PUT", "/api/v1/me/consents", never)).code == "consent_missing"


async def test_the_questions_are_public_and_name_their_versions(house: houses.House) -> None:
    answer = await house.visitor().get("/api/v1/consents")
    assert {each["consent"]: each["required"] for each in answer.json} == {
        "terms": True,
        "privacy_notice": True,
        "essential_services": True,
        "marketing": False,
        "analytics": False,
        "third_party_sharing": False,
    }


async def test_an_issuer_registers_too(house: houses.House) -> None:
    visitor = await house.person("issuer", access.Role.ISSUER)
    assert (await visitor.sign_in()).json["enrolment_required"] is True


async def test_a_registration_that_nobody_finished_is_erased_after_a_day(house: houses.House) -> None:
    left, member = house.visitor(), await house.person("stays")
    left.email = "left@people.example"
    await left.register()
    house.time.advance(lifetimes.PENDING)
    house.time.advance(lifetimes.CODE)
    worker = await house.schema.connect("customer_worker")
    handlers = jobs.Handlers(house.identity)
    await worker.run("test.forget", lambda tx: handlers.forget(tx, jobs.Forget()))
    await worker.close()
    assert [row["id"] for row in await house.rows("SELECT id FROM account")] == [member.account]
    assert [row["subject"] for row in await house.rows("SELECT subject FROM erasure")] == [left.account]
    assert await house.rows("SELECT 1 FROM sent_code") == []
