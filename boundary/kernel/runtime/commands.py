"""The commands that both stacks have: settings check, migrate, audit. A stack's `cli.py` adds its own to them.

A command opens what it needs, runs one coroutine and closes it. What cannot start says why in one line and exits
with 2; a finding exits with 1.
"""

import asyncio
import contextlib
import functools
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
import msgspec
import rich.console
import rich.progress

from boundary.kernel import clock, errors, primitives
from boundary.kernel.runtime import key_files, migrating, sealing, settings, telemetry, transaction, verification

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class Stack(NamedTuple):
    """What the shared commands need to know of a stack."""

    name: str
    load: Callable[..., Any]
    processes: tuple[str, ...]
    plan: migrating.Plan
    connect: Callable[[Any, frozenset[str]], Awaitable[transaction.Database]]
    readers: frozenset[str]
    operator: str


def one_line(command: F) -> F:
    """Whatever stops a command from starting or doing its work is one line on standard error, never a traceback."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # click's own ways to end
        except (settings.SettingsError, errors.Refusal) as error:
            settings.refuse(error)
        except OSError as error:
            settings.refuse(settings.SettingsError(f"{error.filename or 'the system'}: {error.strerror}"))
        except Exception as error:  # noqa: BLE001 -- a defect; its text may quote what nobody should read in a terminal
            settings.refuse(settings.SettingsError(f"failed: {type(error).__name__} at {telemetry.where(error)}"))

    return wrapped  # type: ignore[return-value]  # functools.wraps keeps the signature, which click reads


def with_database(stack: Stack, roles: frozenset[str], work: Callable[[transaction.Database, Any], Awaitable[T]]) -> T:
    """Run one coroutine on a pool of the right role and schema."""
    config = stack.load(os.environ)

    async def main() -> T:
        db = await stack.connect(msgspec.structs.replace(config, pool_size=2), roles)
        try:
            return await work(db, config)
        finally:
            await db.close()

    return asyncio.run(main())


@contextlib.contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Shows a person how many are done; whoever works calls the function with how many more."""
    columns = (rich.progress.TextColumn("{task.completed}"), rich.progress.TextColumn(what))
    console = rich.console.Console(stderr=True)
    with rich.progress.Progress(*columns, console=console, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=None)
        yield lambda count: bar.advance(task, count)


def add(group: click.Group, stack: Stack) -> None:
    """Add the shared commands to a stack's group."""
    group.add_command(_settings(stack))
    group.add_command(_migrate(stack))
    group.add_command(_audit(stack))


def _settings(stack: Stack) -> click.Group:
    @click.group("settings", help="The environment that this stack's processes run in.")
    def group() -> None: ...

    @group.command(
        "check", help="Check the settings of a process without starting it; exit code 2 if it could not start."
    )
    @click.option("--process", type=click.Choice(stack.processes), help="the process whose needs count")
    @one_line
    def check(process: str | None) -> None:
        config = stack.load(os.environ, process=process or "")
        for name, value in msgspec.structs.asdict(config).items():
            click.echo(f"{name} = {value}")

    return group


def _migrate(stack: Stack) -> click.Command:
    @click.command("migrate", help="Bring the database to this release's schema. Repeatable; run as the migrator role.")
    @click.option(
        "--bootstrap-url", metavar="URL", help="superuser DSN of the server: makes roles, database and wall first"
    )
    @click.option(
        "--passwords", type=click.Path(path_type=Path), help="JSON file of role and password, for --bootstrap-url"
    )
    @one_line
    def migrate(bootstrap_url: str | None, passwords: Path | None) -> None:
        config = stack.load(os.environ)
        if bootstrap_url:
            secrets = migrating.passwords(passwords, stack.plan) if passwords else {}
            asyncio.run(migrating.bootstrap(bootstrap_url, stack.plan, secrets))
        migrating.upgrade(config.database_url.reveal(), stack.plan, click.echo)
        click.echo(f"{stack.plan.database}: schema and grants are current")

    return migrate


