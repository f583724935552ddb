"""`operators …`, which both stacks have, and what a command asks for that two people must have signed.

A statement is printed by one command, signed by people with `boundary approve` on machines of their own, and brought
back with their approvals to the command that acts.
"""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click
import msgspec

from boundary.kernel import clock, ids, primitives
from boundary.kernel.runtime import approvals, commands, operator_register, operator_states, settings, transaction

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

FILE_BYTES_MAX = 16 * 1024
HOURS_DEFAULT = 24


def now_seconds() -> int:
    return clock.to_micros(clock.SystemClock().now()) // 1_000_000


def signed(command: F) -> F:
    """The options of a command that two people must have signed: `statement_file` and `approval_files`."""
    path = click.Path(path_type=Path)
    command = click.option(
        "--approval", "approval_files", type=path, multiple=True, required=True, help="from `boundary approve`; repeat"
    )(command)
    return click.option("--statement", "statement_file", type=path, required=True, help="what was approved")(command)


def read_signed(
    statement_file: Path, approval_files: Sequence[Path]
) -> tuple[approvals.Statement, list[approvals.Approval]]:
    """The statement, and the approvals of it."""
    made = approvals.read_statement(_read(statement_file))
    hashed = approvals.statement_hash(made)
    return made, [approvals.read_approval(_read(file), hashed) for file in approval_files]


def add(group: click.Group, stack: commands.Stack, word: str) -> None:
    """Add `operators` to a stack's group; `word` is the stack's name in statements."""

    @group.group("operators", help="Who may decide by four eyes: opaque references and public keys.")
    def operators() -> None: ...

    _looking(operators, stack, word)
    _acting(operators, stack, word)


def _looking(operators: click.Group, stack: commands.Stack, word: str) -> None:
    @operators.command("list", help="Show the register.")
    @click.option("--json", "as_json", is_flag=True, help="print JSON")
    @commands.one_line
    def list_(as_json: bool) -> None:
        found = commands.with_database(
            stack, stack.readers, lambda db, _: db.read("operators.list", operator_register.every)
        )
        if as_json:
            shown = [msgspec.structs.asdict(each) | {"public_key": each.public_key.hex()} for each in found]
            click.echo(msgspec.json.encode(shown).decode())
        for each in found if not as_json else ():
            click.echo(f"{each.ref}  {each.channel or 'stack':36}  {each.state:10}  {each.public_key.hex()}")

    @operators.command("statement", help="Print what people must sign to activate or revoke an operator.")
    @click.argument("purpose", type=click.Choice(["activate", "revoke"]))
    @click.argument("operator", type=click.UUID)
    @click.option("--hours", type=click.IntRange(1, 168), default=HOURS_DEFAULT, show_default=True, help="good for")
    @commands.one_line
    def statement(purpose: str, operator: UUID, hours: int) -> None:
        found = commands.with_database(
            stack,
            stack.readers,
            lambda db, _: db.read("operators.find", lambda tx: operator_register.find(tx, operator)),
        )
        made = approvals.statement(
            word,
            f"operators.{purpose}",
            operator,
            operator_register.facts_of(found),
            nonce=ids.SystemIds().ref(),
            now=now_seconds(),
            seconds=hours * 3600,
        )
        click.echo(approvals.write_statement(made), nl=False)


def _acting(operators: click.Group, stack: commands.Stack, word: str) -> None:
    @operators.command("register", help="Draw a reference for a person's public key. It counts once it is activated.")
    @click.option("--public-key", required=True, metavar="HEX", help="as `boundary operator-key new` prints it")
    @click.option(
        "--channel", type=click.UUID, help="whose messages they approve; an operator of this stack if missing"
    )
    @commands.one_line
    def register(public_key: str, channel: UUID | None) -> None:
        key = _public_key(public_key)
        ref = _run(stack, lambda tx: operator_register.register(tx, key, ids.SystemIds(), channel=channel))
        click.echo(str(ref))

    @operators.command("activate", help="Let an operator decide. Signed by the operator, and by two more but at first.")
    @signed
    @commands.one_line
    def activate(statement_file: Path, approval_files: tuple[Path, ...]) -> None:
        made, given = read_signed(statement_file, approval_files)
        found = _run(stack, lambda tx: operator_register.activate(tx, word, made, given, now_seconds()))
        click.echo(f"{found.ref}: active")

    @operators.command("revoke", help="Count nothing that an operator signs any more. Signed by two.")
    @signed
    @commands.one_line
    def revoke(statement_file: Path, approval_files: tuple[Path, ...]) -> None:
        made, given = read_signed(statement_file, approval_files)
        found = _run(stack, lambda tx: operator_register.revoke(tx, word, made, given, now_seconds()))
        click.echo(f"{found.ref}: {operator_states.State.REVOKED}")


def _run(stack: commands.Stack, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
    return commands.with_database(stack, frozenset({stack.operator}), lambda db, _: db.run("operators.command", work))


def _public_key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if not primitives.is_ed25519_public(key):
        raise settings.SettingsError(
            "a public key is 64 hexadecimal digits that name a point: see `boundary operator-key`"
        )
    return key


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise settings.SettingsError(f"{path}: {error.strerror}") from None
    if len(data) > FILE_BYTES_MAX:
        raise settings.SettingsError(f"{path}: too long for a statement or an approval")
    return data
