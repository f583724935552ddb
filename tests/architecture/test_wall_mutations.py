"""The wall's own test: every hole that is made in a copy of the tree, or in a database, is seen by the check named."""

import pathlib
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from boundary.privacy import catalogue
from tests import embedded, stacks
from tests.architecture import breaches, contracts, tidy
from tests.boundary.privacy import execution_source

ROOT = contracts.ROOT
PACKAGES = ("boundary", "customer_stack", "execution_stack", "migrations_customer", "migrations_execution", "deploy")
JUDGE = """
import sys
sys.path[:0] = [sys.argv[1]]
sys.path.append(sys.argv[2])
from boundary.kernel import records
from boundary.privacy import wire_rules
from execution_stack import app, worker
stored = [type_ for kind in (records.Entry, records.Message, records.Job) for type_ in records.all_of(kind)]
for violation in wire_rules.violations() + wire_rules.of_records(stored):
    print(violation.where)
"""
IN_THE_VOCABULARY = {
    "boundary/wire/control.py": """
class Note(values.Message, frozen=True, tag=9901):
    text: str


class Bag(values.Message, frozen=True, tag=9902):
    extra: dict[str, int]
""",
    "execution_stack/gate/model.py": """
class Remark(records.Entry, frozen=True, tag="remark.v1"):
    text: str
""",
}
IN_THE_DATABASE = {
    "a text column": ("ALTER TABLE channel ADD name text", "column-type", True),
    "a json column": ("ALTER TABLE channel ADD extra json", "column-type", True),
    "a view over one": ("CREATE VIEW v AS SELECT row_to_json(c) AS extra FROM channel c", "column-type", True),
    "an enum label that is a name": ("ALTER TYPE channel_link ADD VALUE 'nimal_perera'", "enum-labels", False),
    "a comment": ("COMMENT ON TABLE channel IS 'NIMAL PERERA'", "comment", True),
    "a domain that lets anything in": ("ALTER DOMAIN hash32 DROP CONSTRAINT hash32_closed", "domain-open", True),
    "a table named after a person": ("CREATE TABLE nimal_perera (id ref)", "object-unexpected", False),
    "a wall that is switched off": ("ALTER EVENT TRIGGER wall DISABLE", "wall", False),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The product's packages, to be broken and mended."""
    place = tmp_path_factory.mktemp("tree")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    return place


@pytest.fixture
def broken(request: pytest.FixtureRequest, copy: pathlib.Path) -> Iterator[pathlib.Path]:
    """The copy with the parameter's texts added to its files."""
    added: dict[str, str] = request.param
    before = {name: path.read_text() if (path := copy / name).exists() else None for name in added}
    for name, text in added.items():
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_text((before[name] or "") + "\n" + text)
    yield copy
    for name, original in before.items():
        if original is None:
            (copy / name).unlink()
            if not any((copy / name).parent.iterdir()):
                (copy / name).parent.rmdir()
        else:
            (copy / name).write_text(original)


def caught(root: pathlib.Path, changed: dict[str, str]) -> set[str]:
    """Every check that sees something in the tree."""
    found = contracts.broken(root)
    for name in changed:
        found |= _untidy(root, name) - _untidy(ROOT, name)
    if tidy.capabilities(root) != contracts.declared()["shape"]["containers"]:
        found.add("capabilities")
    return found


def _untidy(root: pathlib.Path, name: str) -> set[str]:
    path = root / name
    return {f"tidy:{violation.rule}" for violation in tidy.of_file(root, path)} if path.exists() else set()


def test_nothing_is_seen_where_nothing_is_broken(copy: pathlib.Path) -> None:
    assert caught(copy, {}) == set()


@pytest.mark.parametrize(
    "broken, breach",
    [pytest.param(breach.added, breach, id=breach.title) for breach in breaches.BREACHES],
    indirect=["broken"],
)
def test_a_breach_in_the_code_is_seen(broken: pathlib.Path, breach: breaches.Breach) -> None:
    assert caught(broken, breach.added) == breach.caught


def test_every_contract_has_a_breach_that_it_must_see() -> None:
    seen = {check for breach in breaches.BREACHES for check in breach.caught}
    assert set(contracts.declared()) <= seen


@pytest.mark.parametrize("broken", [IN_THE_VOCABULARY], indirect=True, ids=["text, a map, text in an entry"])
def test_breaches_in_the_vocabulary_are_seen(broken: pathlib.Path) -> None:
    command = [sys.executable, "-I", "-S", "-c", JUDGE, str(broken), sysconfig.get_path("purelib")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert {"Note.text", "Bag.extra", "Remark.text"} <= set(done.stdout.splitlines())


@pytest.mark.parametrize("title", IN_THE_DATABASE)
async def test_a_breach_in_the_database_is_seen(
    servers: embedded.Servers, execution_template: str, execution_schema: stacks.StackDatabase, title: str
) -> None:
    sql, check, refused = IN_THE_DATABASE[title]
    template = await asyncpg.connect(servers.url(execution_template, "execution_auditor"), ssl=False)
    expected = await catalogue.snapshot(template, execution_source.source(execution_schema.name))
    await template.close()
    planter: Any = await execution_schema.superuser()
    if refused:
        with pytest.raises(asyncpg.CheckViolationError):
            await planter.execute(sql)
        await planter.execute("ALTER EVENT TRIGGER wall DISABLE")
    await planter.execute(sql)
    if refused:
        await planter.execute("ALTER EVENT TRIGGER wall ENABLE ALWAYS")
    assert check in {finding.check for finding in await catalogue.findings(planter, expected)}
    await planter.close()
