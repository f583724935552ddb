"""`boundary prove` as its users run it: two halves with live databases, each signed, then their sum."""

import asyncio
import json
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from boundary.kernel import primitives
from boundary.privacy.prove import report as reports
from boundary.verify import report as verifier
from tests.boundary.privacy import proving

CHANNEL = "0b5c3f0e-9a4d-4c1b-8f2e-6d7a1e2b3c4d"
ZEROS = "decode(repeat('00', 32), 'hex')"


@pytest.fixture(scope="module")
def platform() -> Iterator[proving.Platform]:
    with proving.platform() as found:
        yield found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("proof")
    for name in ("key", "other"):
        assert proving.boundary("key", "new", folder / name).exit_code == 0
    return folder


def public(file: pathlib.Path) -> str:
    return primitives.ed25519_public(bytes.fromhex(file.read_text().strip())).hex()


def prove_execution(platform: proving.Platform, place: pathlib.Path, out: str, *more: object) -> Any:
    known = [item for name in (platform.live, platform.scratch, "execution_template") for item in ("--database", name)]
    return proving.boundary(
        *("prove", "execution", "--manifest", platform.manifest("execution", place), "--key", place / "key"),
        *("--out", place / out, "--superuser", "tests_superuser", *known, *more),
        EXECUTION_DATABASE_URL=platform.auditor("execution"),
    )


def prove_customer(platform: proving.Platform, place: pathlib.Path, out: str) -> Any:
    return proving.boundary(
        *("prove", "customer", "--manifest", platform.manifest("customer", place), "--key", place / "other"),
        *("--out", place / out, "--scratch-url", platform.customer.url(platform.customer_scratch)),
        CUSTOMER_DATABASE_URL=platform.auditor("customer"),
    )


def merge(place: pathlib.Path, execution: str, customer: str, out: str, customer_key: str = "other") -> Any:
    return proving.boundary(
        *("prove", "merge", "--execution", place / execution, "--execution-key", public(place / "key")),
        *("--customer", place / customer, "--customer-key", public(place / customer_key)),
        *("--key", place / "key", "--out", place / out),
    )


def outcomes(folder: pathlib.Path) -> dict[str, str]:
    return {each["check"]: each["outcome"] for each in proving.report(folder)["results"]}


@pytest.fixture(scope="module")
def whole(platform: proving.Platform, place: pathlib.Path) -> pathlib.Path:
    """An execution half with everything that can be given, after one channel of both stacks was opened."""
    rows = f"INSERT INTO {{}} (channel, head) VALUES ('{CHANNEL}', {ZEROS})"
    opened = [
        f"INSERT INTO channel (id) VALUES ('{CHANNEL}')",
        *(rows.format(f"channel_{way}bound") for way in ("in", "out")),
    ]
    for url in (platform.execution.url(platform.live), platform.customer.url(platform.customer_live)):
        asyncio.run(proving.execute(url, *opened))
    roles = json.loads(platform.manifest("execution", place).read_text())["processes"]
    urls = {role: platform.execution.url(platform.live, role) for role in roles}
    (place / "roles.json").write_text(json.dumps(urls))
    with proving.gate(platform, place) as (url, key):
        (place / "logs").mkdir()
        shutil.copy(place / "gate.log", place / "logs" / "gate.log")
        done = prove_execution(
            platform, place, "whole",
            *("--scratch-url", platform.execution.url(platform.scratch), "--role-urls", place / "roles.json"),
            *("--logs", place / "logs", "--canary-url", url, "--canary-key", key),
        )  # fmt: skip
    assert done.exit_code == 0, (done.output, done.exception)
    return place / "whole"


def test_a_clean_deployment_passes_every_check_and_the_self_test(whole: pathlib.Path) -> None:
    found = proving.report(whole)
    assert found["verdict"] == "passed"
    assert set(outcomes(whole).values()) == {"passed"}
    assert set(outcomes(whole)) == {f"P{each:02}" for each in (1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 13, 19, 20)}
    figures = {each["check"]: each["figures"] for each in found["results"]}
    assert figures["P20"]["planted"] == figures["P20"]["found"] >= 50
    assert figures["P10"]["consumed as refused"] + figures["P10"]["refused whole"] == sum(
        figures["P10"][f"tier {tier}"] for tier in ("A", "B", "C1")
    )
    assert figures["P10"]["consumed as refused"] > 100
    assert figures["P10"]["refused whole"] > 100
    assert figures["P03"]["roles pushed"] == 5
    assert figures["P13"]["lines"] > 0


def test_the_page_for_people_has_every_check_and_names_the_signed_bytes(whole: pathlib.Path) -> None:
    page = (whole / "report.md").read_text()
    assert all(f"| {check} |" in page for check in outcomes(whole))
    assert primitives.sha256((whole / "report.json").read_bytes()).hex() in page


