"""`demo`: the journey through the platform, as far as it goes today, walked from outside.

It holds no password and imports no stack: public HTTP, and each stack's own commands in its own environment.
"""

import contextlib
import dataclasses
import functools
import hashlib
import json
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable
from typing import Any

from deploy.local import applications, money, onboarding, page, people, places, processes, stacks, visiting

PATIENCE = 30.0
MARKETS = "/api/v1/markets"


@dataclasses.dataclass(frozen=True)
class Stage:
    """The running platform, as a visitor sees it."""

    place: places.Place
    base: int
    doors: contextlib.ExitStack = dataclasses.field(default_factory=contextlib.ExitStack)
    inside: dict[str, visiting.Visitor] = dataclasses.field(default_factory=dict)

    def visitor(self, login: str) -> visiting.Visitor:
        """Somebody signed in, for as long as the walk lasts: each of their codes is good once in half a minute."""
        if login not in self.inside:
            self.inside[login] = self.doors.enter_context(people.session(self.place, self.base, login))
        return self.inside[login]

    def get(self, stack: stacks.Stack, path: str) -> str:
        status, body = applications.get(self.base + stack.api, path)
        if status != 200:
            raise processes.LaunchError(f"the {stack.name} API answers {path} with {status or 'nothing'}: {body[:200]}")
        return body

    def command(self, stack: stacks.Stack, role: str, *arguments: str) -> str:
        env = stacks.environment(self.place, self.base, stack, stack.role(role))
        command = [str(stack.command), *arguments]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().rpartition("\n")[2]
            raise processes.LaunchError(
                f"{stack.name}-stack {' '.join(arguments)} ended with {done.returncode}: {said}"
            )
        return done.stdout.strip()


Step = Callable[[Stage], str]


def everything_is_ready(stage: Stage) -> str:
    """Each says so within a while: on a busy machine a process may be late with a beat."""
    for service in stacks.SERVICES:
        look = functools.partial(_answering, stage.base + service.operations)
        _until(look, f"the {service.name} is not ready")
    return f"{len(stacks.SERVICES)} processes are ready"


def _answering(port: int) -> dict[str, Any] | None:
    return {"ready": True} if applications.ready(port) else None


def brand_and_jurisdiction_are_served(stage: Stage) -> str:
    brand = json.loads(stage.get(stacks.CUSTOMER, "/config.json"))["brand"]["name"]
    pack = json.loads(stage.get(stacks.CUSTOMER, "/jurisdiction"))
    return f"{brand}, under the rules of {pack['code']}"


def a_heartbeat_has_crossed(stage: Stage) -> str:
    """The customer worker sends one by itself: it must have been heard there and answered here."""
    end = time.monotonic() + PATIENCE
    while True:
        answered, heard = _last(stage, stacks.CUSTOMER, "answered_at"), _last(stage, stacks.EXECUTION, "heard_at")
        if answered and heard:
            return f"heard {heard}, answered {answered}"
        if time.monotonic() > end:
            raise processes.LaunchError(f"no heartbeat has crossed within {PATIENCE:.0f} s")
        time.sleep(0.5)


def _last(stage: Stage, stack: stacks.Stack, moment: str) -> str:
    channels = json.loads(stage.command(stack, "operator", "channel", "status", "--json"))
    return next((str(each[moment]) for each in channels if each["channel"] == stage.place.channel and each[moment]), "")


def both_audit_trails_verify(stage: Stage) -> str:
    said = [stage.command(stack, "auditor", "audit", "verify") for stack in stacks.STACKS.values()]
    return "; ".join(text.splitlines()[-1] if text else "nothing said" for text in said)


def the_document_of_an_instrument_is_recomputed(stage: Stage) -> str:
    """Its hash came through the channel; its bytes were pulled, hashed and swept by the customer stack."""
    listed = _until(lambda: _tradable(stage), "no instrument can be traded")
    text = stage.get(stacks.CUSTOMER, f"{MARKETS}/instruments/{listed['ref']}/document")
    hashed = hashlib.sha256(text.encode()).hexdigest()
    if hashed != listed["document"]["sha256"]:
        raise processes.LaunchError(f"the document hashes to {hashed}, the instrument says otherwise")
    return f"{text.splitlines()[0].lstrip('# ')}: {hashed[:16]}…"


def _tradable(stage: Stage) -> dict[str, Any] | None:
    items = json.loads(stage.get(stacks.CUSTOMER, f"{MARKETS}/instruments"))["items"]
    return next((each for each in items if each["tradable"]), None)


