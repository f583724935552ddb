"""`customer-stack …`: every command of the customer deployment."""

import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import click
import msgspec
import uvloop

from boundary.kernel import clock, ids
from boundary.kernel.runtime import (
    commands,
    jobs,
    key_commands,
    manifest,
    operator_commands,
    privacy_commands,
    reopening_commands,
    transaction,
)
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack import app, database, desks, schema, settings, tables, vault_cli, worker
from customer_stack.access import model as access_model
from customer_stack.access.service import rights
from customer_stack.branding import service as branding
from customer_stack.branding.adapters import files as branding_files
from customer_stack.compliance import ports as compliance_ports
from customer_stack.compliance.api import commands as compliance_commands
from customer_stack.fx import jobs as fx_jobs
from customer_stack.fx.adapters import opening as fx_opening
from customer_stack.fx.api import commands as fx_commands
from customer_stack.gate import jobs as gate_jobs
from customer_stack.gate.service import drill, heads, links, references, reopening, vocabulary
from customer_stack.identity.adapters import key_ring
from customer_stack.identity.adapters import opening as identity_opening
from customer_stack.identity.service import accounts as identity_accounts
from customer_stack.kyc.api import commands as kyc_commands
from customer_stack.ledger.api import commands as ledger_commands
from customer_stack.markets import service as markets
from customer_stack.monitoring.adapters import files as monitoring_files
from customer_stack.monitoring.adapters import opening as monitoring_opening
from customer_stack.monitoring.api import commands as monitoring_commands
from customer_stack.notifications.adapters import opening as notifications_opening
from customer_stack.notifications.adapters import people
from customer_stack.operators import service as operators
from customer_stack.payments.adapters import opening as payments_opening
from customer_stack.payments.api import commands as payments_commands
from customer_stack.payments.service import wiring as payments_wiring
from customer_stack.screening.adapters import files as screening_files
from customer_stack.screening.adapters import opening as screening_opening
from customer_stack.screening.api import commands as screening_commands
from customer_stack.screening.api import loading as screening_loading
from customer_stack.screening.service import wiring as screening_wiring
from customer_stack.vault import rules as vault_rules
from customer_stack.vault import service as vault_service
from customer_stack.vault.adapters import opening

T = TypeVar("T")

STACK = vault_cli.STACK


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


async def _payments(config: settings.Settings) -> payments_wiring.Payments:
    time = clock.SystemClock()
    random = ids.SystemIds(time)
    vault = await opening.vault(config, tables.METADATA, random, time)
    return payments_opening.payments(config.payment_providers, vault, time, random)


def _with_keepers(
    work: Callable[[transaction.Database, Sequence[compliance_ports.Records]], Awaitable[T]],
) -> T:
    async def wired(db: transaction.Database, opened: vault_service.Vault, config: settings.Settings) -> T:
        if config.config_file is None:
            raise kernel_settings.SettingsError("CUSTOMER_CONFIG_FILE is missing")
        time = clock.SystemClock()
        made = desks.desks(config, opened, time, ids.SystemIds(time))
        try:
            return await work(db, made.keepers)
        finally:
            await made.close()

    return vault_cli.with_vault(wired)


@click.group(help="The customer deployment: people, money, compliance, and the customer's side of the wall.")
def main() -> None: ...


commands.add(main, STACK)
privacy_commands.add(main, STACK, _facts)
operator_commands.add(main, STACK, operators.STACK)
kyc_commands.add(main, STACK)
fx_commands.add(main, STACK, fx_opening.listening, fx_jobs.hear)
ledger_commands.add(main, STACK)
monitoring_commands.add(main, STACK, monitoring_files.shipped, monitoring_opening.wiring().rates)
SCREENING = screening_commands.add(main, screening_files.Disk())
compliance_commands.add(main, STACK, _with_keepers)
main.add_command(vault_cli.vault)
payments_commands.add(main, STACK, _payments)


@main.command("serve", help="Serve the customer API.")
@commands.one_line
def serve() -> None:
    uvloop.run(app.serve())


@main.command("worker", help="Run the worker: channel relay, audit sealer, outbox, jobs.")
@commands.one_line
def work() -> None:
    uvloop.run(worker.work())


