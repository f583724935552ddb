"""`customer-stack ledger …`: check the books, look into them, close a day, post by hand with two signatures."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec
import rich.console
import rich.progress

from boundary.kernel import clock, ids
from boundary.kernel.runtime import approvals, commands, operator_commands, transaction
from customer_stack.ledger import model
from customer_stack.ledger.api import views
from customer_stack.ledger.model import views as plain
from customer_stack.ledger.service import accounts, by_hand, comparing, proving, reading, trials

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_SHOWN = 20
_MILLISECONDS = 1000


def add(main: click.Group, stack: commands.Stack) -> None:
    """Add the group to the stack's commands."""

    @main.group("ledger", help="The books: check them, look into them, close a day, post by hand.")
    def ledger() -> None: ...

    _checking(ledger, stack)
    _showing(ledger, stack)
    _closing(ledger, stack)
    _posting(ledger, stack)


def _checking(ledger: click.Group, stack: commands.Stack) -> None:
    @ledger.command("verify", help="Rebuild all balances from the transfers; names the first difference, exit code 1.")
    @click.option("--audit", is_flag=True, help="then compare every row with its hash in the audit log")
    @click.option("--json", "as_json", is_flag=True, help="print JSON")
    @commands.one_line
    def verify(as_json: bool, audit: bool) -> None:
        report, rate = commands.with_database(stack, stack.readers, lambda db, _: _verified(db, audit=audit))
        if as_json:
            facts = msgspec.structs.asdict(report) | {"transfers_per_second": rate}
            click.echo(msgspec.json.encode(facts).decode())
        elif report.fault:
            click.echo(f"BAD: {report.fault}: row {report.seq}, transfer {report.transfer}, account {report.account}")
        else:
            click.echo(f"good: {report.transfers} transfers, {report.accounts} accounts; {rate} transfers/s")
        if report.fault:
            raise SystemExit(1)


async def _verified(db: transaction.Database, *, audit: bool) -> tuple[plain.Report, int]:
    loop = asyncio.get_running_loop()
    started = loop.time()
    with _bar("verifying") as progress:
        report = await proving.verify(db, progress=progress)
    if audit and not report.fault:
        with _bar("comparing") as progress:
            compared = await comparing.compare(db, progress=progress)
        report = msgspec.structs.replace(compared, accounts=report.accounts)
    return report, report.transfers * _MILLISECONDS // max(1, int((loop.time() - started) * _MILLISECONDS))


@contextlib.contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int | None], None]]:
    columns = (
        rich.progress.TextColumn(what),
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        rich.progress.TimeRemainingColumn(),
    )
    console = rich.console.Console(stderr=True)
    with rich.progress.Progress(*columns, console=console, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _showing(ledger: click.Group, stack: commands.Stack) -> None:
    @ledger.command("show", help="Show an account with its newest movements, or a transfer with its chain, as JSON.")
    @click.argument("which", type=click.UUID)
    @click.option("--count", type=click.IntRange(1, 1000), default=_SHOWN, show_default=True, help="movements at most")
    @commands.one_line
    def show(which: UUID, count: int) -> None:
        found = commands.with_database(
            stack, stack.readers, lambda db, _: db.read("ledger.show", lambda tx: _shown(tx, which, count))
        )
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())


async def _shown(tx: transaction.Tx, which: UUID, count: int) -> dict[str, Any]:
    assets = await accounts.assets(tx)
    account = (await accounts.some(tx, [which])).get(which)
    if account is not None:
        moved = await reading.movements(tx, which, plain.Filter(newest_first=True, limit=count))
        return {
            "account": views.balance(account, assets),
            "movements": [views.movement(which, each, assets) for each in moved],
        }
    found, chain = await reading.transfer(tx, which)
    return {"transfer": views.link(found, assets, None), "chain": [views.link(each, assets, None) for each in chain]}


def _closing(ledger: click.Group, stack: commands.Stack) -> None:
    @ledger.command(
        "trial-balance", help="Debits and credits of every asset: now, or of a day that is drawn if need be."
    )
    @click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="a day in UTC that is over")
    @click.option("--check", is_flag=True, help="compare the stored lines of the day with what was signed")
    @commands.one_line
    def trial_balance(day: datetime | None, check: bool) -> None:
        if day is None:
            found = commands.with_database(stack, stack.readers, lambda db, _: db.read("ledger.totals", _totals))
        else:
            found = commands.with_database(
                stack, frozenset({stack.operator}), lambda db, _: _of_day(db, day, check=check)
            )
        for each in found:
            click.echo(
                f"{each.asset:12} accounts {each.accounts:>9}  debits {each.debits:>24}  credits {each.credits:>24}"
            )


async def _totals(tx: transaction.Tx) -> list[views.TotalView]:
    assets = await accounts.assets(tx)
    return [views.total(each, assets) for each in await reading.totals(tx)]


async def _of_day(db: transaction.Database, moment: datetime, *, check: bool) -> list[views.TotalView]:
    day = moment.date()
    with _bar("drawing") as progress:
        trial = await trials.draw(db, day, clock.SystemClock().now(), progress=lambda done: progress(done, None))
    if check:
        trial = await trials.check(db, day)
    click.echo(f"{day}  {trial.accounts} accounts  digest {trial.digest.hex()}")

    async def work(tx: transaction.Tx) -> list[views.TotalView]:
        assets = await accounts.assets(tx)
        return [views.total(each, assets) for each in await trials.sums(tx, day)]

    return await db.read("ledger.trial", work)


def _posting(ledger: click.Group, stack: commands.Stack) -> None:
    @ledger.command("statement", help="Print what two operators must sign before the transfers in FILE can be posted.")
    @click.argument("file", type=_FILE)
    @click.option("--hours", type=click.IntRange(1, 168), default=operator_commands.HOURS_DEFAULT, show_default=True)
    @commands.one_line
    def statement(file: Path, hours: int) -> None:
        data = _bytes(file)
        wanted = commands.with_database(stack, stack.readers, lambda db, _: _read(db, data))
        made = by_hand.statement(wanted, ids.SystemIds(), operator_commands.now_seconds(), hours * 3600)
        click.echo(approvals.write_statement(made).decode(), nl=False)

    @ledger.command("post", help="Post the transfers in FILE, all or none. Signed by two operators.")
    @click.argument("file", type=_FILE)
    @operator_commands.signed
    @commands.one_line
    def post(file: Path, statement_file: Path, approval_files: tuple[Path, ...]) -> None:
        made, signed = operator_commands.read_signed(statement_file, approval_files)
        data = _bytes(file)

        async def work(db: transaction.Database, _config: Any) -> list[model.Transfer]:
            wanted, now = await _read(db, data), clock.SystemClock().now()
            await db.run("ledger.post_signed", lambda tx: by_hand.post_signed(tx, wanted, made, signed, now))
            return wanted

        for each in commands.with_database(stack, frozenset({stack.operator}), work):
            click.echo(f"posted {each.id}")


def _bytes(file: Path) -> bytes:
    """No more than a file of twenty transfers can have."""
    with file.open("rb") as opened:
        return opened.read(operator_commands.FILE_BYTES_MAX)


async def _read(db: transaction.Database, data: bytes) -> list[model.Transfer]:
    return await db.read("ledger.read", lambda tx: by_hand.read(tx, data))
