"""The stand-in itself: it can be had again from its seed, its markets live by script, and it verifies what it is sent."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner

from boundary.kernel import clock
from execution_stack import cli
from execution_stack.venues.adapters.kalshi import signing
from execution_stack.venues.simulators.kalshi import catalogue, lives, rows, server, signatures
from execution_stack.venues.simulators.kalshi.exchange import Asked
from tests.execution.venues import kalshi

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
TICKER = "KXRAINCMB-27JAN01-T10"


def _server(seed: int = 7) -> tuple[server.Server, clock.ManualClock]:
    time = clock.ManualClock(START)
    return server.Server(seed, time), time


def test_the_same_seed_is_the_same_exchange() -> None:
    def lived(seed: int) -> tuple[Any, ...]:
        exchange, time = _server(seed)
        exchange.step()
        for number in range(30):
            time.advance(timedelta(seconds=1))
            price = (40 + number % 20) * 10_000
            exchange.exchange.place(Asked(TICKER, f"c{number}", "bid", 300, price, "good_till_canceled", "maker"))
            exchange.step()
        return rows.dump(exchange.exchange), rows.book(exchange.exchange.markets[TICKER])

    assert lived(1) == lived(1)
    assert lived(1) != lived(2)


def test_a_market_of_the_quick_series_lives_and_ends_by_itself() -> None:
    exchange, time = _server()
    exchange.quick = catalogue.Quick(exchange.exchange, 60_000_000)
    seen: dict[str, list[str]] = {}
    for _ in range(60 * 15):
        time.advance(timedelta(seconds=1))
        exchange.quick.step()
        lives.step(exchange.exchange)
        for market in exchange.exchange.markets.values():
            states = seen.setdefault(market.ticker, [])
            if not states or states[-1] != market.status:
                states.append(market.status)
    assert seen["KXQUICK-000001"] == ["active", "closed", "determined", "finalized"]
    ended = [
        each for each in exchange.exchange.markets.values() if each.status == "finalized" and "QUICK" in each.ticker
    ]
    assert {each.script.result for each in ended} == {"yes", "no", "scalar", "void"}
    assert seen[TICKER] == ["active"]


def test_what_is_over_does_not_pile_up() -> None:
    exchange, time = _server()
    exchange.quick = catalogue.Quick(exchange.exchange, 1_000_000)
    for _ in range(300):
        time.advance(timedelta(seconds=1))
        exchange.step()
    assert len(exchange.exchange.markets) < catalogue.KEPT + 20
    assert len(exchange.exchange.orders) == sum(len(each.book.orders()) for each in exchange.exchange.markets.values())


def test_a_group_that_matches_too_much_is_cancelled_and_closed_until_it_is_reset() -> None:
    exchange, _ = _server()
    group = exchange.exchange.groups.setdefault("g", server.orders.Group("g", 250))
    for number in range(3):
        exchange.exchange.place(
            Asked(TICKER, f"c{number}", "bid", 200, 300_000, "good_till_canceled", "maker", group="g")
        )
    exchange.makers.take(TICKER, "ask", 300_000, 300)
    assert group.triggered
    assert {each.status for each in exchange.exchange.mine} == {"executed", "canceled"}
    assert exchange.exchange.resting == {}


async def test_a_signature_over_the_query_is_refused(exchange: kalshi.Exchange) -> None:
    signer = exchange.ring.signer
    path, time = "/trade-api/v2/portfolio/fills", clock.SystemClock()
    async with aiohttp.ClientSession() as session:
        for signed, status in ((path, 200), (f"{path}?limit=5", 401), ("/portfolio/fills", 401)):
            headers = await signing.headers(signer, time, "GET", signed)
            async with session.get(f"{exchange.url}{path}?limit=5", headers=headers) as answer:
                assert answer.status == status, signed
        headers = await signing.headers(signer, time, "GET", path)
        for name in (signatures.KEY, signatures.TIMESTAMP, signatures.SIGNATURE):
            async with session.get(f"{exchange.url}{path}", headers={**headers, name: "nonsense"}) as answer:
                assert answer.status == 401, name


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"ticker": "KXRAINCMB-27JAN01-T10"}',
        b'{"ticker": "KXRAINCMB-27JAN01-T10", "side": "bid", "count": 1, "price": 0.5}',
        b'{"ticker": "X", "side": "bid", "count": "1", "price": "0.5", "time_in_force": "GTT"}',
    ],
)
async def test_rubbish_is_refused_with_a_code_and_leaves_nothing(clean: kalshi.Exchange, body: bytes) -> None:
    path = "/trade-api/v2/portfolio/events/orders"
    before = (await clean.dump())["orders"]
    headers = await signing.headers(clean.ring.signer, clock.SystemClock(), "POST", path)
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{clean.url}{path}", data=body, headers=headers) as answer,
    ):
        told = await answer.json()
        assert (answer.status, bool(told.get("code") or told["error"]["code"])) == (400, True)
    assert (await clean.dump())["orders"] == before


def test_a_key_is_made_and_shown_at_the_command_line(tmp_path: Path) -> None:
    file = str(tmp_path / "our.pem")
    made = CliRunner().invoke(cli.main, ["venue", "new-key", file])
    shown = CliRunner().invoke(cli.main, ["venue", "public-key", file])
    assert (made.exit_code, shown.exit_code) == (0, 0)
    assert made.stdout == shown.stdout
    assert made.stdout.startswith("-----BEGIN PUBLIC KEY-----")
    again = CliRunner().invoke(cli.main, ["venue", "new-key", file])
    assert again.exit_code != 0
    assert "PRIVATE" not in made.stdout + again.output


async def test_the_stand_in_is_started_by_hand(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    public = kalshi.make_key(tmp_path, "demo-1")
    (tmp_path / "mine" / "demo-1.public.pem").write_bytes(public)
    port = kalshi._free()
    command = [sys.executable, "-c", "from execution_stack import cli; cli.main()", "venue", "sim"]
    process = await asyncio.create_subprocess_exec(
        *command, "--port", str(port), "--keys", str(tmp_path / "mine"), "--quick-seconds", "60", cwd=kalshi.ROOT
    )
    try:
        await asyncio.to_thread(kalshi._wait, port, process)
        ring = signing.Ring(signing.FileKey("demo-1", tmp_path / "demo-1.pem"))
        async with kalshi.Exchange(f"http://127.0.0.1:{port}", tmp_path, ring).speaking() as venue:
            assert (await venue.balance()).available == server.state.MONEY
            names = [each.ticker for each in (await venue.markets()).items]
            assert "KXQUICK-000001" in names
    finally:
        process.terminate()
        await process.wait()


def test_what_it_can_be_told_is_said() -> None:
    command = [sys.executable, "-m", "execution_stack.venues.simulators.kalshi", "--help"]
    told = subprocess.run(command, capture_output=True, check=True, cwd=kalshi.ROOT, text=True)
    assert "--window-ms" in told.stdout
