"""`execution-stack …`: every command of the execution deployment."""

from uuid import UUID

import click
import msgspec
import uvloop

from boundary.kernel.runtime import commands
from execution_stack import app, database, settings, worker
from execution_stack.gate import service as gate_service

STACK = commands.Stack(
    name="execution-stack",
    load=settings.load,
    processes=tuple(settings.NEEDS),
    plan=database.PLAN,
    connect=database.connect,
    readers=database.READERS,
    operator="execution_operator",
)


@click.group(help="The execution deployment: pooled orders, matching, settlement, and no person anywhere.")
def main() -> None: ...


commands.add(main, STACK)


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
        lambda db, _: db.run("gate.register", lambda tx: gate_service.register(tx, channel_id)),
    )
    click.echo(f"{channel_id}: {'admitted' if new else 'was admitted before'}")


@channel.command("status", help="Show every channel's state.")
@click.option("--json", "as_json", is_flag=True, help="print JSON")
@commands.one_line
def status(as_json: bool) -> None:
    found = commands.with_database(STACK, database.READERS, lambda db, _: db.read("gate.status", gate_service.status))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    for state in found if not as_json else ():
        click.echo(f"{state.channel}  {state.link}  last heard {state.heard_at or 'never'}")
