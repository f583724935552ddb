"""`customer-stack vault …`: the keys of people's data."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import click
import msgspec

from boundary.kernel import clock, ids
from boundary.kernel.runtime import approvals, commands, jobs, operator_commands, transaction
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack import database, settings, tables
from customer_stack.vault import jobs as vault_jobs
from customer_stack.vault import model as vault_model
from customer_stack.vault import service as vault_service
from customer_stack.vault.adapters import opening
from customer_stack.vault.adapters import signatures as vault_signatures

T = TypeVar("T")
STACK = commands.Stack(
    name="customer-stack",
    load=settings.load,
    processes=tuple(settings.NEEDS),
    plan=database.PLAN,
    connect=database.connect,
    readers=database.READERS,
    operator="customer_operator",
)


@click.group("vault", help="The keys of people's data: state, rotation, erasure.")
def vault() -> None: ...


def with_vault(
    work: Callable[[transaction.Database, vault_service.Vault, settings.Settings], Awaitable[T]],
) -> T:
    """Run one coroutine as the operator, with a vault over the keys of the settings."""

    async def main_(db: transaction.Database, config: settings.Settings) -> T:
        time = clock.SystemClock()
        opened = await opening.vault(config, tables.METADATA, ids.SystemIds(time), time)
        try:
            return await work(db, opened, config)
        finally:
            await opened.close()

    return commands.with_database(STACK, frozenset({STACK.operator}), main_)


@vault.command("status", help="Show how many subjects there are, under which keys, and what is left to do.")
@click.option("--json", "as_json", is_flag=True, help="print JSON")
@commands.one_line
def vault_status(as_json: bool) -> None:
    async def work(db: transaction.Database, opened: vault_service.Vault, _: settings.Settings) -> vault_model.State:
        newest = await opened.newest()
        return await db.read("vault.state", lambda tx: opened.state(tx, newest), seconds_max=60)

    found = with_vault(work)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    click.echo(
        f"{found.subjects} subjects, {found.erased} erased, {found.rotating} with values under an older data key"
    )
    for kek, count in found.keys.items():
        click.echo(f"key-encryption key {kek}: {count} data keys{' (newest)' if kek == found.newest_kek else ''}")


@vault.command("rewrap", help="Move every data key under the newest key-encryption key. May be stopped and run again.")
@commands.one_line
def vault_rewrap() -> None:
    with commands.counting("data keys re-wrapped") as progress:
        with_vault(lambda db, opened, _: vault_jobs.rewrap(db, opened, progress=progress))


@vault.command("reencrypt", help="Give subjects new data keys; the worker then moves what is stored under them.")
@click.option("--subject", type=click.UUID, help="this one alone")
@click.option("--older-than-days", type=click.IntRange(min=0), help="everybody whose data key is older")
@commands.one_line
def vault_reencrypt(subject: UUID | None, older_than_days: int | None) -> None:
    if subject is None and older_than_days is None:
        raise click.UsageError("say who: --subject or --older-than-days")
    before = clock.SystemClock().now() - timedelta(days=older_than_days or 0)

    async def work(db: transaction.Database, opened: vault_service.Vault, _: settings.Settings) -> int:
        count = await vault_jobs.rotate(db, opened, before=before, subject=subject, progress=progress)
        await db.run("vault.reencrypt", lambda tx: jobs.enqueue(tx, vault_model.Reencrypt(), ids.SystemIds()))
        return count

    with commands.counting("data keys made") as progress:
        count = with_vault(work)
    click.echo(f"{count} new data keys; `customer-stack vault status` shows how many subjects the worker has left")


@vault.command("shred-statement", help="Print what two operators must sign before a subject can be erased.")
@click.argument("subject", type=click.UUID)
@click.option("--hours", type=click.IntRange(1, 168), default=operator_commands.HOURS_DEFAULT, show_default=True)
@commands.one_line
def vault_statement(subject: UUID, hours: int) -> None:
    made = vault_signatures.statement(subject, ids.SystemIds(), operator_commands.now_seconds(), hours * 3600)
    click.echo(approvals.write_statement(made).decode(), nl=False)


@vault.command(
    "shred", help="Destroy a subject's keys for good. Nothing brings their data back. Signed by two operators."
)
@click.argument("subject", type=click.UUID)
@operator_commands.signed
@commands.one_line
def vault_shred(subject: UUID, statement_file: Path, approval_files: tuple[Path, ...]) -> None:
    made, signed = operator_commands.read_signed(statement_file, approval_files)
    eyes = vault_signatures.TwoOperators(made, signed, operator_commands.now_seconds())
    reason = vault_model.Reason.OPERATOR

    def work(db: transaction.Database, opened: vault_service.Vault, _: settings.Settings) -> Awaitable[None]:
        return db.run("vault.shred", lambda tx: opened.shred(tx, subject, reason=reason, approvals=eyes))

    with_vault(work)
    click.echo(f"{subject}: erased")


@vault.command("export-erasures", help="Write the erasure ledger, signed by the audit key, for keeping outside.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@commands.one_line
def vault_export(file: Path) -> None:
    async def work(db: transaction.Database, opened: vault_service.Vault, config: settings.Settings) -> int:
        ledger = opening.ledger_file(config, file, clock.SystemClock())
        return await vault_jobs.export(db, opened, ledger)

    if missing := with_vault(work):
        raise vault_model.LedgerAhead(f"the file knows {missing} erasures that the database lacks: apply them first")
    click.echo(f"{file}: written")


@vault.command("reapply-erasures", help="After a restore: erase again everybody whom the ledger's FILE names.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@commands.one_line
def vault_reapply(file: Path) -> None:
    async def work(db: transaction.Database, opened: vault_service.Vault, config: settings.Settings) -> tuple[int, int]:
        ledger = opening.ledger_file(config, file, clock.SystemClock()).read()
        assert ledger is not None, "click has seen the file"
        return len(ledger.erasures), await vault_jobs.reapply(db, opened, ledger, progress)

    with commands.counting("erasures applied") as progress:
        named, back = with_vault(work)
    click.echo(f"{named} erasures applied, {back} subjects had come back")


@vault.command("new-index-key", help="Print a new index key wrapped by the key service, for index.wrapped.")
@commands.one_line
def vault_new_index_key() -> None:
    found = settings.load(os.environ)
    if found.vault_kms_url is None:
        raise kernel_settings.SettingsError("without a key service the index key is the file index.key")

    async def work() -> bytes:
        provider = opening.provider(found)
        try:
            [wrapped] = await provider.wrap([ids.SystemIds().token(32)])
        finally:
            await provider.close()
        return wrapped.data

    click.echo(asyncio.run(work()).decode())
