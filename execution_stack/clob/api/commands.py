"""`execution-stack clob`: the group, with the commands that need neither settings nor a database: `replay` and `bench`."""

from pathlib import Path

import click
import msgspec

from boundary.kernel.runtime import commands
from execution_stack.clob.api import operating
from execution_stack.clob.formats import scenarios
from execution_stack.clob.native import choosing
from execution_stack.clob.replay import measuring
from execution_stack.clob.replay import scenarios as replaying


def add(main: click.Group, stack: commands.Stack) -> None:
    """Add the group to the stack's commands."""

    @main.group("clob", help="The order books: what operators tell them and see, recorded flows, and speed.")
    def clob() -> None: ...

    _replaying(clob)
    _measuring(clob)
    operating.add(clob, stack)


def _replaying(clob: click.Group) -> None:
    @clob.command(
        "replay", help="Run a scenario file (clob-scenario/1) and print trades, refusals and the book as JSON."
    )
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option(
        "--engine",
        type=click.Choice([choosing.NATIVE, choosing.PYTHON]),
        help="native where it was built, if not given",
    )
    @click.option("--json", "as_json", is_flag=True, help="in one line")
    @commands.one_line
    def replay(file: Path, engine: str | None, *, as_json: bool) -> None:
        outcome = replaying.run(scenarios.read(file.read_bytes()), engine)
        click.echo(scenarios.write(outcome, compact=as_json))


def _measuring(clob: click.Group) -> None:
    @clob.command("bench", help="Measure both books on a seeded flow: commands and trades a second, latency, memory.")
    @click.option("--commands", "count", type=click.IntRange(1_000), default=1_000_000, show_default=True)
    @click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
    @click.option("--json", "as_json", is_flag=True, help="print JSON")
    @commands.one_line
    def bench(count: int, seed: int, *, as_json: bool) -> None:
        found = measuring.measure(count, seed)
        if as_json:
            click.echo(msgspec.json.encode(found._asdict()).decode())
            return
        click.echo(f"{found.commands:,} commands, {found.trades:,} trades, {found.live:,} orders left, seed {seed}")
        click.echo("half passive orders, three eighths cancels, one eighth that takes; the best of three rounds\n")
        for each in found.figures:
            click.echo(f"{each.name:14} {each.commands:12,} commands/s {each.trades:12,} trades/s")
        for engine, shares in found.latency.items():
            shown = "  ".join(f"{name} {taken:,}" for name, taken in shares.items())
            click.echo(f"{engine:14} one call, ns: {shown}")
        if found.bytes_per_order:
            click.echo(f"{'native':14} {found.bytes_per_order} bytes for each resting order")
        else:
            click.echo("the native core was not built here")
        click.echo(f"state digest {found.digest}, the same in every run above")
