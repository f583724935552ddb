"""`up` and the commands around it, with stand-ins for the stacks: what starts, what it is told, how it ends."""

import json
import os
import pathlib
import signal
import stat

import pytest

from deploy.local import applications, places, ports, processes, stacks
from deploy.local.ports import Port
from tests.deploy.conftest import Launcher, Up

Running = tuple[Launcher, Up]
STAND_INS = {
    Port.RATES_PROVIDER,
    Port.CENTRAL_BANK,
    Port.BANK,
    Port.PAYMENT_PROVIDER,
    Port.MALWARE_SCANNER,
    Port.EXCHANGE,
}


def test_every_process_is_ready_when_up_says_so(platform: Running) -> None:
    launcher, _ = platform
    for service in stacks.SERVICES:
        assert applications.ready(launcher.base + service.operations)


def test_the_page_tells_where_everything_is(platform: Running) -> None:
    launcher, started = platform
    while not any("./bulkhead stop" in line for line in started.said):
        started.wait_for("./bulkhead stop")
    page = "".join(started.said)
    assert f"http://127.0.0.1:{launcher.base}/docs" in page
    assert f"http://127.0.0.1:{launcher.base + 1}" in page
    assert str(launcher.data / "logs") in page


@pytest.mark.parametrize("service", stacks.SERVICES, ids=lambda service: service.name.replace(" ", "-"))
def test_a_process_gets_its_own_stacks_settings_and_nothing_else(platform: Running, service: stacks.Service) -> None:
    launcher, _ = platform
    environment = json.loads(applications.get(launcher.base + service.operations, "/environment")[1])
    own = {
        "customer": {
            "CONFIG_FILE",
            "CHANNEL_ID",
            "CHANNEL_URL",
            "CHANNEL_PUBLIC_KEYS",
            "ERASURE_LEDGER",
            "MAIL_FROM",
            "MAIL_URL",
            "SMS_FROM",
            "SMS_URL",
            "TEST_MODE",
            "VAULT_KEYS",
        },
        "execution": set[str](),
    }[service.stack.name] | {
        "DATABASE_URL",
        "REDIS_URL",
        "HOST",
        "PORT",
        "OPERATIONS_PORT",
        "CHANNEL_KEYS",
        "AUDIT_PUBLIC_KEYS",
    }
    if service.argument == "worker":
        own.add("AUDIT_KEY_FILE")
    own |= {
        "customer_api": {"FX_QUOTE_KEY", "PAYMENT_PROVIDERS", "RECORDS_KEY_FILE", "TOKEN_KEYS"},
        "customer_worker": {"FX_CBSL_URL", "FX_CURRENCYCLOUD_URL", "KYC_SCANNER_URL", "PAYMENT_PROVIDERS"},
        "execution_gate": {"DOCUMENTS"},
        "execution_worker": {
            "CATALOGUE_KEY_FILE",
            "CUSTODY_KEYSTORE",
            "CUSTODY_PASSPHRASE",
            "DOCUMENTS",
            "EVIDENCE",
            "EVIDENCE_KEY_FILE",
            "VENUE_KEYS",
            "VENUE_URL",
        },
    }.get(service.role, set())
    prefix = service.stack.name.upper()
    assert set(environment) - set(processes.INHERITED) - {"LC_CTYPE"} == {f"{prefix}_{name}" for name in own}
    assert f"//{service.role}:" in environment[f"{prefix}_DATABASE_URL"]
    assert environment[f"{prefix}_OPERATIONS_PORT"] == str(launcher.base + service.operations)


def test_no_secret_of_one_stack_is_known_to_the_other(platform: Running) -> None:
    launcher, _ = platform
    place = places.Place(launcher.data)
    environments = {
        service.stack.name: applications.get(launcher.base + service.operations, "/environment")[1]
        for service in stacks.SERVICES
    }
    for stack, other in (("customer", "execution"), ("execution", "customer")):
        for secret in (place.password(stack, "valkey"), place.password(stack, "superuser"), f"{stack}/audit.key"):
            assert secret not in environments[other]


