"""`channel halt`, `channel reopening` and `channel reopen`, which both stacks have: a channel goes on by four eyes only."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar
from uuid import UUID

import click

from boundary.kernel import errors, ids
from boundary.kernel.runtime import approvals, commands, epoch_store, operator_commands, transaction

T = TypeVar("T")
PURPOSE = "channel.reopen"


class Service(NamedTuple):
    """What a stack's gate does for these commands."""

    word: str
    halt: Callable[[transaction.Tx, UUID], Awaitable[bool]]
    decide: Callable[[transaction.Tx, UUID, approvals.Statement, Sequence[approvals.Approval], int], Awaitable[None]]


class UnknownChannel(errors.NotFound):
    """There is no such channel here."""

    code = "channel_not_found"


def facts_of(here: epoch_store.Ends) -> dict[str, str]:
    """What people sign: where this side stands, to the last core of each direction."""
    return {
        "epoch": str(here.epoch),
        "sent": f"{here.sent_last} {here.sent_head.hex()}",
        "received": f"{here.received_last} {here.received_head.hex()}",
    }


async def ends(tx: transaction.Tx, channel: UUID) -> epoch_store.Ends:
    found = await epoch_store.ends(tx, channel)
    if found is None:
        raise UnknownChannel("there is no such channel here")
    return found


def add(group: click.Group, stack: commands.Stack, service: Service) -> None:
    """Add the commands to a stack's `channel` group."""

    def run(work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
        return commands.with_database(stack, frozenset({stack.operator}), lambda db, _: db.run("gate.command", work))

    @group.command("halt", help="Stand still on one channel, in both directions, until two people open it again.")
    @click.argument("channel_id", type=click.UUID)
    @commands.one_line
    def halt(channel_id: UUID) -> None:
        async def work(tx: transaction.Tx) -> bool:
            await ends(tx, channel_id)
            return await service.halt(tx, channel_id)

        click.echo(f"{channel_id}: {'halted' if run(work) else 'was halted before'}")

    @group.command("reopening", help="Print what two people must sign for a halted channel to go on.")
    @click.argument("channel_id", type=click.UUID)
    @click.option("--hours", type=click.IntRange(1, 168), default=24, show_default=True, help="good for")
    @commands.one_line
    def reopening(channel_id: UUID, hours: int) -> None:
        found = commands.with_database(
            stack, stack.readers, lambda db, _: db.read("gate.ends", lambda tx: ends(tx, channel_id))
        )
        made = approvals.statement(
            service.word,
            PURPOSE,
            channel_id,
            facts_of(found),
            nonce=ids.SystemIds().ref(),
            now=operator_commands.now_seconds(),
            seconds=hours * 3600,
        )
        click.echo(approvals.write_statement(made), nl=False)

    @group.command("reopen", help="Let a halted channel go on in a new epoch. Signed by two.")
    @click.argument("channel_id", type=click.UUID)
    @operator_commands.signed
    @commands.one_line
    def reopen(channel_id: UUID, statement_file: Path, approval_files: tuple[Path, ...]) -> None:
        made, given = operator_commands.read_signed(statement_file, approval_files)
        run(lambda tx: service.decide(tx, channel_id, made, given, operator_commands.now_seconds()))
        click.echo(f"{channel_id}: decided; it goes on as soon as both sides have")
