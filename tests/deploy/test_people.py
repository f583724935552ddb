"""The demonstration's people before an API that remembers: they come once, wherever a start was killed before."""

import json
import pathlib
import secrets
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local import people, places, processes, totp, visiting

Reply = tuple[int, Any, dict[str, str]]


class KilledError(Exception):
    """The launcher was ended here."""


class Api:
    """What the product's API does with accounts, as far as these people meet it."""

    def __init__(self) -> None:
        self.accounts: dict[str, dict[str, Any]] = {}
        self.outbox: list[dict[str, str]] = []
        self.tokens: dict[str, str] = {}
        self.supers: list[str] = []
        self.calls = 0
        self.dies_at: float = float("inf")
        self.now = 1_800_000_000

    def tick(self) -> int:
        self.now += 1
        return self.now

    def exchange(
        self, visitor: visiting.Visitor, method: str, path: str, data: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes, dict[str, str]]:
        self.calls += 1
        if self.calls == self.dies_at:
            raise KilledError
        status, body, more = self._answer(visitor.token, method, path, json.loads(data) if data else {})
        return status, json.dumps(body).encode() if body is not None else b"", more

    def operate(self, *words: str, unless: str) -> Iterator[None]:
        self.calls += 1
        if self.calls == self.dies_at:
            raise KilledError
        if words[0] == "access":
            self.supers = self.supers or list(words[2:])
        elif words[3] not in self.accounts:
            self._invite(words[3], words[5], words[7])
        yield

    def _invite(self, email: str, phone: str, role: str) -> dict[str, Any]:
        made = {"id": secrets.token_hex(8), "phone": phone, "role": role, "presets": [], "active": True}
        self.accounts[email] = made | {"token": secrets.token_urlsafe(32)}
        self._send(email, self.accounts[email]["token"])
        return self.accounts[email]

    def _send(self, to: str, code: str) -> None:
        self.outbox.insert(0, {"id": secrets.token_hex(8), "to": to, "text": f"{code} – Example: a code."})

    def _of(self, account: str) -> dict[str, Any]:
        return next(each for each in self.accounts.values() if each["id"] == account)

    def _answer(self, token: str, method: str, path: str, body: dict[str, Any]) -> Reply:
        parts = urllib.parse.urlsplit(path)
        words = parts.path.removeprefix("/api/v1/").split("/")
        if words[0] == "development":
            to = urllib.parse.parse_qs(parts.query)["to"][0]
            return 200, [each for each in self.outbox if each["to"] == to], {}
        if words[0] == "consents":
            return 200, [{"consent": "terms", "version": "1"}], {}
        if words[0] in {"registrations", "password-resets", "sign-in"}:
            return self._without_session(words, body)
        if token not in self.tokens:
            return 401, {"code": "unauthenticated"}, {}
        return self._with_session(self.accounts[self.tokens[token]], method, words, body)

    def _without_session(self, words: list[str], body: dict[str, Any]) -> Reply:
        if words == ["registrations"]:
            known = self.accounts.get(body["email"])
            if known is None or not known["active"]:
                fresh = {"id": secrets.token_hex(8), "active": False, "presets": [], "verified": set[str]()}
                self.accounts[body["email"]] = fresh | {name: body[name] for name in ("phone", "password", "role")}
                for to in (body["email"], body["phone"]):
                    self._send(to, "123456")
            return 202, {"registration": self.accounts[body["email"]]["id"]}, {}
        if words[0] == "registrations":
            account = self._of(words[1])
            account["verified"].add(body["channel"])
            account["active"] = len(account["verified"]) == 2
            return 200, {"state": "active"}, {}
        if words[0] == "password-resets":
            for account in self.accounts.values():
                if account.get("token") == body["token"]:
                    account |= {"password": body["password"], "token": ""}
            return 204, None, {}
        return self._sign_in(words, body)

    def _sign_in(self, words: list[str], body: dict[str, Any]) -> Reply:
        email = body.get("email") or body["challenge"]
        account = self.accounts.get(email, {})
        if words[-1] == "factor":
            step = self.now // totp.STEP_SECONDS
            if body["code"] != totp.code(account["secret"], self.now) or account.get("step") == step:
                return 401, {"code": "factor_wrong"}, {}
            account["step"] = step
        elif not account.get("active") or account.get("password") != body["password"]:
            return 401, {"code": "credentials_wrong"}, {}
        elif account.get("confirmed"):
            return 202, {"challenge": email}, {}
        token = secrets.token_hex(8)
        self.tokens[token] = email
        return 200, {"access_token": token}, {}

    def _with_session(self, me: dict[str, Any], method: str, words: list[str], body: dict[str, Any]) -> Reply:
        if words[0] == "step-up":
            if words[-1] == "codes":
                self._send(me["phone"], "654321")
                self._send(me["phone"], "A new sign-in")  # a notice may overtake the code
            return 200, {}, {}
        if words == ["me"]:
            return 200, {"id": me["id"], "second_factor": bool(me.get("confirmed"))}, {}
        if words[-1] == "totp":
            me["secret"] = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"[: 32 - 2 * len(self.tokens) % 16].ljust(32, "A")
            return 201, {"secret": me["secret"]}, {}
        if words[-1] == "confirm":
            me["confirmed"] = body["code"] == totp.code(me["secret"], self.now)
            return (200 if me["confirmed"] else 401), {}, {}
        return self._back_office(me, method, words, body)

    def _back_office(self, me: dict[str, Any], method: str, words: list[str], body: dict[str, Any]) -> Reply:
        if me["id"] not in self.supers:
            return 403, {"code": "forbidden"}, {}
        if words == ["admin", "accounts"]:
            if body["email"] in self.accounts:
                return 409, {"code": "email_taken"}, {}
            return 201, {"id": self._invite(body["email"], body["phone"], "staff")["id"]}, {}
        if words[-1] == "search":
            return 200, {"items": [{"id": self.accounts[body["email"]]["id"]}]}, {}
        account = self._of(words[2])
        if method == "PUT":
            account |= {"role": body["role"], "presets": body["presets"]}
        return 200, {"role": account["role"], "presets": account["presets"]}, {"etag": '"1"'}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    made = Api()

    def exchange(visitor: visiting.Visitor, *given: Any) -> Any:
        return made.exchange(visitor, *given)

    monkeypatch.setattr(visiting.Visitor, "_exchange", exchange)
    monkeypatch.setattr(
        people.Entrance, "_operating", lambda _self, *words, unless: made.operate(*words, unless=unless)
    )
    monkeypatch.setattr(totp, "now", made.tick)
    return made