def test_keys_are_files_of_64_hex_digits_that_only_we_can_read(platform: Running) -> None:
    launcher, _ = platform
    place = places.Place(launcher.data)
    keys = [place.secret(stack, "audit.key") for stack in stacks.STACKS]
    channel = [place.channel_key(stack, place.channel) for stack in stacks.STACKS]
    vault = [place.secret("customer", "vault") / name for name in ("kek.1.key", "index.key")]
    for key in (*keys, *channel, *vault):
        assert len(bytes.fromhex(key.read_text().removesuffix("\n"))) == 32
        assert key.stat().st_mode & 0o777 == 0o600
    assert channel[0].read_text() == channel[1].read_text()
    assert keys[0].read_text() != keys[1].read_text()
    assert vault[0].read_text() != vault[1].read_text()
    for path in (launcher.data / "secrets").rglob("*"):
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def test_no_password_stands_on_a_command_line(platform: Running) -> None:
    launcher, _ = platform
    place = places.Place(launcher.data)
    secrets = [place.password(stack, name) for stack in stacks.STACKS for name in ("superuser", "valkey")]
    secrets += [place.role_password(role) for stack in stacks.STACKS.values() for role in stack.roles]
    lines = [pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode() for pid in launcher.everything()]
    assert lines
    assert not [line for line in lines for secret in secrets if secret in line]


def test_everything_listens_on_loopback_only(platform: Running) -> None:
    launcher, _ = platform
    rows = [row.split() for row in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    rows += [row.split() for row in pathlib.Path("/proc/net/tcp6").read_text().splitlines()[1:]]
    addresses = {}
    for row in rows:
        address, _, port = row[1].rpartition(":")
        if row[3] == ports.LISTENING:
            addresses[int(port, 16) - launcher.base] = address
    assert {addresses[port] for port in set(Port) - STAND_INS} == {"0100007F"}


def test_a_second_up_says_who_runs(platform: Running) -> None:
    launcher, started = platform
    second = launcher.run("up", "--port-base", str(launcher.base))
    assert second.returncode == 2
    assert str(started.process.pid) in second.stderr
    assert f"http://127.0.0.1:{launcher.base}" in second.stderr
    assert second.stderr.count("\n") == 1


def test_in_gives_a_command_one_stacks_environment(platform: Running) -> None:
    launcher, _ = platform
    done = launcher.run("in", "execution", "--as", "auditor", "--", "execution-stack", "environment")
    environment = json.loads(done.stdout)
    assert "//execution_auditor:" in environment["EXECUTION_DATABASE_URL"]
    assert environment["PATH"].startswith(str(launcher.room / "bin"))
    assert not [name for name in environment if name.startswith("CUSTOMER_")]
    assert "EXECUTION_AUDIT_KEY_FILE" not in environment


def test_in_keeps_the_commands_exit_code_and_arguments(platform: Running) -> None:
    launcher, _ = platform
    assert launcher.run("in", "customer", "--", "sh", "-c", "exit 7").returncode == 7
    assert launcher.run("in", "customer", "--", "echo", "--as", "x", "-n").stdout == "--as x -n\n"


def test_in_names_what_is_missing(platform: Running) -> None:
    launcher, _ = platform
    assert "no such command" in launcher.run("in", "customer", "--", "not-a-command").stderr
    assert "no role engine" in launcher.run("in", "customer", "--as", "engine", "--", "true").stderr


def test_code_says_that_nobody_can_sign_in_yet(platform: Running) -> None:
    launcher, _ = platform
    done = launcher.run("code", "alice")
    assert done.returncode == 2
    assert "no demo login" in done.stderr


def test_demo_joins_a_running_platform(platform: Running) -> None:
    launcher, started = platform
    done = launcher.run("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "both audit trails verify" in done.stdout
    assert started.process.poll() is None


def test_doctor_finds_a_running_platform_well(platform: Running) -> None:
    launcher, _ = platform
    done = launcher.run("doctor")
    for service in stacks.SERVICES:
        assert f"✓ {service.name:<18} ready" in done.stdout
    assert "closed to others" in done.stdout


@pytest.mark.parametrize("port", [Port.CUSTOMER_API_OPERATIONS, Port.EXECUTION_VALKEY])
def test_what_dies_is_started_again(platform: Running, port: Port) -> None:
    launcher, started = platform
    name = {2: "customer API", 13: "execution Valkey"}[port]
    pid = int(ports.holder(launcher.base + port).split()[1])
    os.kill(pid, signal.SIGKILL)
    started.wait_for(f"{name} has died")
    started.wait_for(f"{name} is back")
    assert int(ports.holder(launcher.base + port).split()[1]) != pid
