"""`customer-stack screening load|lists|files|replay`: lists in and out of the database, and a decision made again."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import click
import msgspec

from boundary.kernel import clock, ids
from boundary.kernel.runtime import commands, transaction
from customer_stack.screening import model, ports
from customer_stack.screening.api import views
from customer_stack.screening.model import people
from customer_stack.screening.service import listing, replaying, rescreening, wiring

T = TypeVar("T")
_PATH = click.Path(path_type=Path, exists=True)
_SHOWN = 5

WithVault = Callable[[Callable[[transaction.Database, wiring.Screening], Awaitable[T]]], T]


class Wired(NamedTuple):
    """What the composition root lends: the policy of the settings, and one coroutine run with screening wired."""

    policy: Callable[[Any], people.Policy]
    with_screening: WithVault[Any]


def add(group: click.Group, files: ports.Files, stack: commands.Stack, wired: Wired) -> None:
    """Add the commands that need a database."""
    _loading(group, files, stack, wired)
    _listing(group, stack, wired)
    _keeping(group, stack)
    _replaying(group, wired)


def _loading(group: click.Group, files: ports.Files, stack: commands.Stack, wired: Wired) -> None:
    @group.command(
        "load", help="Take files as the newest version of a list. The last good version stays if they are refused."
    )
    @click.argument("paths", type=_PATH, nargs=-1, required=True, metavar="FILE…")
    @click.option(
        "--list", "name", type=click.Choice([each.value for each in model.Publisher]), required=True, help="whose list"
    )
    @commands.one_line
    def load(paths: Sequence[Path], name: str) -> None:
        publisher = model.Publisher(name)

        async def work(db: transaction.Database, config: Any) -> listing.Loaded:
            time = clock.SystemClock()
            policy = wired.policy(config)
            try:
                given = files.lists(paths)
            except model.ListRefused as refusal:
                await listing.refused(db, publisher, refusal, b"", time)
                raise
            return await listing.load(db, given, publisher, policy, time, ids.SystemIds(time), progress)

        with commands.counting("entries stored") as progress:
            done = commands.with_database(stack, frozenset({stack.operator}), work)
        version = done.version
        click.echo(f"{name} {version.sha256}: {version.entities} entries, {version.names} names, version {done.id}")
        if done.adopted:
            click.echo(f"in use; {done.changed} entries are new or changed, {done.removed} are gone")
        else:
            click.echo("in use before: it is the newest still")


def _listing(group: click.Group, stack: commands.Stack, wired: Wired) -> None:
    @group.command("lists", help="Show the lists in use, their age, and how far customers were compared with changes.")
    @click.option("--json", "as_json", is_flag=True, help="print JSON")
    @commands.one_line
    def lists(*, as_json: bool) -> None:
        now = clock.SystemClock().now()

        async def work(db: transaction.Database, config: Any) -> tuple[list[listing.ListState], list[Any]]:
            policy = wired.policy(config)
            return (
                await db.read("screening.lists", lambda tx: listing.states(tx, policy, now)),
                await db.read("screening.rescreens", lambda tx: rescreening.newest(tx, _SHOWN)),
            )

        found, running = commands.with_database(stack, stack.readers, work)
        if as_json:
            facts = {
                "lists": [views.list_(each) for each in found],
                "rescreens": [each._asdict() for each in running],
            }
            click.echo(msgspec.json.encode(facts).decode())
        for each in found if not as_json else ():
            click.echo(_line(each, now))
        for one in running if not as_json else ():
            done = f"done {one.finished_at:%Y-%m-%d %H:%M}" if one.finished_at else "running"
            click.echo(
                f"compared with version {one.version} of {one.publisher.value}: {one.compared} subjects, "
                f"{one.decided} screened, {one.changed} entries changed, {one.removed} gone; {done}"
            )
        if any(each.required and (each.used is None or each.stale) for each in found):
            raise SystemExit(1)


def _line(state: listing.ListState, now: datetime) -> str:
    name = f"{state.publisher.value:<5}"
    refused = f"  last refused {state.refused[1]:%Y-%m-%d}: {state.refused[0].value}" if state.refused else ""
    if state.used is None:
        return f"{name} {'MISSING' if state.required else 'missing'}{refused}"
    used, version = state.used, state.used.version
    published = f"published {version.published:%Y-%m-%d}" if version.published else "undated"
    return (
        f"{name} version {used.id}  {version.sha256}  {published}  {version.entities} entries  {version.names} names  "
        f"seen {(now - used.checked_at).days} days ago{'  STALE' if state.stale else ''}{refused}"
    )


def _keeping(group: click.Group, stack: commands.Stack) -> None:
    @group.command("files", help="Write the files of a version as they came, byte for byte; `lists` names versions.")
    @click.argument("version", type=click.IntRange(min=1))
    @click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
    @commands.one_line
    def files_(version: int, folder: Path) -> None:
        found = commands.with_database(
            stack, stack.readers, lambda db, _: db.read("screening.files", lambda tx: listing.files(tx, version))
        )
        folder.mkdir(parents=True, exist_ok=True)
        for file in found:
            path = folder / Path(file.name).name
            path.write_bytes(file.data)
            click.echo(f"{hashlib.sha256(file.data).hexdigest()}  {path.name}")


def _replaying(group: click.Group, wired: Wired) -> None:
    @group.command(
        "replay", help="Make a decision again from what it kept, and compare the bytes; exit code 1 if they differ."
    )
    @click.argument("decision", type=click.UUID)
    @click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="write the bytes made now here")
    @commands.one_line
    def replay(decision: UUID, out: Path | None) -> None:
        found: replaying.Replayed = wired.with_screening(
            lambda db, screening: replaying.replay(db, screening, decision)
        )
        stored = found.stored
        click.echo(
            f"{stored.id}: matcher {stored.matcher}, lists {', '.join(map(str, stored.lists))}, {stored.at:%Y-%m-%d}"
        )
        click.echo(f"digest {stored.digest.hex()} then, {found.digest.hex()} now")
        for name, (then, now) in found.libraries.items():
            click.echo(f"{name}: {then or 'absent'} then, {now or 'absent'} now")
        if out is not None:
            out.write_bytes(found.packed)
            click.echo(f"{out.name}: {hashlib.sha256(found.packed).hexdigest()}")
        if not found.untouched:
            click.echo("BAD: what is stored is not what was decided")
        elif found.same:
            click.echo("the same bytes")
        elif found.same_but_libraries:
            click.echo("the same but for the libraries' versions")
        else:
            click.echo("BAD: another answer")
        if not found.untouched or not found.same_but_libraries:
            raise SystemExit(1)
