"""The import contracts hold, and their lists are complete: a new room cannot be forgotten."""

import pathlib
import subprocess
import sys

from tests.architecture import contracts, tidy

ROOT = contracts.ROOT


def test_every_import_contract_is_kept() -> None:
    command = pathlib.Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache", "--no-logo"], check=False, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout


def test_the_contracts_are_judged_alike_inside_this_process() -> None:
    assert contracts.broken(ROOT) == set()


def test_every_capability_is_held_to_the_shape() -> None:
    assert contracts.declared()["shape"]["containers"] == tidy.capabilities(ROOT)


def test_every_module_of_the_pure_kernel_is_held_to_be_light() -> None:
    light = set(contracts.declared()["light"]["source_modules"])
    kernel = {f"boundary.kernel.{path.stem}" for path in tidy.pure_kernel(ROOT) if path.stem != "__init__"}
    assert light == kernel | {"boundary.wire", "boundary.channel"}


def test_no_contract_looks_away_from_imports_that_only_types_need() -> None:
    text = contracts.PYPROJECT.read_text("utf-8")
    assert "exclude_type_checking_imports" not in text


def test_the_only_imports_that_a_contract_lets_pass_are_those_of_the_closed_list() -> None:
    ignored = {each for contract in contracts.declared().values() for each in contract.get("ignore_imports", [])}
    closed = "boundary.privacy.closed_types"
    assert ignored == {f"execution_stack.schema -> {closed}", f"execution_stack.database -> {closed}"}
