"""One conformance suite for every provider: what it takes, refuses, loses and says, over HTTP or through a folder."""

import base64
import json
import subprocess
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from customer_stack.payments import ports
from customer_stack.payments.formats import circle, currencycloud, openpayd, pain001
from customer_stack.payments.formats import circle as circle_format
from customer_stack.payments.formats import openpayd as openpayd_format
from customer_stack.payments.model.beneficiaries import Address, Details, Payee
from customer_stack.payments.model.hooks import BadEvent, Kind, Seen
from customer_stack.payments.model.payouts import Payout, Standing, Verdict
from customer_stack.payments.model.rails import Rail
from customer_stack.payments.simulators.providers import server
from customer_stack.payments.simulators.providers.server import Fate, How
from tests.customer.payments import conftest

PAYLOADS = Path(__file__).parent / "payloads"
HTTP = ["circle", "currencycloud", "openpayd"]
NOW = conftest.NOW
HOME = Address(country="DE", town="Berlin", street="A street")
PAYOUTS = {
    "bank": (Rail.CEFTS, "LKR", Details(lk_account="7056-001-1234567890")),
    "circle": (Rail.WIRE, "USD", Details(aba="021000021", account_number="12345678", address=HOME)),
    "currencycloud": (Rail.SEPA, "EUR", Details(iban=conftest.IBANS[0])),
    "openpayd": (Rail.SEPA, "EUR", Details(iban=conftest.IBANS[0])),
}


def payout(name: str, number: int = 1, **more: Any) -> Payout:
    rail, currency, details = PAYOUTS[name]
    values = {"minor": 12_50, "name": "Ada Example", "reference": "REF", "value_date": date(2026, 3, 3)} | more
    return Payout(
        id=UUID(int=number + (1 << 70), version=4), currency=currency, rail=rail, details=details,
        beneficiary=UUID(int=9), **values,
    )  # fmt: skip


@pytest.fixture
def providers(simulator: server.Server, tmp_path: Path) -> dict[str, ports.Provider]:
    return conftest.providers(simulator, tmp_path)


@pytest.fixture(params=sorted(PAYOUTS))
async def provider(request: pytest.FixtureRequest, providers: dict[str, ports.Provider]) -> Any:
    yield providers[request.param]
    for each in providers.values():
        await each.close()


@pytest.fixture(params=HTTP)
async def remote(request: pytest.FixtureRequest, providers: dict[str, ports.Provider]) -> Any:
    yield providers[request.param]
    for each in providers.values():
        await each.close()


async def test_a_payout_is_taken_once_however_often_it_is_sent(
    provider: ports.Provider, simulator: server.Server, tmp_path: Path
) -> None:
    wanted = payout(provider.name)
    first = await provider.send(wanted)
    assert first.verdict is Verdict.ACCEPTED
    again = await provider.send(wanted)
    assert again.verdict in {Verdict.ACCEPTED, Verdict.UNKNOWN}
    assert len(simulator.payments) + len(list((tmp_path / "outbox").iterdir())) == 1
    for external in ("", first.external):
        found = await provider.find(payout(provider.name, external=external))
        assert (found.standing, found.external) == (Standing.PENDING, first.external)


async def test_what_was_never_sent_is_not_there(provider: ports.Provider) -> None:
    assert (await provider.find(payout(provider.name, 77))).standing is Standing.NONE


async def test_every_rail_that_is_offered_is_one_of_the_table(provider: ports.Provider) -> None:
    assert provider.rails
    assert all(currencies for currencies in provider.rails.values())
    assert PAYOUTS[provider.name][1] in provider.rails[PAYOUTS[provider.name][0]]


@pytest.mark.parametrize(
    "how, verdict, taken",
    [
        (How.ERROR_BEFORE, Verdict.UNKNOWN, 0),
        (How.ERROR_AFTER, Verdict.UNKNOWN, 1),
        (How.SILENT_BEFORE, Verdict.UNKNOWN, 0),
        (How.SILENT_AFTER, Verdict.UNKNOWN, 1),
        (How.TIMEOUT, Verdict.UNKNOWN, 1),
        (How.NOT_JSON, Verdict.UNKNOWN, 1),
        (How.BUSY, Verdict.LATER, 0),
        (How.REFUSED, Verdict.REFUSED, 0),
    ],
)
async def test_every_way_to_fail_is_called_by_its_name(
    remote: ports.Provider, simulator: server.Server, how: How, verdict: Verdict, taken: int
) -> None:
    simulator.order(how)
    assert (await remote.send(payout(remote.name))).verdict is verdict
    assert len(simulator.payments) == taken
    found = await remote.find(payout(remote.name))
    assert found.standing is (Standing.PENDING if taken else Standing.NONE)


