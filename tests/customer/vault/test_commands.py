"""`customer-stack vault …`, as an operator runs it: in a process of its own settings, against a real database."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result

from boundary.kernel import ids, primitives, records
from customer_stack import cli
from customer_stack.branding import service as branding
from tests import stacks
from tests.customer import signing
from tests.customer.vault.conftest import INDEX_KEY, Guests, kek, made, with_guests

SEED = bytes(range(32))


class Console(NamedTuple):
    schema: stacks.StackDatabase
    folder: Path

    def given(self, **settings: str) -> dict[str, str]:
        return {
            "DATABASE_URL": self.schema.url("customer_operator"),
            "VAULT_KEYS": str(self.folder / "keys"),
            "AUDIT_KEY_FILE": str(self.folder / "audit.key"),
            "AUDIT_PUBLIC_KEYS": primitives.ed25519_public(SEED).hex(),
            **settings,
        }

    def run(self, *words: str, **settings: str) -> Result:
        env = {f"CUSTOMER_{name}": value for name, value in self.given(**settings).items()}
        return CliRunner().invoke(cli.main, ["vault", *words], env=env)

    def process(self, *words: str, role: str = "customer_operator", **settings: str) -> subprocess.Popen[str]:
        """A command in a process of its own."""
        given = self.given(**settings) | {"DATABASE_URL": self.schema.url(role)}
        return subprocess.Popen(
            [Path(sys.executable).with_name("customer-stack"), *words],
            env={name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
            | {f"CUSTOMER_{name}": value for name, value in given.items()},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def forget_erasures(self) -> None:
        """As a restore of an older backup would."""

        async def main() -> None:
            connection = await self.schema.superuser()
            await connection.execute("SET session_replication_role = replica; DELETE FROM erasure")
            await connection.close()

        asyncio.run(main())

    def must(self, *words: str) -> str:
        done = self.run(*words)
        assert done.exit_code == 0, done.output
        return done.output

    def signed(self, subject: str) -> list[str]:
        """The options that bring two operators' approval of an erasure."""
        refs = asyncio.run(signing.operators(self.schema))
        return signing.signed(self.folder, self.must("shred-statement", subject), refs)

    def register(self, *emails: str) -> list[str]:
        async def main(guests: Guests) -> list[str]:
            return [str(await guests.register(email)) for email in emails]

        return self.with_guests(main)

    def with_guests(self, work: Callable) -> list[str]:
        async def main() -> list[str]:
            db = await self.schema.connect("customer_worker")
            try:
                return await work(Guests(made(), db, ids.SystemIds()))
            finally:
                await db.close()

        return asyncio.run(main())


