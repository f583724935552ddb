"""Sessions over HTTP: listed, ended, and over at once; cookies that are as they should be on every route."""

import asyncio
import re
from datetime import timedelta

import pytest

from boundary.kernel.runtime import limits
from customer_stack.identity.model import accounts
from customer_stack.identity.rules import sessions as rules
from customer_stack.identity.service import accounts as service
from customer_stack.identity.service import requests, throttles
from tests.boundary.kernel.runtime import loopback
from tests.customer.identity import house as houses


async def test_sessions_are_listed_with_device_and_place(house: houses.House) -> None:
    laptop = await house.member("amara")
    phone = house.visitor(houses.CHROME)
    phone.email = laptop.email
    house.time.advance(timedelta(minutes=1))
    await phone.sign_in()
    found = (await laptop.get("/api/v1/sessions")).json["sessions"]
    assert [(each["device"], each["place"], each["current"]) for each in found] == [
        ("Chrome on Windows", "127.0.0.0/24", False),
        ("Firefox on Linux", "127.0.0.0/24", True),
    ]


async def test_one_session_is_ended_and_no_other(house: houses.House) -> None:
    laptop = await house.member("amara")
    phone = house.visitor(houses.CHROME)
    phone.email = laptop.email
    other = (await phone.sign_in()).json["session"]
    assert (await laptop.ask("DELETE", f"/api/v1/sessions/{other}")).status == 204
    assert (await phone.get("/api/v1/me")).code == "session_over"
    assert (await laptop.get("/api/v1/me")).status == 200
    assert (await laptop.ask("DELETE", f"/api/v1/sessions/{other}")).status == 404


async def test_a_new_session_beyond_the_most_ends_the_one_seen_longest_ago(
    house: houses.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "SESSIONS_MAX", 2)
    first = await house.member("amara")
    later = []
    for _ in range(2):
        house.time.advance(timedelta(minutes=1))
        visitor = house.visitor()
        visitor.email, visitor.password = first.email, first.password
        await visitor.sign_in()
        later.append(visitor)
    assert [(await each.get("/api/v1/me")).status for each in (first, *later)] == [401, 200, 200]
    ends = await house.rows("SELECT ended::text FROM session WHERE ended_at IS NOT NULL")
    assert [row["ended"] for row in ends] == ["crowded_out"]


async def test_somebody_elses_session_is_unknown(house: houses.House) -> None:
    victim, other = await house.member("victim"), await house.member("other")
    session = (await victim.get("/api/v1/session")).json["session"]
    assert (await other.ask("DELETE", f"/api/v1/sessions/{session}")).status == 404
    assert (await victim.get("/api/v1/me")).status == 200


async def test_signing_out_ends_the_session_and_clears_the_browser(house: houses.House) -> None:
    browser = await house.member("amara")
    kept = dict(browser.cookies)
    answer = await browser.post("/api/v1/sign-out")
    assert answer.status == 204
    assert answer.header("clear-site-data") == '"cache", "cookies", "storage"'
    assert set(browser.cookies) == {"__Host-device"}
    browser.cookies = kept
    assert (await browser.get("/api/v1/me")).code == "session_over"


async def test_signing_out_everywhere_ends_every_session(house: houses.House) -> None:
    first = await house.member("amara")
    others = [house.visitor() for _ in range(3)]
    for visitor in others:
        visitor.email = first.email
        await visitor.sign_in()
    assert (await first.post("/api/v1/sign-out-everywhere")).json == {"sessions_ended": 4}
    assert {(await visitor.get("/api/v1/me")).status for visitor in (first, *others)} == {401}


async def test_suspending_an_account_works_on_the_very_next_request(house: houses.House) -> None:
    """Asked a hundred times around the moment: after the commit nobody is let in."""
    program = await house.member("machine", bearer=True)
    await asyncio.gather(*(program.get("/api/v1/me") for _ in range(20)))
    await house.db.run(
        "test.suspend",
        lambda tx: service.suspend(
            tx, house.identity, program.account, accounts.Reason.SECURITY, actor=house.random.ref()
        ),
    )
    answers = await asyncio.gather(*(program.get("/api/v1/me") for _ in range(100)))
    assert {answer.status for answer in answers} == {401}


