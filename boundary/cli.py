"""`boundary …`: the auditor's commands. They need no setting unless they say so."""

from pathlib import Path

import click

from boundary.kernel import ids, primitives
from boundary.kernel.runtime import commands, key_files
from boundary.privacy import approve_command, inspect_command, prove_command, scan_command
from boundary.verify import allocation, heads


@click.group(help="The wall's own commands: keys, and the auditor's checks.")
def main() -> None: ...


@main.group("key", help="Make and show keys.")
def key() -> None: ...


@key.command("new", help="Write 32 random bytes to FILE (mode 0600) and print their Ed25519 public key.")
@click.argument("file", type=click.Path(path_type=Path))
@commands.one_line
def new(file: Path) -> None:
    secret = ids.SystemIds().token(32)
    key_files.write(file, secret)
    click.echo(primitives.ed25519_public(secret).hex())


@key.command("public", help="Print the Ed25519 public key of the secret in FILE.")
@click.argument("file", type=click.Path(path_type=Path))
@commands.one_line
def public(file: Path) -> None:
    click.echo(primitives.ed25519_public(key_files.read(file)).hex())


@main.command("verify-heads", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def verify_heads(arguments: tuple[str, ...]) -> None:
    """Check exported signed heads against published keys, by the stand-alone `boundary/verify/heads.py`."""
    raise SystemExit(heads.main(list(arguments)))


@main.command("verify-allocation", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def verify_allocation(arguments: tuple[str, ...]) -> None:
    """Check how an omnibus order was shared out, by the stand-alone `boundary/verify/allocation.py`."""
    raise SystemExit(allocation.main(list(arguments)))


main.add_command(scan_command.scan)
main.add_command(inspect_command.command)
main.add_command(prove_command.prove)
main.add_command(approve_command.approve)
main.add_command(approve_command.operator_key)
