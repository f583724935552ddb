"""Money that came in: credited by its reference, or in suspense until two people say whose it is; never twice."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_stack.ledger import model as ledger
from customer_stack.payments.formats import standard_webhooks
from customer_stack.payments.model import deposits as model
from customer_stack.payments.model import entries
from customer_stack.payments.model.deposits import ImportState, State
from customer_stack.payments.model.hooks import BadEvent, Seen
from customer_stack.payments.rules import references
from customer_stack.payments.service import deposits, hearing, importing, reconsidering
from customer_stack.payments.simulators.providers.server import Fate
from tests.customer.payments.conftest import EUR, LKR, NOW, WEBHOOK_SECRET, House

SOMEBODY = UUID(int=5)
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId>
<CreDtTm>2026-03-01T10:00:00Z</CreDtTm></GrpHdr><Stmt><Id>{id}</Id><Acct><Id><Othr><Id>7010-001-1234567890</Id></Othr></Id>
<Ccy>{currency}</Ccy></Acct>"""
TAIL = "</Stmt></BkToCstmrStmt></Document>"
ENTRY = (
    '<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts><BookgDt><Dt>'
    "2026-03-01</Dt></BookgDt><ValDt><Dt>2026-03-01</Dt></ValDt><AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls><TxDtls>"
    "<Refs><EndToEndId>{end}</EndToEndId></Refs><RltdPties><Dbtr><Pty><Nm>Grace Example</Nm></Pty></Dbtr></RltdPties>"
    "<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
)


def entry(text: str, amount: str = "12.50", reference: str = "B1", **more: str) -> str:
    values = {"currency": "EUR", "sign": "CRDT", "status": "BOOK", "end": "NOTPROVIDED"} | more
    return ENTRY.format(text=text, amount=amount, reference=reference, **values)


def statement(entries_: Sequence[str], id_: str = "S1", currency: str = "EUR") -> bytes:
    return (HEAD.format(id=id_, currency=currency) + "".join(entries_) + TAIL).encode()


async def taken(house: House, data: bytes) -> model.Import:
    kept = await importing.take(house.db, house.pay, "bank", data, UUID(int=5))
    assert await importing.read(house.db, house.pay, kept.id)
    return await house.db.read("t", lambda tx: importing.show(tx, kept.id))


async def reference(house: House, account: UUID, currency: str = "EUR", provider: str = "bank") -> str:
    made = await house.db.run("t", lambda tx: deposits.reference(tx, house.pay, account, currency, provider, ""))
    return made.reference


@settings(deadline=None)
@given(st.binary(min_size=9, max_size=9))
def test_a_reference_is_found_however_its_payer_spaces_it(chance: bytes) -> None:
    made = references.make(chance)
    assert references.is_one(made)
    spaced = " ".join(made[at : at + 4] for at in range(0, len(made), 4))
    for text in (made, made.lower(), spaced, f"invoice {spaced} thanks", f"x{made}y"):
        assert references.found([text]) == [made] or text[0] == "x"


@settings(deadline=None)
@given(st.binary(min_size=9, max_size=9), st.integers(2, 17), st.data())
def test_a_mistyped_reference_is_none(chance: bytes, place: int, data: st.DataObject) -> None:
    made = references.make(chance)
    alike = "0123456789" if made[place].isdigit() else "ABCDEFGHJKMNPQRSTVWXYZ"
    letter = data.draw(st.sampled_from(alike).filter(lambda each: each != made[place]))
    assert references.found([made[:place] + letter + made[place + 1 :]]) == []


async def test_a_statement_credits_by_reference_and_holds_the_rest_in_suspense(house: House) -> None:
    one, two = await house.customer(amount=1), await house.customer(amount=1)
    first, second = await reference(house, one), await reference(house, two)
    data = statement(
        [
            entry(first, "12.50", "B1"),
            entry(f"for {second.lower()}", "7.00", "B2"),
            entry("rent", "3.00", "B3"),
            entry(f"{first} or {second}", "4.00", "B4"),
            entry(first, "9.00", "B5", sign="DBIT"),
            entry(first, "8.00", "B6", status="PDNG"),
            entry(first, "5.00", "B7", currency="USD"),
        ]
    )
    found = await taken(house, data)
    assert (found.state, found.lines, found.booked, found.suspense, found.passed) == (ImportState.DONE, 7, 2, 3, 2)
    assert [await house.balance(each) for each in (one, two)] == [(1251, 0), (701, 0)]
    assert await house.house(ledger.Kind.SUSPENSE) == 700
    listed = await house.db.read("t", lambda tx: deposits.suspense(tx, None, 9))
    assert {each.amount: each.why for each in listed if each.asset == EUR.number} == {
        300: "no_reference",
        400: "reference_unknown",
    }
    assert [each.why for each in listed if each.asset != EUR.number] == ["other_currency"]
    who = await house.db.read("t", lambda tx: deposits.remitter(tx, house.pay, listed[0].id))
    assert who == "Grace Example"
    await house.verified()