@main.command("data-categories", help="Print what each column holds, why and how long, as a table in Markdown.")
@commands.one_line
def data_categories() -> None:
    click.echo("| table | columns | category | purpose | kept | form |")
    click.echo("|---|---|---|---|---|---|")
    for row in schema.rows(tables.METADATA):
        click.echo(f"| {' | '.join(row)} |")


@main.group("access", help="Who may do what.")
def access() -> None: ...


@main.group("identity", help="Accounts of those who work here, and the keys that sessions are signed with.")
def identity() -> None: ...


@identity.command("appoint", help="Make an account for somebody who works here; the invitation goes to their mailbox.")
@click.option("--email", required=True)
@click.option("--phone", required=True)
@click.option("--role", type=click.Choice(["admin", "staff"]), required=True)
@click.option("--language", default="en", show_default=True)
@commands.one_line
def appoint(email: str, phone: str, role: str, language: str) -> None:
    async def work(db: transaction.Database, config: settings.Settings) -> UUID:
        time = clock.SystemClock()
        random = ids.SystemIds(time)
        if config.config_file is None:
            raise kernel_settings.SettingsError("CUSTOMER_CONFIG_FILE is missing")
        held = branding_files.load(config.config_file, time.now())
        vault = await opening.vault(config, tables.METADATA, random, time)
        notifier = people.Teller(notifications_opening.post(held, vault, people.Directory(vault), time, random))
        made = identity_opening.identity(
            config, held.config, vault=vault, notifier=notifier, rights=rights, time=time, random=random
        )
        wanted = identity_accounts.Appointment(
            email=vault_rules.email(email),
            phone=vault_rules.phone(phone, made.country),
            role=access_model.Role(role),
            language=language,
        )
        try:
            return await db.run("identity.appoint", lambda tx: identity_accounts.appoint(tx, made, wanted, actor=None))
        finally:
            await vault.close()

    click.echo(commands.with_database(STACK, frozenset({"customer_operator"}), work))


@identity.command("new-token-keys", help="Print a key ring with one new key, for CUSTOMER_TOKEN_KEYS.")
@commands.one_line
def new_token_keys() -> None:
    click.echo(key_ring.example(ids.SystemIds()).decode(), nl=False)


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


key_commands.add(channel, STACK)
reopening_commands.add(channel, STACK, reopening.COMMANDS)


@channel.command("status", help="Show the link's state.")
@click.option("--json", "as_json", is_flag=True, help="print JSON")
@commands.one_line
def status(as_json: bool) -> None:
    found = commands.with_database(STACK, database.READERS, lambda db, _: db.read("gate.status", links.status))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    for state in found if not as_json else ():
        halted = f"  HALTED: {state.halted}{', reopening decided' if state.decided else ''}" if state.halted else ""
        click.echo(
            f"{state.channel}  {state.link}  last answer {state.answered_at or 'never'}  epoch {state.epoch}{halted}"
        )


@channel.command("heads", help="Print signed heads, ours and those witnessed, for `boundary verify-heads`.")
@click.option("--limit", type=click.IntRange(min=1), default=1000, show_default=True, help="the newest so many")
@click.option(
    "--audit-head", is_flag=True, help="the newest witnessed audit head, for `execution-stack audit verify --head`"
)
@click.option("--json", "as_json", is_flag=True, help="print JSON")
@commands.one_line
def heads_(limit: int, *, audit_head: bool, as_json: bool) -> None:
    found = commands.with_database(
        STACK, database.READERS, lambda db, _: db.read("gate.heads", lambda tx: heads.export(tx, limit))
    )
    if audit_head:
        click.echo(msgspec.json.encode(heads.witnessed_audit_head(found)).decode())
        return
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    for each in found.heads if not as_json else ():
        click.echo(f"{each.channel}  {each.origin:6}  {each.verdict:11}  {each.summary}")


@channel.command("checkpoint", help="Let the worker state our totals now; both sides then work out the same.")
@commands.one_line
def checkpoint() -> None:
    commands.with_database(
        STACK,
        frozenset({STACK.operator}),
        lambda db, _: db.run("gate.command", lambda tx: jobs.enqueue(tx, gate_jobs.Checkpoint(), ids.SystemIds())),
    )
    click.echo("asked for: the worker states them within a second or two")


