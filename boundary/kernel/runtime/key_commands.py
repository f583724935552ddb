"""`channel keys …`, which both stacks have: secrets in files, states in the database, every move in the audit log."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click
import msgspec

from boundary.kernel import errors, ids, key_states
from boundary.kernel.runtime import commands, key_files, key_store, settings, transaction

T = TypeVar("T")
KEY_ID_MAX = 999_999_999


def add(channel: click.Group, stack: commands.Stack) -> None:
    """Add `keys` to a stack's `channel` group."""

    @channel.group("keys", help="The keys of a channel: pending, active, verify-only, retired, revoked.")
    def keys() -> None: ...

    _looking(keys, stack)
    _making(keys, stack)
    _moving(keys, stack)


def _looking(keys: click.Group, stack: commands.Stack) -> None:
    @keys.command(
        "list", help="Show every key by id, state and fingerprint. Both sides must show the same fingerprints."
    )
    @click.option("--json", "as_json", is_flag=True, help="print JSON")
    @commands.one_line
    def list_(as_json: bool) -> None:
        found = commands.with_database(stack, stack.readers, lambda db, _: db.read("keys.rows", key_store.rows))
        if as_json:
            shown = [msgspec.structs.asdict(row) | {"fingerprint": row.fingerprint.hex()} for row in found]
            click.echo(msgspec.json.encode(shown).decode())
        for row in found if not as_json else ():
            seen = f"{row.seen_at:%Y-%m-%dT%H:%M:%SZ}" if row.seen_at else "never"
            click.echo(
                f"{row.channel}  {row.key_id:>9}  {row.state:11}  {row.fingerprint.hex()}  heard under it: {seen}"
            )


def _making(keys: click.Group, stack: commands.Stack) -> None:
    @keys.command("new", help="Write a new key into the directory of CHANNEL_KEYS. It waits until it is activated.")
    @click.argument("channel_id", type=click.UUID)
    @click.option("--key-id", type=click.IntRange(1, KEY_ID_MAX), help="the next free one here if missing")
    @commands.one_line
    def new(channel_id: UUID, key_id: int | None) -> None:
        known = commands.with_database(stack, stack.readers, lambda db, _: db.read("keys.rows", key_store.rows))
        directory = _directory(stack)
        files = key_files.directory(directory) if any(directory.glob("*.key")) else {}
        taken = {row.key_id for row in known} | {each for masters in files.values() for each in masters}
        chosen = key_id or max(taken, default=0) + 1
        if chosen in taken or chosen > KEY_ID_MAX:
            raise settings.SettingsError(f"key id {chosen} is taken")
        master = ids.SystemIds().token(32)
        path = directory / f"{channel_id}.{chosen}.key"
        key_files.write(path, master)
        click.echo(f"{path}\nfingerprint {key_states.fingerprint(channel_id, chosen, master).hex()}")


def _moving(keys: click.Group, stack: commands.Stack) -> None:
    @keys.command("rotate", help="Take the next step that is due: promote a pending key, retire one that is idle.")
    @click.argument("channel_id", type=click.UUID)
    @commands.one_line
    def rotate(channel_id: UUID) -> None:
        done = _run(stack, lambda tx: key_store.rotate(tx, channel_id))
        if done is None:
            raise errors.Conflict("nothing is due: see `channel keys list` for what is awaited")
        click.echo(done)

    @keys.command("activate", help="Seal with this key from now on; the one before it only verifies.")
    @click.argument("channel_id", type=click.UUID)
    @click.argument("key_id", type=int)
    @click.option("--unseen", is_flag=True, help="although the other side was not heard under it: it may not have it")
    @commands.one_line
    def activate(channel_id: UUID, key_id: int, unseen: bool) -> None:
        _run(stack, lambda tx: key_store.activate(tx, channel_id, key_id, unseen=unseen))
        click.echo(f"key {key_id} is active")

    @keys.command("retire", help="Forget a key that was replaced long enough ago.")
    @click.argument("channel_id", type=click.UUID)
    @click.argument("key_id", type=int)
    @commands.one_line
    def retire(channel_id: UUID, key_id: int) -> None:
        _run(stack, lambda tx: key_store.retire(tx, channel_id, key_id))
        click.echo(f"key {key_id} is retired: its file may be deleted")

    @keys.command("revoke", help="Believe nothing under this key any more, at once. Do it on both sides.")
    @click.argument("channel_id", type=click.UUID)
    @click.argument("key_id", type=int)
    @commands.one_line
    def revoke(channel_id: UUID, key_id: int) -> None:
        another = _run(stack, lambda tx: key_store.revoke(tx, channel_id, key_id))
        click.echo(f"key {key_id} is revoked" + ("" if another else "; no key is active: activate another one"))


def _run(stack: commands.Stack, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
    return commands.with_database(stack, frozenset({stack.operator}), lambda db, _: db.run("keys.command", work))


def _directory(stack: commands.Stack) -> Path:
    config: Any = stack.load(os.environ)
    if config.channel_keys is None:
        raise settings.SettingsError("a key is made where this stack's keys lie: set the CHANNEL_KEYS setting")
    directory: Path = config.channel_keys
    if not directory.is_dir():
        raise settings.SettingsError(f"{directory}: no such directory")
    return directory