async def test_forcing_a_sign_out_and_reinstating_work(house: houses.House) -> None:
    program = await house.member("machine", bearer=True)
    assert await house.db.run("test.force", lambda tx: service.force_sign_out(tx, house.identity, program.account)) == 1
    assert (await program.get("/api/v1/me")).status == 401
    assert (await program.sign_in()).status == 200


async def test_a_cookie_that_moved_to_another_client_is_refused(house: houses.House) -> None:
    browser = await house.member("amara")
    thief = house.visitor(houses.CHROME)
    thief.cookies, thief.csrf = dict(browser.cookies), browser.csrf
    answer = await thief.get("/api/v1/me")
    assert (answer.status, answer.code) == (401, "client_changed")
    assert (await browser.get("/api/v1/me")).status == 200


async def test_a_cookie_that_moved_to_another_network_reads_and_proves_nothing(house: houses.House) -> None:
    """The owner's telephone, or a thief with the same program: a fresh factor must be proved from there."""
    house.app.state.edge = requests.Edge(requests.networks(["127.0.0.0/8"]))
    house.app.state.authenticator._edge = house.app.state.edge
    browser = await house.member("amara")
    await browser.step_up()
    new_key = {"label": "k", "expires_at": (house.time.now() + timedelta(days=1)).isoformat()}
    assert (await browser.post("/api/v1/me/api-keys", new_key)).status == 201
    moved = {"x_forwarded_for": "203.0.113.7"}
    assert (await browser.get("/api/v1/me", **moved)).status == 200
    refused = await browser.post("/api/v1/me/api-keys", new_key, **moved)
    assert (refused.status, refused.code) == (403, "step_up_required")
    await browser.post("/api/v1/step-up/codes", None, **moved)
    code = house.postbox.last(browser.phone, houses.notices.Purpose.SIGN_IN)
    assert (await browser.post("/api/v1/step-up", {"code": code}, **moved)).status == 200
    assert (await browser.post("/api/v1/me/api-keys", new_key, **moved)).status == 201
    assert (await browser.post("/api/v1/me/api-keys", new_key)).code == "step_up_required"
    places = {each["place"] for each in (await browser.get("/api/v1/sessions", **moved)).json["sessions"]}
    assert places == {"203.0.113.0/24"}


UNSAFE = [
    ("POST", "/api/v1/sign-out"),
    ("POST", "/api/v1/sign-out-everywhere"),
    ("POST", "/api/v1/step-up/codes"),
    ("PUT", "/api/v1/me/consents"),
    ("DELETE", "/api/v1/sessions/00000000-0000-4000-8000-000000000001"),
]


@pytest.mark.parametrize("method, path", UNSAFE)
async def test_a_forged_request_with_a_cookie_is_refused_without_the_csrf_token(
    house: houses.House, method: str, path: str
) -> None:
    browser = await house.member("amara")
    token = browser.csrf
    other = await house.member("other")
    for name, headers in {
        "none": {"x_csrf_token": ""},
        "a wrong one": {"x_csrf_token": token[:-1] + ("A" if token[-1] != "A" else "B")},
        "somebody else's": {"x_csrf_token": other.csrf},
        "another origin": {"origin": "https://evil.example"},
        "an origin that is null": {"origin": "null"},
        "our name as a subdomain": {"origin": "https://localhost.evil.example"},
    }.items():
        answer = await browser.ask(method, path, {} if method != "DELETE" else None, **headers)
        assert (answer.status, answer.code) == (403, "cross_site"), name
    assert (await browser.get("/api/v1/me")).status == 200
    good = await browser.ask(method, path, {} if method != "DELETE" else None, origin="http://localhost")
    assert good.status in {200, 202, 204, 400, 404}


