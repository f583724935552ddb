"""`customer-stack payments validate`: account numbers from a file or standard input, one verdict a line, no settings."""

import sys
from collections.abc import Iterator
from typing import BinaryIO

import click

from boundary.kernel.runtime import commands
from customer_stack.payments.model import accounts as model
from customer_stack.payments.rules import accounts

LINE_BYTES_MAX = 4096


def add(main: click.Group) -> None:
    """Add the group to the stack's commands."""

    @main.group("payments", help="Account numbers: are they ones? Needs no setting and no database.")
    def payments() -> None: ...

    @payments.command("validate", help="Print a verdict for every line of FILE, or of standard input.")
    @click.option(
        "--kind", "name", type=click.Choice([each.value for each in model.Kind]), required=True, help="what they are"
    )
    @click.argument("file", type=click.File("rb"), default="-")
    @commands.one_line
    def validate(name: str, file: BinaryIO) -> None:
        kind = model.Kind(name)
        bad = 0
        for line in _lines(file):
            verdict = accounts.validate(kind, line)
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
