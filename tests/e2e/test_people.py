"""Somebody's whole way through the real processes: registered, verified from the outbox, signed in, stepped up, out.

Only public HTTP and commands: codes are read where a developer reads them, and the authenticator is pyotp's.
"""

import contextlib
import json
import re
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest

from tests.e2e.conftest import Answer, Platform, ask, free_base, start, stop

EMAIL, PHONE = "visitor@people.example", "+12025550155"
PASSWORD = "nine copper kettles by the weir"
PEOPLE_SECONDS_MAX = 90
STEP_SECONDS = 30


class Visitor:
    """A program that uses the API with a bearer token."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.token = ""

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        data = json.dumps(body).encode() if body is not None else None
        if data is not None:
            sent["content-type"] = "application/json"
        return ask(urllib.request.Request(self.platform.url(path), data, sent, method=method))

    def good(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = self.call(method, path, body, **headers)
        assert answer.status < 300, (method, path, answer.status, answer.body)
        return answer.json() if answer.body else None

    def code(self, to: str, count: int) -> str:
        """The digits of the newest message, once there are so many for this receiver."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            messages = self.good("GET", f"/api/v1/development/outbox?to={to.replace('+', '%2B')}")
            found = [re.search(r"\b[0-9]{6}\b", message["text"]) for message in messages]
            digits = [each[0] for each in found if each]
            if len(digits) >= count:
                return digits[0]
            time.sleep(0.1)
        raise AssertionError(f"no message has arrived for {to}")

    def sign_in(self, **more: str) -> Answer:
        self.token = ""
        return self.call("POST", "/api/v1/sign-in", {"email": EMAIL, "password": PASSWORD, "bearer": True, **more})


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """With the demonstration's people."""
    running = start(free_base(), tmp_path_factory.mktemp("platform") / "data")
    yield running
    if running.process.poll() is None:
        stop(running)


@pytest.fixture(scope="module")
def registered(platform: Platform) -> Visitor:
    visitor = Visitor(platform)
    asked = visitor.good("GET", "/api/v1/consents")
    body = {
        "email": EMAIL,
        "phone": PHONE,
        "password": PASSWORD,
        "role": "investor",
        "language": "ta",
        "consents": [{"consent": each["consent"], "version": each["version"], "granted": True} for each in asked],
    }
    number = visitor.good("POST", "/api/v1/registrations", body)["registration"]
    for channel, to in (("email", EMAIL), ("sms", PHONE)):
        code = {"channel": channel, "code": visitor.code(to, 1)}
        state = visitor.good("POST", f"/api/v1/registrations/{number}/verify", code)["state"]
    assert state == "active"
    return visitor


def test_from_registration_to_signing_out_everywhere(registered: Visitor) -> None:
    visitor = registered
    visitor.token = visitor.sign_in().json()["access_token"]
    assert visitor.good("GET", "/api/v1/me")["email"] == EMAIL
    visitor.call("POST", "/api/v1/step-up/codes")
    visitor.good("POST", "/api/v1/step-up", {"code": visitor.code(PHONE, 2)})
    authenticator = pyotp.TOTP(visitor.good("POST", "/api/v1/me/totp")["secret"])
    codes = visitor.good("POST", "/api/v1/me/totp/confirm", {"code": authenticator.now()})["recovery_codes"]
    assert len(codes) == 10

    other = Visitor(visitor.platform)
    owed = other.sign_in()
    assert owed.status == 202
    assert other.call("POST", "/api/v1/sign-in/factor", answer(owed, "000000")).status == 401
    other.token = other.good("POST", "/api/v1/sign-in/factor", answer(owed, codes[0]))["access_token"]
    assert len(visitor.good("GET", "/api/v1/sessions")["sessions"]) == 2
    assert visitor.good("POST", "/api/v1/step-up", {"code": codes[1]})["method"]
    assert visitor.good("POST", "/api/v1/sign-out-everywhere") == {"sessions_ended": 2}
    for each in (visitor, other):
        assert each.call("GET", "/api/v1/me").status == 401


def answer(owed: Answer, code: str) -> dict[str, Any]:
    return {"challenge": owed.json()["challenge"], "code": code, "bearer": True}


def test_the_inbox_tells_what_happened_in_the_language_of_registration(registered: Visitor) -> None:
    codes = [message["text"] for message in registered.good("GET", f"/api/v1/development/outbox?to={EMAIL}")]
    assert any("குறியீட்டை" in text for text in codes)
    shown = registered.platform.command(
        "customer", "api", "customer-stack", "notifications", "outbox", "--to", EMAIL, "--json"
    )
    assert shown.returncode == 0, shown.stderr
    assert {message["to"] for message in json.loads(shown.stdout)} == {EMAIL}


def test_nothing_of_a_visitor_stands_in_the_logs_or_the_audit_log(registered: Visitor) -> None:
    logs = b"".join(log.read_bytes() for log in (registered.platform.data / "logs").glob("*.log"))
    for personal in (EMAIL, PHONE, PASSWORD):
        assert personal.encode() not in logs
    verified = registered.platform.command("customer", "auditor", "customer-stack", "audit", "verify", "--json")
    assert json.loads(verified.stdout)["fault"] == ""


def people(platform: Platform) -> dict[str, dict[str, str]]:
    """The demonstration's logins, once all are there."""
    file = platform.data / "secrets" / "demo" / "people.json"
    deadline = time.monotonic() + PEOPLE_SECONDS_MAX
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            found: dict[str, dict[str, str]] = json.loads(file.read_text())
            if all(each.get("done") for each in found.values()):
                return found
        time.sleep(0.5)
    raise AssertionError((platform.data.parent / "up.log").read_text()[-2000:])


def test_the_demonstrations_people_sign_in_with_their_codes_and_may_what_their_part_says(platform: Platform) -> None:
    found = people(platform)
    assert len(found) == 13
    held = {}
    for login in ("amara", "issuer", "admin", "support", "regulator"):
        known, visitor = found[login], Visitor(platform)
        credentials = {"email": known["email"], "password": known["password"], "bearer": True}
        challenge = visitor.good("POST", "/api/v1/sign-in", credentials)["challenge"]
        printed = platform.run("code", login).stdout.strip()
        assert printed == pyotp.TOTP(known["totp"]).now() or re.fullmatch("[0-9]{6}", printed)
        proof = {"challenge": challenge, "code": printed, "bearer": True}
        signed = visitor.call("POST", "/api/v1/sign-in/factor", proof)
        if signed.status == 401:  # the step was used a moment ago, by whoever made this login
            time.sleep(STEP_SECONDS)
            proof["code"] = platform.run("code", login).stdout.strip()
            signed = visitor.call("POST", "/api/v1/sign-in/factor", proof)
        visitor.token = signed.json()["access_token"]
        held[login] = visitor.good("GET", "/api/v1/permissions")
        last = visitor
    assert [held[login]["role"] for login in held] == ["investor", "issuer", "admin", "staff", "staff"]
    assert held["amara"]["permissions"] == held["issuer"]["permissions"] == []
    assert "users.view" in held["support"]["permissions"]
    assert "permissions.manage" in held["admin"]["permissions"]
    assert all(each.endswith(".view") for each in held["regulator"]["permissions"])
    assert last.call("GET", "/api/v1/admin/accounts").status == 403


def test_secrets_of_the_demonstration_are_closed_to_others(platform: Platform) -> None:
    people(platform)
    file: Path = platform.data / "secrets" / "demo" / "people.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o077 == 0