async def test_a_bearer_needs_no_csrf_token_and_a_cookie_beside_it_counts_for_nothing(house: houses.House) -> None:
    browser = await house.member("amara")
    answer = await browser.post("/api/v1/sign-out", None, authorization="Bearer nonsense")
    assert (answer.status, answer.code) == (401, "token_refused")
    answer = await browser.post(
        "/api/v1/sign-out", None, authorization=f"Bearer {browser.token}", cookie="", x_csrf_token=""
    )
    assert answer.status == 204


async def test_a_cookie_planted_beside_ours_is_not_believed(house: houses.House) -> None:
    browser = await house.member("amara")
    both = f"__Host-access=planted; __Host-access={browser.token}"
    assert (await browser.get("/api/v1/me", cookie=both)).code == "token_refused"


async def test_a_form_of_another_site_signs_nobody_in(house: houses.House) -> None:
    """Login forgery: a page can send a form or plain text anywhere, but no JSON."""
    member = await house.person("amara")
    for content_type in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
        answer = await member.sign_in()
        assert answer.status == 200
        forged = await member.http.request(
            "POST", "/api/v1/sign-in", b'{"email": "a@b.example", "password": "x"}', ("content-type", content_type)
        )
        assert forged.status == 415
    foreign = await member.post(
        "/api/v1/sign-in", {"email": member.email, "password": member.password}, origin="https://evil.example"
    )
    assert (foreign.status, foreign.code) == (403, "cross_site")


def flags(answer: loopback.Answer) -> None:
    for name, value in answer.headers:
        if name != "set-cookie":
            continue
        key, *attributes = value.split("; ")
        words = {each.partition("=")[0].lower() for each in attributes}
        assert key.startswith("__Host-"), value
        assert {"secure", "httponly", "path", "samesite", "max-age"} <= words, value
        assert "domain" not in words, value
        assert "samesite=strict" in value.lower(), value
        assert "path=/" in [each.lower() for each in attributes], value
        assert len(value) < 4096


HEADERS = ("content-security-policy", "strict-transport-security", "x-content-type-options", "referrer-policy")


async def test_cookies_and_headers_are_right_on_every_route_error_and_404(house: houses.House) -> None:
    """Every operation of the description, as nobody, as somebody and with nonsense; and paths that nobody serves."""
    browser = await house.member("amara")
    described = (await browser.get("/openapi.json")).json["paths"]
    asked = 0
    for path, operations in described.items():
        concrete = re.sub(r"\{[^}]*\}", "00000000-0000-4000-8000-000000000001", path)
        for method in operations:
            for visitor in (house.visitor(), browser):
                for body in (None, {}, {"nonsense": 1}):
                    if method == "get" and body is not None:
                        continue
                    cookies = dict(visitor.cookies)
                    answer = await visitor.ask(method.upper(), concrete, body)
                    visitor.cookies = cookies
                    flags(answer)
                    assert all(answer.header(name) for name in HEADERS), (method, path)
                    if path.startswith("/api/"):
                        assert answer.header("cache-control") == "no-store", path
                    assert answer.status < 500, (method, path, answer)
                    asked += 1
                    if path.endswith(("sign-out", "everywhere")) and answer.status < 300:
                        await browser.sign_in()
    for path in ("/api/v1/nothing", "/api/v1/sessions/x/y", "/..%2f", "/api/v1/me/../me"):
        answer = await browser.get(path)
        flags(answer)
        assert answer.status == 404
        assert all(answer.header(name) for name in HEADERS)
    assert asked > 60


async def test_limits_are_closed_while_they_cannot_be_asked() -> None:
    """Signing in without a count would be guessing without bound."""
    for throttle in throttles.ALL:
        for limit in throttle:
            assert limit is None or (isinstance(limit, limits.Limit) and limit.closed)
