"""One suite over every provider and every feed: what each must do, and how each failure of the other side is judged."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

import aiohttp
import pytest

from boundary.kernel import clock, errors
from boundary.kernel.runtime import settings
from customer_stack.fx import model, ports
from customer_stack.fx.adapters import cbsl, currencycloud, ecb, http, openpayd
from customer_stack.fx.formats import cbsl as cbsl_wire
from customer_stack.fx.formats import currencycloud as cc_wire
from customer_stack.fx.formats import ecb as ecb_wire
from customer_stack.fx.formats import openpayd as op_wire
from customer_stack.fx.model import refusals
from customer_stack.fx.simulators import serving
from customer_stack.fx.simulators.cbsl import server as cbsl_server
from customer_stack.fx.simulators.currencycloud import server as cc_server
from customer_stack.fx.simulators.ecb import server as ecb_server
from customer_stack.fx.simulators.openpayd import server as op_server

PAYLOADS = Path(__file__).parent / "payloads"
NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)
DOLLAR, EURO = model.Pair("USD", "LKR"), model.Pair("EUR", "USD")
RATES = {"USDLKR": ("300.10", "301.20")}
Fault = serving.Fault
WANTED = model.Wanted(UUID("3f1d2c4b-0000-4000-8000-000000000005"), "LKR", "USD", model.Side.BUY, Decimal("250.00"))
PATIENCE = timedelta(milliseconds=400)


class Bench(NamedTuple):
    """A provider before its simulator; `orders` counts what that took."""

    provider: ports.Provider
    server: serving.Vendor
    orders: Callable[[], list[Any]]


def _address(server: serving.Vendor, login: str, password: str) -> http.Address:
    url = server.origin.replace("://", f"://{quote(login, safe='')}:{quote(password, safe='')}@")
    return http.address("SETTING", url, login=True)


async def _currencycloud(time: clock.Clock) -> Bench:
    server = cc_server.Server(RATES, time)
    await server.start()
    address = _address(server, cc_server.LOGIN, cc_server.KEY)
    return Bench(currencycloud.Currencycloud(address, time, patience=PATIENCE), server, lambda: server.conversions)


async def _openpayd(time: clock.Clock) -> Bench:
    server = op_server.Server(RATES, time)
    await server.start()
    address = _address(server, op_server.LOGIN, op_server.PASSWORD)
    return Bench(openpayd.OpenPayd(address, time, patience=PATIENCE), server, lambda: server.exchanges)


@pytest.fixture(params=[_currencycloud, _openpayd], ids=["currencycloud", "openpayd"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    made = await request.param(clock.ManualClock(NOON))
    yield made
    await made.provider.close()
    await made.server.stop()


class TestEveryProvider:
    async def test_the_six_methods_speak_of_the_same_market(self, bench: Bench) -> None:
        provider = bench.provider
        [info] = await provider.get_fx_pairs([DOLLAR, EURO])
        found = await provider.get_fx_quote(DOLLAR)
        rate = await provider.get_fx_rate("USD", "LKR")
        assert (info.pair, info.bid, info.ask, info.tradable) == (DOLLAR, Decimal("300.10"), Decimal("301.20"), True)
        assert (found.bid, found.ask, found.mid, found.at) == (
            Decimal("300.10"), Decimal("301.20"), Decimal("300.65"), NOON
        )  # fmt: skip
        assert rate.rate == Decimal("301.20")
        assert abs(rate.rate * rate.inverse - 1) < Decimal("1e-20")
        assert {each.currency: each.amount for each in await provider.get_fx_positions()}["USD"] == 1000

    async def test_an_order_is_filled_and_found_by_our_reference(self, bench: Bench) -> None:
        assert await bench.provider.find_fx_order(WANTED) is None
        fill = await bench.provider.create_fx_order(WANTED)
        assert (fill.reference, fill.sold, fill.bought) == (WANTED.reference, Decimal("75300.00"), Decimal("250.00"))
        assert await bench.provider.find_fx_order(WANTED) == fill
        other = WANTED._replace(reference=UUID(int=9 << 64 | 9))
        assert await bench.provider.find_fx_order(other) is None

    async def test_a_position_is_closed_by_selling_all_of_it(self, bench: Bench) -> None:
        fill = await bench.provider.close_fx_position(DOLLAR, WANTED.reference)
        assert (fill.sold, fill.bought) == (Decimal("1000.00"), Decimal("300100.00"))
        with pytest.raises(refusals.ProviderRefused):
            await bench.provider.close_fx_position(model.Pair("CHF", "LKR"), WANTED.reference)

    async def test_a_pair_that_is_not_traded_is_refused(self, bench: Bench) -> None:
        with pytest.raises(refusals.ProviderRefused):
            await bench.provider.get_fx_quote(model.Pair("GBP", "LKR"))

    @pytest.mark.parametrize("fault", [Fault.ERROR_BEFORE, Fault.SILENT_BEFORE])
    async def test_an_order_lost_on_its_way_is_unknown_and_not_found(self, bench: Bench, fault: Fault) -> None:
        bench.server.misbehave(fault, 1)
        with pytest.raises(refusals.OrderUnknown):
            await bench.provider.create_fx_order(WANTED)
        assert await bench.provider.find_fx_order(WANTED) is None
        assert bench.orders() == []

    @pytest.mark.parametrize("fault", [Fault.ERROR_AFTER, Fault.SILENT_AFTER, Fault.CUT_AFTER])
    async def test_an_order_whose_answer_is_lost_is_unknown_and_found(self, bench: Bench, fault: Fault) -> None:
        bench.server.misbehave(fault, 1)
        with pytest.raises(refusals.OrderUnknown):
            await bench.provider.create_fx_order(WANTED)
        fill = await bench.provider.find_fx_order(WANTED)
        assert fill is not None
        assert fill.bought == 250
        assert len(bench.orders()) == 1

    async def test_an_order_that_is_listed_twice_is_one(self, bench: Bench) -> None:
        fill = await bench.provider.create_fx_order(WANTED)
        bench.server.misbehave(Fault.LISTED_TWICE)
        assert await bench.provider.find_fx_order(WANTED) == fill

    async def test_two_orders_under_one_reference_are_nobodys_guess(self, bench: Bench) -> None:
        bench.server.misbehave(Fault.DONE_TWICE, 2)
        await bench.provider.create_fx_order(WANTED)
        assert len(bench.orders()) == 2
        with pytest.raises(refusals.OrderUnknown):
            await bench.provider.find_fx_order(WANTED)

    @pytest.mark.parametrize("fault", [Fault.GARBAGE, Fault.EMPTY, Fault.HUGE, Fault.LIMITED])
    async def test_an_answer_that_makes_no_sense_is_silence(self, bench: Bench, fault: Fault) -> None:
        bench.server.misbehave(fault)
        for asks in (bench.provider.get_fx_quote(DOLLAR), bench.provider.get_fx_positions()):
            with pytest.raises(refusals.ProviderSilent):
                await asks

    async def test_a_refusal_is_a_refusal(self, bench: Bench) -> None:
        bench.server.misbehave(Fault.REFUSED)
        with pytest.raises(refusals.ProviderRefused):
            await bench.provider.create_fx_order(WANTED)

    async def test_a_forgotten_token_is_renewed_once(self, bench: Bench) -> None:
        await bench.provider.get_fx_quote(DOLLAR)
        bench.server.misbehave(Fault.FORGETFUL, 1)
        await bench.provider.create_fx_order(WANTED)
        assert len(bench.orders()) == 1
        bench.server.misbehave(Fault.FORGETFUL)
        with pytest.raises(refusals.ProviderRefused):
            await bench.provider.get_fx_positions()

    async def test_nobody_there_is_silence_and_nothing_was_ordered(self, bench: Bench) -> None:
        await bench.server.stop()
        with pytest.raises(refusals.ProviderSilent):
            await bench.provider.create_fx_order(WANTED)


class Hearing(NamedTuple):
    feed: ports.Feed
    server: serving.Vendor
    pair: model.Pair
    bid: str
    ask: str


async def _cbsl(time: clock.Clock) -> Hearing:
    server = cbsl_server.Server({"USDLKR": ("297.5021", "304.4986")}, time)
    await server.start()
    feed = cbsl.CentralBank(http.address("SETTING", server.origin, login=False), time, patience=PATIENCE)
    return Hearing(feed, server, DOLLAR, "297.5021", "304.4986")


async def _ecb(time: clock.Clock) -> Hearing:
    server = ecb_server.Server({"EURUSD": ("1.0867", "1.0867"), "EURGBP": ("0.8355", "0.8355")}, time)
    await server.start()
    feed = ecb.EuroReference(http.address("SETTING", server.origin, login=False), time, patience=PATIENCE)
    return Hearing(feed, server, EURO, "1.0867", "1.0867")


async def _of_provider(made: Bench) -> Hearing:
    feed = made.provider
    assert isinstance(feed, currencycloud.Currencycloud | openpayd.OpenPayd)
    return Hearing(feed, made.server, DOLLAR, "300.10", "301.20")


@pytest.fixture(params=["currencycloud", "openpayd", "cbsl", "ecb"])
async def hearing(request: pytest.FixtureRequest) -> AsyncIterator[Hearing]:
    time = clock.ManualClock(NOON)
    match request.param:
        case "currencycloud":
            made = await _of_provider(await _currencycloud(time))
        case "openpayd":
            made = await _of_provider(await _openpayd(time))
        case "cbsl":
            made = await _cbsl(time)
        case _:
            made = await _ecb(time)
    yield made
    await made.feed.close()
    await made.server.stop()


class TestEveryFeed:
    async def test_it_says_what_its_source_publishes_and_where_from(self, hearing: Hearing) -> None:
        [said] = await hearing.feed.read([hearing.pair, model.Pair("NZD", "SEK")])
        assert (said.pair, said.bid, said.ask) == (hearing.pair, Decimal(hearing.bid), Decimal(hearing.ask))
        assert timedelta() <= NOON - said.as_of < timedelta(days=2)
        assert hearing.feed.source.origin == hearing.server.origin
        assert len(said.payload) == 32

    async def test_an_old_rate_says_how_old_it_is(self, hearing: Hearing) -> None:
        hearing.server.misbehave(Fault.STALE)
        [said] = await hearing.feed.read([hearing.pair])
        assert NOON - said.as_of >= timedelta(days=1)

    @pytest.mark.parametrize("fault", [Fault.GARBAGE, Fault.EMPTY, Fault.LIMITED])
    async def test_an_answer_that_makes_no_sense_is_silence(self, hearing: Hearing, fault: Fault) -> None:
        hearing.server.misbehave(fault)
        with pytest.raises(refusals.ProviderSilent):
            await hearing.feed.read([hearing.pair])

    async def test_nobody_there_is_silence(self, hearing: Hearing) -> None:
        await hearing.server.stop()
        with pytest.raises(refusals.ProviderSilent):
            await hearing.feed.read([hearing.pair])


async def test_a_crossed_rate_is_heard_as_it_was_said() -> None:
    for make in (_currencycloud, _openpayd):
        made = await _of_provider(await make(clock.ManualClock(NOON)))
        made.server.misbehave(Fault.CROSSED)
        [said] = await made.feed.read([DOLLAR])
        assert said.bid > said.ask
        await made.feed.close()
        await made.server.stop()


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def body(name: str) -> bytes:
    found = payload(name)["body"]
    return found.encode() if isinstance(found, str) else json.dumps(found).encode()


class TestPublishedPayloads:
    """What the vendors' own documents and recordings show is read as it is meant."""

    def test_currencycloud(self) -> None:
        euro = WANTED._replace(sell="GBP", buy="EUR")
        assert cc_wire.token(body("currencycloud_token")) == "6d4cf1640badfcc5a1454bb18980b0c3"
        assert cc_wire.rates(body("currencycloud_rates"))["GBPUSD"] == (Decimal("1.407700"), Decimal("1.408300"))
        assert cc_wire.detailed_rate(body("currencycloud_detailed"), "GBP", "USD") == Decimal("1.4089")
        assert cc_wire.detailed_rate(body("currencycloud_detailed"), "USD", "GBP") == Decimal("0.709773582227")
        fill = cc_wire.made(body("currencycloud_conversion"), euro)
        assert (fill.sold, fill.bought) == (Decimal("805.90"), Decimal("1000.00"))
        assert cc_wire.found(body("currencycloud_conversions"), euro) is None  # it has no reference
        assert cc_wire.balances(body("currencycloud_balances")) == [model.ProviderPosition("GBP", Decimal("1000.00"))]
        with pytest.raises(refusals.OrderUnknown):
            cc_wire.made(body("currencycloud_conversion"), WANTED)

    def test_openpayd(self) -> None:
        one, other = (op_wire.Account(f"5a0c1f3e-0000-4000-8000-00000000000{n}", "EUR", Decimal(0)) for n in (1, 2))
        asked = op_wire.asked(one, other, model.Side.SELL, Decimal(1000))
        assert json.loads(op_wire.encoded(asked)) == payload("openpayd_exchange_request")["body"]
        fill = op_wire.made(body("openpayd_exchange"), WANTED._replace(sell="EUR", buy="USD"))
        assert (fill.sold, fill.bought) == (Decimal("1000.0"), Decimal("1086.7"))

    def test_the_central_bank_of_sri_lanka(self) -> None:
        row = cbsl_wire.newest(body("cbsl_results"))["USD"]
        assert (row.buying, row.selling) == (Decimal("331.5003"), Decimal("340.9069"))
        assert row.at == datetime(2026, 7, 20, 4, tzinfo=UTC)

    def test_the_european_central_bank(self) -> None:
        day = ecb_wire.daily(body("ecb_daily"))
        assert ecb_wire.crossed(day, model.Pair("EUR", "USD")) == (Decimal("1.1289"), Decimal("1.1289"))
        low, high = ecb_wire.crossed(day, model.Pair("USD", "JPY")) or (Decimal(0), Decimal(0))
        assert low * Decimal("1.1289") <= Decimal("122.44") <= high * Decimal("1.1289")
        assert ecb_wire.crossed(day, model.Pair("USD", "LKR")) is None
        assert day.at == datetime(2019, 6, 13, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>",
        "<Cube><Cube time='2026-01-02'></Cube></Cube>",
        "<Cube><Cube time='tomorrow'><Cube currency='USD' rate='1'/></Cube></Cube>",
        "<Cube><Cube time='2026-01-02'><Cube currency='USD' rate='-1'/></Cube></Cube>",
        "<Cube><Cube time='2026-01-02'><Cube currency='USD' rate='NaN'/></Cube></Cube>",
        "<Cube><Cube time='2026-01-02'/><Cube time='2026-01-03'><Cube currency='USD' rate='1'/></Cube></Cube>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><Cube><Cube time='2026-01-02'><Cube currency='USD' rate='1'/></Cube></Cube>",
    ],
)
def test_a_file_of_reference_rates_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(refusals.ProviderSilent):
        ecb_wire.daily(text.encode())