def _public_keys(given: tuple[str, ...], config: Any) -> list[bytes]:
    """The keys that may have signed: an argument, or what the operator published in the settings. Never the log's own."""
    texts = given or config.audit_public_keys
    try:
        keys = [bytes.fromhex(text) for text in texts]
    except ValueError:
        keys = []
    if not keys or not all(primitives.is_ed25519_public(key) for key in keys):
        raise settings.SettingsError("name the audit log's public key: --public-key HEX (published by this stack)")
    return keys


def _audit(stack: Stack) -> click.Group:
    @click.group("audit", help="The append-only, chained, signed log of everything that happened here.")
    def group() -> None: ...

    @group.command("verify", help="Re-hash the whole log and check every signed head; names the first bad entry.")
    @click.option(
        "--public-key", "public_keys", multiple=True, metavar="HEX", help="a key that heads may be signed with"
    )
    @click.option(
        "--head", type=click.Path(path_type=Path), help="a head kept elsewhere, which the log must still contain"
    )
    @click.option("--json", "as_json", is_flag=True, help="print the report as JSON")
    @one_line
    def verify(public_keys: tuple[str, ...], head: Path | None, as_json: bool) -> None:
        witnessed = _head_file(head) if head else None
        report, seconds = with_database(
            stack,
            stack.readers,
            lambda db, config: _verify_with_progress(db, _public_keys(public_keys, config), witnessed),
        )
        _print_report(report, seconds, as_json=as_json)
        if report.fault:
            raise SystemExit(1)

    @group.command("proof", help="Print the inclusion proof of one entry, for the stand-alone verifier.")
    @click.argument("entry", type=click.IntRange(min=1))
    @one_line
    def proof(entry: int) -> None:
        found = with_database(
            stack,
            stack.readers,
            lambda db, _: db.read("audit.proof", lambda tx: verification.proof(tx, entry)),
        )
        click.echo(msgspec.json.encode(found).decode())

    @group.command("head", help="Print the newest signed head.")
    @one_line
    def head_() -> None:
        found = with_database(stack, stack.readers, lambda db, _: db.read("audit.head", verification.latest_head))
        if found is None:
            raise errors.NotFound("nothing is sealed yet")
        click.echo(msgspec.json.encode(found).decode())

    @group.command("adopt", help="After a restore into another database cluster: seal what it brought and go on.")
    @one_line
    def adopt() -> None:
        sealed = with_database(stack, frozenset({stack.operator}), _adopt)
        click.echo(f"sealed {sealed} restored entries; a new era is open")

    return group


async def _adopt(db: transaction.Database, config: Any) -> int:
    if config.audit_key_file is None:
        raise settings.SettingsError("sealing needs the audit key: set the AUDIT_KEY_FILE setting")
    return await sealing.Sealer(db, key_files.read(config.audit_key_file), clock.SystemClock()).adopt()


def _head_file(path: Path) -> verification.Head:
    try:
        return msgspec.json.decode(path.read_bytes(), type=verification.Head)
    except (OSError, msgspec.MsgspecError):
        raise settings.SettingsError(f"{path}: not a head as `audit head` prints it") from None


async def _verify_with_progress(
    db: transaction.Database, public_keys: list[bytes], witnessed: verification.Head | None
) -> tuple[verification.Report, float]:
    console = rich.console.Console(stderr=True)
    columns = (
        rich.progress.TextColumn("verifying"),
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        rich.progress.TimeRemainingColumn(),
    )
    loop = asyncio.get_running_loop()
    started = loop.time()
    with rich.progress.Progress(*columns, console=console, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("verifying", total=None)
        report = await verification.verify(
            db,
            public_keys,
            witnessed=witnessed,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    return report, loop.time() - started


def _print_report(report: verification.Report, seconds: float, *, as_json: bool) -> None:
    rate = int(report.entries / seconds) if seconds else 0
    if as_json:
        facts: Mapping[str, object] = {**msgspec.structs.asdict(report), "entries_per_second": rate}
        click.echo(msgspec.json.encode(facts).decode())
        return
    if report.fault:
        click.echo(f"BAD at seq {report.seq}, entry {report.entry}: {report.fault}")
    else:
        click.echo(
            f"good: {report.entries} entries, {report.heads} signed heads, {report.unsealed} not sealed yet; "
            f"{rate} entries/s"
        )
