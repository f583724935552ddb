"""Signing in over HTTP: who gets in, what it costs to be wrong, and who cannot be kept out."""

import asyncio

import msgspec
import pytest

from boundary.kernel import records
from customer_stack.access import model as access
from customer_stack.identity.adapters import hashing
from customer_stack.identity.model import accounts, entries, notices, refusals, sessions
from customer_stack.identity.service import accounts as service
from customer_stack.identity.service import signing_in, throttles
from tests.customer.identity import house as houses


async def test_wrong_password_unknown_address_and_suspended_account_are_answered_alike(house: houses.House) -> None:
    member = await house.person("amara")
    suspended = await house.person("held")
    await house.db.run(
        "test.suspend",
        lambda tx: service.suspend(
            tx, house.identity, suspended.account, accounts.Reason.SECURITY, actor=house.random.ref()
        ),
    )
    tries = [
        await member.sign_in(password="not the password at all"),
        await house.visitor().sign_in(email="unheard@people.example"),
        await suspended.sign_in(),
    ]
    assert [(each.status, each.code, each.json["detail"]) for each in tries] == [
        (401, "credentials_wrong", tries[0].json["detail"])
    ] * 3
    assert len({tuple(name for name, _ in each.headers) for each in tries}) == 1


async def test_a_refused_sign_in_is_evidence_that_names_nobody(house: houses.House) -> None:
    member = await house.person("amara")
    await member.sign_in(password="not the password at all")
    await house.visitor().sign_in(email="unheard@people.example")
    found = [records.decode(each, records.Entry) for each in await house.entries()]
    refused = [each for each in found if isinstance(each, entries.SignInRefused)]
    assert [each.login for each in refused] == [
        house.identity.login(member.email),
        house.identity.login("unheard@people.example"),
    ]


class Counting:
    """The product's hashing, with a count of what it computes."""

    def __init__(self, real: hashing.Argon2) -> None:
        self.real = real
        self.verified = 0
        self.hashed = 0
        original = real._hasher.verify

        def verify(known: str, password: str) -> bool:
            self.verified += 1
            return original(known, password)

        made = real._hasher.hash

        def made_and_counted(password: str) -> str:
            self.hashed += 1
            return made(password)

        object.__setattr__(real, "_hasher", _Hasher(verify, made_and_counted, real._hasher.check_needs_rehash))


class _Hasher:
    def __init__(self, verify: object, made: object, stale: object) -> None:
        self.verify, self.hash, self.check_needs_rehash = verify, made, stale


async def test_a_known_and_an_unknown_address_cost_the_same_computations_and_statements(house: houses.House) -> None:
    member = await house.person("amara")
    counting = Counting(house.identity.door.passwords)  # type: ignore[arg-type]  # the house has the product's own
    costs = []
    for email in (member.email, "unheard@people.example"):
        before = (counting.verified, counting.hashed, len(await house.entries()))
        assert (await house.visitor().sign_in(email=email, password="not the password at all")).status == 401
        after = (counting.verified, counting.hashed, len(await house.entries()))
        costs.append(tuple(late - early for late, early in zip(after, before, strict=True)))
    assert costs == [(1, 0, 1), (1, 0, 1)]


async def test_the_session_of_before_is_never_continued(house: houses.House) -> None:
    """Fixation: whatever cookies a client brings to the door, the session behind it has a new number."""
    member = await house.member("amara")
    attacker = await house.member("mallory")
    planted = house.visitor()
    planted.cookies = dict(attacker.cookies)
    planted.email = member.email
    answer = await planted.sign_in()
    assert answer.status == 200
    sessions = {row["id"]: row["account"] for row in await house.rows("SELECT id, account FROM session")}
    assert len(sessions) == 3
    assert (await planted.get("/api/v1/me")).json["email"] == member.email
    assert (await attacker.get("/api/v1/me")).json["email"] == attacker.email


async def test_a_new_device_is_told_of_and_a_known_one_is_not(house: houses.House) -> None:
    member = await house.member("amara")
    for _ in range(2):
        await member.sign_in()
    assert house.postbox.told(member.account).count(notices.Notice.NEW_SIGN_IN) == 1
    elsewhere = house.visitor(houses.CHROME)
    elsewhere.email = member.email
    await elsewhere.sign_in()
    assert house.postbox.told(member.account).count(notices.Notice.NEW_SIGN_IN) == 2
    _, _, facts = house.postbox.told_of[-1]
    assert facts == {"device": "Chrome on Windows", "place": "127.0.0.0/24"}


async def test_an_attacker_is_throttled_and_its_victim_still_signs_in_on_a_known_device(house: houses.House) -> None:
    victim = await house.member("amara")
    attacker = house.visitor()
    limit = throttles.SIGN_IN.account
    assert limit is not None
    answers = [
        await attacker.sign_in(email=victim.email, password=f"guess number {turn}")
        for turn in range(limit.capacity + 1)
    ]
    assert answers[-1].status == 429
    assert int(answers[-1].header("retry-after") or 0) > 0
    assert [answer.status for answer in answers[: limit.capacity - 1]] == [401] * (limit.capacity - 1)
    assert (await victim.sign_in()).status == 200
    stranger = house.visitor()
    stranger.email = victim.email
    assert (await stranger.sign_in()).status == 429