@channel.command("burn-references", help="Give up every reference that nobody stands behind, as after a restore.")
@click.argument("channel_id", type=click.UUID)
@commands.one_line
def burn_references(channel_id: UUID) -> None:
    burnt = commands.with_database(
        STACK,
        frozenset({STACK.operator}),
        lambda db, _: db.run("gate.command", lambda tx: references.burn_unattached(tx, channel_id)),
    )
    click.echo(f"{burnt} references burnt; the worker asks for new ones")


@channel.command("drill", help="Send intents in test mode and measure what comes back.")
@click.option("--instrument", type=click.UUID, required=True)
@click.option("--count", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--participants", type=click.IntRange(1, 500), default=100, show_default=True)
@click.option("--batch", type=click.IntRange(1, 5000), default=1000, show_default=True, help="intents per transaction")
@click.option("--seconds-max", type=click.IntRange(min=1), default=120, show_default=True)
@commands.one_line
def drill_(instrument: UUID, count: int, participants: int, batch: int, seconds_max: int) -> None:
    async def work(db: transaction.Database, config: settings.Settings) -> drill.Report:
        channel_id = _in_test_mode(config)
        ticks = {each.ref: each.tick_size for each in await db.read("drill.instruments", markets.every)}
        tick_size = ticks.get(instrument, drill.TICK_SIZE)
        return await drill.run(
            db,
            channel_id,
            drill.Plan(instrument, count, participants, batch, seconds_max, tick_size),
            markets.Trading(),
        )

    report = commands.with_database(STACK, frozenset({"customer_worker"}), work)
    click.echo(msgspec.json.encode(report).decode())
    if report.answered < count:
        raise SystemExit(1)


@channel.command("drill-wallet", help="Ask for a custody wallet in test mode, and print its address.")
@click.option("--seconds-max", type=click.IntRange(min=1), default=60, show_default=True)
@commands.one_line
def drill_wallet(seconds_max: int) -> None:
    found = commands.with_database(
        STACK,
        frozenset({"customer_worker"}),
        lambda db, config: drill.custody(db, _in_test_mode(config), seconds_max),
    )
    click.echo(f"0x{found.address.hex()}")


def _in_test_mode(config: settings.Settings) -> UUID:
    """The channel, if this deployment may be given load that nobody meant."""
    if not config.test_mode:
        raise kernel_settings.SettingsError("a drill sends intents that nobody meant: set CUSTOMER_TEST_MODE=true")
    if config.channel_id is None:
        raise kernel_settings.SettingsError("CUSTOMER_CHANNEL_ID is missing")
    return config.channel_id


def _with_screening(
    work: Callable[[transaction.Database, screening_wiring.Screening], Awaitable[T]],
) -> T:
    async def wired(db: transaction.Database, opened: vault_service.Vault, config: settings.Settings) -> T:
        time = clock.SystemClock()
        return await work(db, screening_opening.screening(config, opened, time, ids.SystemIds(time)))

    return vault_cli.with_vault(wired)


screening_loading.add(
    SCREENING,
    screening_files.Disk(),
    STACK,
    screening_loading.Wired(screening_opening.policy, _with_screening),
)


@main.group("notifications", help="What people are told, and how it reaches them.")
def notifications() -> None: ...


@notifications.command("outbox", help="Print what test mode keeps instead of sending it, newest first.")
@click.option("--to", metavar="ADDRESS", help="only messages to this e-mail address or phone number")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="print JSON")
@commands.one_line
def outbox(to: str | None, limit: int, as_json: bool) -> None:
    box = notifications_opening.shown_outbox(settings.load(os.environ))
    if box is None:
        raise kernel_settings.SettingsError(
            "there is an outbox only in test mode, where CUSTOMER_MAIL_URL is file:///…"
        )
    messages = box.read(to, limit)
    if as_json:
        click.echo(msgspec.json.encode(messages).decode())
    for message in messages if not as_json else ():
        click.echo(f"{message.at:%Y-%m-%d %H:%M:%S}  {message.channel.value:<5}  {message.to}  {message.text}")


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
def schema_() -> None:
    click.echo(branding.schema().decode(), nl=False)