async def test_an_answer_that_never_comes_is_waited_for_with_an_end(simulator: server.Server) -> None:
    patient = conftest.currencycloud.Currencycloud(simulator.url, server.LOGIN, server.KEY, [], seconds=30)
    hasty = conftest.currencycloud.Currencycloud(simulator.url, server.LOGIN, server.KEY, [], seconds=1)
    simulator.order(How.HANGING)
    assert (await hasty.send(payout("currencycloud"))).verdict in {Verdict.UNKNOWN, Verdict.LATER}
    found = await patient.find(payout("currencycloud"))
    assert found.standing in {Standing.PENDING, Standing.NONE}
    await hasty.close()
    await patient.close()


async def test_a_token_that_ran_out_is_replaced_and_nothing_repeated(
    remote: ports.Provider, simulator: server.Server
) -> None:
    await remote.send(payout(remote.name))
    simulator.expire_tokens()
    assert (await remote.send(payout(remote.name, 2))).verdict is Verdict.ACCEPTED
    assert simulator.requests == 2


async def test_nobody_there_means_that_nothing_arrived(remote: ports.Provider, simulator: server.Server) -> None:
    await simulator.stop()
    assert (await remote.send(payout(remote.name))).verdict is Verdict.LATER
    assert (await remote.find(payout(remote.name))).standing is Standing.UNKNOWN
    await simulator.start()


@pytest.mark.parametrize("fate", Fate)
async def test_an_event_says_what_reading_back_says(
    remote: ports.Provider, simulator: server.Server, fate: Fate
) -> None:
    wanted = payout(remote.name)
    sent = await remote.send(wanted)
    headers, body = simulator.settle(wanted.key, fate)
    said = remote.event(headers, body, NOW)
    assert (said.kind, said.external) == (Kind.PAYOUT, sent.external)
    if fate is not Fate.RETURNED:
        assert said.standing == fate.value
        assert (await remote.find(payout(remote.name, external=sent.external))).standing.value == fate.value
    else:
        assert said.minor == 12_50


async def test_a_changed_or_unsigned_event_is_forged(remote: ports.Provider, simulator: server.Server) -> None:
    wanted = payout(remote.name)
    await remote.send(wanted)
    headers, body = simulator.settle(wanted.key, Fate.COMPLETED)
    changed = body.replace(b"12.50", b"99.50")
    assert changed != body
    for given, sent in ((headers, changed), (dict.fromkeys(headers, "AAAA"), body.replace(b'"Signature"', b'"S"'))):
        with pytest.raises(BadEvent) as refused:
            remote.event(given, sent, NOW)
        assert refused.value.seen in {Seen.FORGED, Seen.MALFORMED}


async def test_an_old_message_of_sns_is_stale(providers: dict[str, ports.Provider], simulator: server.Server) -> None:
    wanted = payout("circle")
    await providers["circle"].send(wanted)
    headers, body = simulator.settle(wanted.key, Fate.COMPLETED)
    with pytest.raises(BadEvent) as refused:
        providers["circle"].event(headers, body, NOW + timedelta(hours=2))
    assert refused.value.seen is Seen.STALE
    for each in providers.values():
        await each.close()


def test_openssl_agrees_about_signatures(simulator_keys: tuple[server.Server, Path]) -> None:
    """Whoever signs is not judged by our own code alone."""
    vendor, folder = simulator_keys
    data = b'{"id":"1"}'
    (folder / "key.pem").write_text(vendor.public_key)
    (folder / "data").write_bytes(data)
    (folder / "tag").write_bytes(base64.b64decode(vendor._rsa(data)))
    command = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "tag", "data"]
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
    mac = subprocess.run(
        ["openssl", "dgst", "-sha512", "-hmac", vendor.secret, "data"], cwd=folder, capture_output=True, check=True
    )
    assert mac.stdout.decode().split()[-1] == vendor._hmac(data)["x-hmac-digest-sha-512"]