def test_the_signature_holds_under_its_key_and_under_no_other(
    whole: pathlib.Path, place: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verifier.main([str(whole), "--public-key", public(place / "key")]) == 0
    assert verifier.main([str(whole), "--public-key", public(place / "other")]) == 1
    shutil.copytree(whole, tmp_path / "copy")
    data = (whole / "report.json").read_bytes()
    seed = bytes.fromhex((place / "other").read_text().strip())
    (tmp_path / "copy" / "report.sig").write_text(primitives.ed25519_sign(seed, reports.DOMAIN + data).hex())
    assert verifier.main([str(tmp_path / "copy"), "--public-key", public(place / "key")]) == 1
    shutil.copy(whole / "report.sig", tmp_path / "copy" / "report.sig")
    (tmp_path / "copy" / "report.json").write_bytes(data.replace(b'"passed"', b'"failed"', 1))
    assert verifier.main([str(tmp_path / "copy"), "--public-key", public(place / "key")]) == 1
    assert capsys.readouterr().out.count("NOT SIGNED") == 3


def test_the_verifier_stands_alone_and_is_short(
    whole: pathlib.Path, place: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    source = pathlib.Path(verifier.__file__)
    assert len(source.read_text().splitlines()) <= 150
    shutil.copy(source, tmp_path / "report.py")
    command = [sys.executable, "-I", tmp_path / "report.py", whole, "--public-key", public(place / "key")]
    done = subprocess.run(command, capture_output=True, check=False, timeout=20)
    assert done.returncode == 0
    assert done.stdout.startswith(b"SIGNED: execution report of ")


def test_both_halves_merge_when_they_speak_of_the_same_heads(
    whole: pathlib.Path, platform: proving.Platform, place: pathlib.Path
) -> None:
    assert prove_customer(platform, place, "customer").exit_code == 0
    done = merge(place, "whole", "customer", "merged")
    assert done.exit_code == 0, (done.output, done.exception)
    found = proving.report(place / "merged")
    assert found["verdict"] == "passed"
    assert outcomes(place / "customer")["P09"] == outcomes(place / "customer")["P20"] == "passed"
    assert found["halves"]["execution"] == primitives.sha256((whole / "report.json").read_bytes()).hex()
    assert found["results"][0]["figures"]["directions compared"] == 2
    assert verifier.main([str(place / "merged"), "--public-key", public(place / "key")]) == 0
    wrong = merge(place, "whole", "customer", "wrong", customer_key="key")
    assert wrong.exit_code == 2
    assert "not signed by the key" in wrong.stderr


def test_halves_whose_heads_differ_are_a_finding_of_the_sum(
    whole: pathlib.Path, platform: proving.Platform, place: pathlib.Path
) -> None:
    url = platform.customer.url(platform.customer_live)
    asyncio.run(proving.execute(url, "UPDATE channel_inbound SET due = 2, head = sha256('other')"))
    try:
        assert prove_customer(platform, place, "forked").exit_code == 1  # its own transcript lacks that core
        assert merge(place, "whole", "forked", "fork").exit_code == 1
    finally:
        asyncio.run(proving.execute(url, f"UPDATE channel_inbound SET due = 1, head = {ZEROS}"))
    first = proving.report(place / "fork")["results"][0]
    assert [each["code"] for each in first["findings"]] == ["heads-differ"]


def test_a_half_without_a_scratch_server_is_void_and_says_what_did_not_run(
    whole: pathlib.Path, platform: proving.Platform, place: pathlib.Path
) -> None:
    """By now the database holds what the canary's exchange left: real cores, nonces, refusals in the audit log."""
    done = prove_execution(platform, place, "void")
    assert done.exit_code == 2
    assert proving.report(place / "void")["verdict"] == "void"
    missing = {check for check, outcome in outcomes(place / "void").items() if outcome == "not run"}
    assert missing == {"P02", "P03", "P10", "P19", "P20"}
    assert "failed" not in outcomes(place / "void").values()
    figures = {each["check"]: each["figures"] for each in proving.report(place / "void")["results"]}
    assert figures["P09"]["messages sent"] >= 900
    assert figures["P05"]["rows"] >= 3000


def test_a_planted_name_in_the_live_database_is_found_and_not_repeated(
    platform: proving.Platform, place: pathlib.Path
) -> None:
    url = platform.execution.url(platform.live)
    name = "INSERT INTO participant (ref, channel) VALUES ('4e494d41-4c20-4045-8052-455241202020', gen_random_uuid())"
    asyncio.run(proving.execute(url, name))
    try:
        done = prove_execution(platform, place, "found")
    finally:
        asyncio.run(proving.execute(url, "DELETE FROM participant"))
    assert done.exit_code == 1
    findings = [each for result in proving.report(place / "found")["results"] for each in result["findings"]]
    assert {"code": "ref-text", "place": "participant.ref (1)"} in findings
    assert {"code": "ref-unregistered", "place": "participant.channel"} in findings
    assert b"NIMAL" not in (place / "found" / "report.json").read_bytes()


def test_no_environment_may_hold_both_databases(platform: proving.Platform, place: pathlib.Path) -> None:
    done = proving.boundary(
        *("prove", "execution", "--manifest", platform.manifest("execution", place), "--key", place / "key"),
        *("--out", place / "both"),
        EXECUTION_DATABASE_URL=platform.auditor("execution"),
        CUSTOMER_DATABASE_URL=platform.auditor("customer"),
    )
    assert done.exit_code == 2
    assert "CUSTOMER_DATABASE_URL belongs to the other side" in done.stderr
    assert not (place / "both").exists()


def test_the_live_database_is_no_scratch_database(platform: proving.Platform, place: pathlib.Path) -> None:
    done = prove_execution(platform, place, "live", "--scratch-url", platform.execution.url(platform.live))
    assert done.exit_code == 2
    assert "the scratch database is the live one" in done.stderr


def test_an_operator_puts_the_hash_of_a_report_into_the_audit_log(platform: proving.Platform) -> None:
    url = platform.execution.url(platform.live, "execution_operator")
    done = proving.execution_stack("privacy", "record", "ab" * 32, EXECUTION_DATABASE_URL=url)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("ab" * 32)
    auditor = platform.auditor("execution")
    refused = proving.execution_stack("privacy", "record", "ab" * 32, EXECUTION_DATABASE_URL=auditor)
    assert refused.exit_code == 2
    assert proving.execution_stack("privacy", "record", "abcd", EXECUTION_DATABASE_URL=url).exit_code == 2
