"""`execution-stack …`: every command of the execution deployment."""

import os
from collections.abc import Awaitable, Callable
from datetime import UTC
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click
import msgspec
import uvloop

from boundary.kernel import clock, ids
from boundary.kernel.runtime import commands, key_commands, manifest, operator_commands, privacy_commands, transaction
from boundary.kernel.runtime import settings as kernel_settings
from execution_stack import app, database, settings, tables, worker
from execution_stack.gate.service import announcements, channels, vocabulary
from execution_stack.instruments import model, service
from execution_stack.operators import service as operators
from execution_stack.wallets.adapters import keystore

T = TypeVar("T")

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


@main.command("serve", help="Serve the gate: the only way in.")
@commands.one_line
def serve() -> None:
    uvloop.run(app.serve())


@main.command("worker", help="Run the worker: audit sealer, outbox, jobs, watch over channels.")
@commands.one_line
def work() -> None:
    uvloop.run(worker.work())


@main.group("channel", help="The customer stacks that may speak to this one.")
def channel() -> None: ...


@channel.command("open", help="Admit a customer stack by its channel id. Repeatable.")
@click.argument("channel_id", type=click.UUID)
@commands.one_line
def open_(channel_id: UUID) -> None:
    new = commands.with_database(
        STACK,
        frozenset({"execution_operator"}),
        lambda db, _: db.run("gate.register", lambda tx: channels.register(tx, channel_id)),
    )
    click.echo(f"{channel_id}: {'admitted' if new else 'was admitted before'}")


key_commands.add(channel, STACK)


@channel.command("status", help="Show every channel's state.")
@click.option("--json", "as_json", is_flag=True, help="print JSON")
@commands.one_line
def status(as_json: bool) -> None:
    found = commands.with_database(STACK, database.READERS, lambda db, _: db.read("gate.status", channels.status))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    for state in found if not as_json else ():
        click.echo(f"{state.channel}  {state.link}  last heard {state.heard_at or 'never'}")


@main.group("instruments", help="The register of what can be traded.")
def instruments() -> None: ...


@instruments.command("add", help="List an instrument; every customer stack hears of it.")
@click.option("--code", required=True, help="capital letters, digits, dot and dash")
@click.option("--route", type=click.Choice([each.value for each in model.Route]), default="omnibus", show_default=True)
@click.option(
    "--product", type=click.Choice([each.value for each in model.Product]), default="event_contract", show_default=True
)
@click.option(
    "--tick-size", type=click.IntRange(min=1), default=10_000, show_default=True, help="micro-USD per lot and tick"
)
@click.option(
    "--lot-size", type=click.IntRange(min=1), default=1_000_000, show_default=True, help="millionths of a unit"
)
@click.option("--price-max", type=click.IntRange(min=1), default=99, show_default=True, help="in ticks")
@click.option("--cap-lots", type=click.IntRange(min=1), default=25_000, show_default=True)
@click.option("--opens-at", type=click.DateTime(["%Y-%m-%dT%H:%M:%S"]), help="UTC; now if not given")
@click.option("--closes-at", type=click.DateTime(["%Y-%m-%dT%H:%M:%S"]), required=True, help="UTC")
@click.option("--document", required=True, metavar="HEX", help="SHA-256 of the public document")
@commands.one_line
def add(code: str, route: str, product: str, document: str, **grid: Any) -> None:
    opens_at = grid.pop("opens_at")
    instrument = model.Instrument(
        ref=ids.SystemIds().ref(),
        code=code,
        route=model.Route(route),
        product=model.Product(product),
        state=model.State.LISTED,
        opens_at=opens_at.replace(tzinfo=UTC) if opens_at else clock.SystemClock().now(),
        closes_at=grid.pop("closes_at").replace(tzinfo=UTC),
        document=_hash(document),
        **grid,
    )
    _as_operator(lambda tx: service.add(tx, instrument, announcements.Announcer()))
    click.echo(str(instrument.ref))


def _hash(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise model.BadInstrument("a document is named by its SHA-256: 64 hexadecimal digits")
    return found


def _as_operator(work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
    roles = frozenset({"execution_operator"})
    return commands.with_database(STACK, roles, lambda db, _: db.run("instruments.command", work))


@instruments.command("list", help="Show the register.")
@commands.one_line
def list_() -> None:
    found = commands.with_database(STACK, database.READERS, lambda db, _: db.read("instruments.list", service.every))
    for each in found:
        click.echo(f"{each.ref}  {each.code:32}  {each.route:8}  {each.state}")


def _mover(event: model.StateEvent) -> click.Command:
    @click.command(event.value, help=f"{event.value.capitalize()} an instrument; every customer stack hears of it.")
    @click.argument("instrument", type=click.UUID)
    @commands.one_line
    def command(instrument: UUID) -> None:
        moved = _as_operator(lambda tx: service.move(tx, instrument, event, announcements.Announcer()))
        click.echo(f"{moved.ref}: {moved.state}")

    return command


for each_event in model.StateEvent:
    instruments.add_command(_mover(each_event))


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
