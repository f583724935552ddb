"""`execution-stack venue catalogue …`: keys that sign what a catalogue brings, and documents that wait for people."""

import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import click

from boundary.kernel import ids, primitives
from boundary.kernel.runtime import approvals, commands, operator_commands, settings, transaction
from execution_stack.catalogue import model, rules, service
from execution_stack.documents import ports as documents_ports
from execution_stack.operators import service as operators

T = TypeVar("T")
HOURS = click.option("--hours", type=click.IntRange(1, 168), default=24, show_default=True, help="good for")


class Places(NamedTuple):
    """Where documents lie: those that are served, and those that wait."""

    served: documents_ports.Store
    held: documents_ports.Store


Open = Callable[[Any], Places]


def add(venue: click.Group, stack: commands.Stack, places: Open, outbound: documents_ports.Outbound) -> None:
    @venue.group("catalogue", help="Keys that sign what the catalogue brings, and documents that wait for people.")
    def catalogue() -> None: ...

    _keys(catalogue, stack)
    _held(catalogue, stack, places, outbound)


def _read(stack: commands.Stack, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
    return commands.with_database(stack, stack.readers, lambda db, _: db.read("catalogue.command", work))


def _run(stack: commands.Stack, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
    roles = frozenset({stack.operator})
    return commands.with_database(stack, roles, lambda db, _: db.run("catalogue.command", work))


def _print_statement(purpose: str, subject: UUID, facts: Mapping[str, str], hours: int) -> None:
    made = approvals.statement(
        operators.STACK,
        purpose,
        subject,
        facts,
        nonce=ids.SystemIds().ref(),
        now=operator_commands.now_seconds(),
        seconds=hours * 3600,
    )
    click.echo(approvals.write_statement(made), nl=False)


def _hash(text: str, what: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != primitives.DIGEST_SIZE:
        raise settings.SettingsError(f"{what} is 64 hexadecimal digits")
    return found


def _keys(catalogue: click.Group, stack: commands.Stack) -> None:
    @catalogue.group("keys", help="Registered and revoked by two operators; a revoked one never comes back.")
    def keys() -> None: ...

    @keys.command("list", help="Show the register.")
    @commands.one_line
    def list_() -> None:
        for each in _read(stack, service.keys):
            click.echo(f"{each.public_key.hex()}  {each.state:8}  since {each.registered_at}")

    @keys.command("statement", help="Print what two operators must sign to admit or revoke a key.")
    @click.argument("purpose", type=click.Choice(["admit", "revoke"]))
    @click.argument("public_key", metavar="PUBLIC_KEY")
    @HOURS
    @commands.one_line
    def statement(purpose: str, public_key: str, hours: int) -> None:
        key = _hash(public_key, "a public key")
        word = rules.ADMIT if purpose == "admit" else rules.REVOKE
        _print_statement(word, rules.subject(key), rules.key_facts(key), hours)

    @keys.command("admit", help="Let a key sign what the catalogue brings. Signed by two.")
    @click.argument("public_key", metavar="PUBLIC_KEY")
    @operator_commands.signed
    @commands.one_line
    def admit(public_key: str, statement_file: Path, approval_files: tuple[Path, ...]) -> None:
        key, (made, given) = (
            _hash(public_key, "a public key"),
            operator_commands.read_signed(statement_file, approval_files),
        )
        _run(stack, lambda tx: service.admit_key(tx, key, made, given, operator_commands.now_seconds()))
        click.echo(f"{key.hex()}: active")

    @keys.command("revoke", help="Publish nothing that a key signs any more. Signed by two.")
    @click.argument("public_key", metavar="PUBLIC_KEY")
    @operator_commands.signed
    @commands.one_line
    def revoke(public_key: str, statement_file: Path, approval_files: tuple[Path, ...]) -> None:
        key, (made, given) = (
            _hash(public_key, "a public key"),
            operator_commands.read_signed(statement_file, approval_files),
        )
        _run(stack, lambda tx: service.revoke_key(tx, key, made, given, operator_commands.now_seconds()))
        click.echo(f"{key.hex()}: revoked")


def _held(catalogue: click.Group, stack: commands.Stack, places: Open, outbound: documents_ports.Outbound) -> None:
    @catalogue.command("list", help="Documents in which the sweep found something, waiting for two operators.")
    @commands.one_line
    def list_() -> None:
        for each in _read(stack, service.waiting):
            click.echo(f"{each.document.hex()}  {each.size} bytes  {each.findings} findings  since {each.held_at}")

    @catalogue.command("show", help="Print a document that waits, as it came.")
    @click.argument("document", metavar="HASH")
    @commands.one_line
    def show(document: str) -> None:
        hashed = _hash(document, "a document's hash")
        _read(stack, lambda tx: service.find(tx, hashed))
        click.echo(_bytes(places, stack, hashed))

    @catalogue.command("statement", help="Print what two operators must sign to publish a document that waits.")
    @click.argument("document", metavar="HASH")
    @HOURS
    @commands.one_line
    def statement(document: str, hours: int) -> None:
        held = _read(stack, lambda tx: service.find(tx, _hash(document, "a document's hash")))
        _print_statement(rules.PUBLISH, rules.subject(held.document), rules.held_facts(held), hours)

    @catalogue.command("approve", help="Publish a document that waited. Signed by two who have read it.")
    @click.argument("document", metavar="HASH")
    @operator_commands.signed
    @commands.one_line
    def approve(document: str, statement_file: Path, approval_files: tuple[Path, ...]) -> None:
        hashed = _hash(document, "a document's hash")
        made, given = operator_commands.read_signed(statement_file, approval_files)
        data, now = _bytes(places, stack, hashed), operator_commands.now_seconds()
        _places(places, stack).served.put(hashed, data)
        _run(stack, lambda tx: service.publish(tx, hashed, made, given, now, outbound))
        click.echo(f"{hashed.hex()}: published")

    @catalogue.command("refuse", help="Keep a document out for good.")
    @click.argument("document", metavar="HASH")
    @commands.one_line
    def refuse(document: str) -> None:
        hashed = _hash(document, "a document's hash")
        _run(stack, lambda tx: service.refuse(tx, hashed))
        click.echo(f"{hashed.hex()}: refused")


def _places(places: Open, stack: commands.Stack) -> Places:
    return places(stack.load(os.environ))


def _bytes(places: Open, stack: commands.Stack, hashed: bytes) -> bytes:
    data = _places(places, stack).held.get(hashed)
    if data is None or primitives.sha256(data) != hashed:
        raise model.NotHeld("the bytes of this document do not lie where documents wait")
    return data
