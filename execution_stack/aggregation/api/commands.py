"""`execution-stack allocation …`: pooled orders as operators and outsiders see them."""

from uuid import UUID

import click
import msgspec

from boundary.kernel.runtime import commands
from execution_stack.aggregation.service import exporting

LIMIT_MAX = 1000


def add(main: click.Group, stack: commands.Stack) -> None:
    """Add the group to the stack's commands."""

    @main.group("allocation", help="Pooled orders, and how they were shared out.")
    def allocation() -> None: ...

    @allocation.command("export", help="Print all that `boundary verify-allocation` needs to check one order. JSON.")
    @click.argument("order", type=click.UUID)
    @commands.one_line
    def export(order: UUID) -> None:
        found = commands.with_database(
            stack, stack.readers, lambda db, _: db.read("aggregation.export", lambda tx: exporting.document(tx, order))
        )
        click.echo(msgspec.json.encode(found).decode())

    @allocation.command("orders", help="Show pooled orders, the newest first. One JSON object a line.")
    @click.option("--limit", type=click.IntRange(1, LIMIT_MAX), default=50, show_default=True)
    @commands.one_line
    def orders(limit: int) -> None:
        found = commands.with_database(
            stack, stack.readers, lambda db, _: db.read("aggregation.list", lambda tx: exporting.newest(tx, limit))
        )
        for each in found:
            click.echo(msgspec.json.encode(each).decode())