async def test_whose_new_device_is_throttled_comes_in_by_a_reset(house: houses.House) -> None:
    victim = await house.person("amara")
    attacker = house.visitor()
    while (await attacker.sign_in(email=victim.email, password="a guess")).status != 429:
        pass
    fresh = house.visitor()
    fresh.email = victim.email
    assert (await fresh.sign_in()).status == 429
    assert (await fresh.post("/api/v1/password-resets", {"email": victim.email})).status == 202
    token = house.postbox.last(victim.email, notices.Purpose.PASSWORD_RESET)
    fresh.password = "nine blue kites over a hill"
    body = {"token": token, "password": fresh.password}
    assert (await fresh.post("/api/v1/password-resets/redeem", body)).status == 204
    assert (await fresh.sign_in()).status == 200


async def test_the_limit_of_an_account_that_nobody_has_is_the_same(house: houses.House) -> None:
    limit = throttles.SIGN_IN.account
    assert limit is not None
    visitor = house.visitor()
    for _ in range(limit.capacity):
        assert (await visitor.sign_in(email="unheard@people.example")).status == 401
    assert (await visitor.sign_in(email="unheard@people.example")).status == 429


async def test_a_password_is_hashed_anew_when_the_cost_has_changed(house: houses.House) -> None:
    member = await house.person("amara")
    (before,) = await house.rows("SELECT hash FROM account_password")
    assert before["hash"].startswith("$argon2id$v=19$m=64,t=1,p=1$")
    dearer = hashing.Argon2(house.random, cost=hashing.Cost(memory_kib=128, passes=2))
    door = house.identity.door._replace(passwords=dearer)
    house.app.state.identity = house.identity._replace(front=door)
    assert (await member.sign_in()).status == 200
    (after,) = await house.rows("SELECT hash FROM account_password")
    assert after["hash"].startswith("$argon2id$v=19$m=128,t=2,p=1$")
    assert (await member.sign_in()).status == 200
    assert (await house.rows("SELECT hash FROM account_password"))[0]["hash"] == after["hash"]
    dearer.close()


async def test_a_password_that_changed_while_it_was_being_hashed_does_not_pass(house: houses.House) -> None:
    member = await house.person("amara")
    login = await house.db.read(
        "test.login",
        lambda tx: signing_in.look_up(tx, house.identity.login(member.email), bytes(32), house.time.now()),
    )
    assert login[0] is not None
    stale = msgspec.structs.replace(login[0], password_hash="$argon2id$another")
    client = sessions.Client("Firefox", "Linux", "127.0.0.0/24")
    outcome = await house.db.run(
        "test.stale",
        lambda tx: signing_in.password_passed(
            tx, house.identity, stale, house.identity.login(member.email), client=client, device="", renewed=None
        ),
    )
    assert isinstance(outcome, refusals.CredentialsWrong)
    assert await house.rows("SELECT 1 FROM session") == []


async def test_over_the_bounded_queue_the_answer_is_that_we_are_busy(house: houses.House) -> None:
    member = await house.person("amara")
    slow = hashing.Argon2(house.random, cost=hashing.Cost(memory_kib=8 * 1024, passes=4), threads=1, waiting_max=2)
    house.app.state.identity = house.identity._replace(front=house.identity.door._replace(passwords=slow))
    answers = await asyncio.gather(*(member.sign_in() for _ in range(12)))
    refused = [answer for answer in answers if answer.status == 503]
    assert refused
    assert {answer.code for answer in refused} == {"overloaded"}
    assert [answer for answer in answers if answer.status == 200]
    slow.close()


@pytest.mark.parametrize("role", [access.Role.ISSUER])
async def test_who_has_to_have_a_second_factor_does_nothing_before(house: houses.House, role: access.Role) -> None:
    issuer = await house.member("issuer", role)
    for method, path in (("GET", "/api/v1/me"), ("GET", "/api/v1/sessions"), ("GET", "/api/v1/me/api-keys")):
        answer = await issuer.ask(method, path)
        assert (answer.status, answer.code) == (403, "enrolment_required"), path
    assert (await issuer.get("/api/v1/session")).json["second_factor"] is False
    await issuer.enrol()
    assert (await issuer.get("/api/v1/me")).status == 200


async def test_the_body_holds_tokens_for_programs_and_cookies_hold_them_for_browsers(house: houses.House) -> None:
    browser = await house.member("amara")
    assert set(browser.cookies) == {"__Host-access", "__Host-refresh", "__Host-device"}
    assert browser.refresh_token == ""
    program = await house.member("machine", bearer=True)
    assert set(program.cookies) == {"__Host-device"}
    assert program.refresh_token
    assert (await program.get("/api/v1/me")).status == 200


async def test_a_browser_may_use_its_access_token_as_a_bearer_too(house: houses.House) -> None:
    browser = await house.member("amara")
    program = house.visitor(bearer=True)
    program.token = browser.token
    assert (await program.get("/api/v1/me")).json["email"] == browser.email
