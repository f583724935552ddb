"""The house rules over the whole tree, and each rule on a file that breaks it."""

import pathlib

import pytest

from tests.architecture import contracts, tidy

ROOT = contracts.ROOT
TOP_LEVEL = {
    "boundary",
    "contracts",
    "customer_stack",
    "deploy",
    "docs",
    "execution_stack",
    "migrations_customer",
    "migrations_execution",
    "tests",
}

BREACHES: dict[str, tuple[str, str]] = {
    "long_function": ("boundary/x.py", '"""Doc."""\ndef f():\n' + "    pass\n" * 70),
    "long_file": ("boundary/x.py", '"""Doc."""\n' + "A = 1\n" * 500),
    "undocumented": ("deploy/x.py", "A = 1\n"),
    "private_room": ("customer_stack/gate/service.py", "from customer_stack.branding import repo\n"),
    "skipped_service": ("customer_stack/gate/api.py", "from customer_stack.gate import repo\n"),
    "simulator": ("customer_stack/worker.py", "from customer_stack.kyc.simulators import vendor\n"),
    "transaction": ("customer_stack/gate/service.py", "async def f(tx):\n    await tx.connection.commit()\n"),
    "floating": ("boundary/wire/x.py", "def f(amount: float) -> None: ...\n"),
    "vague_name": ("boundary/kernel/helpers.py", '"""Doc."""\n'),
    "anatomy": ("customer_stack/gate/things.py", '"""Doc."""\n'),
    "migration_alone": ("migrations_customer/versions/0009_x.py", "from customer_stack import tables\n"),
    "leftover": ("boundary/x.py", "A = 1  # TODO later\n"),
    "unfinished": ("boundary/x.py", "def f():\n    raise NotImplementedError\n"),
    "unexplained": ("boundary/x.py", "import os  # noqa\n"),
    "printing": ("customer_stack/gate/service.py", "print(1)\n"),
}
DYNAMIC = (
    "import importlib\n",
    "from importlib import import_module\n",
    "import importlib.util\n",
    "import runpy\n",
    "import pkgutil\n",
    "import builtins\n",
    "from . import service\n",
    '__import__("customer_" + "stack")\n',
    'exec("import customer_stack")\n',
    'eval("1")\n',
    'compile("", "", "exec")\n',
    'import sys\nsys.modules["customer_stack"]\n',
    "import sys\nsys.path.append('.')\n",
    'getattr(object, "__import__")\n',
    "A = __builtins__\n",
)
REASONLESS = (
    "# noqa",
    "# noqa: S608",
    "# NOQA: S608 -- why",
    "# noqa: S608 because",
    "# type: ignore",
    "# type: ignore[attr-defined]",
    "# type: ignore  # why",
    "# type:ignore[attr-defined]  # why",
)


def rules(path: str, text: str) -> set[str]:
    source = tidy.parse(path, text)
    return {rule.__name__ for rule in tidy.RULES for _ in rule(source)}


def test_the_tree_is_tidy() -> None:
    assert [str(violation) for violation in tidy.violations(ROOT)] == []


def test_an_auditor_reads_the_pure_kernel_in_an_hour() -> None:
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in tidy.pure_kernel(ROOT))
    assert lines <= tidy.PURE_KERNEL_LINES_MAX


def test_the_top_level_is_the_fixed_one() -> None:
    found = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))}
    assert found - {"dist"} | {"contracts"} == TOP_LEVEL  # git keeps no empty directory


@pytest.mark.parametrize("rule", [rule.__name__ for rule in tidy.RULES if rule is not tidy.dynamic_import])
def test_each_rule_sees_its_breach(rule: str) -> None:
    assert rule in rules(*BREACHES[rule])


@pytest.mark.parametrize("text", DYNAMIC)
def test_no_way_to_import_by_a_name_made_at_run_time(text: str) -> None:
    assert "dynamic_import" in rules("customer_stack/gate/service.py", text)


def test_where_a_package_is_may_be_asked_in_two_places_and_nothing_else() -> None:
    asks = '"""Doc."""\nimport importlib.util\nimportlib.util.find_spec("x")\n'
    assert rules("boundary/kernel/runtime/docs.py", asks) == rules("deploy/local/x.py", asks) == set()
    loads = asks + "importlib.util.module_from_spec(None)\n"
    assert rules("boundary/kernel/runtime/docs.py", loads) == {"dynamic_import"}


@pytest.mark.parametrize("comment", REASONLESS)
def test_an_exemption_without_a_code_and_a_reason_is_none(comment: str) -> None:
    assert "unexplained" in rules("boundary/x.py", f"A = 1  {comment}\n")


def test_an_exemption_with_both_is_one() -> None:
    text = '"""Doc."""\nA = 1  # noqa: S608, E501 -- why\nB = 1  # type: ignore[misc, no-any-return]  # why\n'
    assert rules("boundary/x.py", text) == set()


def test_words_in_strings_are_no_comments() -> None:
    assert rules("boundary/x.py", '"""Doc."""\nA = "# TODO # noqa"\n') == set()


@pytest.mark.parametrize(
    "name, text, rule",
    [
        ("docs/x.md", f"see /{'home'}/someone/notes\n", "machine_path"),
        ("requirements.lock", "click==8 # from https://somewhere\n", "registry_host"),
        ("package-lock.json", '{"resolved": "x"}\n', "registry_host"),
        ("deploy/x.sql", "-- FIXME\n", "leftover"),
    ],
)
def test_texts_are_tidy_too(tmp_path: pathlib.Path, name: str, text: str, rule: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert {violation.rule for violation in tidy.of_text(tmp_path, path)} == {rule}
