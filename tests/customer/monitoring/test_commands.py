"""`customer-stack monitoring …` as an operator runs it."""

import asyncio
import json
import pathlib
from datetime import timedelta

from click.testing import CliRunner, Result

from boundary.kernel import clock, primitives
from customer_stack import cli
from customer_stack.monitoring.adapters import files
from tests import stacks
from tests.customer.monitoring.conftest import Town
from tests.customer.monitoring.test_goaml import GOOD

SEED = bytes(range(32))


async def run(schema: stacks.StackDatabase | None, *arguments: str, role: str = "customer_operator") -> Result:
    env = {"CUSTOMER_DATABASE_URL": schema.url(role)} if schema else {}
    return await asyncio.to_thread(CliRunner().invoke, cli.main, ["monitoring", *arguments], env=env)


async def test_rules_are_installed_shown_and_checked(bare: Town, tmp_path: pathlib.Path) -> None:
    none = await run(bare.schema, "rules", "show")
    assert (none.exit_code, "no rules in force" in none.output) == (1, True)
    assert (await run(bare.schema, "rules", "install", "LK")).output == "installed\n"
    assert "nothing was changed" in (await run(bare.schema, "rules", "install", "US")).output
    shown = await run(bare.schema, "rules", "show", role="customer_auditor")
    assert json.loads(shown.stdout) == json.loads(files.shipped("LK"))
    assert json.loads((await run(None, "rules", "show", "--shipped", "AE")).stdout)["jurisdiction"] == "AE"
    path = tmp_path / "rules.json"
    path.write_bytes(files.shipped("LU"))
    assert (await run(None, "rules", "check", str(path))).output.startswith("good: LU from 2025-01-01, 15 rules")
    path.write_bytes(files.shipped("LU").replace(b'"EUR"', b'"XXX"'))
    bad = await run(None, "rules", "check", str(path))
    assert bad.exit_code != 0
    assert "not an amount of XXX" in bad.output


async def test_a_back_test_of_the_rules_in_force_and_of_a_file(town: Town, tmp_path: pathlib.Path) -> None:
    now = clock.SystemClock().now()
    town.time.advance(now - town.time.now() - timedelta(days=1))
    owner = await town.customer()
    for _ in range(3):
        await town.moves(owner, 950_000_00)
    since = (now - timedelta(days=5)).strftime("%Y-%m-%d")
    found = json.loads((await run(town.schema, "backtest", "structuring-near", "--since", since)).output)
    assert (found["movements"], found["hits"], found["alerts"], found["accounts"]) == (3, 1, 1, 1)
    stricter = json.loads(files.shipped("LK"))
    for rule in stricter["rules"]:
        if rule["code"] == "structuring-near":
            rule["when"]["right"]["value"] = 2
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(stricter))
    again = await run(town.schema, "backtest", "structuring-near", "--since", since, "--rules", str(path))
    assert json.loads(again.output)["hits"] == 2
    assert (await run(town.schema, "backtest", "nowhere", "--since", since)).exit_code != 0
    assert await town.stored() == [], "a back-test alerts nobody"


async def test_a_reports_file_is_verified_by_the_key_that_is_given(tmp_path: pathlib.Path) -> None:
    path, data = tmp_path / "report.xml", GOOD.encode()
    path.write_bytes(data)
    signature, key = primitives.ed25519_sign(SEED, data).hex(), primitives.ed25519_public(SEED).hex()
    good = await run(None, "report", "verify", str(path), "--signature", signature, "--key", key)
    assert (good.exit_code, good.output) == (0, f"good: SHA-256 {primitives.sha256(data).hex()}\n")
    other = primitives.ed25519_public(bytes(32)).hex()
    for wrong in ((signature, other), ("00" * 64, key), ("zz", key), (signature, "00")):
        bad = await run(None, "report", "verify", str(path), "--signature", wrong[0], "--key", wrong[1])
        assert bad.exit_code != 0, wrong
        assert "BAD" in bad.output
    path.write_bytes(data.replace(b"STR", b"str"))
    assert (await run(None, "report", "verify", str(path), "--signature", signature, "--key", key)).exit_code != 0
