"""The demonstration's people: fictional, made once through the public API and the operator's command, like anybody.

What is known of them stands in one file among the secrets: addresses and passwords from the beginning, the secret of an
authenticator before it is confirmed, and at last that all is done. So a start that was killed at any point goes on
where it was: who can sign in is there, and whoever is not registers, or is invited, again.
"""

import contextlib
import dataclasses
import enum
import http
import itertools
import json
import re
import secrets
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from deploy.local import places, processes, stacks, totp, visiting

DOMAIN = "people.example"
OUTSIDE_DAYS = 180
OUTSIDER = "regulator"
HOST = "super_admin"
VISITOR = "amara"
LOOKER = "support"
APPLICANT = "bastian"
OFFICER = "kyc_officer"
FINANCE = "finance_manager"
FOUNDERS = ("admin", HOST)
"""The operator's commands make them and their rights, as on a first day; they invite everybody else who works here."""
ALONGSIDE = 4
ATTEMPTS = 3
DIGITS = re.compile(r"\b[0-9]{6}\b")
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

T = TypeVar("T")
Doing = Generator[None, None, T]


class Way(enum.Enum):
    """How somebody signed in."""

    PASSWORD = enum.auto()
    FACTOR = enum.auto()


@dataclasses.dataclass(frozen=True)
class Part:
    """Somebody's part in the demonstration. Staff have a preset, and whoever looks in from outside an end."""

    login: str
    name: str
    role: str
    preset: str = ""

    @property
    def works_here(self) -> bool:
        return bool(self.preset)

    @property
    def founds(self) -> bool:
        return self.login in FOUNDERS

    @property
    def email(self) -> str:
        return f"{self.login}@{DOMAIN}"


PARTS = (
    Part("admin", "Asanka Pemaratne", "admin", "super_admin"),
    Part("super_admin", "Dilrukshi Fernando-Marsh", "staff", "super_admin"),
    Part("amara", "Amara Sunethra", "investor"),
    Part("bastian", "Bastian Klee-Winter", "investor"),
    Part("chitra", "Chitra Vellupillai", "investor"),
    Part("issuer", "Idris Al-Masbah", "issuer"),
    Part("operations", "Olga Brightwater", "staff", "operations"),
    Part("kyc_officer", "Kavinda Millstream", "staff", "kyc_officer"),
    Part("compliance_officer", "Corinne Oakhaven", "staff", "compliance_officer"),
    Part("finance_manager", "Farid Longmeadow", "staff", "finance_manager"),
    Part("token_manager", "Tharushi Stonebrook", "staff", "token_manager"),
    Part("support", "Sunil Farnorth", "staff", "support"),
    Part("regulator", "Renuka Highgate", "staff", OUTSIDER),
)
PARTS_BY_LOGIN = {part.login: part for part in PARTS}


class Register:
    """The file of logins. It is written whole, after each step that could not be found out again."""

    def __init__(self, place: places.Place) -> None:
        self._path = place.secret("demo", "people.json")
        self._people: dict[str, dict[str, str]] = json.loads(self._path.read_text()) if self._path.exists() else {}

    @property
    def complete(self) -> bool:
        return all(self.of(part.login).get("done") for part in PARTS)

    def of(self, login: str) -> dict[str, str]:
        return self._people.get(login, {})

    def note(self, login: str, **facts: str) -> None:
        self._people.setdefault(login, {}).update(facts)
        places.write_secret(self._path, json.dumps(self._people, indent=2) + "\n")

    def prepare(self) -> None:
        """Addresses and passwords, before anybody is told of them."""
        for number, part in enumerate(PARTS):
            if not self.of(part.login):
                phone = f"+12025550{100 + number}"  # a range that is kept for fiction
                words = "-".join(secrets.token_hex(3) for _ in range(4))
                self.note(part.login, name=part.name, email=part.email, phone=phone, password=words)


def are_there(place: places.Place) -> bool:
    """Whether nobody is left to be made: then nothing is asked of anybody, and a start loses no time."""
    return Register(place).complete


def everybody(place: places.Place) -> list[dict[str, str]]:
    """Logins, addresses and passwords, for whoever sits at this machine."""
    register = Register(place)
    return [{"login": part.login, **register.of(part.login)} for part in PARTS if register.of(part.login)]


def login(place: places.Place, user: str) -> dict[str, str]:
    """What is known of a login; `LaunchError` if there is none."""
    found = Register(place).of(user.partition("@")[0])
    if not found.get("totp"):
        known = ", ".join(part.login for part in PARTS)
        raise processes.LaunchError(f"no demo login {user} in {place.root}: ./bulkhead up makes {known}")
    return found


def code(place: places.Place, user: str) -> str:
    return totp.code(login(place, user)["totp"], totp.now())