async def test_the_same_file_is_taken_once_and_the_same_line_booked_once(house: House) -> None:
    one = await house.customer(amount=1)
    text = await reference(house, one)
    data = statement([entry(text)])
    await taken(house, data)
    with pytest.raises(model.AlreadyImported):
        await importing.take(house.db, house.pay, "bank", data, UUID(int=5))
    again = await taken(house, statement([entry(text), entry(text, "1.00", "B2")], "S2"))
    assert (again.booked, again.passed) == (1, 1)
    assert await house.balance(one) == (1 + 1250 + 100, 0)


async def test_a_line_of_a_webhook_is_not_booked_again_by_the_statement(house: House) -> None:
    one = await house.customer(amount=1)
    text = await reference(house, one)
    body = (
        '{"account":"7010-001-1234567890","reference":"B1","currency":"EUR","amount":"12.50","value_date":"2026-03-01",'
        f'"remittance":"{text}"}}'
    ).encode()
    headers = standard_webhooks.headers(WEBHOOK_SECRET, "msg_1", house.time.now(), body)
    assert await hearing.hear(house.db, house.pay, "bank", headers, body) == Seen.APPLIED
    assert await hearing.hear(house.db, house.pay, "bank", headers, body) == Seen.REPEATED
    found = await taken(house, statement([entry(text)]))
    assert (found.booked, found.passed) == (0, 1)
    assert await house.balance(one) == (1251, 0)


async def test_what_is_forged_stale_or_unknown_has_no_effect_and_leaves_evidence(house: House) -> None:
    body = b'{"account":"A","reference":"B","currency":"EUR","amount":"1.00","value_date":"2026-03-01"}'
    good = standard_webhooks.headers(WEBHOOK_SECRET, "msg_1", house.time.now(), body)
    old = standard_webhooks.headers(WEBHOOK_SECRET, "msg_1", house.time.now() - timedelta(minutes=6), body)
    other = standard_webhooks.headers("whsec_" + "B" * 43 + "=", "msg_1", house.time.now(), body)
    malformed = standard_webhooks.headers(WEBHOOK_SECRET, "msg_2", house.time.now(), b"{}")
    for headers, sent, seen in (
        ({}, body, Seen.FORGED),
        (other, body, Seen.FORGED),
        (good, body + b" ", Seen.FORGED),
        (good | {"webhook-id": "msg_9"}, body, Seen.FORGED),
        (old, body, Seen.STALE),
        (malformed, b"{}", Seen.MALFORMED),
    ):
        with pytest.raises(BadEvent) as refused:
            await hearing.hear(house.db, house.pay, "bank", headers, sent)
        assert refused.value.seen is seen
    kept = await house.db.read("t", lambda tx: hearing.evidence(tx, "bank", None, 99))
    assert [each.seen for each in kept] == [Seen.MALFORMED, Seen.STALE, *[Seen.FORGED] * 4]
    assert len(await house.entries(entries.EventRefused)) == 6
    assert await house.db.read("t", lambda tx: deposits.suspense(tx, None, 9)) == []


async def test_an_event_of_a_payment_that_we_do_not_know_is_kept_and_can_be_applied_later(house: House) -> None:
    one = await house.customer()
    made = await house.withdraw(one, await house.beneficiary(one))
    await house.send(made.id)
    raw = await house.schema.superuser()
    await raw.execute("UPDATE withdrawal SET provider = 'elsewhere'")
    done = house.server.settle(made.id.hex, Fate.COMPLETED)
    assert await hearing.hear(house.db, house.pay, "currencycloud", *done) == Seen.UNKNOWN_PAYMENT
    assert (await house.show(made.id)).state.value == "submitted"
    await raw.execute("UPDATE withdrawal SET provider = 'currencycloud'")
    await raw.close()
    assert await house.db.run("t", lambda tx: hearing.replay(tx, house.pay, "currencycloud", 0)) == (1, 1)
    assert (await house.show(made.id)).state.value == "completed"
    assert await house.db.run("t", lambda tx: hearing.replay(tx, house.pay, "currencycloud", 0)) == (1, 1)
    await house.verified()


async def test_money_that_came_to_a_virtual_account_finds_its_owner(house: House) -> None:
    one = await house.customer(amount=1)
    external = await house.pay.providers["currencycloud"].open_account(house.ids.ref(), "EUR")
    assert external
    await house.db.run("t", lambda tx: deposits.reference(tx, house.pay, one, "EUR", "currencycloud", external))
    headers, body = house.server.funds(external, "25.00", "EUR", "gift")
    assert await hearing.hear(house.db, house.pay, "currencycloud", headers, body) == Seen.APPLIED
    assert await house.balance(one) == (2501, 0)


async def test_who_may_not_be_credited_waits_in_suspense(house: House) -> None:
    one = await house.customer(amount=1)
    house.clearance.refused.add(one)
    found = await taken(house, statement([entry(await reference(house, one))]))
    assert (found.booked, found.suspense) == (0, 1)
    (waiting,) = await house.db.read("t", lambda tx: deposits.suspense(tx, None, 9))
    assert (waiting.why, waiting.account, waiting.intended) == ("clearance_refused", None, one)


