"""`execution-stack venue …`: what operators see of a venue and may do there.

Reading our own record and the switch need the database alone, so they work when the venue does not. What asks the venue
itself needs its address and key among the settings, as the worker has them.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import click
import msgspec

from boundary.kernel import clock, ids
from boundary.kernel.runtime import commands, jobs, settings, transaction
from execution_stack.venues import model
from execution_stack.venues.model import dealing, entries
from execution_stack.venues.service import accounting, killing, placing, reconciling, showing, snapshots
from execution_stack.venues.service.wiring import Dealing

T = TypeVar("T")
Connect = Callable[[Any], Dealing | None]
_DOLLARS = click.IntRange(min=1)
_VENUE = dealing.Name.KALSHI


def add(main: click.Group, stack: commands.Stack, connect: Connect) -> click.Group:
    """Add the group to the stack's commands, and hand it out for what other capabilities add."""

    @main.group("venue", help="The exchange: orders there, positions, the catalogue, and the switch that stops it all.")
    def venue() -> None: ...

    _reading(venue, stack)
    _orders(venue, stack)
    _switch(venue, stack)
    _asking(venue, stack, connect)
    _markets(venue, stack)
    return venue


def _read(stack: commands.Stack, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
    return commands.with_database(stack, stack.readers, lambda db, _: db.read("venues.command", work))


def _run(stack: commands.Stack, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
    roles = frozenset({stack.operator})
    return commands.with_database(stack, roles, lambda db, _: db.run("venues.command", work))


def _show(found: Any, lines: list[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(found, enc_hook=bytes.hex).decode())
    for line in lines if not as_json else ():
        click.echo(line)


def _money(micros: int | None) -> str:
    if micros is None:
        return "none"
    sign = "-" if micros < 0 else ""
    return f"{sign}{abs(micros) // model.DOLLAR}.{abs(micros) % model.DOLLAR:06} USD"


def _contracts(hundredths: int) -> str:
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // model.CONTRACT}.{abs(hundredths) % model.CONTRACT:02}"


_JSON = click.option("--json", "as_json", is_flag=True, help="print JSON")


def _reading(venue: click.Group, stack: commands.Stack) -> None:
    @venue.command("balance", help="Cash as our record has it, and what open orders may still cost.")
    @_JSON
    @commands.one_line
    def balance(*, as_json: bool) -> None:
        found = _read(stack, lambda tx: showing.balance(tx, _VENUE))
        lines = [
            f"state     {found.state}{f' ({found.cause})' if found.cause else ''}",
            f"cash      {_money(found.cash)}",
            f"reserved  {_money(found.reserved)}",
            *(f"{state:18} {count}" for state, count in found.orders.items()),
        ]
        _show(found, lines, as_json=as_json)

    @venue.command("positions", help="Contracts held, by our own record: above zero YES, below zero NO.")
    @_JSON
    @commands.one_line
    def positions(*, as_json: bool) -> None:
        found = _read(stack, lambda tx: showing.positions(tx, _VENUE))
        lines = [
            f"{each.market:32}  {_contracts(each.net):>14}  fees {_money(each.fees)}"
            f"{'  settled' if each.settled else ''}"
            for each in found
        ]
        _show(found, lines, as_json=as_json)

    @venue.command("snapshots", help="What was kept of the venue's own words: kind, time, hashes.")
    @click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
    @commands.one_line
    def snapshots_(limit: int) -> None:
        for kind, at, file, content, size in _read(stack, lambda tx: snapshots.newest(tx, _VENUE, limit)):
            click.echo(f"{at}  {kind:12}  {size:8}  content {content.hex()}  file {file.hex()}")

    @venue.command("findings", help="Where our record and the venue's differ, as far as is known.")
    @_JSON
    @commands.one_line
    def findings(*, as_json: bool) -> None:
        found = _read(stack, lambda tx: showing.findings(tx, _VENUE))
        _show(found, [_finding(each) for each in found], as_json=as_json)


def _finding(each: dealing.Difference) -> str:
    parts = [each.kind.value]
    parts += [f"order {each.order}"] if each.order else []
    parts += [f"fill {each.fill}"] if each.fill else []
    parts += [each.market] if each.market else []
    parts += [f"ours {each.ours}, theirs {each.theirs}"] if each.ours is not None or each.theirs is not None else []
    return "  ".join(parts)


def _line(each: dealing.Order) -> str:
    return (
        f"{each.ref}  {each.market:32}  {each.side}  {_money(each.price)}  {_contracts(each.filled)}"
        f" of {_contracts(each.count)}  {each.state}{f' ({each.refusal})' if each.refusal else ''}"
    )


def _orders(venue: click.Group, stack: commands.Stack) -> None:
    @venue.command("orders", help="Orders that are open, or all.")
    @click.option("--all", "over", is_flag=True, help="those that are over, too")
    @click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
    @_JSON
    @commands.one_line
    def orders(limit: int, *, over: bool, as_json: bool) -> None:
        found = _read(stack, lambda tx: showing.orders(tx, _VENUE, limit, over=over))
        _show(found, [_line(each) for each in found], as_json=as_json)

    @venue.group("order", help="Show one order, or ask for it to be cancelled.")
    def order() -> None: ...

    @order.command("show", help="An order with what was asked about it and what it brought.")
    @click.argument("ref", type=click.UUID)
    @_JSON
    @commands.one_line
    def show(ref: UUID, *, as_json: bool) -> None:
        found = _read(stack, lambda tx: showing.order(tx, _VENUE, ref))
        lines = [_line(found.order), f"client {found.order.client}  venue {found.order.venue_id or 'none yet'}"]
        lines += [f"  {each.number} {each.kind} {each.state} after {each.attempts} attempts" for each in found.commands]
        lines += [
            f"  fill {each.fill}  {_contracts(each.count)} at {_money(each.price)}  fee {_money(each.fee)}"
            f"{'  taken back' if each.busted else ''}"
            for each in found.fills
        ]
        _show(found, lines, as_json=as_json)

    @order.command("cancel", help="Ask for an order to be cancelled.")
    @click.argument("ref", type=click.UUID)
    @commands.one_line
    def cancel(ref: UUID) -> None:
        now = clock.SystemClock().now()
        found = _run(stack, lambda tx: placing.cancel(tx, (), ref, now))
        click.echo(f"{found.ref}: {found.state}, cancelling")

    @venue.command("fills", help="What an order, or every order, brought.")
    @click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
    @_JSON
    @commands.one_line
    def fills(limit: int, *, as_json: bool) -> None:
        found = _read(stack, lambda tx: showing.fills(tx, _VENUE, limit))
        lines = [
            f"{each.at}  {each.fill}  {each.order}  {each.side}  {_contracts(each.count)} at {_money(each.price)}"
            f"  fee {_money(each.fee)}{'  taken back' if each.busted else ''}"
            for each in found
        ]
        _show(found, lines, as_json=as_json)


def _switch(venue: click.Group, stack: commands.Stack) -> None:
    @venue.command("kill", help="Send nothing new and cancel everything; it stays so until `revive`.")
    @commands.one_line
    def kill() -> None:
        now = clock.SystemClock().now()
        new = _run(stack, lambda tx: killing.kill(tx, (), _VENUE, dealing.Cause.OPERATOR, now))
        click.echo(f"{_VENUE}: {'killed' if new else 'was killed before'}; the worker cancels what is open")

    @venue.command("revive", help="Let orders leave again.")
    @click.option("--accept-findings", is_flag=True, help="though our record and the venue's differ")
    @commands.one_line
    def revive(*, accept_findings: bool) -> None:
        accepted = _run(stack, lambda tx: killing.revive(tx, _VENUE, accept=accept_findings))
        click.echo(f"{_VENUE}: open{f', {accepted} findings accepted' if accepted else ''}")

    @venue.command("transfer", help="Say that so many micro-USD were put into the account, or taken out of it.")
    @click.argument("direction", type=click.Choice(["in", "out"]))
    @click.argument("amount", type=_DOLLARS)
    @commands.one_line
    def transfer(direction: str, amount: int) -> None:
        _run(stack, lambda tx: accounting.transfer(tx, _VENUE, amount, outward=direction == "out"))
        click.echo(f"{_VENUE}: {_money(amount)} {direction}")


def _asking(venue: click.Group, stack: commands.Stack, connect: Connect) -> None:
    @venue.command("reconcile", help="Compare our record with the venue's now; exit code 1 if they differ.")
    @_JSON
    @commands.one_line
    def reconcile(*, as_json: bool) -> None:
        report = commands.with_database(
            stack, frozenset({stack.operator}), lambda db, config: _reconcile(db, connect(config))
        )
        lines = [
            f"{report.orders} orders, {report.fills} fills, {report.positions} positions, cash {_money(report.cash)}",
            *(_finding(each) for each in report.differences),
            "no difference" if not report.differences else f"{len(report.differences)} differences",
        ]
        _show(report, lines, as_json=as_json)
        if report.differences:
            raise SystemExit(1)


async def _reconcile(db: transaction.Database, deal: Dealing | None) -> reconciling.Report:
    if deal is None:
        raise settings.SettingsError("EXECUTION_VENUE_URL and EXECUTION_VENUE_KEYS are missing")
    try:
        return await reconciling.run(db, deal)
    finally:
        await deal.venue.close()


def _markets(venue: click.Group, stack: commands.Stack) -> None:
    @venue.group("markets", help="The catalogue's markets.")
    def markets() -> None: ...

    @markets.command("list", help="Markets that were taken in, and the instruments that stand for them.")
    @_JSON
    @commands.one_line
    def list_(*, as_json: bool) -> None:
        found = _read(stack, lambda tx: showing.markets(tx, _VENUE))
        lines = [f"{each.instrument}  {each.market:32}  {each.status:12}  {each.document.hex()}" for each in found]
        _show(found, lines, as_json=as_json)

    @markets.command("sync", help="Let the worker take the catalogue in now.")
    @commands.one_line
    def sync() -> None:
        _run(stack, lambda tx: jobs.enqueue(tx, entries.SyncMarkets(), ids.SystemIds()))
        click.echo("asked for: the worker takes it in; `venue markets list` shows what came")
