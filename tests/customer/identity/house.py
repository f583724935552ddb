"""A house with identity in it: the product's own app on a real database, a postbox for what it sends, and people in it.

People act over HTTP as their clients would: a browser keeps cookies and its CSRF token, a program holds bearer tokens.
"""

import dataclasses
import json
import pathlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import litestar

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from customer_stack.access import model as access
from customer_stack.identity.adapters import key_ring
from customer_stack.identity.model import accounts, notices
from customer_stack.identity.rules import factors
from customer_stack.identity.service import wiring
from customer_stack.vault import model as vault
from tests.boundary.kernel.runtime import loopback
from tests.stacks import StackDatabase

REQUEST = vault.Reason.REQUEST
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PASSWORD = "seven green lamps on the pier"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
VERSION = "1"


@dataclasses.dataclass
class Postbox:
    """What was sent, in the order in which it was written; codes by who should read them."""

    codes: list[tuple[UUID, accounts.Channel, str, notices.Purpose, str]] = dataclasses.field(default_factory=list)
    told_of: list[tuple[UUID, notices.Notice, dict[str, str]]] = dataclasses.field(default_factory=list)
    broken: bool = False
    """Whoever tells something now fails, as late as anything can: most steps tell last."""

    async def notify(self, tx: transaction.Tx, account: UUID, kind: notices.Notice, facts: Mapping[str, str]) -> None:
        if self.broken:
            raise RuntimeError
        self.told_of.append((account, kind, dict(facts)))

    async def send_code(
        self,
        tx: transaction.Tx,
        account: UUID,
        channel: accounts.Channel,
        address: str,
        purpose: notices.Purpose,
        code: str,
    ) -> None:
        self.codes.append((account, channel, address, purpose, code))

    def last(self, address: str, purpose: notices.Purpose) -> str:
        return next(code for _, _, to, why, code in reversed(self.codes) if (to, why) == (address, purpose))

    def told(self, account: UUID) -> list[notices.Notice]:
        return [kind for whom, kind, _ in self.told_of if whom == account]


class Patient(loopback.Client):
    """Fifty who come at once on a busy machine wait longer than one who comes alone."""

    async def send(self, raw: bytes, *, half_close: bool = False, seconds: float = 60) -> loopback.Answer | None:
        return await super().send(raw, half_close=half_close, seconds=seconds)


@dataclasses.dataclass
class House:
    schema: StackDatabase
    db: transaction.Database
    superuser: Any
    app: litestar.Litestar
    port: int
    postbox: Postbox
    time: clock.ManualClock
    random: ids.Ids

    @property
    def identity(self) -> wiring.Identity:
        found: wiring.Identity = self.app.state.identity
        return found

    def visitor(self, user_agent: str = FIREFOX, *, bearer: bool = False) -> "Visitor":
        return Visitor(self, Patient(self.port), user_agent, bearer)

    async def person(
        self,
        name: str = "amara",
        role: access.Role = access.Role.INVESTOR,
        *,
        visitor: "Visitor | None" = None,
    ) -> "Visitor":
        """Somebody who has registered and verified, not signed in yet."""
        found = visitor or self.visitor()
        found.email, found.phone = f"{name}@people.example", number(name)
        assert (await found.register(role)).status == 202
        for channel in ("email", "sms"):
            answer = await found.verify(channel)
            assert answer.status == 200, answer
        return found

    async def member(self, name: str = "amara", role: access.Role = access.Role.INVESTOR, **more: Any) -> "Visitor":
        """The same, signed in."""
        found = await self.person(name, role, visitor=self.visitor(**more))
        answer = await found.sign_in()
        assert answer.status == 200, answer
        return found

    async def rows(self, statement: str, *arguments: object) -> list[Any]:
        return list(await self.superuser.fetch(statement, *arguments))

    async def entries(self) -> list[bytes]:
        return [row["payload"] for row in await self.rows("SELECT payload FROM audit_entry ORDER BY id")]


def number(name: str) -> str:
    """A phone number for each name, of those that exist in the jurisdiction."""
    return f"+9471{sum(map(ord, name)) % 10_000_000:07d}"


