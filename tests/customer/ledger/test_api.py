"""The routes of the ledger, as somebody with a session calls them, over HTTP and a real database."""

import asyncio
import dataclasses
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from boundary.kernel import clock, ids, records
from boundary.kernel.runtime import app as kernel_app
from boundary.kernel.runtime import sealing
from customer_stack.access import api as access_api
from customer_stack.access import model as access_model
from customer_stack.access import rules as access_rules
from customer_stack.ledger import api, model
from customer_stack.ledger.model import acts
from customer_stack.ledger.service import accounts, by_hand, posting, trials
from tests import stacks
from tests.boundary.kernel.runtime import conftest as runtime
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import bola
from tests.customer.access import house as houses
from tests.customer.ledger import conftest
from tests.customer.ledger.test_amounts import REFUSED

log = runtime.log
P = access_model.Permission
POSTINGS = "/api/v1/admin/ledger/postings"


@dataclasses.dataclass
class Desk:
    """An API of the ledger's and access's routes; `one` and `two` are customers, `euro` is the second account of `one`."""

    house: houses.House
    worker: Any
    one: houses.Person
    two: houses.Person
    cash: model.Account
    euro: model.Account
    others: model.Account
    house_cash: model.Account
    house_euro: model.Account

    async def post(self, *wanted: model.Transfer) -> None:
        now = self.house.time.now()
        await self.worker.run("t", lambda tx: posting.post_all(tx, wanted, now))

    def transfer(self, debit: model.Account, credit: model.Account, amount: int, **more: Any) -> model.Transfer:
        flags = int(more.pop("flags", 0))
        if debit.code < model.CUSTOMERS_BELOW and not flags & model.Flag.RECORDED:
            more["cause"] = model.Cause.SETTLEMENT
        return model.Transfer(self.house.ids.ref(), debit.id, credit.id, amount, debit.asset, 7, flags, **more)


async def _desk(house: houses.House, worker: Any) -> Desk:
    one, two = await house.person(access_model.Role.INVESTOR), await house.person(access_model.Role.INVESTOR)
    for person in (one, two):
        caller = msgspec.structs.replace(person.caller(), role=access_model.Role.INVESTOR)
        house.desk.callers[person.token] = caller
    found = []
    for asset in (conftest.USD, conftest.EUR):
        await worker.run("t", lambda tx, asset=asset: accounts.add_asset(tx, asset))
    for owner, kind, asset in (
        (one.account, model.Kind.CUSTOMER_CASH, 1),
        (one.account, model.Kind.CUSTOMER_CASH, 2),
        (two.account, model.Kind.CUSTOMER_CASH, 1),
        (model.HOUSE, model.Kind.BANK, 1),
        (model.HOUSE, model.Kind.BANK, 2),
    ):
        found.append(
            await worker.run(
                "t",
                lambda tx, owner=owner, kind=kind, asset=asset: accounts.ensure(tx, owner, kind, asset, house.ids),
            )
        )
    return Desk(house, worker, one, two, *found)


@pytest.fixture
async def desk(customer_schema: stacks.StackDatabase) -> AsyncIterator[Desk]:
    time, random = clock.ManualClock(houses.NOON), ids.SeededIds(11)
    db = await customer_schema.connect("customer_api", size=4)
    worker = await customer_schema.connect("customer_worker", size=3)
    door = houses.Desk()
    door.db, door.clock = db, time
    outer: Any = kernel_app.create(
        title="t",
        version="1",
        description="t",
        routes=[*access_api.HANDLERS, *api.HANDLERS],
        readiness=kernel_app.Readiness({}),
        state={
            "authenticator": door,
            "clock": time,
            "db": db,
            "executors": {acts.PostByHand: by_hand.Execute(time)},
            "ids": random,
        },
        random=random,
        guards=[access_api.guard],
        house={access_api.RULE: access_rules.public()},
    )
    served = loopback.Served(outer)
    superuser = await customer_schema.superuser()
    client = loopback.Client(await served.start())
    house = houses.House(customer_schema, db, superuser, outer._app, client, door, time, random)
    outer._app.state.update({"active": house.active})
    yield await _desk(house, worker)
    await served.stop()
    await superuser.close()
    await worker.close()
    await db.close()