def intents_cross_the_wall(stage: Stage) -> str:
    """Nobody's: a drill, in test mode, through the same outbox as everybody's."""
    listed = _until(lambda: _tradable(stage), "no instrument can be traded")
    counts = ("--count", "500", "--participants", "10", "--seconds-max", "60")
    report = json.loads(
        stage.command(stacks.CUSTOMER, "worker", "channel", "drill", "--instrument", listed["ref"], *counts)
    )
    if report["accepted"] != report["count"]:
        raise processes.LaunchError(f"of {report['count']} intents {report['accepted']} were accepted")
    return f"{report['accepted']} intents accepted, {report['per_second']} a second there and back"


def a_custody_wallet_is_registered(stage: Stage) -> str:
    return stage.command(stacks.CUSTOMER, "worker", "channel", "drill-wallet")


def a_price_is_seen(stage: Stage) -> str:
    """Stated by an operator there, shown to customers here: over the lossy channel."""
    listed = _until(lambda: _tradable(stage), "no instrument can be traded")
    ticks = 1 + secrets.randbelow(listed["price_max"])
    stage.command(stacks.EXECUTION, "operator", "instruments", "price", listed["ref"], str(ticks))

    def quoted() -> dict[str, Any] | None:
        page = json.loads(stage.get(stacks.CUSTOMER, f"{MARKETS}/quotes"))
        mine = (each for each in page["items"] if each["instrument"] == listed["ref"])
        return next((each for each in mine if each["reference_ticks"] == ticks and not page["stale"]), None)

    return f"{_until(quoted, 'the price was not seen')['reference_ticks']} ticks"


def _until(look: Callable[[], dict[str, Any] | None], otherwise: str) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.2)
    raise processes.LaunchError(f"{otherwise} within {PATIENCE:.0f} s")


def somebody_signs_in_with_a_code(stage: Stage) -> str:
    """The first customer, with a password and the authenticator's code, and what they see of themselves."""
    visitor = stage.visitor(people.VISITOR)
    me = visitor.get("/api/v1/me")
    sessions = visitor.get("/api/v1/sessions")["sessions"]
    inbox = visitor.get("/api/v1/notifications")
    newest = inbox["items"][0]["title"] if inbox["items"] else "nothing yet"
    return f"{me['role']}, {len(sessions)} sessions, {inbox['unread']} unread notices, the newest: {newest}"


def staff_find_that_account(stage: Stage) -> str:
    """Support sees a masked address; every look is on record."""
    known = people.login(stage.place, people.VISITOR)
    visitor = stage.visitor(people.LOOKER)
    found = visitor.post("/api/v1/admin/accounts/search", {"email": known["email"]})["items"]
    if [each["id"] for each in found] != [known["account"]] or known["email"] in json.dumps(found):
        raise processes.LaunchError("support does not see exactly that account, masked")
    return f"found by its address, shown as {found[0]['email']}"


def a_customer_is_identified(stage: Stage) -> str:
    """Somebody says who they are, an officer of the operator decides. Repeated, it goes on where it was."""
    visitor = stage.visitor(people.APPLICANT)
    application = onboarding.applied(visitor)
    _until(lambda: onboarding.looked_at(visitor, application), "no officer was asked to look at the application")
    officer = stage.visitor(people.OFFICER)
    return onboarding.decided(officer, application)


def a_price_is_promised_and_checked(stage: Stage) -> str:
    """Two sources agree on dollars for rupees; the first customer is quoted, and the quote is checked without us."""

    def priced() -> dict[str, Any] | None:
        board = json.loads(stage.get(stacks.CUSTOMER, "/api/v1/fx/board"))
        return next((each for each in board if each["reference"]), None)

    _until(priced, "no pair has a price")
    wanted = {"sell": "LKR", "buy": "USD", "amount": "30000.00"}
    visitor = stage.visitor(people.VISITOR)
    quote = visitor.post("/api/v1/fx/quotes", wanted, **{"Idempotency-Key": secrets.token_hex(16)})
    key = json.loads(stage.get(stacks.CUSTOMER, "/api/v1/fx/quote-key"))["public_key"]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(quote, file)
        file.flush()
        return stage.command(stacks.CUSTOMER, "auditor", "fx", "verify-quote", file.name, "--public-key", key)


