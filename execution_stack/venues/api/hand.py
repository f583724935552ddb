"""`execution-stack venue …` by hand, without a database: our keys to an exchange, and the stand-in for one.

The stand-in becomes this process; nothing of it is imported into ours.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click

from boundary.kernel.runtime import commands

SIMULATOR = "execution_stack.venues.simulators.kalshi"


class Keys(NamedTuple):
    """What can be done with a key's file; both give the public half in PEM."""

    make: Callable[[Path], bytes]
    public: Callable[[Path], bytes]


def add(main: click.Group, keys: Keys) -> None:
    """To the group `venue`, which is made if nobody has made it."""
    there = main.commands.get("venue")
    venue = there if isinstance(there, click.Group) else click.Group("venue", help="The exchange.")
    main.add_command(venue)

    @venue.command("new-key", help="Make a key for an exchange in FILE, and print the public half to give to it.")
    @click.argument("file", type=click.Path(path_type=Path))
    @commands.one_line
    def new_key(file: Path) -> None:
        click.echo(keys.make(file).decode(), nl=False)

    @venue.command("public-key", help="Print the public half of the key in FILE.")
    @click.argument("file", type=click.Path(path_type=Path))
    @commands.one_line
    def public_key(file: Path) -> None:
        click.echo(keys.public(file).decode(), nl=False)

    @venue.command(
        "sim",
        context_settings={"ignore_unknown_options": True},
        help="Start the stand-in for a Kalshi-compatible exchange; after `--`, `--help` says what it can be told.",
    )
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def sim(arguments: tuple[str, ...]) -> None:
        os.execv(sys.executable, [sys.executable, "-m", SIMULATOR, *arguments])  # noqa: S606 -- it is what was asked for
