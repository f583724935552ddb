"""`customer-stack fx …` as an operator runs it, the settings that it needs, and terms from a file."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from boundary.kernel import clock, ids
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack import cli, settings
from customer_stack.fx import jobs
from customer_stack.fx.adapters import files, opening
from customer_stack.fx.model import policy
from customer_stack.fx.service import hedging, house
from customer_stack.fx.simulators.cbsl import server as cbsl_server
from customer_stack.fx.simulators.currencycloud import server as cc_server
from tests import stacks
from tests.customer.fx import conftest

LOGIN = f"{cc_server.LOGIN.replace('@', '%40')}:{cc_server.KEY}@"


async def run(schema: stacks.StackDatabase, *arguments: str, role: str = "customer_auditor", **more: str) -> Result:
    env = {"CUSTOMER_DATABASE_URL": schema.url(role)} | more
    return await asyncio.to_thread(CliRunner().invoke, cli.main, ["fx", *arguments], env=env)


async def test_sources_are_heard_once_and_the_board_is_printed(customer_schema: stacks.StackDatabase) -> None:
    provider = cc_server.Server({"USDLKR": ("300.10", "301.20")})
    bank = cbsl_server.Server({"USDLKR": ("297.5021", "304.4986")})
    for server in (provider, bank):
        await server.start()
    env = {
        "CUSTOMER_FX_CURRENCYCLOUD_URL": provider.origin.replace("://", f"://{LOGIN}"),
        "CUSTOMER_FX_CBSL_URL": bank.origin,
    }
    empty = await run(customer_schema, "rates")
    assert (empty.exit_code, empty.output) == (1, "USD/LKR  none: fx_source_missing currencycloud\n")
    for source in ("currencycloud", "cbsl"):
        heard = await run(customer_schema, "feed", "once", source, role="customer_operator", **env)
        assert (heard.exit_code, heard.output) == (0, f"1 rates of {source} written down\n")
    shown = await run(customer_schema, "rates")
    assert shown.exit_code == 0
    assert shown.output.startswith("USD/LKR  300.10 / 301.20  currencycloud 20")
    assert shown.output.endswith("confirmed by cbsl\n")
    [line] = json.loads((await run(customer_schema, "rates", "--json")).output)
    assert line["witness"]["ask"] == "304.4986"
    unknown = await run(customer_schema, "feed", "once", "ecb", role="customer_operator", **env)
    assert unknown.exit_code == 2
    assert "there are: cbsl, currencycloud" in unknown.output
    for server in (provider, bank):
        await server.stop()
    silent = await run(customer_schema, "feed", "once", "cbsl", role="customer_operator", **env)
    assert silent.exit_code != 0
    assert "cannot be reached" in silent.output


async def test_a_quote_is_verified_without_any_setting(exchange: conftest.Exchange, tmp_path: Path) -> None:
    quote = await exchange.quote()
    path = tmp_path / "quote.json"
    path.write_text(json.dumps({"document": quote.document.decode(), "signature": quote.signature.hex()}))
    public = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"  # of 00, 01, … 1f, by RFC 8032
    arguments = ["fx", "verify-quote", str(path), "--public-key"]
    good = CliRunner().invoke(cli.main, [*arguments, public])
    assert good.exit_code == 0
    other = CliRunner().invoke(cli.main, [*arguments, "ab" * 32])
    assert other.exit_code == 1


async def test_the_worker_opens_what_is_missing_once(customer_schema: stacks.StackDatabase) -> None:
    db = await customer_schema.connect("customer_worker", size=2)
    random = ids.SeededIds(3)
    hedger = hedging.Hedger(policy.DEFAULT, {}, None, house.House(), random)
    handlers = jobs.Handlers(policy.DEFAULT, {}, hedger)
    for _ in range(2):
        await db.run("t", lambda tx: handlers.open(tx, jobs.Open()))
    known = await db.read("t", house.look)
    assert {code: (asset.number, asset.scale) for code, asset in known.assets.items()} == {
        "USD": (840, 6), "LKR": (144, 2)
    }  # fmt: skip
    assert {kind for kind, _ in known.accounts} == set(house.KINDS)
    assert len(known.accounts) == 2 * len(house.KINDS)
    await db.run("t", lambda tx: handlers.expire(tx, jobs.Expire()))
    await handlers.hedge(db, jobs.Hedge())
    await handlers.close()
    await db.close()


def config(**more: Any) -> settings.Settings:
    return settings.Settings(database_url=kernel_settings.Secret("x"), **more)


async def test_feeds_and_providers_are_those_that_have_an_address() -> None:
    time = clock.SystemClock()
    assert dict(opening.feeds(config(), time)) == {}
    named = config(
        fx_currencycloud_url=kernel_settings.Secret("https://a:b@cc.example"),
        fx_openpayd_url=kernel_settings.Secret("https://a:b@op.example"),
        fx_cbsl_url="https://cbsl.example",
        fx_ecb_url="https://ecb.example",
        fx_hedging="openpayd",
    )
    found = opening.feeds(named, time)
    assert {name: feed.source.origin for name, feed in found.items()} == {
        "currencycloud": "https://cc.example",
        "openpayd": "https://op.example",
        "cbsl": "https://cbsl.example",
        "ecb": "https://ecb.example",
    }
    assert set(opening.hedger(named, time, ids.SystemIds()).providers) == {"currencycloud", "openpayd"}
    with pytest.raises(kernel_settings.SettingsError, match="HEDGING"):
        opening.hedger(config(fx_hedging="openpayd"), time, ids.SystemIds())
    assert opening.desk(config(), ids.SystemIds()).seed is None


def test_terms_come_from_the_operators_file(tmp_path: Path) -> None:
    path = tmp_path / "terms.json"
    path.write_bytes(msgspec.json.encode(conftest.POLICY))
    assert files.read(path) == conftest.POLICY
    assert files.read(path).pairs[0].lifetime == timedelta(minutes=5)
    assert files.read(None) is policy.DEFAULT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"pairs": [], "pairs": []}',
        '{"tiers": {"individual_bp": 50, "business_bp": 30}, "pairs": []}',
        '{"tiers": {"individual_bp": -1, "business_bp": 30}, "pairs": []}',
        msgspec.json.encode(policy.Policy(conftest.POLICY.tiers, (conftest.TERMS, conftest.TERMS))).decode(),
    ],
)
def test_a_file_of_terms_that_cannot_be_kept_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "terms.json"
    path.write_text(text)
    with pytest.raises(kernel_settings.SettingsError) as caught:
        files.read(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(kernel_settings.SettingsError):
        files.read(tmp_path / "absent")
