"""The routes of foreign exchange, as customers, finance and strangers call them, over HTTP and a real database."""

import asyncio
import dataclasses
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from boundary.kernel import clock, ids, primitives
from boundary.kernel.runtime import app as kernel_app
from customer_stack.access import api as access_api
from customer_stack.access import model as access_model
from customer_stack.access import rules as access_rules
from customer_stack.fx import api, model
from customer_stack.fx.service import converting
from tests.boundary.kernel.runtime import conftest as runtime
from tests.boundary.kernel.runtime import loopback
from tests.customer import clearing
from tests.customer.access import bola
from tests.customer.access import house as houses
from tests.customer.fx import conftest

log = runtime.log
P = access_model.Permission
QUOTES, CONVERSIONS = "/api/v1/fx/quotes", "/api/v1/fx/conversions"
VERIFIER = Path(__file__).parents[3] / "boundary" / "verify" / "quote.py"
RUPEES = {"sell": "LKR", "buy": "USD", "amount": "30000.00"}
PUBLIC = primitives.ed25519_public(conftest.SEED).hex()


@dataclasses.dataclass
class Desk:
    """An API of fx's routes over an exchange; `one` and `two` have money."""

    exchange: conftest.Exchange
    house: houses.House
    one: houses.Person
    two: houses.Person
    keys: int = 0

    async def ask(
        self, person: houses.Person, method: str, path: str, body: Any = None, key: str | None = None
    ) -> loopback.Answer:
        self.keys += 1
        headers = [("idempotency-key", key or f"key-{self.keys}")] if method == "POST" else []
        sent = None if body is None else json.dumps(body).encode()
        kind = [("content-type", "application/json")] if sent else []
        return await self.house.client.request(method, path, sent, *person.headers, *headers, *kind)

    async def quote(self, person: houses.Person | None = None, **more: str) -> dict[str, Any]:
        answer = await self.ask(person or self.one, "POST", QUOTES, RUPEES | more)
        assert answer.status == 201, answer
        return dict(answer.json)

    async def convert(self, quote: dict[str, Any], person: houses.Person | None = None) -> dict[str, Any]:
        answer = await self.ask(person or self.one, "POST", f"{QUOTES}/{quote['quote']}/accept")
        assert answer.status == 200, answer
        return dict(answer.json)


@pytest.fixture
async def desk(exchange: conftest.Exchange) -> AsyncIterator[Desk]:
    time, random = clock.ManualClock(houses.NOON), ids.SeededIds(11)
    door = houses.Desk()
    door.db, door.clock = exchange.db, time
    outer: Any = kernel_app.create(
        title="t",
        version="1",
        description="t",
        routes=[*access_api.HANDLERS, *api.HANDLERS],
        readiness=kernel_app.Readiness({}),
        state={
            "authenticator": door,
            "clearance": exchange.clearance,
            "clock": time,
            "db": exchange.db,
            "fx": exchange.desk,
            "fx_converter": converting.Converter(exchange.db, exchange.desk),
            "ids": random,
        },
        random=random,
        guards=[access_api.guard],
        house={access_api.RULE: access_rules.public()},
    )
    served = loopback.Served(outer)
    superuser = await exchange.schema.superuser()
    client = loopback.Client(await served.start())
    house = houses.House(exchange.schema, exchange.db, superuser, outer._app, client, door, time, random)
    people = [await house.person(access_model.Role.INVESTOR) for _ in range(2)]
    for person in people:
        caller = msgspec.structs.replace(person.caller(), role=access_model.Role.INVESTOR)
        door.callers[person.token] = caller
    await exchange.worker.run("t", lambda tx: conftest.fund(tx, [each.account for each in people], exchange.ids))
    yield Desk(exchange, house, people[0], people[1])
    await served.stop()
    await superuser.close()


async def test_a_customer_is_quoted_converts_and_can_prove_both(desk: Desk, tmp_path: Path) -> None:
    quote = await desk.quote()
    assert quote["terms"]["client_rate"] == "302.706"
    assert quote["terms"]["buy"] == {"amount": "99.00", "currency": "USD"}
    made = await desk.convert(quote)
    assert [each["what"] for each in made["timeline"]] == ["quoted", "cleared", "posted"]
    assert (made["sell"], made["client_rate"], len(made["transfers"])) == (quote["terms"]["sell"], "302.706", 4)
    key = (await desk.ask(desk.one, "GET", "/api/v1/fx/quote-key")).json["public_key"]
    assert key == PUBLIC
    (tmp_path / "quote.json").write_text(json.dumps(quote))
    (tmp_path / "receipt.json").write_text(json.dumps(made))
    command = [sys.executable, "-I", VERIFIER, tmp_path / "quote.json", "--receipt", tmp_path / "receipt.json"]
    done = await asyncio.to_thread(
        subprocess.run, [*map(str, command), "--public-key", key], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"VALID: quote {quote['quote']}: 30000.00 LKR for 99.00 USD at 302.706 until ")
    assert f"by conversion {made['conversion']}" in done.stdout
    shown = (await desk.ask(desk.one, "GET", f"{QUOTES}/{quote['quote']}")).json
    assert (shown["state"], shown["conversion"]) == ("used", made["conversion"])
    assert (await desk.ask(desk.one, "GET", f"{CONVERSIONS}/{made['conversion']}")).json == made
    assert (await desk.ask(desk.one, "GET", CONVERSIONS)).json["items"] == [made]


