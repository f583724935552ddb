"""`customer-stack screening load|lists|replay`, as an operator runs them, with the settings of a deployment."""

import asyncio
import hashlib
import json
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from boundary.kernel import clock, ids
from customer_stack import cli, tables
from customer_stack.screening.model import people
from customer_stack.screening.service import decisions, loaded, wiring
from customer_stack.vault import service as vault_service
from customer_stack.vault.adapters import files, opening
from tests import stacks
from tests.customer.screening import conftest, samples

KEK = bytes(range(32))
INDEX = bytes(range(32, 64))


class Console(NamedTuple):
    schema: stacks.StackDatabase
    folder: Path

    def run(self, *words: str | Path, **settings: str) -> Result:
        given = {
            "DATABASE_URL": self.schema.url("customer_operator"),
            "VAULT_KEYS": str(self.folder / "keys"),
            "SCREENING_LISTS": "ofac,ftm",
            "SCREENING_LIST_DAYS_MAX": "365",
            **settings,
        }
        env = {f"CUSTOMER_{name}": value for name, value in given.items()}
        return CliRunner().invoke(cli.main, ["screening", *map(str, words)], env=env)

    def write(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def load(self, **settings: str) -> list[Result]:
        """Both lists of the sample, with the real clock: the files say that they are of today."""
        ofac = [self.write(each.name, each.data) for each in conftest.OFAC]
        peps = self.write("peps.json", today(samples.FTM))
        return [
            self.run("load", *ofac, "--list", "ofac", **settings),
            self.run("load", peps, "--list", "ftm", **settings),
        ]


def today(data: bytes) -> bytes:
    return data.replace(b"2026-02-27", f"{clock.SystemClock().now():%Y-%m-%d}".encode())


@pytest.fixture
def console(customer_schema: stacks.StackDatabase, tmp_path: Path) -> Console:
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    for name, data in (("kek.1.key", KEK), ("index.key", INDEX)):
        path = keys / name
        path.write_text(data.hex(), "utf-8")
        path.chmod(0o600)
    return Console(customer_schema, tmp_path)


def screened(console: Console) -> UUID:
    """Somebody screened by a worker on the loaded lists; the decision's number."""

    async def main() -> UUID:
        db = await console.schema.connect("customer_worker", size=2)
        time = clock.SystemClock()
        random = ids.SystemIds(time)
        vault = vault_service.Vault(
            files.Files({1: KEK}), INDEX, random, time, columns=opening.columns(tables.METADATA)
        )
        screening = wiring.Screening(vault, loaded.Lists(), conftest.POLICY, time, random)
        await screening.lists.refresh(db)
        subject = random.ref()
        await db.run("t", lambda tx: vault.create(tx, subject))
        made = await db.run(
            "t",
            lambda tx: decisions.screen(
                tx, screening, subject=subject, person=conftest.HARUN, trigger=people.Trigger.ONBOARDING
            ),
        )
        await vault.close()
        await db.close()
        return made.id

    return asyncio.run(main())


def test_lists_are_loaded_shown_confirmed_and_a_decision_is_made_again(console: Console) -> None:
    for result in console.load():
        assert result.exit_code == 0, result.stderr
        assert "in use;" in result.stdout
    shown = console.run("lists")
    assert shown.exit_code == 0, shown.stdout
    assert [line.split()[0] for line in shown.stdout.splitlines()[:2]] == ["ofac", "ftm"]
    assert "3 entries" in shown.stdout
    assert "it is the newest still" in console.load()[1].stdout
    found = json.loads(console.run("lists", "--json").stdout)
    assert {each["list"]: each["stale"] for each in found["lists"]} == {"ofac": False, "ftm": False}
    assert [each["publisher"] for each in found["rescreens"]] == ["ftm", "ofac"]
    kept = console.run("files", str(found["lists"][0]["version"]), console.folder / "kept")
    assert kept.exit_code == 0, kept.stderr
    for each in conftest.OFAC:
        assert (console.folder / "kept" / each.name).read_bytes() == each.data
        assert hashlib.sha256(each.data).hexdigest() in kept.stdout
    assert console.run("files", "999", console.folder / "kept").exit_code == 2
    number, out = screened(console), console.folder / "answer"
    replayed = console.run("replay", str(number), "--out", out)
    assert replayed.exit_code == 0, replayed.stderr
    assert "the same bytes" in replayed.stdout
    assert hashlib.sha256(out.read_bytes()).hexdigest() in replayed.stdout
    again = console.folder / "again"
    console.run("replay", str(number), "--out", again)
    assert again.read_bytes() == out.read_bytes()


def test_a_refused_list_is_an_exit_code_a_reason_and_a_line_on_record(console: Console) -> None:
    console.load()
    hostile = {
        "cut.json": (today(samples.FTM)[:-40], "truncated"),
        "bomb.xml": (b'<!DOCTYPE x [<!ENTITY a "b">]><export>&a;</export>', "entities"),
        "half.json": (today(samples.FTM).partition(b"\n")[0] + b"\n", "shrunken"),
        "packed.json.gz": (b"\x1f\x8b\x08\x00cut", "truncated"),
    }
    for name, (data, reason) in hostile.items():
        result = console.run("load", console.write(name, data), "--list", "ftm")
        assert (result.exit_code, result.stdout) == (2, ""), result.stdout
        assert reason in result.stderr
        shown = console.run("lists")
        assert shown.exit_code == 0
        assert f"last refused {clock.SystemClock().now():%Y-%m-%d}: {reason}" in shown.stdout


def test_a_missing_or_stale_list_is_exit_code_1(console: Console) -> None:
    result = console.run("lists")
    assert result.exit_code == 1
    assert "MISSING" in result.stdout
    console.load()
    assert console.run("lists").exit_code == 0
    assert console.run("lists", SCREENING_LISTS="ofac,ftm,eu").exit_code == 1


def test_invented_lists_are_taken(console: Console) -> None:
    folder = console.folder / "invented"
    assert console.run("invent", folder).exit_code == 0
    ofac = [folder / f"{part}.csv" for part in ("sdn", "alt", "add")]
    done = [console.run("load", *ofac, "--list", "ofac"), console.run("load", folder / "un.xml", "--list", "un")]
    assert [each.exit_code for each in done] == [0, 0], [each.stderr for each in done]
    assert console.run("lists", SCREENING_LISTS="ofac,un").exit_code == 0


@pytest.mark.parametrize(
    "words, code", [(("replay", "019ca945-0a00-71d3-b606-d8c5851fa6ce"), 2), (("load", "--list", "ofac"), 2)]
)
def test_what_cannot_be_done_is_said_in_a_line(console: Console, words: tuple[str, ...], code: int) -> None:
    result = console.run(*words)
    assert result.exit_code == code
    assert result.stdout == ""


@pytest.mark.parametrize(
    "name, value",
    [
        ("SCREENING_LISTS", "ofac,nobodys"),
        ("SCREENING_LIST_DAYS_MAX", "0"),
        ("SCREENING_REVIEW_PERCENT", "101"),
        ("SCREENING_LIST_SHARE_MIN", "x"),
    ],
)
def test_a_setting_that_means_nothing_is_refused(console: Console, name: str, value: str) -> None:
    result = console.run("lists", **{name: value})
    assert result.exit_code == 2
    assert name in result.stderr
