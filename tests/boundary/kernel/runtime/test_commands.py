"""The commands that both stacks share: help everywhere, one line for whatever is wrong, exit codes that tell."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import asyncpg
import click
import pytest
from click.testing import CliRunner, Result

from boundary.kernel import clock, primitives
from boundary.kernel.runtime import commands, sealing, transaction, verification
from customer_stack import cli as customer
from execution_stack import cli as execution
from tests import embedded, stacks
from tests.stacks import StackDatabase

ROOT = Path(__file__).resolve().parents[4]
SEED = bytes(range(32))
PUBLIC = primitives.ed25519_public(SEED).hex()


class Stack(NamedTuple):
    """One stack's commands and a database of its own."""

    name: str
    main: click.Group
    schema: StackDatabase
    other: StackDatabase

    def url(self, role: str) -> str:
        return self.schema.url(f"{self.name}_{role}")

    def run(self, *arguments: str, dsn: str | None = None, **environment: str | None) -> Result:
        """The command as its console script runs it, as the auditor unless a DSN is given."""
        prefix = f"{self.name.upper()}_"
        settings: dict[str, str | None] = {f"{prefix}{name}": value for name, value in environment.items()}
        settings.setdefault(f"{prefix}DATABASE_URL", self.url("auditor") if dsn is None else dsn)
        return CliRunner().invoke(self.main, arguments, env=settings)

    def execute(self, statement: str) -> None:
        async def main() -> None:
            connection = await self.schema.superuser()
            await connection.execute(f"SET session_replication_role = replica; {statement}")
            await connection.close()

        asyncio.run(main())


@pytest.fixture(params=["customer", "execution"])
def stack(request: pytest.FixtureRequest, customer_schema: StackDatabase, execution_schema: StackDatabase) -> Stack:
    if request.param == "customer":
        return Stack("customer", customer.main, customer_schema, execution_schema)
    return Stack("execution", execution.main, execution_schema, customer_schema)


@pytest.fixture
def sealed(stack: Stack) -> Stack:
    """The same, its audit log sealed."""

    async def seal() -> None:
        db = await stack.schema.connect(f"{stack.name}_worker", size=2)
        sealer = sealing.Sealer(db, SEED, clock.SystemClock())
        while not await sealer.seal():
            pass
        await db.close()

    asyncio.run(seal())
    return stack


def refused(result: Result, *words: str) -> str:
    """Exit code 2, nothing on standard output, one line on standard error, without a secret or a traceback."""
    line: str = result.stderr
    assert (result.exit_code, result.stdout) == (2, ""), (result.stdout, line, result.exception)
    assert isinstance(result.exception, SystemExit), result.exception
    assert line.endswith("\n")
    assert line.count("\n") == 1, line
    for word in words:
        assert word in line, line
    assert "Traceback" not in line
    return line


# -- help --------------------------------------------------------------------------------------------------------------


