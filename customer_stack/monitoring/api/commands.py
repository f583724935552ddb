"""`customer-stack monitoring …`: the rules, what they would have said, and whether a report's file is the one we signed."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import click
import msgspec

from boundary.kernel import clock, primitives
from boundary.kernel.runtime import commands, transaction
from customer_stack.monitoring import ports
from customer_stack.monitoring.formats import goaml
from customer_stack.monitoring.model import packs
from customer_stack.monitoring.rules import packs as rules
from customer_stack.monitoring.service import backtesting, rulebook

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


class Shipped(Protocol):
    """The rules that this release ships for a jurisdiction."""

    def __call__(self, jurisdiction: str, /) -> bytes: ...


def add(main: click.Group, stack: commands.Stack, shipped: Shipped, rates: ports.Rates) -> None:
    """Add the group to the stack's commands."""

    @main.group("monitoring", help="Rules about what money does, and the reports that leave the house.")
    def monitoring() -> None: ...

    _rules(monitoring, stack, shipped)
    _backtest(monitoring, stack, rates)
    _report(monitoring)


def _rules(group: click.Group, stack: commands.Stack, shipped: Shipped) -> None:
    @group.group("rules", help="The rules in force; a rule pack as a file.")
    def rules_() -> None: ...

    @rules_.command("show", help="Print the rules in force, or those that are shipped for a jurisdiction, as JSON.")
    @click.option("--shipped", "jurisdiction", help="a jurisdiction; needs no database")
    @commands.one_line
    def show(jurisdiction: str | None) -> None:
        if jurisdiction is not None:
            click.echo(shipped(jurisdiction).decode(), nl=False)
            return
        found = commands.with_database(stack, stack.readers, lambda db, _: db.read("monitoring.rules", _in_force))
        if found is None:
            raise click.ClickException("there are no rules in force")
        click.echo(f"version {found[0]}, hash {found[1].hex()}", err=True)
        click.echo(msgspec.json.format(found[2]))

    @rules_.command("check", help="Check a rule pack; says what is wrong with it, exit code 1. Needs no database.")
    @click.argument("file", type=_FILE)
    @commands.one_line
    def check(file: Path) -> None:
        pack = rulebook.read(file.read_bytes())
        click.echo(
            f"good: {pack.jurisdiction} from {pack.effective_from}, {len(pack.rules)} rules, "
            f"{len(rules.windows(pack.rules))} windows"
        )

    @rules_.command("install", help="Let the shipped rules be the first. Later ones take two officers.")
    @click.argument("jurisdiction")
    @commands.one_line
    def install(jurisdiction: str) -> None:
        now = clock.SystemClock().now()
        work = _installing(shipped(jurisdiction), now)
        done = commands.with_database(
            stack, frozenset({stack.operator}), lambda db, _: db.run("monitoring.install", work)
        )
        click.echo("installed" if done else "there are rules already; nothing was changed")


def _installing(text: bytes, now: datetime) -> Callable[[transaction.Tx], Awaitable[bool]]:
    return lambda tx: rulebook.install(tx, text, now)


async def _in_force(tx: transaction.Tx) -> tuple[int, bytes, str] | None:
    found = await rulebook.in_force(tx, clock.SystemClock().now())
    return (found.number, found.hash, await rulebook.document(tx, found.number)) if found else None


def _backtest(group: click.Group, stack: commands.Stack, rates: ports.Rates) -> None:
    @group.command("backtest", help="What a rule would have said of the past; of the rules in force, or of a file.")
    @click.argument("rule")
    @click.option("--since", type=click.DateTime(["%Y-%m-%d"]), required=True, help="a day in UTC")
    @click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="a day in UTC that is left out; now if none")
    @click.option("--rules", "file", type=_FILE, help="a rule pack that is not in force")
    @commands.one_line
    def backtest(rule: str, since: datetime, until: datetime | None, file: Path | None) -> None:
        given = rulebook.read(file.read_bytes()) if file else None
        end = until.replace(tzinfo=UTC) if until else clock.SystemClock().now()

        async def work(db: transaction.Database, _: object) -> backtesting.Outcome:
            pack = given or await db.read("monitoring.rules", _pack)
            if pack is None:
                raise click.ClickException("there are no rules in force; name a file")
            return await backtesting.run(db, pack, rule, since.replace(tzinfo=UTC), end, rates)

        found = commands.with_database(stack, stack.readers - {"customer_auditor"}, work)
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())


async def _pack(tx: transaction.Tx) -> packs.Pack | None:
    found = await rulebook.in_force(tx, clock.SystemClock().now())
    return found.pack if found else None


def _report(group: click.Group) -> None:
    @group.group("report", help="Files of reports that left the house.")
    def report() -> None: ...

    @report.command("verify", help="Check a report's file: schema, and signature by the published key (hexadecimal).")
    @click.argument("file", type=_FILE)
    @click.option("--signature", required=True, help="hexadecimal, as the report shows it")
    @click.option("--key", required=True, help="the stack's published audit key, never one that came with the file")
    @commands.one_line
    def verify(file: Path, signature: str, key: str) -> None:
        data = file.read_bytes()
        goaml.check(data)
        try:
            good = primitives.ed25519_matches(bytes.fromhex(key), data, bytes.fromhex(signature))
        except ValueError:
            good = False
        if not good:
            raise click.ClickException("BAD: this key did not sign this file")
        click.echo(f"good: SHA-256 {primitives.sha256(data).hex()}")
