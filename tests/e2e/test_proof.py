"""The auditor's one command, against a running platform, and what its reports are worth without us."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import LAUNCHER, ROOT, Platform

VERIFIER = ROOT / "boundary" / "verify" / "report.py"


@pytest.fixture(scope="module")
def proof(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("proof")
    line = [*LAUNCHER, "prove", "--data", str(platform.data), "--out", str(out)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out, done.stdout


def verified(report: Path, key: str) -> int:
    line = [sys.executable, "-I", VERIFIER, report, "--public-key", key]
    return subprocess.run(line, capture_output=True, check=False).returncode


def test_every_check_that_a_half_has_was_run_and_passed(proof: tuple[Path, str]) -> None:
    report = json.loads((proof[0] / "execution" / "report.json").read_bytes())
    outcomes = {each["check"]: each["outcome"] for each in report["results"]}
    assert set(outcomes.values()) == {"passed"}, outcomes
    assert report["verdict"] == "passed"
    for part in ("customer", "merged"):
        assert json.loads((proof[0] / part / "report.json").read_bytes())["verdict"] == "passed"


def test_outsiders_check_it_with_the_key_that_they_were_given(proof: tuple[Path, str]) -> None:
    out, said = proof
    key = said.split("--public-key")[1].split()[0]
    assert [verified(out / part, key) for part in ("execution", "customer", "merged")] == [0, 0, 0]
    assert verified(out / "merged", "00" * 32) != 0


def test_both_audit_logs_hold_the_hash_of_their_half(platform: Platform, proof: tuple[Path, str]) -> None:
    again = subprocess.run(
        [*LAUNCHER, "prove", "--data", str(platform.data), "--out", str(proof[0] / "again")],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert again.returncode == 0, "a proof can be made as often as one likes: " + again.stdout
    for stack in ("customer", "execution"):
        shown = platform.command(stack, "auditor", f"{stack}-stack", "audit", "verify", "--json")
        assert json.loads(shown.stdout)["fault"] == ""


def test_it_leaves_nothing_behind_but_its_reports(platform: Platform, proof: tuple[Path, str]) -> None:
    assert proof[1].count("passed") > 20
    assert not list((platform.data / "servers").glob("*scratch*"))
    assert not platform.pids("scratch")
