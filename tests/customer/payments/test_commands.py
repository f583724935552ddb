"""`customer-stack payments import`, as an operator runs it, and the file that names the providers."""

import json
import pathlib
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from boundary.kernel import clock, ids
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack import cli
from customer_stack.payments.adapters import opening
from customer_stack.payments.model.rails import Rail
from tests import stacks
from tests.customer.identity import house as houses
from tests.customer.payments import conftest
from tests.customer.payments.test_deposits import entry, statement

PROVIDERS = {
    "country": "LK",
    "approval_above": {"LKR": 300_000_000},
    "payee": {"url": "https://vop.example.com", "key": "k"},
    "currencycloud": {"url": "https://cc.example.com", "login": "l", "key": "k", "webhook_secrets": ["s"]},
    "openpayd": {"url": "https://op.example.com", "user": "u", "password": "p", "account": "a"},
    "circle": {"url": "https://c.example.com", "key": "k"},
    "bank": {"folder": "nowhere", "name": "House", "account": "7010-001-1234567890", "rails": {"cefts": ["LKR"]}},
}


def run(schema: stacks.StackDatabase, place: pathlib.Path, *words: str) -> Result:
    keys = place / "furnished"
    if not keys.exists():
        keys.mkdir()
        houses.furnish(keys, ids.SystemIds())
        (place / "providers.json").write_text(json.dumps(PROVIDERS))
    vault = next(path.parent for path in keys.rglob("index.key"))
    env = {
        "CUSTOMER_DATABASE_URL": schema.url("customer_operator"),
        "CUSTOMER_VAULT_KEYS": str(vault),
        "CUSTOMER_PAYMENT_PROVIDERS": str(place / "providers.json"),
    }
    return CliRunner().invoke(cli.main, ["payments", "import", *words], env=env)


def test_a_statement_is_handed_in_by_command_once(
    customer_schema: stacks.StackDatabase, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "statement.xml"
    file.write_bytes(statement([entry("rent", reference=f"B{n}") for n in range(300)]))
    first = run(customer_schema, tmp_path, "--provider", "bank", str(file))
    assert first.exit_code == 0, first.output
    assert UUID(first.stdout.strip())
    again = run(customer_schema, tmp_path, "--provider", "bank", str(file))
    assert (again.exit_code, "handed in before" in again.output) == (2, True)
    other = run(customer_schema, tmp_path, "--provider", "nobody", str(file))
    assert other.exit_code == 2


async def test_the_file_of_providers_makes_those_that_stand_in_it(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "providers.json"
    path.write_text(json.dumps(PROVIDERS))
    time, random = clock.ManualClock(conftest.NOW), ids.SeededIds(1)
    pay = opening.payments(path, conftest.vault(random, time), time, random)
    assert sorted(pay.providers) == ["bank", "circle", "currencycloud", "openpayd"]
    assert (pay.policy.country, pay.policy.approval_above) == ("LK", {"LKR": 300_000_000})
    assert pay.choose(Rail.CEFTS, "LKR").name == "bank"
    await opening.close(pay)


@pytest.mark.parametrize(
    "text",
    ["", "{}", '{"country": "LKA"}', '{"country": "LK", "unheard": 1}', '{"country": "LK", "bank": {}}', "[]"],
)
def test_a_file_of_providers_that_is_none_stops_the_process_with_one_line(tmp_path: pathlib.Path, text: str) -> None:
    path = tmp_path / "providers.json"
    path.write_text(text)
    with pytest.raises(kernel_settings.SettingsError) as refused:
        opening.read(path)
    assert "CUSTOMER_PAYMENT_PROVIDERS" in str(refused.value)
    with pytest.raises(kernel_settings.SettingsError):
        opening.read(tmp_path / "not-there")


@pytest.mark.parametrize("url", ["http://example.com", "ftp://example.com", "https://u:p@example.com", "example.com"])
def test_a_provider_is_spoken_to_over_tls_alone(url: str) -> None:
    with pytest.raises(kernel_settings.SettingsError):
        conftest.currencycloud.Currencycloud(url, "l", "k", [])