@contextlib.contextmanager
def session(place: places.Place, base: int, user: str) -> Iterator[visiting.Visitor]:
    """Somebody signed in with password and code, and out again at the end."""
    entrance = Entrance(place, base, Register(place))
    login(place, user)
    visitor = _finished(entrance.entering(PARTS_BY_LOGIN[user]))
    try:
        yield visitor
    finally:
        visitor.post("/api/v1/sign-out")


def _finished(doing: Doing[T]) -> T:
    while True:
        try:
            next(doing)
        except StopIteration as end:
            result: T = end.value
            return result
        time.sleep(processes.TICK)


def arriving(place: places.Place, base: int) -> processes.Work:
    """Makes whoever is not there yet."""
    register = Register(place)
    register.prepare()
    entrance = Entrance(place, base, register)
    yield from abreast([entrance.settling(part) for part in PARTS if part.founds or not part.works_here])
    yield from entrance.founding()
    host = yield from entrance.entering(PARTS_BY_LOGIN[HOST])
    for part in PARTS:
        if part.works_here and not part.founds:
            entrance.invite(host, part)
            yield
    yield from abreast([entrance.settling(part) for part in PARTS if part.works_here and not part.founds])
    for part in PARTS:
        if part.works_here and not part.founds:
            entrance.appoint(host, part)
            yield
    for part in PARTS:
        register.note(part.login, done="yes")


def abreast(works: Iterable[processes.Work]) -> processes.Work:
    """A few side by side: while one waits for a message, another is asked for something."""
    waiting, running = iter(works), list[processes.Work]()
    while True:
        running += itertools.islice(waiting, ALONGSIDE - len(running))
        if not running:
            return
        for work in list(running):
            try:
                next(work)
            except StopIteration:
                running.remove(work)
        yield