def a_customer_is_known_well_enough_for_money(stage: Stage) -> str:
    """Two pictures, found clean by the scanner, looked at by an officer."""
    visitor = stage.visitor(people.APPLICANT)
    application = money.applied(visitor)
    _until(lambda: onboarding.looked_at(visitor, application), "no officer was asked to look at the application")
    officer = stage.visitor(people.OFFICER)
    return onboarding.decided(officer, application)


def a_deposit_is_converted_at_the_price_promised(stage: Stage) -> str:
    """Quoted first; then the money comes, and is converted at that price and no other."""
    if stage.place.jurisdiction != stacks.JURISDICTION:
        return f"rupees are held in {stacks.JURISDICTION} alone"
    key = json.loads(stage.get(stacks.CUSTOMER, "/api/v1/fx/quote-key"))["public_key"]
    visitor = stage.visitor(people.APPLICANT)
    quote = money.quoted(visitor)
    before = money.balances(visitor)
    deposit = money.deposited(visitor, stage.base)
    between = money.balances(visitor)
    conversion = money.converted(visitor, quote)
    after, chain = money.balances(visitor), money.postings(visitor, conversion["transfers"][0])
    checked = money.receipt_holds(functools.partial(stage.command, stacks.CUSTOMER, "auditor"), key, quote, conversion)
    lines = ("before      " + before, "deposit     " + deposit, "then        " + between, "conversion  " + checked)
    return "\n".join((*lines, *chain, "after       " + after))


def a_part_of_it_leaves(stage: Stage) -> str:
    """Cleared with what must travel along, held, handed over, completed by the provider's webhook."""
    if stage.place.jurisdiction != stacks.JURISDICTION:
        return f"rupees are held in {stacks.JURISDICTION} alone"
    visitor = stage.visitor(people.APPLICANT)
    found = money.withdrawn(visitor)
    receipt = visitor.get(f"/api/v1/withdrawals/{found['id']}/receipt")
    after, chain = money.balances(visitor), money.postings(visitor, receipt["transfer"])
    way = " > ".join(each["state"] for each in found["timeline"])
    first = f"{found['amount']} {found['asset']} and a fee of {found['fee']} by {found['rail']}: {way}"
    return "\n".join((first, *chain, "after       " + after))


def a_statement_books_nothing_twice(stage: Stage) -> str:
    if stage.place.jurisdiction != stacks.JURISDICTION:
        return f"rupees are held in {stacks.JURISDICTION} alone"
    finance = stage.visitor(people.FINANCE)
    return money.statement_read(finance, stage.base)


WITH_PEOPLE = (
    somebody_signs_in_with_a_code,
    staff_find_that_account,
    a_customer_is_identified,
    a_price_is_promised_and_checked,
    a_customer_is_known_well_enough_for_money,
    a_deposit_is_converted_at_the_price_promised,
    a_part_of_it_leaves,
    a_statement_books_nothing_twice,
)
STEPS: tuple[tuple[str, Step], ...] = (
    ("every process is ready", everything_is_ready),
    ("brand and jurisdiction are served", brand_and_jurisdiction_are_served),
    ("a signed heartbeat has crossed the wall", a_heartbeat_has_crossed),
    ("an instrument's document is recomputed", the_document_of_an_instrument_is_recomputed),
    ("intents cross the wall and are answered", intents_cross_the_wall),
    ("a custody wallet is registered", a_custody_wallet_is_registered),
    ("a price crosses on the market channel", a_price_is_seen),
    ("somebody signs in with a code", somebody_signs_in_with_a_code),
    ("staff find that account", staff_find_that_account),
    ("a customer is identified", a_customer_is_identified),
    ("a price is promised, and checked", a_price_is_promised_and_checked),
    ("they are known well enough for money", a_customer_is_known_well_enough_for_money),
    ("a deposit is converted at the price promised", a_deposit_is_converted_at_the_price_promised),
    ("a part of it leaves, completed by webhook", a_part_of_it_leaves),
    ("a statement books nothing twice", a_statement_books_nothing_twice),
    ("both audit trails verify", both_audit_trails_verify),
)


def walk(place: places.Place, base: int, screen: page.Page) -> None:
    """Every step in order; the first that fails ends the walk."""
    stage = Stage(place, base)
    with stage.doors:
        for name, step in STEPS:
            with screen.timed(name):
                happened = step(stage)
            screen.say("\n".join(f"      {line}" for line in happened.splitlines()))
