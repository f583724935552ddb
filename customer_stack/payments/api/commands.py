"""`customer-stack payments …`: account numbers judged without any setting, and statements of any size handed in."""

import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import click

from boundary.kernel.runtime import commands, transaction
from customer_stack.payments.formats import uk_modulus, xml_stream
from customer_stack.payments.model import accounts as model
from customer_stack.payments.rules import accounts
from customer_stack.payments.service import importing
from customer_stack.payments.service.wiring import Payments

LINE_BYTES_MAX = 4096
OPERATOR = UUID(int=0)
"""Who handed in what came by command: somebody on the stack's host."""
Opened = Callable[[Any], Awaitable[Payments]]


def add(main: click.Group, stack: commands.Stack, opened: Opened) -> None:
    """Add the group to the stack's commands."""

    @main.group("payments", help="Account numbers, judged without any setting; statements of any size, handed in.")
    def payments() -> None: ...

    _validating(payments)
    _importing(payments, stack, opened)


def _importing(payments: click.Group, stack: commands.Stack, opened: Opened) -> None:
    @payments.command("import", help="Hand in a bank's camt file of any size; the worker books it.")
    @click.option("--provider", required=True, help="whose statement it is")
    @click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
    @commands.one_line
    def import_(provider: str, file: Path) -> None:
        with file.open("rb") as handed:
            data = handed.read(xml_stream.SIZE_MAX + 1)

        async def work(db: transaction.Database, config: Any) -> UUID:
            pay = await opened(config)
            try:
                return (await importing.take(db, pay, provider, data, OPERATOR)).id
            finally:
                for each in pay.providers.values():
                    await each.close()
                await pay.payee.close()
                await pay.vault.close()

        click.echo(commands.with_database(stack, frozenset({stack.operator}), work))


def _validating(payments: click.Group) -> None:
    @payments.command("validate", help="Print a verdict for every line of FILE, or of standard input.")
    @click.option(
        "--kind", "name", type=click.Choice([each.value for each in model.Kind]), required=True, help="what they are"
    )
    @click.option(
        "--uk-weights", type=click.File("rb"), help="Pay.UK's valacdos.txt: sort codes with an account are checked"
    )
    @click.option("--uk-substitutes", type=click.File("rb"), help="Pay.UK's scsubtab.txt")
    @click.argument("file", type=click.File("rb"), default="-")
    @commands.one_line
    def validate(name: str, uk_weights: BinaryIO | None, uk_substitutes: BinaryIO | None, file: BinaryIO) -> None:
        kind = model.Kind(name)
        modulus = None
        if uk_weights is not None:
            modulus = uk_modulus.table(uk_weights.read(), uk_substitutes.read() if uk_substitutes is not None else b"")
        bad = 0
        for line in _lines(file):
            verdict = accounts.validate(kind, line, modulus)
            bad += not verdict.good
            sys.stdout.write(_told(verdict) + "\n")
        if bad:
            raise SystemExit(1)


def _told(verdict: model.Verdict) -> str:
    """What was given is not repeated where it is no account number: it may be anything."""
    if verdict.fault is not None:
        return f"bad {verdict.fault.value}"
    return f"good {verdict.compact} {verdict.country}"


def _lines(file: BinaryIO) -> Iterator[str]:
    """Lines of bounded length; one that is no UTF-8 has characters that no account number has."""
    while line := file.readline(LINE_BYTES_MAX):
        rest = line
        while not rest.endswith(b"\n") and len(rest) == LINE_BYTES_MAX:
            rest = file.readline(LINE_BYTES_MAX)
        yield line.rstrip(b"\r\n").decode("utf-8", "replace")
