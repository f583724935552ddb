"""`customer-stack …`: every command of the customer deployment."""

from pathlib import Path
from uuid import UUID

import click
import msgspec
import uvloop

from boundary.kernel import clock
from boundary.kernel.runtime import commands, manifest, privacy_commands
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack import app, database, settings, tables, worker
from customer_stack.access.service import rights
from customer_stack.branding import service as branding
from customer_stack.branding.adapters import files as branding_files
from customer_stack.gate.service import drill, links, vocabulary

STACK = commands.Stack(
    name="customer-stack",
    load=settings.load,
    processes=tuple(settings.NEEDS),
    plan=database.PLAN,
    connect=database.connect,
    readers=database.READERS,
    operator="customer_operator",
)


def _facts() -> manifest.Facts:
    """What this stack tells its auditor about itself, beside what the kernel reads from its code."""
    return manifest.Facts(
        stack="customer",
        prefix=settings.PREFIX,
        settings=settings.Settings,
        plan=database.PLAN,
        metadata=tables.METADATA,
        purposes=tables.PURPOSES,
        vocabulary=vocabulary.digest(),
    )


@click.group(help="The customer deployment: people, money, compliance, and the customer's side of the wall.")
def main() -> None: ...


commands.add(main, STACK)
privacy_commands.add(main, STACK, _facts)


@main.command("serve", help="Serve the customer API.")
@commands.one_line
def serve() -> None:
    uvloop.run(app.serve())


@main.command("worker", help="Run the worker: channel relay, audit sealer, outbox, jobs.")
@commands.one_line
def work() -> None:
    uvloop.run(worker.work())


@main.group("access", help="Who may do what.")
def access() -> None: ...


@access.command("found", help="Make these accounts the first super admins: two at least, while there is none.")
@click.argument("accounts", type=click.UUID, nargs=-1, required=True)
@commands.one_line
def access_found(accounts: tuple[UUID, ...]) -> None:
    commands.with_database(
        STACK,
        frozenset({"customer_operator"}),
        lambda db, _: db.run("access.found", lambda tx: rights.found(tx, accounts)),
    )
    click.echo(f"{len(accounts)} accounts are super admin")


@main.group("channel", help="The link to the execution stack.")
def channel() -> None: ...


@channel.command("status", help="Show the link's state.")
@click.option("--json", "as_json", is_flag=True, help="print JSON")
@commands.one_line
def status(as_json: bool) -> None:
    found = commands.with_database(STACK, database.READERS, lambda db, _: db.read("gate.status", links.status))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    for state in found if not as_json else ():
        click.echo(f"{state.channel}  {state.link}  last answer {state.answered_at or 'never'}")


@channel.command("drill", help="Send intents in test mode and measure what comes back.")
@click.option("--instrument", type=click.UUID, required=True)
@click.option("--count", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--participants", type=click.IntRange(1, 500), default=100, show_default=True)
@click.option("--batch", type=click.IntRange(1, 5000), default=1000, show_default=True, help="intents per transaction")
@click.option("--seconds-max", type=click.IntRange(min=1), default=120, show_default=True)
@commands.one_line
def drill_(instrument: UUID, count: int, participants: int, batch: int, seconds_max: int) -> None:
    report = commands.with_database(
        STACK,
        frozenset({"customer_worker"}),
        lambda db, config: drill.run(
            db, _in_test_mode(config), drill.Plan(instrument, count, participants, batch, seconds_max)
        ),
    )
    click.echo(msgspec.json.encode(report).decode())
    if report.answered < count:
        raise SystemExit(1)


def _in_test_mode(config: settings.Settings) -> UUID:
    """The channel, if this deployment may be given load that nobody meant."""
    if not config.test_mode:
        raise kernel_settings.SettingsError("a drill sends intents that nobody meant: set CUSTOMER_TEST_MODE=true")
    if config.channel_id is None:
        raise kernel_settings.SettingsError("CUSTOMER_CHANNEL_ID is missing")
    return config.channel_id


@main.group("config", help="The operator's config.json: brand, licences, languages, modules, limits.")
def config() -> None: ...


@config.command("example", help="Print a complete config.json of a fictional operator.")
@click.option("--jurisdiction", default="LK", show_default=True)
@click.option("--url", help="the public address of the API and the web app, for a demonstration")
@commands.one_line
def example(jurisdiction: str, url: str | None) -> None:
    click.echo(branding.example(jurisdiction, web=url, api=url).decode(), nl=False)


@config.command("check", help="Check a config.json; every finding on a line, exit code 1 if there is one.")
@click.argument("file", type=click.Path(path_type=Path))
@commands.one_line
def check(file: Path) -> None:
    problems = branding_files.check(file, clock.SystemClock().now())
    for problem in problems:
        click.echo(problem.line(file.name))
    if problems:
        raise SystemExit(1)
    click.echo(f"{file.name}: good")


@config.command("schema", help="Print the JSON Schema of config.json.")
def schema() -> None:
    click.echo(branding.schema().decode(), nl=False)