async def test_a_customer_whom_clearance_does_not_know_converts_nothing(desk: Desk) -> None:
    quote = await desk.quote()
    desk.house.inner.state.clearance = clearing.of_strangers(desk.exchange.ids)
    count = "SELECT count(*) FROM ledger_transfer"
    before = await desk.house.superuser.fetchval(count)
    answer = await desk.ask(desk.one, "POST", f"{QUOTES}/{quote['quote']}/accept")
    assert answer.status == 403, answer
    assert await desk.house.superuser.fetchval(count) == before
    assert await desk.house.superuser.fetchval("SELECT answer::text FROM clearance") == "refuse"
    shown = (await desk.ask(desk.one, "GET", f"{QUOTES}/{quote['quote']}")).json
    assert (shown["state"], shown["conversion"]) == ("active", None)


async def test_the_same_key_again_gets_the_same_answer_and_another_use_is_refused(desk: Desk) -> None:
    first = await desk.ask(desk.one, "POST", QUOTES, RUPEES, key="a")
    assert (await desk.ask(desk.one, "POST", QUOTES, RUPEES, key="a")).json == first.json
    assert (await desk.ask(desk.one, "POST", QUOTES, RUPEES | {"amount": "1.00"}, key="a")).status == 409
    path = f"{QUOTES}/{first.json['quote']}/accept"
    made = await desk.ask(desk.one, "POST", path, key="b")
    assert (await desk.ask(desk.one, "POST", path, key="b")).json == made.json
    again = await desk.ask(desk.one, "POST", path, key="c")
    assert (again.status, again.json["code"]) == (409, "fx_quote_used")
    for route in (QUOTES, path):
        unnamed = await desk.house.client.request(
            "POST", route, json.dumps(RUPEES).encode(), *desk.one.headers, ("content-type", "application/json")
        )
        assert unnamed.json["code"] == "idempotency_key_required"


async def test_of_a_hundred_requests_to_use_a_quote_one_is_answered_yes(desk: Desk) -> None:
    quote = await desk.quote()
    path = f"{QUOTES}/{quote['quote']}/accept"
    answers = await asyncio.gather(*(desk.ask(desk.one, "POST", path) for _ in range(100)))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 99
    assert {answer.json["code"] for answer in answers if answer.status == 409} == {"fx_quote_used"}


async def test_quotes_and_conversions_are_their_owners_alone(desk: Desk) -> None:
    used = [await desk.quote(person) for person in (desk.one, desk.two)]
    mine, theirs = [(await desk.quote(person))["quote"] for person in (desk.one, desk.two)]
    made = [
        (await desk.convert(quote, person))["conversion"]
        for quote, person in zip(used, (desk.one, desk.two), strict=True)
    ]
    named = (("idempotency-key", "k"),)
    things = [
        bola.Thing("GET", "/api/v1/fx/quotes/{quote}", mine, theirs),
        bola.Thing("GET", "/api/v1/fx/conversions/{conversion}", *made),
        bola.Thing("POST", "/api/v1/fx/quotes/{quote}/accept", mine, theirs, headers=named),
    ]
    await bola.assert_owners_alone(desk.house.client, desk.one.headers, things)
    last = (await desk.quote())["quote"]
    cancel = bola.Thing("POST", "/api/v1/fx/quotes/{quote}/cancel", last, theirs)
    await bola.assert_owners_alone(desk.house.client, desk.one.headers, [cancel])
    assert bola.uncovered(desk.house.inner, "/api/v1/fx", [*things, cancel]) == set()
    listed = (await desk.ask(desk.one, "GET", QUOTES)).json["items"]
    assert {each["quote"] for each in listed} == {used[0]["quote"], mine, last}