class Entrance:
    """How people come in: as visitors of the API who read their mail."""

    def __init__(self, place: places.Place, base: int, register: Register) -> None:
        self._place = place
        self._base = base
        self._register = register
        self._inside: dict[str, visiting.Visitor] = {}

    def settling(self, part: Part) -> processes.Work:
        """Somebody has an account, a session and an authenticator."""
        if self._register.of(part.login).get("settled"):
            return
        visitor = visiting.Visitor(self._base + stacks.CUSTOMER.api)
        entered = yield from self._signing_in(visitor, part)
        if entered is None:
            if part.founds:
                yield from self._appointing(part)
            yield from self._redeeming(visitor, part) if part.works_here else self._registering(visitor, part)
            entered = yield from self._signing_in(visitor, part)
        if entered is None:
            raise processes.LaunchError(f"the demonstration's {part.login} cannot sign in")
        if entered is not Way.FACTOR:
            yield from self._enrolling(visitor, part)
        self._inside[part.login] = visitor
        self._register.note(part.login, account=visitor.get("/api/v1/me")["id"], settled="yes")

    def entering(self, part: Part) -> Doing[visiting.Visitor]:
        """A session of somebody who has settled, with a factor proved just now."""
        if part.login not in self._inside:
            visitor = visiting.Visitor(self._base + stacks.CUSTOMER.api)
            if (yield from self._signing_in(visitor, part)) is not Way.FACTOR:
                raise processes.LaunchError(f"the demonstration's {part.login} cannot sign in")
            self._inside[part.login] = visitor
        return self._inside[part.login]

    def founding(self) -> processes.Work:
        """Repeated, the command says that somebody is there already."""
        accounts = [self._register.of(login)["account"] for login in FOUNDERS]
        yield from self._operating("access", "found", *accounts, unless="already")

    def _appointing(self, part: Part) -> processes.Work:
        known = self._register.of(part.login)
        options = ("--email", known["email"], "--phone", known["phone"], "--role", part.role)
        yield from self._operating("identity", "appoint", *options, unless="already")

    def _operating(self, *words: str, unless: str) -> processes.Work:
        """One of the operator's commands; that it says UNLESS means that it was done before."""
        stack = stacks.CUSTOMER
        env = stacks.environment(self._place, self._base, stack, stack.role("operator"))
        output = self._place.logs / f"customer-{words[0]}-{words[1]}-{secrets.token_hex(4)}.log"
        try:
            yield from processes.finishing(" ".join(words[:2]), [stack.command, *words], output=output, env=env)
        except processes.LaunchError:
            if unless not in output.read_text():
                raise
        finally:
            output.unlink(missing_ok=True)

    def invite(self, host: visiting.Visitor, part: Part) -> None:
        """An account that somebody else makes; who was made before the file could say so is found again."""
        known = self._register.of(part.login)
        if known.get("account"):
            return
        body = {"email": known["email"], "phone": known["phone"], "language": "en"}
        try:
            made = host.post("/api/v1/admin/accounts", body, Idempotency_Key=secrets.token_hex(16))["id"]
        except visiting.Refused as refused:
            if refused.code != "email_taken":
                raise
            made = host.post("/api/v1/admin/accounts/search", {"email": known["email"]})["items"][0]["id"]
        self._register.note(part.login, account=made)

    def appoint(self, host: visiting.Visitor, part: Part) -> None:
        """Role and preset as the part has them. Changed only where they differ."""
        path = f"/api/v1/admin/accounts/{self._register.of(part.login)['account']}/permissions"
        _, rights, headers = host.call("GET", path)
        if rights["role"] == part.role and [each["preset"] for each in rights["presets"]] == [part.preset]:
            return
        preset = {"preset": part.preset}
        if part.preset == OUTSIDER:
            end = datetime.fromtimestamp(totp.now(), UTC) + timedelta(days=OUTSIDE_DAYS)
            preset["until"] = end.isoformat()
        wanted = {"role": part.role, "presets": [preset], "permissions": []}
        host.call("PUT", path, wanted, {"if-match": headers["etag"]})

    # ---- the steps of one person

    def _registering(self, visitor: visiting.Visitor, part: Part) -> processes.Work:
        known = self._register.of(part.login)
        asked = visitor.get("/api/v1/consents")
        answers = [{"consent": each["consent"], "version": each["version"], "granted": True} for each in asked]
        body = {
            "email": known["email"],
            "phone": known["phone"],
            "password": known["password"],
            "role": part.role,
            "language": "en",
            "consents": answers,
        }
        before = {to: visitor.seen(to) for to in (known["email"], known["phone"])}
        number = visitor.post("/api/v1/registrations", body)["registration"]
        yield
        for channel, to in (("email", known["email"]), ("sms", known["phone"])):
            digits = yield from _reading(visitor, to, before[to], DIGITS)
            visitor.post(f"/api/v1/registrations/{number}/verify", {"channel": channel, "code": digits})

    def _redeeming(self, visitor: visiting.Visitor, part: Part) -> processes.Work:
        """The newest invitation sets the first password."""
        known = self._register.of(part.login)
        token = yield from _reading(visitor, known["email"], set(), TOKEN)
        visitor.post("/api/v1/password-resets/redeem", {"token": token, "password": known["password"]})

    def _signing_in(self, visitor: visiting.Visitor, part: Part) -> Doing[Way | None]:
        """How somebody came in: by the password alone, or with the authenticator too; not at all if it is wrong."""
        known = self._register.of(part.login)
        credentials = {"email": known["email"], "password": known["password"], "bearer": True}
        for _ in range(ATTEMPTS):
            way = Way.PASSWORD
            try:
                status, answer, _ = visitor.call("POST", "/api/v1/sign-in", credentials)
                if status == http.HTTPStatus.ACCEPTED:
                    way = Way.FACTOR
                    proof = {"challenge": answer["challenge"], "code": totp.code(known["totp"], totp.now())}
                    answer = visitor.post("/api/v1/sign-in/factor", {**proof, "bearer": True})
            except visiting.Refused as refused:
                if refused.status != http.HTTPStatus.UNAUTHORIZED:
                    raise
                if way is Way.PASSWORD:
                    return None
                yield from processes.waiting(_next_step(), totp.STEP_SECONDS + 1)  # each step passes once
                continue
            visitor.token = answer["access_token"]
            yield
            return way
        return None

    def _enrolling(self, visitor: visiting.Visitor, part: Part) -> processes.Work:
        """A code by SMS first. The secret is written down before it counts."""
        phone = self._register.of(part.login)["phone"]
        before = visitor.seen(phone)
        visitor.post("/api/v1/step-up/codes")
        digits = yield from _reading(visitor, phone, before, DIGITS)
        visitor.post("/api/v1/step-up", {"code": digits})
        yield
        secret = visitor.post("/api/v1/me/totp")["secret"]
        self._register.note(part.login, totp=secret)
        visitor.post("/api/v1/me/totp/confirm", {"code": totp.code(secret, totp.now())})
        yield


def _reading(visitor: visiting.Visitor, to: str, before: set[str], pattern: "re.Pattern[str]") -> Doing[str]:
    """What the newest message that has it brings."""
    for found in visitor.arriving(to, before, pattern):
        if found:
            return found
        yield
    raise AssertionError("it either finds or gives up")


def _next_step() -> Callable[[], bool]:
    """Whether the next step of one-time passwords has begun."""
    step = totp.now() // totp.STEP_SECONDS
    return lambda: totp.now() // totp.STEP_SECONDS > step
