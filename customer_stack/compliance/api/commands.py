"""`customer-stack compliance …`: the file of a customer, and verdicts judged again."""

import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol
from uuid import UUID

import click

from boundary.kernel import clock
from boundary.kernel.runtime import commands, key_files, transaction
from customer_stack.compliance import ports
from customer_stack.compliance.service import filing, replaying


class Wired(Protocol):
    """Runs work as the operator, with whoever keeps a part of a customer's file. `cli` makes it."""

    def __call__(
        self, work: Callable[[transaction.Database, Sequence[ports.Records]], Awaitable[filing.File]], /
    ) -> filing.File: ...


def add(main: click.Group, stack: commands.Stack, wired: Wired) -> None:
    """Add the group to the stack's commands."""

    @main.group("compliance", help="The file of a customer, and verdicts judged again.")
    def compliance() -> None: ...

    @compliance.command(
        "bundle",
        help="Write the compliance file of ACCOUNT, signed with the key in FILE. Cases and alerts are not an operator's "
        "business: the file says that they are not shown, and an officer takes them over the API.",
    )
    @click.argument("account", type=click.UUID)
    @click.option("--key", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
    @click.option(
        "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="a file that is not there yet"
    )
    @commands.one_line
    def bundle(account: UUID, key: Path, out: Path) -> None:
        if out.exists():
            raise click.ClickException(f"{out} is there already, and is not overwritten")
        seed, now = key_files.read(key), clock.SystemClock().now()

        async def work(db: transaction.Database, keepers: Sequence[ports.Records]) -> filing.File:
            return await db.run("compliance.bundle", lambda tx: filing.take(tx, account, keepers, seed, now, by=None))

        found = wired(work)
        _write(out, found.content)
        click.echo(f"wrote {len(found.content)} bytes: {', '.join(found.parts)}")

    @compliance.command("replay", help="Judge the stored facts of VERDICT again; exit code 1 if the answer differs.")
    @click.argument("verdict", type=click.UUID)
    @commands.one_line
    def replay(verdict: UUID) -> None:
        found = commands.with_database(
            stack, stack.readers, lambda db, _: db.read("compliance.replay", lambda tx: replaying.replay(tx, verdict))
        )
        reasons = " ".join(each.value for each in found.reasons)
        click.echo(f"{'same' if found.same else 'DIFFERENT'}: {found.answer.value} {reasons}".rstrip())
        if not found.same:
            raise SystemExit(1)


def _write(out: Path, content: bytes) -> None:
    """For its owner alone, and never over another file."""
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
