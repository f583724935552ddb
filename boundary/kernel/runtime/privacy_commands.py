"""What both stacks have for their auditor: the manifest that a proof compares with, and the record that one was made.

An auditor's login writes nothing, so an operator puts the hash of a finished report into the audit log.
"""

import os
from collections.abc import Callable

import click
import msgspec

from boundary.kernel import records
from boundary.kernel.runtime import audit, commands, manifest, settings

DIGITS = 64


class WallReportRecorded(records.Entry, frozen=True, tag="privacy.report_recorded.v1"):
    """A report about the wall was made; the hash names its bytes."""

    report: records.Hash32


def add(group: click.Group, stack: commands.Stack, facts: Callable[[], manifest.Facts]) -> None:
    """Add `privacy manifest` and `privacy record` to a stack's group."""

    @group.group("privacy", help="What the auditor of the wall asks of this stack.")
    def privacy() -> None: ...

    @privacy.command("manifest", help="Print what this release says of itself: names, types and hashes, no secret.")
    @click.option("--json", "as_json", is_flag=True, help="print all of it as JSON, for `boundary prove --manifest`")
    @commands.one_line
    def manifest_(as_json: bool) -> None:
        keys = stack.load(os.environ).channel_keys if f"{facts().prefix}DATABASE_URL" in os.environ else None
        found = manifest.of(facts(), keys)
        if as_json:
            click.echo(msgspec.json.encode(found, order="sorted").decode())
            return
        for name in ("columns", "enums", "records", "events", "keys", "settings", "modules", "packages"):
            click.echo(f"{name}: {len(getattr(found, name))}")

    @privacy.command("record", help="Write the SHA-256 of a signed report into the audit log.")
    @click.argument("digest", metavar="HASH")
    @commands.one_line
    def record(digest: str) -> None:
        entry = WallReportRecorded(_hash(digest))
        commands.with_database(
            stack,
            frozenset({stack.operator}),
            lambda db, _: db.run("privacy.record", lambda tx: audit.write(tx, entry)),
        )
        click.echo(f"{digest.lower()}: recorded")


def _hash(text: str) -> bytes:
    try:
        found = bytes.fromhex(text) if len(text) == DIGITS else b""
    except ValueError:
        found = b""
    if not found:
        raise settings.SettingsError("a report is named by its SHA-256: 64 hexadecimal digits")
    return found