def every_command(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in (group.commands if isinstance(group, click.Group) else {}).items():
        yield from every_command(command, (*path, name))


ALL = [(main, path) for main in (customer.main, execution.main) for path in every_command(main)]


@pytest.mark.parametrize("main, path", ALL, ids=[f"{number}-{' '.join(path)}" for number, (_, path) in enumerate(ALL)])
def test_every_command_explains_itself_without_any_setting(main: click.Group, path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert (result.exit_code, result.stderr) == (0, "")
    lines = [line.strip() for line in result.stdout.splitlines() if line.strip()]
    assert lines[0].lower().startswith("usage:")
    assert len(lines[1]) > 15
    assert lines[1] != "Options:"


@pytest.mark.parametrize(
    "arguments", [["nothing"], ["audit", "nothing"], ["audit", "proof", "x"], ["audit", "proof", "0"]]
)
def test_a_command_or_argument_that_is_none_is_a_usage_error(arguments: list[str]) -> None:
    for main in (customer.main, execution.main):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 2
        assert "Error: " in result.stderr


# -- settings ----------------------------------------------------------------------------------------------------------


def test_settings_are_shown_without_their_secrets(stack: Stack) -> None:
    result = stack.run("settings", "check", REDIS_URL="redis://:hunter2@h/0")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "database_url = ***" in result.stdout.splitlines()
    assert "redis_url = ***" in result.stdout.splitlines()
    assert "hunter2" not in result.stdout


def test_settings_that_a_process_lacks_are_named(stack: Stack) -> None:
    refused(stack.run("settings", "check", "--process", "worker"), "_REDIS_URL is missing")


def test_wrong_settings_stop_every_command_before_it_does_anything(stack: Stack) -> None:
    for arguments in (
        ["migrate"],
        ["audit", "verify"],
        ["audit", "head"],
        ["serve"],
        ["worker"],
        ["settings", "check"],
    ):
        refused(
            stack.run(*arguments, DATABSE_URL="x", PORT="http"),
            "_DATABSE_URL is not a setting (did you mean",
            "_PORT: ",
        )
        refused(stack.run(*arguments, DATABASE_URL=None), "_DATABASE_URL is missing")


def test_a_variable_of_the_other_stack_stops_every_command(stack: Stack) -> None:
    other = {"customer": "EXECUTION_REDIS_URL", "execution": "CUSTOMER_REDIS_URL"}[stack.name]
    result = CliRunner().invoke(
        stack.main, ["settings", "check"], env={other: "x", f"{stack.name.upper()}_DATABASE_URL": "x"}
    )
    refused(result, other, "other side of the wall")


# -- databases that are not the right one -------------------------------------------------------------------------------

READS = ["audit", "head"]


def test_an_address_that_is_none_is_refused(stack: Stack) -> None:
    for dsn in ("nothing", "mysql://a:hunter2@b/c", "postgresql://[::1/x", "postgresql://a:hunter2@127.0.0.1:port/x"):
        for arguments in (READS, ["migrate"]):
            assert "hunter2" not in refused(stack.run(*arguments, dsn=dsn), "database refuses this login or address")


def test_a_database_that_is_not_there_is_refused(stack: Stack) -> None:
    (port,) = embedded.free_ports(1)
    dsn = f"postgresql://a:hunter2@127.0.0.1:{port}/c"
    for arguments in (READS, ["migrate"], ["migrate", "--bootstrap-url", dsn]):
        assert "hunter2" not in refused(stack.run(*arguments, dsn=dsn), "database cannot be reached")


def test_a_wrong_password_or_name_is_refused(stack: Stack) -> None:
    parts = urlsplit(stack.url("auditor"))
    for login in (f"{stack.name}_auditor:hunter2", "nobody:hunter2"):
        dsn = f"postgresql://{login}@{parts.hostname}:{parts.port}{parts.path}"
        for arguments in (READS, ["migrate"], ["migrate", "--bootstrap-url", dsn]):
            assert "hunter2" not in refused(stack.run(*arguments, dsn=dsn), "InvalidPasswordError")


@pytest.mark.parametrize("role", ["api", "gate", "worker", "engine", "migrator"])
def test_a_role_that_the_command_is_not_for_is_refused(stack: Stack, role: str) -> None:
    if f"{stack.name}_{role}" not in (*stack.schema.plan.roles, stack.schema.plan.migrator):
        return  # the other stack's
    line = refused(stack.run(*READS, dsn=stack.url(role)), f"connected as the database role {stack.name}_{role}")
    assert f"this needs {stack.name}_auditor or {stack.name}_operator" in line
    refused(stack.run("audit", "adopt", dsn=stack.url("auditor")), f"this needs {stack.name}_operator")


def test_the_superuser_is_refused(stack: Stack, servers: embedded.Servers) -> None:
    refused(stack.run(*READS, dsn=servers.url(stack.schema.name)), "connected as the database role tests_superuser")


def test_the_other_stacks_database_is_refused(stack: Stack, servers: embedded.Servers) -> None:
    ours_in_theirs = servers.url(stack.other.name, f"{stack.name}_auditor")
    theirs = stack.other.url(stack.other.plan.roles[-1])
    refused(stack.run(*READS, dsn=ours_in_theirs), "InsufficientPrivilegeError")
    refused(stack.run(*READS, dsn=theirs), f"connected as the database role {stack.other.plan.roles[-1]}")
    for dsn in (ours_in_theirs, theirs, stack.other.url(stack.other.plan.migrator)):
        refused(stack.run("migrate", dsn=dsn))


def test_a_database_without_a_schema_is_refused_with_the_remedy(stack: Stack, servers: embedded.Servers) -> None:
    dsn = servers.url("template1", f"{stack.name}_auditor")
    refused(stack.run(*READS, dsn=dsn), "has no schema yet; run: ", "-stack migrate")


@pytest.mark.parametrize("version, words", [("0000", "older than this code"), ("9999", "newer than this code")])
def test_a_schema_that_is_not_the_codes_is_refused(stack: Stack, version: str, words: str) -> None:
    stack.execute(f"UPDATE alembic_version SET version_num = '{version}'")
    refused(stack.run(*READS), words)
    refused(stack.run("migrate", dsn=stack.url("migrator")), "not one of this code's")


# -- migrate -------------------------------------------------------------------------------------------------------------


def test_migrating_again_changes_nothing(stack: Stack) -> None:
    for _ in range(2):
        result = stack.run("migrate", dsn=stack.url("migrator"))
        assert (result.exit_code, result.stderr) == (0, ""), result.stderr
        assert result.stdout == f"{stack.name}: schema and grants are current\n"


def test_migrating_with_another_role_is_refused(stack: Stack) -> None:
    for role in ("auditor", "operator", "worker"):
        refused(stack.run("migrate", dsn=stack.url(role)), "the database refused a migration")


def test_a_file_of_passwords_that_is_none_is_refused(stack: Stack, tmp_path: Path, servers: embedded.Servers) -> None:
    files = {"missing": None, "empty": "", "list": "[]", "other": '{"a": "b"}', "binary": "\0", "numbers": "5"}
    for name, text in files.items():
        path = tmp_path / name
        if text is not None:
            path.write_text(text)
        refused(stack.run("migrate", "--bootstrap-url", servers.url(), "--passwords", str(path)), str(path))
    refused(stack.run("migrate", "--bootstrap-url", servers.url(), "--passwords", str(tmp_path)), str(tmp_path))


# -- audit ---------------------------------------------------------------------------------------------------------------


def test_a_good_log_is_exit_code_0_and_says_how_much_it_read(sealed: Stack) -> None:
    result = sealed.run("audit", "verify", "--public-key", PUBLIC)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(
        f"good: {stacks.MIGRATIONS[sealed.name]} entries, 1 signed heads, 0 not sealed yet; "
    )
    report = json.loads(sealed.run("audit", "verify", "--json", AUDIT_PUBLIC_KEYS=PUBLIC).stdout)
    assert (report["entries"], report["fault"]) == (stacks.MIGRATIONS[sealed.name], "")


def test_a_bad_log_is_exit_code_1_and_names_the_entry(sealed: Stack) -> None:
    sealed.execute("UPDATE audit_entry SET payload = payload || '\\x00'")
    result = sealed.run("audit", "verify", "--public-key", PUBLIC)
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.startswith("BAD at seq 1, entry 1: ")
    report = json.loads(sealed.run("audit", "verify", "--public-key", PUBLIC, "--json").stdout)
    assert report["entry"] == 1


@pytest.mark.parametrize("key", [None, "", "zz", PUBLIC[:-2], "00" * 32, f"{PUBLIC},zz"])
def test_a_log_is_not_verified_without_a_key_that_the_caller_brings(sealed: Stack, key: str | None) -> None:
    arguments = [] if key is None else ["--public-key", key]
    refused(sealed.run("audit", "verify", *arguments), "public key")


def test_a_head_is_printed_and_taken_back(sealed: Stack, tmp_path: Path) -> None:
    head = tmp_path / "head.json"
    head.write_text(sealed.run("audit", "head").stdout)
    assert json.loads(head.read_text())["public_key"] == PUBLIC
    good = sealed.run("audit", "verify", "--public-key", PUBLIC, "--head", str(head))
    assert good.exit_code == 0
    size = stacks.MIGRATIONS[sealed.name]
    head.write_text(head.read_text().replace(f'"size":{size}', f'"size":{size + 1}'))
    assert sealed.run("audit", "verify", "--public-key", PUBLIC, "--head", str(head)).exit_code == 1


@pytest.mark.parametrize("text", [None, "", "{}", '{"size":"1"}', "\xff", "[1]"])
def test_a_head_that_is_none_is_refused(sealed: Stack, tmp_path: Path, text: str | None) -> None:
    head = tmp_path / "head.json"
    if text is not None:
        head.write_bytes(text.encode("latin-1"))
    refused(sealed.run("audit", "verify", "--public-key", PUBLIC, "--head", str(head)), str(head))


def test_a_proof_is_printed_and_a_missing_entry_is_refused(sealed: Stack) -> None:
    result = sealed.run("audit", "proof", "1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout)["entry"]["id"] == 1
    refused(sealed.run("audit", "proof", str(stacks.MIGRATIONS[sealed.name] + 1)), "no such sealed entry")


def test_a_log_without_a_seal_has_no_head(stack: Stack) -> None:
    refused(stack.run("audit", "head"), "nothing is sealed yet")


def test_adopting_needs_the_key_that_signs(stack: Stack, tmp_path: Path) -> None:
    operator = stack.url("operator")
    refused(stack.run("audit", "adopt", dsn=operator), "AUDIT_KEY_FILE")
    refused(stack.run("audit", "adopt", dsn=operator, AUDIT_KEY_FILE=str(tmp_path / "no.key")), "no.key")


# -- whatever else ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        KeyError("hunter2"),
        asyncpg.UniqueViolationError("hunter2"),
        RuntimeError("hunter2"),
        OSError(28, "No space left"),
    ],
)
def test_a_defect_is_one_line_too_and_does_not_quote_itself(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fails(_tx: transaction.Tx) -> None:
        raise error

    monkeypatch.setattr(verification, "latest_head", fails)
    line = refused(stack.run("audit", "head"))
    assert "hunter2" not in line
    assert "No space left" in line if isinstance(error, OSError) else type(error).__name__ in line


def test_what_click_raises_is_clicks() -> None:
    for raised in (click.UsageError("x"), click.exceptions.Exit(3), click.Abort(), BrokenPipeError()):

        @commands.one_line
        def command(raised: Exception = raised) -> None:
            raise raised

        with pytest.raises(type(raised)):
            command()


@pytest.mark.parametrize("name", ["customer", "execution"])
def test_as_a_real_process_it_is_one_line_and_exit_code_2(name: str) -> None:
    (port,) = embedded.free_ports(1)
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"from {name}_stack.cli import main; main()", "audit", "head"],
        env={f"{name.upper()}_DATABASE_URL": f"postgresql://a:hunter2@127.0.0.1:{port}/c"},
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (found.returncode, found.stdout) == (2, b"")
    assert found.stderr == b"the database cannot be reached\n"