def write(path: Path, key: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(key.hex())
    path.chmod(0o600)


@pytest.fixture
def console(customer_schema: stacks.StackDatabase, tmp_path: Path) -> Console:
    asyncio.run(with_guests(customer_schema))
    for name, key in (("keys/kek.1.key", kek(1)), ("keys/index.key", INDEX_KEY), ("audit.key", SEED)):
        write(tmp_path / name, key)
    return Console(customer_schema, tmp_path)


def test_status_rewrap_and_status(console: Console) -> None:
    console.register("one@house.example", "other@house.example")
    write(console.folder / "keys" / "kek.2.key", kek(2))
    before = json.loads(console.must("status", "--json"))
    assert (before["subjects"], before["newest_kek"], before["keys"]) == (2, 2, {"1": 2})
    console.must("rewrap")
    assert json.loads(console.must("status", "--json"))["keys"] == {"2": 2}
    assert "key-encryption key 2: 2 data keys (newest)" in console.must("status")


def test_reencrypt_gives_one_subject_or_everybody_a_new_key_and_wakes_the_worker(console: Console) -> None:
    one, _ = console.register("one@house.example", "other@house.example")
    assert console.run("reencrypt").exit_code == 2
    assert "1 new data keys" in console.must("reencrypt", "--subject", one)
    assert json.loads(console.must("status", "--json"))["rotating"] == 1
    assert "0 new data keys" in console.must("reencrypt", "--older-than-days", "1")
    assert "2 new data keys" in console.must("reencrypt", "--older-than-days", "0")
    assert json.loads(console.must("status", "--json"))["rotating"] == 2

    async def promised(guests: Guests) -> list[str]:
        rows = await guests.db.run("test", lambda tx: tx.fetch("SELECT payload FROM job WHERE state = 'waiting'"))
        return [type(records.decode(row["payload"], records.Job)).__name__ for row in rows]

    assert console.with_guests(promised) == ["Reencrypt"] * 3


def test_shredding_takes_two_operators_who_signed_for_this_subject(console: Console) -> None:
    one, other = console.register("one@house.example", "other@house.example")
    both = console.signed(one)
    for refused in (("shred", one), ("shred", one, *both[:4]), ("shred", other, *both)):
        answer = console.run(*refused)
        assert (answer.exit_code, answer.stdout) == (2, "")
    assert json.loads(console.must("status", "--json"))["erased"] == 0
    assert one in console.must("shred", one, *both)
    found = json.loads(console.must("status", "--json"))
    assert (found["subjects"], found["erased"]) == (1, 1)


def test_a_ledger_is_exported_and_applied(console: Console) -> None:
    one, _ = console.register("one@house.example", "other@house.example")
    file = console.folder / "erasures.json"
    console.must("shred", one, *console.signed(one))
    console.must("export-erasures", str(file))
    assert [entry["subject"] for entry in json.loads(file.read_bytes())["entries"]] == [one]
    assert "1 erasures applied, 0 subjects had come back" in console.must("reapply-erasures", str(file))


@pytest.mark.parametrize("change", [lambda data: data.replace(b"operator", b"request"), lambda data: data[:-20]])
def test_a_changed_ledger_is_refused_in_one_line(console: Console, change: Callable[[bytes], bytes]) -> None:
    [one] = console.register("one@house.example")
    file = console.folder / "erasures.json"
    console.must("shred", one, *console.signed(one))
    console.must("export-erasures", str(file))
    file.write_bytes(change(file.read_bytes()))
    refused = console.run("reapply-erasures", str(file))
    assert refused.exit_code == 2
    assert len(refused.stderr.splitlines()) == 1


def test_a_ledger_needs_somebody_who_is_trusted_to_have_signed_it(console: Console) -> None:
    file = console.folder / "erasures.json"
    console.must("export-erasures", str(file))
    stranger = primitives.ed25519_public(bytes(reversed(SEED))).hex()
    write(console.folder / "other.key", bytes(reversed(SEED)))
    refused = console.run(
        "reapply-erasures",
        str(file),
        AUDIT_PUBLIC_KEYS=stranger,
        AUDIT_KEY_FILE=str(console.folder / "other.key"),
    )
    assert refused.exit_code == 2


@pytest.mark.parametrize(
    "name, content, mode",
    [
        ("keys/kek.1.key", kek(1).hex(), 0o644),
        ("keys/kek.1.key", kek(1)[:20].hex(), 0o600),
        ("keys/kek.1.key", INDEX_KEY.hex(), 0o600),
    ],
)
def test_keys_that_are_not_right_stop_every_command(console: Console, name: str, content: str, mode: int) -> None:
    (console.folder / name).write_text(content)
    (console.folder / name).chmod(mode)
    for words in (("status",), ("rewrap",)):
        refused = console.run(*words)
        assert refused.exit_code == 2
        assert content not in refused.output


def test_without_a_key_service_there_is_no_wrapped_index_key(console: Console) -> None:
    assert console.run("new-index-key").exit_code == 2


def test_a_key_service_is_named_whole(console: Console) -> None:
    refused = console.run("status", VAULT_KMS_URL="https://keys.example/v1/transit")
    assert refused.exit_code == 2
    assert "CUSTOMER_VAULT_KMS_KEY" in refused.stderr


# ---- processes that may not start


def test_no_process_starts_on_a_database_that_lacks_erasures(console: Console) -> None:
    [one] = console.register("one@house.example")
    file = console.folder / "erasures.json"
    console.must("shred", one, *console.signed(one))
    console.must("export-erasures", str(file))
    console.forget_erasures()
    (console.folder / "config.json").write_bytes(branding.example("LK"))
    settings = {"ERASURE_LEDGER": str(file), "CONFIG_FILE": str(console.folder / "config.json")}
    settings["TOKEN_KEYS"] = str(console.folder / "tokens.json")  # never looked at: the database comes first
    with console.process("serve", role="customer_api", **settings) as refused:
        try:
            said, errors = refused.communicate(timeout=90)
        finally:
            refused.kill()
    assert refused.returncode == 2
    assert said == ""
    assert "reapply-erasures" in errors.splitlines()[-1]