@pytest.mark.parametrize(
    "row",
    [
        "",
        "<tr><td>2026-07-20</td><td>331</td></tr>",
        "<tr><td>20 July</td><td>331</td><td>340</td></tr>",
        "<tr><td>2026-07-20</td><td>0</td><td>340</td></tr>",
        "<tr><td>2026-07-20</td><td>n/a</td><td>340</td></tr>",
    ],
)
def test_a_page_of_rates_that_is_none_is_refused(row: str) -> None:
    with pytest.raises(refusals.ProviderSilent):
        cbsl_wire.newest(f"<h2>US Dollar</h2><table>{row}</table>".encode())


@pytest.mark.parametrize(
    "url, login",
    [
        ("http://vendor.example", False),
        ("https://vendor.example/path", False),
        ("https://a:b@vendor.example", False),
        ("https://vendor.example", True),
        ("ftp://vendor.example", False),
        ("vendor.example", False),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(url: str, login: bool) -> None:
    with pytest.raises(settings.SettingsError):
        http.address("SETTING", url, login=login)


async def test_each_simulator_is_a_process_of_its_own() -> None:
    """And can be told to misbehave from outside. The board's two sources are two processes with two origins."""
    ports_ = []
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports_.append(probe.getsockname()[1])
    names = ("currencycloud", "cbsl")
    children = [
        subprocess.Popen([sys.executable, "-m", f"customer_stack.fx.simulators.{name}", "--port", str(port)])  # noqa: ASYNC220 -- it returns at once
        for name, port in zip(names, ports_, strict=True)
    ]
    try:
        time = clock.SystemClock()
        feed = cbsl.CentralBank(http.address("S", f"http://127.0.0.1:{ports_[1]}", login=False), time)
        login = f"http://{quote(cc_server.LOGIN, safe='')}:{cc_server.KEY}@127.0.0.1:{ports_[0]}"
        provider = currencycloud.Currencycloud(http.address("S", login, login=True), time)
        [central] = await _patiently(feed)
        [quoted] = await _patiently(provider)
        assert (central.bid, quoted.bid) == (Decimal("297.5021"), Decimal("300.10"))
        assert feed.source.origin != provider.source.origin
        async with aiohttp.ClientSession() as session:
            await session.post(f"{provider.source.origin}/_simulator", json={"fault": "crossed"})
        assert (await provider.get_fx_quote(DOLLAR)).bid == Decimal("301.20")
        await feed.close()
        await provider.close()
    finally:
        for child in children:
            child.kill()
            child.wait()


async def _patiently(feed: ports.Feed) -> list[model.Observation]:
    for _ in range(200):
        try:
            return await feed.read([DOLLAR])
        except errors.Refusal:
            await asyncio.sleep(0.1)
    raise AssertionError("the simulator does not answer")
