"""`execution-stack …`: every command of the execution deployment."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click
import msgspec
import uvloop

from boundary.kernel import ids, primitives
from boundary.kernel.runtime import (
    approvals,
    commands,
    jobs,
    key_commands,
    manifest,
    operator_commands,
    privacy_commands,
    reopening_commands,
)
from boundary.kernel.runtime import settings as kernel_settings
from execution_stack import app, database, desks, engine, settings, tables, worker
from execution_stack.aggregation.api import commands as aggregation_commands
from execution_stack.catalogue.api import commands as catalogue_commands
from execution_stack.clob.api import commands as clob_commands
from execution_stack.clob.service import opening
from execution_stack.documents import model as documents_model
from execution_stack.documents import rules as documents_rules
from execution_stack.documents import service as documents
from execution_stack.documents.adapters import files
from execution_stack.gate import jobs as gate_jobs
from execution_stack.gate.service import (
    announcements,
    channels,
    governing,
    heads,
    open_orders,
    publishing,
    reopening,
    vocabulary,
)
from execution_stack.instruments.api import commands as commands_of_instruments
from execution_stack.operators import service as operators
from execution_stack.risk.api import commands as commands_of_risk
from execution_stack.venues.adapters.kalshi import signing
from execution_stack.venues.api import commands as venue_commands
from execution_stack.venues.api import hand
from execution_stack.wallets.adapters import keystore

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

STACK = commands.Stack(
    name="execution-stack",
    load=settings.load,
    processes=tuple(settings.NEEDS),
    plan=database.PLAN,
    connect=database.connect,
    readers=database.READERS,
    operator="execution_operator",
)


def _facts() -> manifest.Facts:
    """What this stack tells its auditor about itself, beside what the kernel reads from its code."""
    return manifest.Facts(
        stack="execution",
        prefix=settings.PREFIX,
        settings=settings.Settings,
        plan=database.PLAN,
        metadata=tables.METADATA,
        purposes=tables.PURPOSES,
        vocabulary=vocabulary.digest(),
        wall=database.WALL.split("$wall$")[1],
    )


@click.group(help="The execution deployment: pooled orders, matching, settlement, and no person anywhere.")
def main() -> None: ...


commands.add(main, STACK)
privacy_commands.add(main, STACK, _facts)
operator_commands.add(main, STACK, operators.STACK)
clob_commands.add(main, STACK)
catalogue_commands.add(venue_commands.add(main, STACK, desks.account), STACK, desks.stores, publishing.Announcer())


@main.command("serve", help="Serve the gate: the only way in.")
@commands.one_line
def serve() -> None:
    uvloop.run(app.serve())


@main.command("worker", help="Run the worker: audit sealer, outbox, jobs, watch over channels.")
@commands.one_line
def work() -> None:
    uvloop.run(worker.work())


@main.command("engine", help="Match the books of one shard.")
@click.option("--shard", type=click.IntRange(0, 1023), default=0, show_default=True)
@click.option(
    "--standby", is_flag=True, help="wait while another engine holds the shard, and take over when it is gone"
)
@commands.one_line
def engine_(shard: int, *, standby: bool) -> None:
    uvloop.run(engine.match(shard, standby=standby))


@main.group("channel", help="The customer stacks that may speak to this one.")
def channel() -> None: ...


@channel.command("open", help="Admit a customer stack by its channel id. Repeatable; a later call may add a key.")
@click.argument("channel_id", type=click.UUID)
@click.option("--public-key", "public_keys", multiple=True, metavar="HEX", help="a key that signs its heads")
@commands.one_line
def open_(channel_id: UUID, public_keys: tuple[str, ...]) -> None:
    signers = channels.public_keys(public_keys)
    new = commands.with_database(
        STACK,
        frozenset({"execution_operator"}),
        lambda db, _: db.run("gate.register", lambda tx: channels.register(tx, channel_id, signers)),
    )
    click.echo(f"{channel_id}: {'admitted' if new else 'was admitted before'}")


channel.add_command(open_, "admit")
key_commands.add(channel, STACK)
reopening_commands.add(channel, STACK, reopening.COMMANDS)


@channel.command("status", help="Show every channel's state.")
@click.option("--json", "as_json", is_flag=True, help="print JSON")
@commands.one_line
def status(as_json: bool) -> None:
    found = commands.with_database(STACK, database.READERS, lambda db, _: db.read("gate.status", channels.status))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    for state in found if not as_json else ():
        halted = f"  HALTED: {state.halted}{', reopening decided' if state.decided else ''}" if state.halted else ""
        click.echo(
            f"{state.channel}  {state.link}  last heard {state.heard_at or 'never'}  epoch {state.epoch}{halted}"
        )


@channel.command("heads", help="Print signed heads, ours and those witnessed, for `boundary verify-heads`.")
@click.option("--limit", type=click.IntRange(min=1), default=1000, show_default=True, help="the newest so many")
@click.option(
    "--audit-head", is_flag=True, help="the newest witnessed audit head, for `customer-stack audit verify --head`"
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


BOOKS = governing.Books()
commands_of_instruments.add(
    main,
    commands_of_instruments.Around(
        STACK, announcements.Announcer(), open_orders.Intake(), documents.require, BOOKS, opening.listable
    ),
)


aggregation_commands.add(main, STACK)
commands_of_risk.add(main, commands_of_risk.Around(STACK, channels.Admitted(), BOOKS))


@main.group("wallets", help="Participants' wallets, and the vault of those in custody.")
def wallets_() -> None: ...


@wallets_.command("keystore", help="Make the vault of custody keys: FILE, sealed with EXECUTION_CUSTODY_PASSPHRASE.")
@click.argument("file", type=click.Path(path_type=Path))
@commands.one_line
def keystore_(file: Path) -> None:
    passphrase = settings.load(os.environ).custody_passphrase
    if passphrase is None:
        raise kernel_settings.SettingsError("EXECUTION_CUSTODY_PASSPHRASE is missing")
    keystore.create(file, passphrase.reveal(), ids.SystemIds())
    click.echo(
        f"{file}: made; without this file and its passphrase no custody wallet can be moved, so keep copies of both"
    )


@main.group("documents", help="Public documents by their hash: imported by two operators, swept, served.")
def documents_() -> None: ...


def _described(command: F) -> F:
    """What is said of a document before it is read."""
    kinds, media = [each.value for each in documents_model.Kind], [each.value for each in documents_model.Media]
    for option in (
        click.option("--media", type=click.Choice(media), help="by the file's ending if not given"),
        click.option("--kind", type=click.Choice(kinds), required=True),
        click.argument("file", type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


def _document(file: Path, kind: str, media: str | None) -> tuple[documents_model.Document, bytes]:
    """A file as what would be registered, swept."""
    named = media or {".md": "markdown", ".json": "json", ".pdf": "pdf"}.get(file.suffix.lower())
    if named is None:
        raise kernel_settings.SettingsError(f"{file}: say with --media what this is")
    with file.open("rb") as stream:
        data = stream.read(files.BYTES_MAX + 1)
    of = documents_model.Kind(kind), documents_model.Media(named)
    return documents.describe(data, *of, publishing.Sweep()), data


def _store() -> files.Files:
    directory = settings.load(os.environ).documents
    if directory is None:
        raise kernel_settings.SettingsError("EXECUTION_DOCUMENTS is missing")
    return files.Files(directory)


@documents_.command("statement", help="Sweep FILE and print what two operators must sign before it is imported.")
@_described
@click.option("--hours", type=click.IntRange(1, 168), default=24, show_default=True, help="good for")
@commands.one_line
def statement(file: Path, kind: str, media: str | None, hours: int) -> None:
    found, _ = _document(file, kind, media)
    made = approvals.statement(
        operators.STACK,
        documents_rules.PURPOSE,
        documents_rules.subject(found.hash),
        documents_rules.facts(found),
        nonce=ids.SystemIds().ref(),
        now=operator_commands.now_seconds(),
        seconds=hours * 3600,
    )
    click.echo(approvals.write_statement(made), nl=False)


@documents_.command("import", help="Publish FILE, which two operators have signed; every customer stack hears of it.")
@_described
@operator_commands.signed
@commands.one_line
def import_(file: Path, kind: str, media: str | None, statement_file: Path, approval_files: tuple[Path, ...]) -> None:
    found, data = _document(file, kind, media)
    made, given = operator_commands.read_signed(statement_file, approval_files)
    _store().put(found.hash, data)
    now, announcer = operator_commands.now_seconds(), publishing.Announcer()
    commands.with_database(
        STACK,
        frozenset({STACK.operator}),
        lambda db, _: db.run(
            "documents.command", lambda tx: documents.register(tx, found, made, given, now, announcer)
        ),
    )
    click.echo(found.hash.hex())


@documents_.command("restore", help="Put the bytes of a registered document back into the store.")
@click.argument("file", type=click.Path(path_type=Path))
@commands.one_line
def restore(file: Path) -> None:
    with file.open("rb") as stream:
        data = stream.read(files.BYTES_MAX + 1)
    hashed = primitives.sha256(data)
    commands.with_database(
        STACK, database.READERS, lambda db, _: db.read("documents.find", lambda tx: documents.require(tx, hashed))
    )
    _store().put(hashed, data)
    click.echo(hashed.hex())


@documents_.command("list", help="Show the register.")
@commands.one_line
def list_documents() -> None:
    found = commands.with_database(STACK, database.READERS, lambda db, _: db.read("documents.list", documents.every))
    for each in found:
        click.echo(f"{each.hash.hex()}  {each.kind:17}  {each.media:8}  {each.size} bytes")


hand.add(main, hand.Keys(signing.make, signing.public))