@pytest.fixture
def place(tmp_path: pathlib.Path) -> places.Place:
    return places.Place(tmp_path)


def arrive(place: places.Place) -> None:
    processes.together(people.arriving(place, 20_000))


def assert_all_are_there(api: Api, place: places.Place) -> None:
    assert people.are_there(place)
    assert sorted(api.accounts) == sorted(part.email for part in people.PARTS)
    for part in people.PARTS:
        account, known = api.accounts[part.email], people.login(place, part.login)
        assert (account["id"], account["password"]) == (known["account"], known["password"])
        assert (account["secret"], account["confirmed"]) == (known["totp"], True)
        assert account["role"] == part.role
        if part.works_here and not part.founds:
            assert [each["preset"] for each in account["presets"]] == [part.preset]
            assert ("until" in account["presets"][0]) is (part.preset == people.OUTSIDER)
    assert api.supers == [api.accounts[f"{login}@{people.DOMAIN}"]["id"] for login in people.FOUNDERS]


def test_everybody_comes_once_with_their_part(api: Api, place: places.Place) -> None:
    arrive(place)
    assert_all_are_there(api, place)
    passwords = {known["password"] for known in people.everybody(place)}
    assert len(passwords) == len(people.PARTS) == 13
    assert place.secret("demo", "people.json").stat().st_mode & 0o777 == 0o600


def test_when_all_are_there_nothing_is_asked_of_anybody(api: Api, place: places.Place) -> None:
    arrive(place)
    before = api.calls
    assert people.are_there(place)
    assert api.calls == before


@pytest.mark.parametrize("start", [1, 4, 7])
def test_a_start_that_was_killed_anywhere_heals(api: Api, place: places.Place, start: int) -> None:
    """Each attempt dies some calls later than the one before, until one gets through."""
    kills, budget = 0, start
    while True:
        api.calls, api.dies_at = 0, budget
        try:
            arrive(place)
            break
        except KilledError:
            kills, budget = kills + 1, budget + 9
    assert kills
    assert_all_are_there(api, place)


def test_a_code_is_the_authenticators(api: Api, place: places.Place) -> None:
    arrive(place)
    shown = people.code(place, "amara@people.example")
    assert shown == totp.code(people.login(place, "amara")["totp"], api.now)


def test_who_is_not_known_is_told_who_is(place: places.Place) -> None:
    with pytest.raises(processes.LaunchError, match=r"no demo login mallory .*amara"):
        people.code(place, "mallory")


def test_mail_that_never_comes_ends_the_waiting(api: Api, place: places.Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visiting, "PATIENCE", 0.2)
    monkeypatch.setattr(api, "_send", lambda *_: None)
    with pytest.raises(processes.LaunchError, match="no message has arrived"):
        arrive(place)
