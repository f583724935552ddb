"""`execution-stack clob …` on the database: what operators tell books, what they see, and whether history holds."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import click
import msgspec

from boundary.kernel import clock
from boundary.kernel.runtime import commands, transaction
from execution_stack.clob import model
from execution_stack.clob.service import listing, opening, operating, verifying

Told = Callable[[transaction.Tx], Awaitable[int]]


def add(clob: click.Group, stack: commands.Stack) -> None:
    """Add the commands that need a database to the group."""
    _opening(clob, stack)
    _trading(clob, stack)
    _breakers(clob, stack)
    _cancelling(clob, stack)
    _showing(clob, stack)
    _verifying(clob, stack)


def _tell(stack: commands.Stack, work: Told) -> None:
    number = commands.with_database(stack, frozenset({stack.operator}), lambda db, _: db.run("clob.command", work))
    click.echo(f"in the journal from command {number}")


def _opening(clob: click.Group, stack: commands.Stack) -> None:
    @clob.command("open", help="Give INSTRUMENT, which is of the route clob, a book on a shard.")
    @click.argument("instrument", type=click.UUID)
    @click.option("--shard", type=click.IntRange(0, opening.SHARDS_MAX - 1), default=0, show_default=True)
    @click.option(
        "--day-ends", type=click.IntRange(0, opening.DAY_SECONDS - 1), default=0, show_default=True,
        help="when orders for the day end, in seconds after midnight UTC",
    )  # fmt: skip
    @commands.one_line
    def open_(instrument: UUID, shard: int, day_ends: int) -> None:
        now = clock.SystemClock().now()
        place = commands.with_database(
            stack,
            frozenset({stack.operator}),
            lambda db, _: db.run(
                "clob.open", lambda tx: opening.open_book(tx, instrument, shard, now, day_ends=day_ends)
            ),
        )
        click.echo(f"{instrument}: book {place.book} on shard {place.shard}")

    @clob.command("books", help="Show every book with its instrument and shard.")
    @commands.one_line
    def books() -> None:
        found = commands.with_database(stack, stack.readers, lambda db, _: db.read("clob.books", listing.every))
        for each in found:
            click.echo(f"{each.number:6}  {each.instrument}  shard {each.shard}  {each.code}")


def _trading(clob: click.Group, stack: commands.Stack) -> None:
    @clob.command("halt", help="Stop trading of INSTRUMENT; orders rest, cancels are taken.")
    @click.argument("instrument", type=click.UUID)
    @click.option("--auction", is_flag=True, help="collect limit orders meanwhile")
    @commands.one_line
    def halt(instrument: UUID, *, auction: bool) -> None:
        _tell(stack, lambda tx: operating.halt(tx, instrument, auction=auction))

    @clob.command("resume", help="Open the book of INSTRUMENT again, by an auction.")
    @click.argument("instrument", type=click.UUID)
    @click.option("--reference", type=click.IntRange(0), default=0, help="price in ticks; the last one if not given")
    @commands.one_line
    def resume(instrument: UUID, reference: int) -> None:
        _tell(stack, lambda tx: operating.resume(tx, instrument, reference))


def _breakers(clob: click.Group, stack: commands.Stack) -> None:
    @clob.command("band", help="Halt INSTRUMENT instead of trading further than TICKS from the last price; 0 for any.")
    @click.argument("instrument", type=click.UUID)
    @click.argument("ticks", type=click.IntRange(0))
    @commands.one_line
    def band(instrument: UUID, ticks: int) -> None:
        _tell(stack, lambda tx: operating.band(tx, instrument, ticks))

    @clob.command("volume", help="Halt INSTRUMENT when more than LOTS trade in a window; 0 for any.")
    @click.argument("instrument", type=click.UUID)
    @click.argument("lots", type=click.IntRange(0))
    @click.option("--seconds", type=click.IntRange(1, 86_400), default=60, show_default=True)
    @commands.one_line
    def volume(instrument: UUID, lots: int, seconds: int) -> None:
        _tell(stack, lambda tx: operating.volume(tx, instrument, lots, seconds, clock.SystemClock()))

    @clob.command("limits", help="Limit PARTICIPANT on the book of INSTRUMENT; 0 is no limit.")
    @click.argument("instrument", type=click.UUID)
    @click.argument("participant", type=click.UUID)
    @click.option("--lots", type=click.IntRange(0), default=0, help="largest order")
    @click.option("--orders", type=click.IntRange(0), default=0, help="most open orders")
    @click.option("--notional", type=click.IntRange(0), default=0, help="most open ticks times lots")
    @click.option("--barred", is_flag=True, help="may not place or enlarge orders")
    @commands.one_line
    def limits(instrument: UUID, participant: UUID, lots: int, orders: int, notional: int, *, barred: bool) -> None:
        _tell(stack, lambda tx: operating.limits(tx, instrument, participant, lots, orders, notional, barred=barred))

    @clob.command("prevention", help="Whose order ends when a participant would trade with itself on INSTRUMENT.")
    @click.argument("instrument", type=click.UUID)
    @click.argument("whose", type=click.Choice([each.name.lower() for each in model.Prevention]))
    @commands.one_line
    def prevention(instrument: UUID, whose: str) -> None:
        _tell(stack, lambda tx: operating.rules(tx, instrument, model.Prevention[whose.upper()]))


def _cancelling(clob: click.Group, stack: commands.Stack) -> None:
    @clob.command("cancel", help="Cancel an ORDER of INSTRUMENT by force.")
    @click.argument("instrument", type=click.UUID)
    @click.argument("order", type=click.IntRange(1))
    @commands.one_line
    def cancel(instrument: UUID, order: int) -> None:
        _tell(stack, lambda tx: operating.cancel(tx, instrument, order))

    @clob.command("mass-cancel", help="Cancel all orders of PARTICIPANT on the book of INSTRUMENT.")
    @click.argument("instrument", type=click.UUID)
    @click.argument("participant", type=click.UUID)
    @commands.one_line
    def mass_cancel(instrument: UUID, participant: UUID) -> None:
        _tell(stack, lambda tx: operating.mass_cancel(tx, instrument, participant))


def _shown(command: Any) -> Any:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="print JSON lines"),
        click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True),
        click.option("--before", type=click.IntRange(1), help="only older ones than this number"),
        click.option("--channel", type=click.UUID, help="of this customer stack"),
        click.option("--instrument", type=click.UUID),
    ):
        command = option(command)
    return command


def _print(rows: list[Any], *, as_json: bool) -> None:
    for each in rows:
        fields = each._asdict()
        if as_json:
            click.echo(msgspec.json.encode(fields).decode())
        else:
            click.echo("  ".join(f"{name} {'-' if value is None else value}" for name, value in fields.items()))


def _showing(clob: click.Group, stack: commands.Stack) -> None:
    @clob.command("orders", help="Show orders of all channels, newest first.")
    @_shown
    @click.option("--participant", type=click.UUID)
    @click.option("--state", type=click.Choice([each.value for each in model.OrderState]))
    @commands.one_line
    def orders(*, as_json: bool, **filters: Any) -> None:
        found = commands.with_database(
            stack, stack.readers, lambda db, _: db.read("clob.orders", lambda tx: listing.orders(tx, **filters))
        )
        _print(found, as_json=as_json)

    @clob.command("trades", help="Show trades of all channels, newest first.")
    @_shown
    @commands.one_line
    def trades(*, as_json: bool, **filters: Any) -> None:
        found = commands.with_database(
            stack, stack.readers, lambda db, _: db.read("clob.trades", lambda tx: listing.trades(tx, **filters))
        )
        _print(found, as_json=as_json)


def _verifying(clob: click.Group, stack: commands.Stack) -> None:
    @clob.command("verify", help="Match history again and compare events and states; names the first difference.")
    @click.option("--shard", type=click.IntRange(0, opening.SHARDS_MAX - 1), help="one shard; all if not given")
    @click.option("--from-snapshot", is_flag=True, help="begin with the oldest snapshot that is kept")
    @click.option("--engine", type=click.Choice(["native", "python"]), help="native where it was built, if not given")
    @click.option("--json", "as_json", is_flag=True, help="print JSON lines")
    @commands.one_line
    def verify(shard: int | None, engine: str | None, *, from_snapshot: bool, as_json: bool) -> None:
        async def work(db: transaction.Database, _: Any) -> list[verifying.Report]:
            numbers = await verifying.shards(db) if shard is None else [shard]
            with commands.counting("commands matched again") as progress:
                return [
                    await verifying.verify(db, each, from_snapshot=from_snapshot, engine=engine, progress=progress)
                    for each in numbers
                ]

        reports = commands.with_database(stack, stack.readers, work)
        for each in reports:
            if as_json:
                click.echo(msgspec.json.encode(each._asdict()).decode())
            else:
                click.echo(
                    f"shard {each.shard}: {each.commands} commands in {each.batches} batches, {each.snapshots} snapshots, "
                    f"{'FAULT: ' + each.fault if each.fault else 'all as written'}; state {each.digest}"
                )
        if any(each.fault for each in reports):
            raise SystemExit(1)
