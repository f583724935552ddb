"""`execution-stack risk …`: limits and lists, the switch, and what was found of orders."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import click
import msgspec

from boundary.kernel import ids
from boundary.kernel.runtime import approvals, commands, operator_commands, transaction
from execution_stack.operators import service as operators
from execution_stack.participants import model as participants
from execution_stack.risk import model, ports
from execution_stack.risk.service import judging, setting, stopping

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class Around(NamedTuple):
    """What risk needs of others."""

    stack: commands.Stack
    subjects: ports.Subjects
    books: ports.Books | None = None

    def act(self, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
        roles = frozenset({self.stack.operator})
        return commands.with_database(self.stack, roles, lambda db, _: db.run("risk.command", work))

    def look(self, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
        return commands.with_database(self.stack, self.stack.readers, lambda db, _: db.read("risk.look", work))


def add(main: click.Group, around: Around) -> None:
    """Add the group to the stack's commands."""

    @main.group("risk", help="Limits before trading, and the switch that stops it.")
    def risk() -> None: ...

    _looking(risk, around)
    _limiting(risk, around)
    _switching(risk, around)


def _looking(risk: click.Group, around: Around) -> None:
    @risk.command("show", help="Show what is stopped and the defaults; or all about one participant. As JSON.")
    @click.argument("participant", type=click.UUID, required=False)
    @commands.one_line
    def show(participant: UUID | None) -> None:
        async def whole(tx: transaction.Tx) -> Any:
            rows = (await setting.defaults(tx)).items()
            limits = [
                {"category": category, "level": level, **msgspec.structs.asdict(each)}
                for (category, level), each in rows
            ]
            return {"stops": await stopping.in_force(tx), "defaults": limits}

        async def one(tx: transaction.Tx) -> Any:
            assert participant is not None
            return await setting.show(tx, participant)

        _print(around.look(whole if participant is None else one))

    @risk.command("findings", help="Show what was found of orders, the newest first.")
    @click.option("--participant", type=click.UUID)
    @click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
    @click.option("--json", "as_json", is_flag=True, help="print JSON")
    @commands.one_line
    def findings(participant: UUID | None, limit: int, *, as_json: bool) -> None:
        found = around.look(lambda tx: judging.findings(tx, participant, limit))
        if as_json:
            click.echo(msgspec.json.encode(found).decode())
        for each in found if not as_json else ():
            word = "refused" if each.refuses else "warning"
            measured = f"  {each.value} of {each.bound}" if each.bound or each.value else ""
            click.echo(f"{each.at:%Y-%m-%dT%H:%M:%SZ}  {each.participant}  {word}  {each.cause}{measured}")


def _figures(command: F) -> F:
    """An option for each limit: a whole number, or `none`."""
    for figure in reversed(model.FIGURES):
        name = f"--{figure.replace('_', '-')}"
        command = click.option(name, figure, metavar="N|none", help="micro-USD" if _is_money(figure) else "")(command)
    return command


def _is_money(figure: str) -> bool:
    return figure in {"order_value", "daily_volume", "open_notional", "position_value"}


def _read(figures: dict[str, str | None]) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for figure, text in figures.items():
        if text is None:
            continue
        if text != "none" and not (text.isascii() and text.isdigit() and len(text) <= 19):
            raise model.BadLimit("a limit is a whole number, or none", figure=figure)
        found[figure] = None if text == "none" else int(text)
    if not found:
        raise model.BadLimit("name at least one limit", figure="")
    return found


def _limiting(risk: click.Group, around: Around) -> None:
    @risk.group("limits", help="Set limits; each change is in force for the very next core.")
    def limits() -> None: ...

    @limits.command("default", help="Of a category: of one level, or of all five.")
    @click.argument("category", type=click.Choice([each.value for each in participants.Category]))
    @click.option("--level", type=click.IntRange(1, 5), help="all if not given")
    @_figures
    @commands.one_line
    def default(category: str, level: int | None, **figures: str | None) -> None:
        read = _read(figures)
        around.act(lambda tx: setting.set_default(tx, participants.Category(category), level, read))
        click.echo(f"{category} {level or 'every level'}: set")

    @limits.command("participant", help="Of one participant; none gives the default back.")
    @click.argument("participant", type=click.UUID)
    @_figures
    @commands.one_line
    def participant_(participant: UUID, **figures: str | None) -> None:
        read = _read(figures)
        around.act(lambda tx: setting.set_of_participant(tx, participant, read))
        click.echo(f"{participant}: set")

    @limits.command("instrument", help="On each participant's part in one instrument, beside their own.")
    @click.argument("instrument", type=click.UUID)
    @_figures
    @commands.one_line
    def instrument_(instrument: UUID, **figures: str | None) -> None:
        read = _read(figures)
        around.act(lambda tx: setting.set_of_instrument(tx, instrument, read))
        click.echo(f"{instrument}: set")

    @limits.command("symbol", help="Let a participant trade only what is allowed, or not what is blocked.")
    @click.argument("participant", type=click.UUID)
    @click.argument("instrument", type=click.UUID)
    @click.argument("listing", type=click.Choice([*(each.value for each in model.Listing), "none"]))
    @commands.one_line
    def symbol(participant: UUID, instrument: UUID, listing: str) -> None:
        word = None if listing == "none" else model.Listing(listing)
        around.act(lambda tx: setting.set_symbol(tx, participant, instrument, word))
        click.echo(f"{participant}: {listing} {instrument}")


def _switching(risk: click.Group, around: Around) -> None:
    @risk.command("kill", help="Stop trading at once: of everything, or of what an option names. Cancels still pass.")
    @click.option("--channel", type=click.UUID)
    @click.option("--instrument", type=click.UUID)
    @click.option("--participant", type=click.UUID)
    @commands.one_line
    def kill(**named: UUID | None) -> None:
        given = [(model.Scope(name), subject) for name, subject in named.items() if subject is not None]
        if len(given) > 1:
            raise click.UsageError("name one of them: each is a stop of its own")
        scope, subject = given[0] if given else (model.Scope.ALL, None)
        stop = around.act(lambda tx: stopping.kill(tx, scope, subject, ids.SystemIds(), around.subjects, around.books))
        click.echo(f"{stop.id}: {stop.scope} stopped; `risk revival` prints what two must sign to lift it")

    @risk.command("revival", help="Print what two operators must sign for a stop to be lifted.")
    @click.argument("stop", type=click.UUID)
    @click.option("--hours", type=click.IntRange(1, 168), default=24, show_default=True, help="good for")
    @commands.one_line
    def revival(stop: UUID, hours: int) -> None:
        found = around.look(lambda tx: stopping.require(tx, stop))
        made = approvals.statement(
            operators.STACK,
            stopping.PURPOSE,
            found.id,
            stopping.facts(found),
            nonce=ids.SystemIds().ref(),
            now=operator_commands.now_seconds(),
            seconds=hours * 3600,
        )
        click.echo(approvals.write_statement(made), nl=False)

    @risk.command("revive", help="Lift a stop. Signed by two.")
    @click.argument("stop", type=click.UUID)
    @operator_commands.signed
    @commands.one_line
    def revive(stop: UUID, statement_file: Path, approval_files: tuple[Path, ...]) -> None:
        made, given = operator_commands.read_signed(statement_file, approval_files)
        now = operator_commands.now_seconds()
        found = around.act(lambda tx: stopping.revive(tx, stop, made, given, now, around.books))
        click.echo(f"{found.id}: lifted")


def _print(found: Any) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
