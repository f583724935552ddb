"""The routes of payments, as customers, providers and finance call them, over HTTP and a real database."""

import base64
import dataclasses
import re
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from boundary.kernel.runtime import app as kernel_app
from customer_stack.access import api as access_api
from customer_stack.access import model as access_model
from customer_stack.access import rules as access_rules
from customer_stack.payments import api
from customer_stack.payments.adapters import hooks
from customer_stack.payments.formats import standard_webhooks
from customer_stack.payments.service import deciding, importing, sending, telling
from customer_stack.payments.simulators.providers import server
from customer_stack.payments.simulators.providers.server import Fate
from tests import stacks
from tests.boundary.kernel.runtime import loopback
from tests.customer import clearing
from tests.customer.access import bola
from tests.customer.access import house as houses
from tests.customer.fx import conftest as fx
from tests.customer.payments import conftest, receiving
from tests.customer.payments.test_deposits import entry, statement

P = access_model.Permission
PAYEE = {"name": "Ada Example", "currency": "EUR", "country": "DE", "details": {"iban": "DE89370400440532013000"}}


class Brand:
    """As much of the branding as a statement shows."""

    class config:  # noqa: N801 -- as it is read
        class brand:  # noqa: N801 -- likewise
            name = "Example House"


@dataclasses.dataclass
class Desk:
    house: conftest.House
    door: houses.House
    one: houses.Person
    two: houses.Person
    key: int = 0

    async def ask(
        self, who: houses.Person, method: str, path: str, body: Any = None, **headers: str
    ) -> loopback.Answer:
        who.proves_a_factor()
        if who.token in {self.one.token, self.two.token}:
            caller = msgspec.structs.replace(who.caller(), role=access_model.Role.INVESTOR)
            self.door.desk.callers[who.token] = caller
        self.key += 1
        more = {"idempotency-key": f"k{self.key}"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return await who.send(method, path, body, *more.items())

    async def beneficiary(self, who: houses.Person, **change: Any) -> Any:
        answer = await self.ask(who, "POST", "/api/v1/beneficiaries", PAYEE | change)
        assert answer.status == 201, answer
        return answer.json

    async def withdraw(self, who: houses.Person, payee: str, amount: str = "100.00") -> Any:
        answer = await self.ask(who, "POST", "/api/v1/withdrawals", {"beneficiary": payee, "amount": amount})
        assert answer.status == 201, answer
        return answer.json


@pytest.fixture
async def desk(customer_schema: stacks.StackDatabase, simulator: server.Server, tmp_path: Path) -> AsyncIterator[Desk]:
    db = await customer_schema.connect("customer_api", size=4)
    worker = await customer_schema.connect("customer_worker", size=4)
    house = await conftest.made(customer_schema, worker, simulator, tmp_path)
    door = houses.Desk()
    door.db, door.clock = db, house.time
    outer: Any = kernel_app.create(
        title="t",
        version="1",
        description="t",
        routes=[*access_api.HANDLERS, *api.HANDLERS],
        readiness=kernel_app.Readiness({}),
        state={
            "authenticator": door,
            "branding": Brand,
            "clearance": house.pay.clearance,
            "clock": house.time,
            "db": db,
            "executors": dict.fromkeys(deciding.ACTS, deciding.Execute(house.pay)),
            "ids": house.ids,
            "payments": house.pay,
        },
        random=house.ids,
        guards=[access_api.guard],
        house={access_api.RULE: access_rules.public()},
    )
    served = loopback.Served(outer)
    superuser = await customer_schema.superuser()
    client = loopback.Client(await served.start())
    front = houses.House(customer_schema, db, superuser, outer._app, client, door, house.time, house.ids)
    outer._app.state.update({"active": front.active})
    one, two = await front.person(access_model.Role.INVESTOR), await front.person(access_model.Role.INVESTOR)
    for each in (one, two):
        account = await house.customer()
        front.desk.callers[each.token] = each.caller()
        object.__setattr__(each, "account", account)
        await superuser.execute("INSERT INTO access_standing (account, role) VALUES ($1, 'investor')", account)
    yield Desk(house, front, one, two)
    await served.stop()
    await superuser.close()
    for provider in house.pay.providers.values():
        await provider.close()
    await house.pay.payee.close()
    await worker.close()
    await db.close()


async def staff(desk: Desk) -> tuple[houses.Person, houses.Person]:
    items = (P.PLATFORM_FINANCES, P.WALLET_MANAGE)
    return await desk.door.person(access_model.Role.STAFF, *items), await desk.door.person(
        access_model.Role.STAFF, *items
    )


async def approved(desk: Desk, by: houses.Person, proposal: str) -> None:
    by.proves_a_factor()
    answer = await by.approves(proposal)
    assert answer.status == 200, answer


async def test_a_customer_whom_clearance_does_not_know_sends_nothing(desk: Desk) -> None:
    payee = await desk.beneficiary(desk.one)
    desk.house.wait(hours=25)
    desk.door.inner.state.clearance = clearing.of_strangers(desk.house.ids)
    count = "SELECT count(*) FROM ledger_transfer"
    before = await desk.door.superuser.fetchval(count)
    asked = {"beneficiary": payee["id"], "amount": "1.00"}
    answer = await desk.ask(desk.one, "POST", "/api/v1/withdrawals", asked)
    assert (answer.status, answer.json["state"]) == (201, "refused"), answer
    assert await desk.door.superuser.fetchval(count) == before
    assert await desk.door.superuser.fetchval("SELECT answer::text FROM clearance") == "refuse"


async def test_a_rail_is_explained(desk: Desk) -> None:
    path = "/api/v1/payment-rails?currency=LKR&sender_country=LK&recipient_country=LK&amount=500000001"
    answer = await desk.ask(desk.one, "GET", path)
    assert (answer.json["rail"], answer.json["fee"], answer.json["fee_currency"]) == ("rtgs", "1000.00", "LKR")
    assert {"rail": "cefts", "reason": "above_limit"} in answer.json["passed"]


@pytest.mark.parametrize(
    "query, code",
    [
        ("currency=ZZZ", "unknown_currency"),
        ("currency=eur", "unknown_currency"),
        ("currency=EUR&sender_country=QQ", "payment_country_unknown"),
        ("currency=EUR&recipient_country=de", "payment_country_unknown"),
        ("currency=EUR&recipient_country=DEU", "invalid"),
        ("currency=EUR&amount=0", "invalid"),
    ],
)
async def test_a_rail_is_asked_for_in_words_that_there_are(desk: Desk, query: str, code: str) -> None:
    answer = await desk.ask(desk.one, "GET", f"/api/v1/payment-rails?{query}")
    assert (answer.status, answer.json["code"]) == (400, code)


async def test_money_leaves_as_its_owner_is_told(desk: Desk) -> None:
    payee = await desk.beneficiary(desk.one)
    assert (payee["usable"], payee["details"]) == (False, {"iban": "…3000"})
    refused = await desk.ask(desk.one, "POST", "/api/v1/withdrawals", {"beneficiary": payee["id"], "amount": "1.00"})
    assert (refused.status, refused.json["code"], refused.json["facts"]["reason"]) == (
        409,
        "beneficiary_not_usable",
        "cool_down",
    )
    desk.house.wait(hours=25)
    made = await desk.withdraw(desk.one, payee["id"])
    assert (made["state"], made["amount"], made["fee"], made["rail"]) == ("queued", "100.00", "5.00", "sepa")
    assert (await desk.ask(desk.one, "GET", f"/api/v1/withdrawals/{made['id']}/receipt")).status == 404
    await sending.due(desk.house.db, desk.house.pay, 60)
    headers, body = desk.house.server.settle(made["id"].replace("-", ""), Fate.COMPLETED)
    door = await desk.door.client.request(
        "POST", "/api/v1/providers/currencycloud/events", body, *headers.items(), ("content-type", "application/json")
    )
    assert (door.status, door.json) == (200, {"seen": "applied"})
    shown = (await desk.ask(desk.one, "GET", f"/api/v1/withdrawals/{made['id']}")).json
    assert [each["state"] for each in shown["timeline"]] == ["queued", "sending", "submitted", "completed"]
    receipt = (await desk.ask(desk.one, "GET", f"/api/v1/withdrawals/{made['id']}/receipt")).json
    assert receipt["route"]["rail"] == "sepa"
    listed = (await desk.ask(desk.one, "GET", "/api/v1/withdrawals")).json["items"]
    assert [each["id"] for each in listed] == [made["id"]]
    (one,) = (await desk.ask(desk.one, "GET", "/api/v1/transactions")).json["items"]
    assert (one["kind"], one["amount"], one["state"], len(one["timeline"])) == ("withdrawal", "100.00", "completed", 4)


async def test_the_same_request_withdraws_once(desk: Desk) -> None:
    payee = await desk.beneficiary(desk.one)
    desk.house.wait(hours=25)
    body = {"beneficiary": payee["id"], "amount": "10.00"}
    first, again = [
        await desk.ask(desk.one, "POST", "/api/v1/withdrawals", body, idempotency_key="same") for _ in range(2)
    ]
    assert first.json == again.json
    assert again.header("idempotent-replayed") == "true"
    nothing = await desk.ask(desk.one, "POST", "/api/v1/withdrawals", body, idempotency_key="")
    assert nothing.status == 400


async def test_what_is_refused_at_the_door_leaves_evidence(desk: Desk) -> None:
    finance, _ = await staff(desk)
    for name, status in (("bank", 400), ("nobody", 404)):
        answer = await desk.door.client.request("POST", f"/api/v1/providers/{name}/events", b"{}")
        assert answer.status == status, answer
    found = (await desk.ask(finance, "GET", "/api/v1/admin/payments/events?provider=bank")).json["items"]
    assert [each["seen"] for each in found] == ["forged"]
    replayed = await desk.ask(finance, "POST", "/api/v1/admin/payments/events/bank/replay", {"after": 0})
    assert replayed.json == {"count": 0, "last": 0}


async def test_a_large_withdrawal_waits_for_two_people(desk: Desk) -> None:
    first, second = await staff(desk)
    account = await desk.house.customer(amount=50_000_00)
    object.__setattr__(desk.two, "account", account)
    await desk.door.superuser.execute("INSERT INTO access_standing (account, role) VALUES ($1, 'investor')", account)
    payee = await desk.beneficiary(desk.two)
    desk.house.wait(hours=25)
    goes, ends = [await desk.withdraw(desk.two, payee["id"], "10000.01") for _ in range(2)]
    assert goes["state"] == ends["state"] == "awaiting_approval"
    found = (await desk.ask(first, "GET", "/api/v1/admin/payments/withdrawals?state=awaiting_approval")).json["items"]
    assert {each["id"] for each in found} == {goes["id"], ends["id"]}
    for made, what, state in ((goes, "approval", "queued"), (ends, "rejection", "cancelled")):
        proposed = await desk.ask(first, "POST", f"/api/v1/admin/payments/withdrawals/{made['id']}/{what}")
        assert proposed.status == 202, proposed
        first.proves_a_factor()
        assert (await first.approves(proposed.json["proposal"])).status == 403
        await approved(desk, second, proposed.json["proposal"])
        shown = (await desk.ask(desk.two, "GET", f"/api/v1/withdrawals/{made['id']}")).json
        assert shown["state"] == state
    assert (await desk.house.balance(account))[1] == 10_000_01 + 5_00


async def test_a_statement_is_handed_in_and_suspense_cleared_by_two(desk: Desk) -> None:
    first, second = await staff(desk)
    made = await desk.ask(desk.one, "POST", "/api/v1/deposit-references", {"currency": "EUR", "provider": "bank"})
    same = await desk.ask(desk.one, "POST", "/api/v1/deposit-references", {"currency": "EUR", "provider": "bank"})
    assert made.json == same.json
    data = statement([entry(made.json["reference"]), entry("rent", "3.00", "B2"), entry("tax", "4.00", "B3")])
    body = {"provider": "bank", "content": base64.b64encode(data).decode()}
    taken = await desk.ask(first, "POST", "/api/v1/admin/payments/statements", body)
    assert (taken.status, taken.json["state"]) == (202, "waiting")
    again = await desk.ask(first, "POST", "/api/v1/admin/payments/statements", body)
    assert (again.status, again.json["facts"]["id"]) == (409, taken.json["id"])
    await importing.read(desk.house.db, desk.house.pay, msgspec.convert(taken.json["id"], type=importing.UUID))
    shown = (await desk.ask(first, "GET", f"/api/v1/admin/payments/statements/{taken.json['id']}")).json
    assert (shown["state"], shown["booked"], shown["suspense"]) == ("done", 1, 2)
    assert len((await desk.ask(first, "GET", "/api/v1/admin/payments/statements")).json["items"]) == 1
    waiting = (await desk.ask(first, "GET", "/api/v1/admin/payments/suspense")).json["items"]
    assert {each["remitter"] for each in waiting} == {"Grace Example"}
    acts = (("release", {"account": str(desk.two.account)}), ("return", None))
    for each, (what, content) in zip(waiting, acts, strict=True):
        proposed = await desk.ask(first, "POST", f"/api/v1/admin/payments/suspense/{each['id']}/{what}", content)
        await approved(desk, second, proposed.json["proposal"])
    assert (await desk.ask(first, "GET", "/api/v1/admin/payments/suspense")).json["items"] == []
    mine = (await desk.ask(desk.one, "GET", "/api/v1/deposits")).json["items"]
    assert [(each["amount"], each["state"]) for each in mine] == [("12.50", "booked")]


async def test_money_of_nobody_goes_back_to_who_is_named_and_what_comes_back_is_ticked_off(desk: Desk) -> None:
    first, second = await staff(desk)
    data = statement([entry("rent")])
    kept = await importing.take(desk.house.db, desk.house.pay, "bank", data, first.account)
    await importing.read(desk.house.db, desk.house.pay, kept.id)
    (waiting,) = (await desk.ask(first, "GET", "/api/v1/admin/payments/suspense")).json["items"]
    path, works = f"/api/v1/admin/payments/suspense/{waiting['id']}", "/api/v1/admin/payments/withdrawals"
    dollars = await desk.ask(first, "PUT", f"{path}/payee", PAYEE | {"currency": "USD"})
    assert (dollars.status, dollars.json["code"]) == (400, "beneficiary_details_invalid")
    named = await desk.ask(first, "PUT", f"{path}/payee", PAYEE)
    assert (named.status, named.json["name"]) == (200, PAYEE["name"])
    proposed = await desk.ask(first, "POST", f"{path}/return")
    await approved(desk, second, proposed.json["proposal"])
    raw = await desk.house.schema.superuser()
    going = await raw.fetchval("SELECT id FROM withdrawal WHERE deposit IS NOT NULL")
    await raw.close()
    await sending.one(desk.house.db, desk.house.pay, going)
    for fate in (Fate.COMPLETED, Fate.RETURNED):
        headers, body = desk.house.server.settle(going.hex, fate)
        await desk.door.client.request("POST", "/api/v1/providers/currencycloud/events", body, *headers.items())
    (listed,) = (await desk.ask(first, "GET", works)).json["items"]
    assert (listed["id"], listed["gives_back"], listed["claimed_by"]) == (str(going), waiting["id"], None)
    tick = {"resolution": "provider_clarified"}
    early = await desk.ask(first, "POST", f"{works}/{going}/resolution", tick)
    assert (early.status, early.json["code"], early.json["facts"]["reason"]) == (
        409, "withdrawal_not_on_list", "not_claimed",
    )  # fmt: skip
    assert (await desk.ask(first, "POST", f"{works}/{going}/claim")).json["claimed_by"] == str(first.account)
    assert (await desk.ask(second, "POST", f"{works}/{going}/claim")).status == 409
    assert (await desk.ask(first, "POST", f"{works}/{going}/let-go")).json["claimed_by"] is None
    assert (await desk.ask(second, "POST", f"{works}/{going}/claim")).status == 200
    done = await desk.ask(second, "POST", f"{works}/{going}/resolution", tick)
    assert (done.status, done.json["resolution"]) == (200, "provider_clarified")
    assert (await desk.ask(first, "GET", works)).json["items"] == []
    assert (await desk.ask(desk.one, "POST", f"{works}/{going}/claim")).status == 403
    assert (await desk.ask(first, "POST", f"{works}/{UUID(int=1)}/claim")).status == 404
    assert (await desk.ask(first, "POST", f"{works}/{going}/resolution", {"resolution": "bored"})).status == 400


async def test_what_was_converted_is_among_the_transactions(desk: Desk) -> None:
    exchange = await fx.opened(desk.house.schema, customers=1, seed=8)
    object.__setattr__(desk.one, "account", exchange.customers[0])
    raw = await desk.house.schema.superuser()
    await raw.execute("INSERT INTO access_standing (account, role) VALUES ($1, 'investor')", desk.one.account)
    await raw.close()
    await exchange.both()
    made = [await exchange.done(await exchange.quote(amount)) for amount in ("1000.00", "2000.00", "3000.00")]
    first = await desk.ask(desk.one, "GET", "/api/v1/transactions?limit=2")
    assert first.status == 200, first
    rest = await desk.ask(desk.one, "GET", f"/api/v1/transactions?limit=2&cursor={first.json['next']}")
    items = [*first.json["items"], *rest.json["items"]]
    assert [(each["id"], each["kind"], each["amount"]) for each in items] == [
        (str(conversion.id), "conversion", amount)
        for conversion, amount in zip(reversed(made), ("3000.00", "2000.00", "1000.00"), strict=True)
    ]
    assert items[0]["into"].endswith(" USD")
    assert [each["state"] for each in items[0]["timeline"]] == ["quoted", "completed"]
    await exchange.db.close()
    await exchange.worker.close()


async def test_a_month_is_told_as_csv_and_as_pdf(desk: Desk) -> None:
    payee = await desk.beneficiary(desk.one)
    desk.house.wait(hours=25)
    made = await desk.withdraw(desk.one, payee["id"])
    await sending.due(desk.house.db, desk.house.pay, 60)
    headers, body = desk.house.server.settle(made["id"].replace("-", ""), Fate.COMPLETED)
    await desk.door.client.request("POST", "/api/v1/providers/currencycloud/events", body, *headers.items())
    raw = await desk.house.schema.superuser()
    account = await raw.fetchval("SELECT id FROM ledger_account WHERE owner = $1", desk.one.account)
    await raw.close()
    csv = await desk.ask(desk.one, "GET", f"/api/v1/balances/{account}/months/2026-03")
    rows = csv.body.decode().split("\r\n")
    assert [row.split(",")[1] for row in rows[1:-1]] == ["opening", "transfer", "withdrawal", "fee", "closing"]
    assert rows[-2].endswith(",895.00")
    pdf = await desk.ask(desk.one, "GET", f"/api/v1/balances/{account}/months/2026-03?as=pdf")
    assert pdf.body.startswith(b"%PDF-1.4")
    (content,) = re.findall(rb"stream\n(.*?)\nendstream", pdf.body, re.DOTALL)
    assert b"895.00" in zlib.decompress(content)
    for month, status in (("2026-3", 400), ("2027-01", 400), ("x", 400), ("2026-02", 200)):
        assert (await desk.ask(desk.one, "GET", f"/api/v1/balances/{account}/months/{month}")).status == status


async def test_objects_are_their_owners_alone(desk: Desk) -> None:
    ids: dict[str, dict[str, str]] = {}
    for who in (desk.one, desk.two):
        payee = await desk.beneficiary(who)
        desk.house.wait(hours=25)
        made, done = [await desk.withdraw(who, payee["id"], "10.00") for _ in range(2)]
        await sending.one(desk.house.db, desk.house.pay, msgspec.convert(done["id"], type=importing.UUID))
        headers, body = desk.house.server.settle(done["id"].replace("-", ""), Fate.COMPLETED)
        await desk.door.client.request("POST", "/api/v1/providers/currencycloud/events", body, *headers.items())
        text = await desk.ask(who, "POST", "/api/v1/deposit-references", {"currency": "EUR", "provider": "bank"})
        data = statement([entry(text.json["reference"], "1.00", f"B{who.token}")], who.token)
        kept = await importing.take(desk.house.db, desk.house.pay, "bank", data, who.account)
        await importing.read(desk.house.db, desk.house.pay, kept.id)
        deposit = (await desk.ask(who, "GET", "/api/v1/deposits")).json["items"][0]["id"]
        raw = await desk.house.schema.superuser()
        account = await raw.fetchval("SELECT id FROM ledger_account WHERE owner = $1", who.account)
        await raw.close()
        ids[who.token] = {
            "payee": payee["id"], "made": made["id"], "done": done["id"], "deposit": deposit, "account": str(account),
        }  # fmt: skip
    mine, theirs = ids[desk.one.token], ids[desk.two.token]
    await desk.ask(desk.one, "GET", "/api/v1/deposits")  # proves a factor
    etag = (await desk.ask(desk.one, "GET", f"/api/v1/beneficiaries/{mine['payee']}")).header("etag") or ""

    def thing(method: str, template: str, of: str, **more: Any) -> bola.Thing:
        return bola.Thing(method, template, mine[of], theirs[of], **more)

    things = [
        thing("GET", "/api/v1/beneficiaries/{beneficiary}", "payee"),
        thing("PUT", "/api/v1/beneficiaries/{beneficiary}", "payee", body=PAYEE, headers=(("if-match", etag),)),
        thing("GET", "/api/v1/withdrawals/{withdrawal}", "made"),
        thing("POST", "/api/v1/withdrawals/{withdrawal}/cancel", "made"),
        thing("GET", "/api/v1/withdrawals/{withdrawal}/receipt", "done"),
        thing("GET", "/api/v1/deposits/{deposit}", "deposit"),
        thing("GET", "/api/v1/balances/{account}/months/{month}", "account", more={"month": "2026-03"}),
        thing("DELETE", "/api/v1/beneficiaries/{beneficiary}", "payee"),
    ]
    await bola.assert_owners_alone(desk.door.client, desk.one.headers, things)
    for prefix in ("/api/v1/beneficiaries", "/api/v1/withdrawals", "/api/v1/deposits", "/api/v1/balances"):
        assert bola.uncovered(desk.door.inner, prefix, things) == set()


async def test_nobody_changes_a_beneficiary_that_they_have_not_seen(desk: Desk) -> None:
    payee = await desk.beneficiary(desk.one)
    path = f"/api/v1/beneficiaries/{payee['id']}"
    etag = (await desk.ask(desk.one, "GET", path)).header("etag") or ""
    assert (await desk.ask(desk.one, "PUT", path, PAYEE)).status == 428
    other = PAYEE | {"details": {"iban": "DE02120300000000202051"}}
    changed = await desk.ask(desk.one, "PUT", path, other, if_match=etag)
    assert (changed.status, changed.json["details"]) == (200, {"iban": "…2051"})
    assert (await desk.ask(desk.one, "PUT", path, PAYEE, if_match=etag)).status == 412


@pytest.mark.parametrize(
    "change, code",
    [
        ({"name": "\0"}, "beneficiary_details_invalid"),
        ({"name": "   "}, "beneficiary_details_invalid"),
        ({"name": "Ada\nExample"}, "beneficiary_details_invalid"),
        (
            {"details": {"iban": PAYEE["details"]["iban"], "address": {"country": "DE", "town": "\t"}}},
            "beneficiary_details_invalid",
        ),
        ({"details": {"iban": "DE89370400440532013001"}}, "beneficiary_details_invalid"),
        ({"details": {}}, "beneficiary_details_invalid"),
        ({"details": {"bic": "DEUTDEFF", "account_number": "1"}}, "beneficiary_address_needed"),
        ({"country": "ZZ"}, "beneficiary_details_invalid"),
        ({"details": {"lk_account": "7010-001-1"}}, "beneficiary_details_invalid"),
    ],
)
async def test_bad_details_are_refused_when_they_are_given(desk: Desk, change: Any, code: str) -> None:
    answer = await desk.ask(desk.one, "POST", "/api/v1/beneficiaries", PAYEE | change)
    assert (answer.status, answer.json["code"]) == (400, code)


async def test_an_operators_system_is_told_signed_until_it_listens(desk: Desk) -> None:
    finance, _ = await staff(desk)
    listener = receiving.Listener()
    await listener.start()
    added = await desk.ask(finance, "POST", "/api/v1/admin/payments/webhooks", {"url": listener.url})
    assert added.status == 201, added
    secret, hook = added.json["secret"], added.json["id"]
    path = f"/api/v1/admin/payments/webhooks/{hook}"
    teller = hooks.Hooks(seconds=30)
    listener.status = 500
    payee = await desk.beneficiary(desk.one)
    desk.house.wait(hours=25)
    made = await desk.withdraw(desk.one, payee["id"])
    await telling.due(desk.house.db, desk.house.pay, teller, 60)
    assert listener.heard
    listener.status = 200
    desk.house.wait(minutes=1)
    await telling.due(desk.house.db, desk.house.pay, teller, 60)
    headers, body = listener.heard[-1]
    assert standard_webhooks.verify((secret,), headers, body, desk.house.time.now())
    told = msgspec.json.decode(body)
    assert (told["type"], told["data"]["id"]) == ("withdrawal.queued", made["id"])
    assert headers["webhook-id"] == listener.heard[0][0]["webhook-id"]
    listener.status = 410
    await desk.withdraw(desk.one, payee["id"], "1.00")
    for _ in range(telling.ATTEMPTS_MAX):
        await telling.due(desk.house.db, desk.house.pay, teller, 60)
        desk.house.wait(hours=9)
    dead = (await desk.ask(finance, "GET", f"{path}/deliveries?state=dead")).json["items"]
    assert [(each["attempts"], each["code"]) for each in dead] == [(telling.ATTEMPTS_MAX, "http_410")]
    listener.status, before = 200, len(listener.heard)
    replayed = await desk.ask(finance, "POST", f"{path}/replay", {"after": 0})
    assert replayed.json["count"] == 2
    await telling.due(desk.house.db, desk.house.pay, teller, 60)
    assert len(listener.heard) == before + 2
    paused = await desk.ask(finance, "PATCH", path, {"state": "paused"})
    assert (paused.json["state"], paused.json["secret"]) == ("paused", None)
    assert [each["state"] for each in (await desk.ask(finance, "GET", "/api/v1/admin/payments/webhooks")).json] == [
        "paused"
    ]
    bad = await desk.ask(finance, "POST", "/api/v1/admin/payments/webhooks", {"url": "http://example.com/x"})
    assert (bad.status, bad.json["code"]) == (400, "webhook_url_invalid")
    await teller.close()
    await listener.stop()