async def test_balances_say_what_is_available_held_and_there(desk: Desk) -> None:
    await desk.post(desk.transfer(desk.house_cash, desk.cash, 12_345_678))
    await desk.post(desk.transfer(desk.cash, desk.others, 2_000_000, flags=model.Flag.PENDING))
    answer = await desk.one.get("/api/v1/balances")
    assert answer.json == [
        {
            "account": str(desk.cash.id),
            "kind": "customer cash",
            "asset": "USD",
            "available": "10.345678",
            "held": "2.000000",
            "total": "12.345678",
            "closed": False,
        },
        {
            "account": str(desk.euro.id),
            "kind": "customer cash",
            "asset": "EUR",
            "available": "0.00",
            "held": "0.00",
            "total": "0.00",
            "closed": False,
        },
    ]


async def test_a_balance_as_of_a_moment_by_both_times(desk: Desk) -> None:
    await desk.post(desk.transfer(desk.house_cash, desk.cash, 5_000_000))
    desk.house.time.advance(timedelta(days=2))
    late = desk.house.time.now() - timedelta(days=3)
    await desk.post(desk.transfer(desk.house_cash, desk.cash, 1_000_000, effective_at=late))
    path = f"/api/v1/balances/{desk.cash.id}"
    day_after = (houses.NOON + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (await desk.one.get(path)).json["total"] == "6.000000"
    assert (await desk.one.get(f"{path}?at={day_after}")).json["total"] == "5.000000"
    assert (await desk.one.get(f"{path}?at={day_after}&effective=true")).json["total"] == "6.000000"


async def test_movements_in_pages_with_filters(desk: Desk) -> None:
    for number in range(1, 26):
        await desk.post(desk.transfer(desk.house_cash, desk.cash, number * 1_000_000))
        if number % 5 == 0:
            await desk.post(desk.transfer(desk.cash, desk.others, 1_000_000, reference=UUID(int=number)))
    path = f"/api/v1/balances/{desk.cash.id}/movements"
    seen, cursor = [], ""
    while True:
        page = (await desk.one.get(f"{path}?limit=7{cursor}")).json
        seen += page["items"]
        if not page["next"]:
            break
        cursor = f"&cursor={page['next']}"
    assert len(seen) == len({each["transfer"] for each in seen}) == 30
    assert seen[0]["total"] == "320.000000"
    assert seen[-1] | {"transfer": "", "posted_at": "", "effective_at": ""} == {
        "transfer": "", "kind": "transfer", "direction": "credit", "amount": "1.000000", "code": 7, "posted_at": "",
        "effective_at": "", "total": "1.000000", "held": "0.000000", "ends": None, "reverses": None, "reference": None,
    }  # fmt: skip
    for query, count in (
        ("direction=debit", 5), ("direction=credit", 25), (f"reference={UUID(int=10)}", 1), ("code=8", 0),
        ("until=2026-01-01T00:00:00Z", 0), ("from=2026-01-01T00:00:00Z", 30),
    ):  # fmt: skip
        assert len((await desk.one.get(f"{path}?limit=100&{query}")).json["items"]) == count, query
    assert (await desk.one.get(f"{path}?direction=debit{cursor}")).code == "invalid_cursor"
    assert (await desk.one.get(f"{path}?direction=both")).status == 400


async def test_a_statement_opens_and_closes(desk: Desk) -> None:
    await desk.post(desk.transfer(desk.house_cash, desk.cash, 5_000_000))
    desk.house.time.advance(timedelta(days=1))
    await desk.post(desk.transfer(desk.cash, desk.others, 2_000_000))
    day = desk.house.time.now().date()
    found = (await desk.one.get(f"/api/v1/balances/{desk.cash.id}/statements/{day}")).json
    assert (found["opening"], found["credits"], found["debits"], found["closing"]) == (
        "5.000000", "0.000000", "2.000000", "3.000000",
    )  # fmt: skip


async def test_a_transfer_with_its_chain_and_its_proof(desk: Desk) -> None:
    await desk.post(desk.transfer(desk.house_cash, desk.cash, 5_000_000))
    give = desk.transfer(desk.cash, desk.house_cash, 1_000_000, flags=model.Flag.LINKED)
    take = desk.transfer(desk.house_euro, desk.euro, 92)
    await desk.post(give, take)
    path = f"/api/v1/transfers/{take.id}"
    found = (await desk.one.get(path)).json
    assert found["proof"] is None
    assert [each["transfer"] for each in found["chain"]] == [str(give.id), str(take.id)]
    assert (found["transfer"]["debit"], found["transfer"]["credit"]) == (None, str(desk.euro.id))
    sealer = sealing.Sealer(desk.worker, bytes(range(32)), desk.house.time)
    async with asyncio.timeout(60):  # a transaction of another database on this server holds the watermark back
        while (proof := (await desk.one.get(path)).json["proof"]) is None:
            await sealer.seal()
    assert proof["item"] in proof["inclusion"]["entry"]["payload"]


async def test_everything_is_its_owners_alone(desk: Desk) -> None:
    mine, theirs = desk.transfer(desk.house_cash, desk.cash, 1), desk.transfer(desk.house_cash, desk.others, 1)
    await desk.post(mine, theirs)
    day = f"/statements/{houses.NOON.date()}"
    accounts_ = str(desk.cash.id), str(desk.others.id)
    for suffix in ("", "/movements", day):
        others, missing = [
            await desk.one.get(f"/api/v1/balances/{id_}{suffix}") for id_ in (accounts_[1], bola.MISSING)
        ]
        assert missing.status == 404
        assert bola.spoken(others) == bola.spoken(missing)
        assert (await desk.one.get(f"/api/v1/balances/{accounts_[0]}{suffix}")).status == 200
    things = [bola.Thing("GET", "/api/v1/transfers/{transfer}", str(mine.id), str(theirs.id))]
    await bola.assert_owners_alone(desk.house.client, desk.one.headers, things)
    for path in ("accounts", "totals", "alarms", "trial-balances", f"transfers/{mine.id}"):
        assert (await desk.one.get(f"/api/v1/admin/ledger/{path}")).status == 403
        assert (await desk.house.client.get(f"/api/v1/admin/ledger/{path}")).status == 401


async def test_staff_see_the_whole_of_the_books(desk: Desk) -> None:
    staff = await desk.house.person(access_model.Role.STAFF, P.PLATFORM_FINANCES)
    paid = desk.transfer(desk.house_cash, desk.cash, 5_000_000)
    await desk.post(paid)
    await desk.post(desk.transfer(desk.others, desk.house_cash, 1, flags=model.Flag.RECORDED))
    base = "/api/v1/admin/ledger"
    assert [each["kind"] for each in (await staff.get(f"{base}/accounts")).json] == ["bank", "bank"]
    assert len((await staff.get(f"{base}/accounts?owner={desk.one.account}")).json) == 2
    assert len((await staff.get(f"{base}/accounts/{desk.cash.id}/movements")).json["items"]) == 1
    assert (await staff.get(f"{base}/accounts/{bola.MISSING}/movements")).status == 404
    shown = (await staff.get(f"{base}/transfers/{paid.id}")).json
    assert shown["transfer"]["debit"] == str(desk.house_cash.id)
    assert (await staff.get(f"{base}/totals")).json[0] == {
        "asset": "USD", "accounts": 3, "debits": "5.000001", "credits": "5.000001", "debits_pending": "0.000000",
        "credits_pending": "0.000000",
    }  # fmt: skip
    alarm = (await staff.get(f"{base}/alarms")).json["items"]
    assert [(each["account"], each["reason"]) for each in alarm] == [(str(desk.others.id), "exceeds_credits")]
    day = houses.NOON.date()
    await trials.draw(desk.worker, day, houses.NOON + timedelta(days=2))
    assert [each["day"] for each in (await staff.get(f"{base}/trial-balances")).json] == [str(day)]
    assert (await staff.get(f"{base}/trial-balances/{day}")).json[0]["debits"] == "5.000001"
    assert (await staff.get(f"{base}/trial-balances/2020-01-01")).code == "ledger_trial_unknown"


def line(desk: Desk, **more: Any) -> dict[str, Any]:
    return {
        "id": str(desk.house.ids.ref()), "debit": str(desk.house_cash.id), "credit": str(desk.cash.id), "asset": "USD",
        "amount": "5.000000", "code": 7,
    } | more  # fmt: skip


async def test_by_hand_one_proposes_and_another_approves(desk: Desk) -> None:
    first = await desk.house.person(access_model.Role.STAFF, P.WALLET_MANAGE)
    second = await desk.house.person(access_model.Role.STAFF, P.WALLET_MANAGE)
    answer = await first.send("POST", POSTINGS, {"transfers": [line(desk)]})
    assert answer.status == 202, answer
    digest = answer.json["proposal"]
    assert (await desk.one.get("/api/v1/balances")).json[0]["total"] == "0.000000"
    assert (await first.approves(digest)).status >= 400
    assert (await second.approves(digest)).status == 200
    assert (await second.approves(digest)).status >= 400
    assert (await desk.one.get("/api/v1/balances")).json[0]["total"] == "5.000000"
    told = await desk.house.entries(acts.PostedByHand)
    assert [(each.first, each.second) for each in told] == [(first.account, second.account)]


async def test_what_the_ledger_refuses_leaves_the_proposal_open(desk: Desk) -> None:
    first = await desk.house.person(access_model.Role.STAFF, P.WALLET_MANAGE)
    second = await desk.house.person(access_model.Role.STAFF, P.WALLET_MANAGE)
    beyond = line(desk, debit=str(desk.cash.id), credit=str(desk.house_cash.id))
    digest = (await first.send("POST", POSTINGS, {"transfers": [beyond]})).json["proposal"]
    refused = await second.approves(digest)
    assert (refused.status, refused.code, refused.json["facts"]["reason"]) == (
        409,
        "ledger_not_posted",
        "exceeds_credits",
    )
    await desk.post(desk.transfer(desk.house_cash, desk.cash, 5_000_000))
    assert (await second.approves(digest)).status == 200


async def test_no_amount_is_rounded_at_the_door(desk: Desk) -> None:
    staff = await desk.house.person(access_model.Role.STAFF, P.WALLET_MANAGE)
    for text, code in REFUSED.items():
        euros = line(desk, debit=str(desk.house_euro.id), credit=str(desk.euro.id), asset="EUR", amount=text)
        answer = await staff.send("POST", POSTINGS, {"transfers": [euros]})
        expected = {code} if 0 < len(text) <= 64 else {"validation_failed", "invalid_request", "invalid"}
        assert (answer.status, answer.code in expected) == (400, True), (text, answer)
    assert not await desk.house.superuser.fetchval("SELECT count(*) FROM access_proposal")


BAD: tuple[dict[str, Any], ...] = (
    {"amount": 5}, {"amount": 5.5}, {"amount": None}, {"asset": "XYZ"}, {"code": 0}, {"code": 70000}, {"id": "x"},
    {"debit": None}, {"more": 1}, {"effective_at": "2026-01-01T00:00:00"}, {"linked": "yes"},
)  # fmt: skip


async def test_a_malformed_posting_is_refused_whole(desk: Desk) -> None:
    staff = await desk.house.person(access_model.Role.STAFF, P.WALLET_MANAGE)
    for bad in BAD:
        answer = await staff.send("POST", POSTINGS, {"transfers": [line(desk), line(desk, **bad)]})
        assert answer.status == 400, (bad, answer)
    assert not await desk.house.superuser.fetchval("SELECT count(*) FROM access_proposal")


def test_an_act_reads_back_as_the_transfers_it_was_made_from() -> None:
    made = model.Transfer(
        UUID(int=1), UUID(int=2), UUID(int=3), 4, 5, 6, 512, effective_at=houses.NOON, cause=model.Cause.BY_HAND
    )
    act = acts.act([made])
    assert acts.transfers(records.decode(records.encode(act), access_model.Act)) == [made]
    assert re.fullmatch(r"[0-9a-f]{64}", acts.digest(act).hex())
