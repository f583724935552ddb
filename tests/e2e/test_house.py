"""The house as a whole: both stacks as real processes, a heartbeat through the wall, and what survives a kill."""

import functools
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Platform, start, stop


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.2)
    return False


def link(platform: Platform, stack: str) -> str:
    shown = platform.command(stack, "auditor", f"{stack}-stack", "channel", "status", "--json")
    assert shown.returncode == 0, shown.stderr
    channels = json.loads(shown.stdout)
    return channels[0]["link"] if channels else "none"


def test_a_signed_heartbeat_opens_the_link_and_both_sides_audit_it(platform: Platform) -> None:
    assert wait_for(lambda: link(platform, "customer") == link(platform, "execution") == "open")
    for stack in ("customer", "execution"):
        assert wait_for(functools.partial(is_sealed, platform, stack))
        assert report(platform, stack)["fault"] == ""


def is_sealed(platform: Platform, stack: str) -> bool:
    """The migration's entry and the link's: at least two, and nothing waits for its seal."""
    found = report(platform, stack)
    return int(str(found["entries"])) >= 2 and found["unsealed"] == 0


def report(platform: Platform, stack: str) -> dict[str, object]:
    shown = platform.command(stack, "auditor", f"{stack}-stack", "audit", "verify", "--json")
    found: dict[str, object] = json.loads(shown.stdout)
    return found


@pytest.mark.parametrize("path", ["/", "/nope", "/config.json", "/jurisdiction", "/openapi.json", "/docs", "/problems"])
def test_no_answer_to_a_customer_names_the_product(platform: Platform, path: str) -> None:
    answer = platform.get(path, {"origin": "https://elsewhere.example"})
    whole = json.dumps(answer.headers).encode() + answer.body
    for name in (b"bulkhead", b"litestar", b"uvicorn"):
        assert name not in whole.lower()


def test_brand_and_jurisdiction_are_served_without_a_secret(platform: Platform) -> None:
    config = platform.get("/config.json").json()
    assert config["brand"]["name"]
    assert platform.get("/jurisdiction").json()["code"] == "LK"
    secrets = [file.read_text().strip() for file in (platform.data / "secrets").rglob("*") if file.is_file()]
    assert secrets
    assert not [secret for secret in secrets if secret in json.dumps(config)]


def test_every_answer_carries_the_security_headers(platform: Platform) -> None:
    for path in ("/health/live", "/nope", "/docs", "/config.json"):
        headers = {name.lower() for name in platform.get(path).headers}
        assert {"content-security-policy", "x-content-type-options", "strict-transport-security"} <= headers


def test_neither_stack_sees_a_setting_of_the_other(platform: Platform) -> None:
    for stack, other in (("customer", "EXECUTION_"), ("execution", "CUSTOMER_")):
        for pid in platform.pids(f"{stack}-stack"):
            assert other.encode() not in Path(f"/proc/{pid}/environ").read_bytes()


def test_a_login_of_one_stack_opens_nothing_in_the_other(platform: Platform) -> None:
    shown = platform.command("customer", "auditor", "env")
    dsn = next(line for line in shown.stdout.splitlines() if line.startswith("CUSTOMER_DATABASE_URL="))
    port = f":{platform.base + 10}/customer"
    assert port in dsn
    crossed = dsn.partition("=")[2].replace(port, f":{platform.base + 11}/execution")
    refused = platform.command(
        "customer", "auditor", "env", f"CUSTOMER_DATABASE_URL={crossed}", "customer-stack", "audit", "head"
    )
    assert refused.returncode == 2
    assert len(refused.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("words", ["customer-stack worker", "execution-stack serve", "customer-stack serve"])
def test_a_killed_process_comes_back_and_the_audit_log_verifies(platform: Platform, words: str) -> None:
    before = platform.pids(words)
    assert before
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert wait_for(lambda: bool(set(platform.pids(words)) - set(before)), 30)
    assert wait_for(lambda: link(platform, "customer") == link(platform, "execution") == "open", 40)
    for stack in ("customer", "execution"):
        assert report(platform, stack)["fault"] == ""


def test_after_killing_everything_the_next_start_works(tmp_path: Path, platform: Platform) -> None:
    base = platform.base
    platform.process.send_signal(signal.SIGKILL)
    platform.process.wait(10)
    assert wait_for(lambda: not platform.pids("-stack ") and not platform.pids("postgres"), 20)
    again = start(base, platform.data, "--without-people")
    try:
        for stack in ("customer", "execution"):
            assert report(again, stack)["fault"] == ""
    finally:
        assert stop(again) == 0
    assert not again.pids("postgres")