async def test_lists_come_in_pages_and_by_state(desk: Desk) -> None:
    made = [(await desk.quote())["quote"] for _ in range(3)]
    await desk.ask(desk.one, "POST", f"{QUOTES}/{made[1]}/cancel")
    first = (await desk.ask(desk.one, "GET", f"{QUOTES}?limit=2")).json
    rest = (await desk.ask(desk.one, "GET", f"{QUOTES}?limit=2&cursor={first['next']}")).json
    assert [each["quote"] for each in first["items"] + rest["items"]] == made[::-1]
    assert rest["next"] is None
    found = (await desk.ask(desk.one, "GET", f"{QUOTES}?state=cancelled")).json["items"]
    assert [each["quote"] for each in found] == [made[1]]


async def test_a_quote_that_is_over_is_shown_so_before_anybody_swept_it(desk: Desk) -> None:
    quote = await desk.quote()
    await desk.exchange.time("now() + interval '1 hour'")
    assert (await desk.ask(desk.one, "GET", f"{QUOTES}/{quote['quote']}")).json["state"] == "expired"
    answer = await desk.ask(desk.one, "POST", f"{QUOTES}/{quote['quote']}/cancel")
    assert (answer.status, answer.json["code"]) == (409, "fx_quote_expired")


async def test_anybody_sees_the_pairs_and_the_board(desk: Desk) -> None:
    [pair] = (await desk.house.client.request("GET", "/api/v1/fx/pairs")).json
    assert (pair["pair"], pair["lifetime_seconds"], pair["single_max"]) == ("USD/LKR", 300, "250000.00")
    [line] = (await desk.house.client.request("GET", "/api/v1/fx/board")).json
    assert (line["reference"]["source"], line["reference"]["ask"], line["witness"]["source"]) == (
        "currencycloud", "301.20", "cbsl"
    )  # fmt: skip
    await desk.exchange.hear(conftest.PROVIDER, "302", "301")
    [line] = (await desk.house.client.request("GET", "/api/v1/fx/board")).json
    assert (line["reference"], line["refusal"], line["facts"]["source"]) == (
        None, "fx_rate_crossed", "currencycloud"
    )  # fmt: skip
    answer = await desk.ask(desk.one, "POST", QUOTES, RUPEES)
    assert (answer.status, answer.json["code"]) == (503, "fx_rate_crossed")


@pytest.mark.parametrize(
    "more, status, code",
    [
        ({"amount": "0.001"}, 422, "amount_too_fine"),
        ({"amount": "0.00"}, 422, "fx_amount_too_small"),
        ({"sell": "EUR"}, 404, "fx_pair_unknown"),
        ({"fixed_side": "both"}, 422, None),
        ({"sell": "eur"}, 422, None),
        ({"amount": 5}, 422, None),
        ({"more": "x"}, 422, None),
    ],
)
async def test_bad_input_is_a_problem_with_a_code(
    desk: Desk, more: dict[str, Any], status: int, code: str | None
) -> None:
    answer = await desk.ask(desk.one, "POST", QUOTES, RUPEES | more)
    assert answer.status in {status, 400}
    assert code is None or answer.json["code"] == code


async def test_finance_sees_positions_exposure_quotes_and_orders_and_nobody_else(desk: Desk) -> None:
    quote = await desk.quote()
    await desk.convert(quote)
    await desk.quote()
    paths = [f"/api/v1/admin/fx/{each}" for each in ("positions", "exposure", "quotes", "hedges")]
    for path in paths:
        assert (await desk.ask(desk.one, "GET", path)).status == 403
        assert (await desk.house.client.request("GET", path)).status == 401
    finance = await desk.house.person(access_model.Role.STAFF, P.PLATFORM_FINANCES)
    [position], [exposure], quotes, orders = [(await desk.ask(finance, "GET", path)).json for path in paths]
    assert (position["pair"], position["base"], position["quote"], position["agrees"]) == (
        "USD/LKR", "-99.006957", "29970.00", True
    )  # fmt: skip
    assert position["mid"] == "300.65"
    assert position["result"] == "203.55"
    assert exposure == {"pair": "USD/LKR", "open": "99.000000", "limit": "10000000.00"}
    assert [each["state"] for each in quotes["items"]] == ["active", "used"]
    assert {each["account"] for each in quotes["items"]} == {str(desk.one.account)}
    assert orders == {"items": [], "next": None}


async def test_an_issuer_is_priced_as_a_business(desk: Desk) -> None:
    company = await desk.house.person(access_model.Role.ISSUER)
    caller = msgspec.structs.replace(company.caller(), role=access_model.Role.ISSUER)
    desk.house.desk.callers[company.token] = caller
    quote = await desk.quote(company)
    assert quote["terms"]["spread"] == {"bp": "30", "side": "ask", "tier": "business"}
    assert model.Kind.BUSINESS.value in quote["terms"]["spread"]["tier"]
