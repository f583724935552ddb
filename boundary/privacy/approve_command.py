"""`boundary approve` and `boundary operator-key`: what a person signs, read in words first, with a key of that person's own.

The statement is taken apart and its hash worked out here; nobody signs a hash that somebody else names. It stands here
and not in the wire, which knows of no command line and of no file.
"""

import os
import stat
import sys
from pathlib import Path
from uuid import UUID

import click
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from boundary.kernel import clock
from boundary.kernel.runtime import approvals, commands, settings
from boundary.wire import inspect, messages, statements

BYTES_MAX = 64 * 1024
KEY_BYTES_MAX = 4096
_PLACE = frozenset({"approvals"})


@click.command("approve", help="Show what a statement says, and sign it with a person's key.")
@click.option("--key", type=click.Path(path_type=Path), required=True, help="a PEM file with an Ed25519 private key")
@click.option("--operator", type=click.UUID, required=True, help="the reference under which this key is registered")
@click.option("--statement", "source", default="-", show_default=True, metavar="FILE|-", help="what is to be approved")
@click.option("--yes", is_flag=True, help="it has been read and is meant; without this, nothing is signed unless asked")
@commands.one_line
def approve(key: Path, operator: UUID, source: str, yes: bool) -> None:
    words, hashed = read(_bytes(source))
    click.echo(words, err=True, nl=False)
    click.echo(f"  {'SHA-256 to sign':<24} {hashed.hex()}", err=True)
    click.echo(f"  {'as operator':<24} {operator}", err=True)
    private = _private(key)
    if not yes:
        if source == "-":
            raise settings.SettingsError("the statement came on standard input, so nobody can be asked: say --yes")
        click.confirm("Approve this?", abort=True, err=True)
    click.echo(approvals.write_approval(approvals.Approval(operator, private.sign(hashed)), hashed).decode(), nl=False)


def read(data: bytes) -> tuple[str, bytes]:
    """A statement of either kind in words, and the hash that stands for it."""
    try:
        made = approvals.read_statement(data)
    except approvals.BadStatement:
        message, channel = statements.read(data)
        title = f"a message on channel {channel}: {inspect.words_of(message, without=_PLACE)}"
        return title, messages.statement_hash(message, channel)
    lines = [
        f"a command of the {made.stack} stack: {made.purpose}",
        _line("subject", str(made.subject)),
        *(_line(fact.name, fact.value) for fact in made.facts),
        _line("nonce", str(made.nonce)),
        _line("not before", _moment(made.not_before)),
        _line("until", _moment(made.until)),
    ]
    return "\n".join(lines) + "\n", approvals.statement_hash(made)


@click.group("operator-key", help="A person's own signing key. It never goes into a stack's environment.")
def operator_key() -> None: ...


@operator_key.command("new", help="Write an Ed25519 private key to FILE (PEM, mode 0600) and print its public key.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--passphrase", is_flag=True, help="ask for a passphrase to encrypt it with")
@commands.one_line
def new(file: Path, passphrase: bool) -> None:
    secret = click.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True) if passphrase else ""
    private = ed25519.Ed25519PrivateKey.generate()
    encryption: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(secret.encode()) if secret else serialization.NoEncryption()
    )
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise settings.SettingsError(f"{file}: {error.strerror}; a key is never overwritten") from None
    with os.fdopen(handle, "wb") as stream:
        stream.write(pem)
    click.echo(private.public_key().public_bytes_raw().hex())


@operator_key.command("public", help="Print the public key of the private key in FILE.")
@click.argument("file", type=click.Path(path_type=Path))
@commands.one_line
def public(file: Path) -> None:
    click.echo(_private(file).public_key().public_bytes_raw().hex())


def _private(path: Path) -> ed25519.Ed25519PrivateKey:
    """A person's key, which nobody else may read; asks for the passphrase of an encrypted one."""
    try:
        status = path.stat()
        pem = path.read_bytes() if stat.S_ISREG(status.st_mode) and status.st_size <= KEY_BYTES_MAX else b""
    except OSError:
        raise settings.SettingsError(f"{path}: not a readable file") from None
    if status.st_mode & 0o077 or status.st_uid != os.getuid():
        raise settings.SettingsError(f"{path}: others may read this key; run: chmod 600 {path}")
    secret = None
    if b"ENCRYPTED" in pem:
        secret = click.prompt("Passphrase", hide_input=True, err=True).encode()
    try:
        key = serialization.load_pem_private_key(pem, secret)
    except Exception:  # noqa: BLE001 -- whatever the library says of a key file may quote it
        key = None
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise settings.SettingsError(f"{path}: no Ed25519 private key in PEM, or another passphrase")
    return key


def _bytes(source: str) -> bytes:
    if source == "-":
        data = sys.stdin.buffer.read(BYTES_MAX + 1)
    else:
        with Path(source).open("rb") as stream:
            data = stream.read(BYTES_MAX + 1)
    if len(data) > BYTES_MAX:
        raise settings.SettingsError("too long for a statement")
    return data


def _moment(seconds: int) -> str:
    return clock.from_micros(seconds * 1_000_000).isoformat().replace("+00:00", "Z")


def _line(name: str, value: str) -> str:
    return f"  {name:<24} {value}"