@pytest.fixture
def simulator_keys(tmp_path: Path) -> tuple[server.Server, Path]:
    return server.Server(), tmp_path


def test_published_samples_are_read() -> None:
    """Written down from the vendors' documentation, with address and date in each file."""
    samples = {path.stem: json.loads(path.read_text()) for path in PAYLOADS.glob("*.json")}
    assert len(samples) >= 5
    assert all(each["source"].startswith("https://") and each["read_on"] for each in samples.values())

    def body(name: str) -> bytes:
        return json.dumps(samples[name]["payload"]).encode()

    signed = body("currencycloud_funding")
    mac = {currencycloud.SIGNATURE: currencycloud._digest("s", signed)}
    got = currencycloud.event(["s"], mac, signed)
    assert (got.kind, got.currency, got.minor) == (Kind.FUNDS, "EUR", 10_000_00)
    signed = body("currencycloud_pending")
    mac = {currencycloud.SIGNATURE: currencycloud._digest("s", signed)}
    assert currencycloud.event(["s"], mac, signed).kind is Kind.OTHER
    assert circle.found(200, body("circle_payout")).standing is Standing.PENDING
    assert circle.sent(201, body("circle_payout")).verdict is Verdict.ACCEPTED
    read = openpayd.found(200, body("openpayd_transaction"), "k")
    assert read.standing in {Standing.PENDING, Standing.COMPLETED}


async def test_the_banks_file_is_the_payout(providers: dict[str, ports.Provider], tmp_path: Path) -> None:
    wanted = payout("bank")
    await providers["bank"].send(wanted)
    (made,) = pain001.read((tmp_path / "outbox" / f"{wanted.key}.xml").read_bytes())
    (one,) = made.instructions
    assert (one.id, one.currency, one.minor, one.creditor.account) == (wanted.key, "LKR", 12_50, "7056-001-1234567890")
    (tmp_path / "outbox" / f"{wanted.key}.xml").rename(tmp_path / "refused" / f"{wanted.key}.xml")
    assert (await providers["bank"].find(wanted)).standing is Standing.FAILED
    assert (await providers["bank"].send(wanted)).verdict is Verdict.ACCEPTED  # it is there: never a second file
    assert not list((tmp_path / "outbox").iterdir())
    for each in providers.values():
        await each.close()


@pytest.mark.parametrize(
    "says, payee",
    [("match", Payee.MATCH), ("close_match", Payee.CLOSE), ("no_match", Payee.NO_MATCH), ("error", Payee.UNAVAILABLE)],
)
async def test_the_payees_bank_is_asked_about_a_name(simulator: server.Server, says: str, payee: Payee) -> None:
    simulator.payee = says
    asked = conftest.payee.HttpPayee(simulator.url, "k", seconds=30)
    assert await asked.check("Ada", Details(iban=conftest.IBANS[0]), "DE") is payee
    assert await asked.check("Ada", Details(lk_account="7056-001-1234567890"), "LK") is Payee.UNCHECKED
    await asked.close()


def test_a_list_that_does_not_show_ours_is_not_never_heard_of() -> None:
    """A filter that nobody heeds must not have a payment sent again."""
    other = {"id": "1", "type": "PAYOUT", "status": "COMPLETED", "reference": "other"}
    many = json.dumps({"content": [other], "totalElements": 250}).encode()
    assert openpayd_format.found(200, many, "ours").standing is Standing.UNKNOWN
    full = json.dumps({"content": [other] * openpayd_format.PAGE}).encode()
    assert openpayd_format.found(200, full, "ours").standing is Standing.UNKNOWN
    few = json.dumps({"content": [other], "totalElements": 1}).encode()
    assert openpayd_format.found(200, few, "ours").standing is Standing.NONE
    paid = {"id": "1", "status": "complete", "destination": {"id": "other"}}
    assert circle_format.found(200, json.dumps({"data": [paid]}).encode(), destination="ours").standing is (
        Standing.UNKNOWN
    )
    assert circle_format.found(200, b'{"data": []}', destination="ours").standing is Standing.NONE
