"""Runs the import contracts of pyproject.toml over any copy of the tree, inside this process and without a cache."""

import contextlib
import pathlib
import tomllib
from collections.abc import Iterator
from typing import Any
from unittest import mock

from grimp.application import config as grimp_config
from importlinter import configuration
from importlinter.application import use_cases

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYPROJECT = ROOT / "pyproject.toml"


def declared() -> dict[str, dict[str, Any]]:
    """The contracts by their ids."""
    options = tomllib.loads(PYPROJECT.read_text("utf-8"))["tool"]["importlinter"]
    return {contract["id"]: contract for contract in options["contracts"]}


def broken(root: pathlib.Path) -> set[str]:
    """The ids of the contracts that the tree in ROOT breaks."""
    configuration.configure()
    options = use_cases.read_user_options(str(PYPROJECT))
    use_cases._register_contract_types(options)
    with _packages_of(root):
        report = use_cases.create_report(options, cache_dir=None, verbose=False)
    assert not report.could_not_run, report.invalid_contract_options
    ids = {contract["name"]: contract_id for contract_id, contract in declared().items()}
    return {ids[contract.name] for contract, check in report.get_contracts_and_checks() if not check.kept}


class _Finder:
    def __init__(self, root: pathlib.Path) -> None:
        self._root = root

    def determine_package_directories(self, package_name: str, file_system: Any) -> set[str]:
        return {str(self._root / package_name)}


@contextlib.contextmanager
def _packages_of(root: pathlib.Path) -> Iterator[None]:
    """Packages are found where we say, not where they are installed."""
    settings = grimp_config.settings
    before = settings.PACKAGE_FINDER
    settings.configure(PACKAGE_FINDER=_Finder(root))
    try:
        with mock.patch.object(use_cases, "_validate_root_package_names"):
            yield
    finally:
        settings.configure(PACKAGE_FINDER=before)