@pytest.mark.parametrize("state", [State.RELEASED, State.RETURNED])
async def test_money_leaves_suspense_once(house: House, state: State) -> None:
    one = await house.customer(amount=1)
    await taken(house, statement([entry("rent")]))
    (waiting,) = await house.db.read("t", lambda tx: deposits.suspense(tx, None, 9))
    to = one if state is State.RELEASED else None

    async def resolve() -> None:
        async def work(tx: object) -> None:
            found = await deposits.in_suspense(tx, waiting.id)  # type: ignore[arg-type]  # a transaction
            await deposits.resolve(tx, house.pay, found, state, to)  # type: ignore[arg-type]  # likewise

        await house.db.run("t", work)

    results = await asyncio.gather(*(resolve() for _ in range(20)), return_exceptions=True)
    assert [type(each) for each in results if each is not None] == [model.NotInSuspense] * 19
    assert await house.house(ledger.Kind.SUSPENSE) == 0
    assert (await house.balance(one))[0] == (1251 if to else 1)
    assert await house.house(ledger.Kind.PAYABLE) == (0 if to else 1250)
    await house.verified()


@pytest.mark.parametrize(
    "data, reason",
    [
        (statement([entry("x")])[:-30], "truncated"),
        (statement([entry("x"), entry("x", "1.001")]), "amount_too_fine"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><Document/>", "entities"),
        (b"not a statement", "malformed"),
    ],
)
async def test_a_broken_statement_is_refused_whole(house: House, data: bytes, reason: str) -> None:
    found = await taken(house, data)
    assert (found.state, found.reason, found.lines) == (ImportState.REFUSED, reason, 0)
    assert await house.db.read("t", lambda tx: deposits.suspense(tx, None, 9)) == []


async def test_an_import_goes_on_where_it_stopped(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deposits, "AT_ONCE", 10)
    monkeypatch.setattr(importing, "PART", 2048)
    one = await house.customer(amount=1)
    text = await reference(house, one)
    data = statement([entry(text, "1.00", f"B{n}") for n in range(95)])
    kept = await importing.take(house.db, house.pay, "bank", data, UUID(int=5))
    done: list[int] = []
    stops = 0
    while not await importing.read(house.db, house.pay, kept.id, until=NOW, progress=done.append):
        stops += 1
    found = await house.db.read("t", lambda tx: importing.show(tx, kept.id))
    assert (stops, done[:3], found.booked, found.state) == (9, [10, 20, 30], 95, ImportState.DONE)
    assert await house.balance(one) == (9501, 0)
    await house.verified()


async def test_a_statement_completes_and_returns_what_a_plain_bank_was_handed(house: House) -> None:
    house.pay = house.pay._replace(policy=house.pay.policy.__class__(country="LK", approval_above={"LKR": 10**12}))
    one = await house.customer(LKR)
    payee = await house.beneficiary(one, "LKR", "LK", lk_account="7056-001-1234567890")
    made = await house.withdraw(one, payee, "500.00")
    assert (await house.send(made.id)).state.value == "submitted"
    assert (house.folder / "outbox" / f"{made.id.hex}.xml").exists()
    out = entry("", "500.00", "B1", currency="LKR", sign="DBIT", end=made.id.hex)
    await taken(house, statement([out], "S1", "LKR"))
    assert (await house.show(made.id)).state.value == "completed"
    assert await house.balance(one, LKR) == (1_000_00 - 500_00 - 25_00, 0)
    back = entry("", "500.00", "B2", currency="LKR", end=made.id.hex)
    await taken(house, statement([back], "S2", "LKR"))
    assert (await house.show(made.id)).state.value == "returned"
    assert await house.balance(one, LKR) == (1_000_00 - 25_00, 0)
    await house.verified()


async def test_money_in_a_currency_that_nobody_held_is_booked_all_the_same(house: House) -> None:
    """A statement is read where currencies may be registered; a webhook's money waits for that, and is not lost."""
    found = await taken(house, statement([entry("rent", "3.00", "B1", currency="CHF")], currency="CHF"))
    assert (found.state, found.suspense) == (ImportState.DONE, 1)
    body = b'{"account":"A","reference":"B9","currency":"SEK","amount":"5.00","value_date":"2026-03-01","remittance":"gift"}'
    headers = standard_webhooks.headers(WEBHOOK_SECRET, "msg_9", house.time.now(), body)
    assert await hearing.hear(house.db, house.pay, "bank", headers, body) == Seen.NOT_HELD
    assert len(await house.db.read("t", lambda tx: deposits.suspense(tx, None, 9))) == 1
    await asyncio.gather(*(reconsidering.due(house.db, house.pay, 60) for _ in range(4)))
    waiting = await house.db.read("t", lambda tx: deposits.suspense(tx, None, 9))
    assert sorted(each.amount for each in waiting) == [300, 500]
    assert await hearing.hear(house.db, house.pay, "bank", headers, body) == Seen.REPEATED
    kept = await house.db.read("t", lambda tx: hearing.evidence(tx, "bank", None, 9))
    assert [each.seen for each in kept] == [Seen.REPEATED, Seen.APPLIED]
    await house.verified()
