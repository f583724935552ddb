"""Conformance runs over public vectors, which live outside the repository.

They are in the folder that the environment variable BULKHEAD_VECTORS names, or else in `../shared/vectors` beside the
repository. A folder that was asked for has to be there: without it the run fails. With no folder and none asked for,
nothing is collected here, and the run says so.
"""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ASKED_FOR = os.environ.get("BULKHEAD_VECTORS")
FOLDER = Path(ASKED_FOR) if ASKED_FOR else Path(__file__).parents[2].parent / "shared" / "vectors"
PRESENT = FOLDER.is_dir()

if ASKED_FOR is not None and not PRESENT:
    raise pytest.UsageError("BULKHEAD_VECTORS does not name a folder: the conformance run cannot take place")

LINE = f"conformance vectors: {'present' if PRESENT else 'absent, none were asked for, nothing is run over them'}"
collect_ignore_glob = [] if PRESENT else ["test_*.py"]


def pytest_report_header() -> str:
    return LINE


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Again at the end: the header only comes when this folder is named in the call."""
    terminalreporter.write_line(LINE)


@pytest.fixture(scope="session")
def vectors() -> Path:
    return FOLDER


@pytest.fixture(scope="session")
def wycheproof(vectors: Path) -> Callable[[str], list[dict[str, Any]]]:
    """Every test of one file, with the fields of its group."""

    def read(name: str) -> list[dict[str, Any]]:
        with gzip.open(vectors / "crypto" / f"wycheproof_{name}.json.gz", "rt") as file:
            content = json.load(file)
        cases = [group | case for group in content["testGroups"] for case in group["tests"]]
        assert len(cases) == content["numberOfTests"]
        return cases

    return read