@dataclasses.dataclass
class Visitor:
    """A client: what it knows, it learnt from answers."""

    house: House
    http: loopback.Client
    user_agent: str
    bearer: bool = False
    email: str = "nobody@people.example"
    phone: str = "+94712345678"
    password: str = PASSWORD
    registration: str = ""
    token: str = ""
    refresh_token: str = ""
    csrf: str = ""
    secret: str = ""
    recovery: list[str] = dataclasses.field(default_factory=list)
    cookies: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def account(self) -> UUID:
        return UUID(self.registration)

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> loopback.Answer:
        """With this client's credential, unless `headers` bring another; cookies of the answer are kept."""
        data = json.dumps(body).encode() if body is not None else None
        lines = {"user-agent": self.user_agent, **self._credential(), **_dashed(headers)}
        if data is not None:
            lines.setdefault("content-type", "application/json")
        answer = await self.http.request(method, path, data, *((name, value) for name, value in lines.items() if value))
        self._keep(answer)
        return answer

    async def get(self, path: str, **headers: str) -> loopback.Answer:
        return await self.ask("GET", path, None, **headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> loopback.Answer:
        return await self.ask("POST", path, body if body is not None else None, **headers)

    def _credential(self) -> dict[str, str]:
        if self.bearer:
            return {"authorization": f"Bearer {self.token}"} if self.token else {}
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return ({"cookie": pairs} if pairs else {}) | ({"x-csrf-token": self.csrf} if self.csrf else {})

    def _keep(self, answer: loopback.Answer) -> None:
        for name, value in answer.headers:
            if name == "set-cookie":
                pair, *attributes = value.split("; ")
                key, _, text = pair.partition("=")
                if "Max-Age=0" in attributes:
                    self.cookies.pop(key, None)
                else:
                    self.cookies[key] = text.strip('"')
        if answer.status == 200 and answer.body.startswith(b"{") and "csrf_token" in (found := answer.json):
            self.csrf = found["csrf_token"]
            self.token = found.get("access_token", self.token)
            self.refresh_token = found.get("refresh_token") or self.refresh_token

    async def register(self, role: access.Role = access.Role.INVESTOR, **more: Any) -> loopback.Answer:
        body = {
            "email": self.email,
            "phone": self.phone,
            "password": self.password,
            "role": role.value,
            "consents": answers(),
        }
        answer = await self.post("/api/v1/registrations", body | more)
        if answer.status == 202:
            self.registration = answer.json["registration"]
        return answer

    async def verify(self, channel: str, code: str | None = None) -> loopback.Answer:
        address = self.email if channel == "email" else self.phone
        purpose = notices.Purpose.VERIFY_EMAIL if channel == "email" else notices.Purpose.VERIFY_PHONE
        body = {"channel": channel, "code": code or self.house.postbox.last(address, purpose)}
        return await self.post(f"/api/v1/registrations/{self.registration}/verify", body)

    async def sign_in(self, **more: Any) -> loopback.Answer:
        body: dict[str, Any] = {"email": self.email, "password": self.password} | more
        if self.bearer:
            body["bearer"] = True
        return await self.post("/api/v1/sign-in", body)

    async def sign_in_with_factor(self) -> loopback.Answer:
        owed = await self.sign_in()
        assert owed.status == 202, owed
        return await self.answer_challenge(owed.json["challenge"])

    async def answer_challenge(self, challenge: str, code: str | None = None) -> loopback.Answer:
        body: dict[str, Any] = {"challenge": challenge, "code": code or self.code()}
        if self.bearer:
            body["bearer"] = True
        return await self.post("/api/v1/sign-in/factor", body)

    async def refresh(self, token: str | None = None) -> loopback.Answer:
        given = token or self.refresh_token
        return await self.post("/api/v1/sessions/refresh", {"refresh_token": given} if self.bearer else {})

    async def step_up(self, code: str | None = None) -> loopback.Answer:
        if code is None and not self.secret:
            assert (await self.post("/api/v1/step-up/codes")).status == 202
            code = self.house.postbox.last(self.phone, notices.Purpose.SIGN_IN)
        return await self.post("/api/v1/step-up", {"code": code or self.code()})

    async def enrol(self) -> loopback.Answer:
        """An authenticator, confirmed; time moves to the next step, so that its next code passes."""
        assert (await self.step_up()).status == 200
        begun = await self.post("/api/v1/me/totp")
        assert begun.status == 201, begun
        self.secret = begun.json["secret"]
        answer = await self.post("/api/v1/me/totp/confirm", {"code": self.code()})
        assert answer.status == 200, answer
        self.recovery = answer.json["recovery_codes"]
        self.later(seconds=factors.STEP_SECONDS)
        return answer

    def code(self, steps: int = 0) -> str:
        """What this person's authenticator shows now, or so many steps later."""
        micros = clock.to_micros(self.house.time.now())
        return factors.totp(self.secret).generate_otp(micros // 30_000_000 + steps)

    def later(self, **by: float) -> None:
        self.house.time.advance(timedelta(**by))


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def answers(**granted: bool) -> list[dict[str, Any]]:
    """An answer to every question; yes, unless it says otherwise."""
    return [
        {"consent": each.value, "version": VERSION, "granted": granted.get(each.value, True)}
        for each in accounts.Consent
    ]


def quote_key(place: pathlib.Path, random: ids.Ids) -> pathlib.Path:
    """What promises of prices are signed with."""
    path = place / "quotes.key"
    path.write_text(random.token(32).hex())
    path.chmod(0o600)
    return path


def furnish(place: pathlib.Path, random: ids.Ids) -> tuple[pathlib.Path, pathlib.Path]:
    """A key ring and a directory of vault keys."""
    ring, vault = place / "tokens.json", place / "vault"
    vault.mkdir()
    ring.write_bytes(key_ring.example(random))
    (vault / "kek.1.key").write_text(random.token(32).hex())
    (vault / "index.key").write_text(random.token(32).hex())
    for file in (ring, *vault.iterdir()):
        file.chmod(0o600)
    return ring, vault
