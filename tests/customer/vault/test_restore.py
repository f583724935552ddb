"""Somebody is erased, then an older backup is restored: they come back as bytes and are erased again before anything is
served. The audit log holds throughout.
"""

import asyncio
import os
import subprocess
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from boundary.kernel import clock, ids, primitives
from boundary.kernel.runtime import sealing, transaction, verification
from customer_stack.vault import jobs as vault_jobs
from customer_stack.vault import model
from customer_stack.vault.adapters import files, ledger
from deploy.local import binaries
from tests import stacks
from tests.customer.vault.conftest import INDEX_KEY, Guests, kek, made, with_guests

SEED = bytes(range(32))
ONE, OTHER = "one@house.example", "other@house.example"


class Story(NamedTuple):
    """The restored database, who was erased after the backup was made, and the ledger that stayed outside."""

    restored: Guests
    erased: uuid.UUID
    stayed: uuid.UUID
    ledger: ledger.LedgerFile
    path: Path
    dump: bytes


def tool(name: str, *arguments: str, data: bytes | None = None) -> bytes:
    done = subprocess.run(
        [binaries.postgres().path.with_name(name), "--no-password", *arguments],
        input=data,
        check=True,
        capture_output=True,
        env={name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ},
        timeout=60,
    )
    return done.stdout


def kept_at(path: Path, seed: bytes | None = SEED) -> ledger.LedgerFile:
    return ledger.LedgerFile(path, clock.SystemClock(), seed=seed, public_keys=[primitives.ed25519_public(SEED)])


@pytest.fixture
async def story(customer_schema: stacks.StackDatabase, tmp_path: Path) -> AsyncIterator[Story]:
    await with_guests(customer_schema)
    servers = customer_schema.servers
    db = await customer_schema.connect("customer_worker")
    guests = Guests(made(), db, ids.SystemIds())
    erased, stayed = await guests.register(ONE), await guests.register(OTHER)
    kept = kept_at(tmp_path / "erasures.json")
    await vault_jobs.export(db, guests.vault, kept)
    await seal(db)

    dump = await asyncio.to_thread(
        tool, "pg_dump", "--format=custom", "--compress=0", "--dbname", servers.url(customer_schema.name)
    )
    await db.run("test", lambda tx: guests.vault.shred(tx, erased))
    await vault_jobs.export(db, guests.vault, kept)
    await seal(db)
    assert await fault(db) == ""
    await db.close()

    superuser = await stacks.transaction.connect_alone(servers.url())
    name = f"{customer_schema.name}_restored"
    await superuser.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    await superuser.close()
    await asyncio.to_thread(tool, "pg_restore", "--exit-on-error", "--dbname", servers.url(name), data=dump)
    restored = await stacks.StackDatabase(name, customer_schema.plan, servers).connect("customer_worker")
    yield Story(Guests(made(), restored, ids.SystemIds()), erased, stayed, kept, tmp_path / "erasures.json", dump)
    await restored.close()
    await servers.drop(name)


async def seal(db: transaction.Database) -> None:
    """All of it: an entry waits as long as an older transaction is open anywhere in the cluster."""
    sealer = sealing.Sealer(db, SEED, clock.SystemClock())
    unsealed = "SELECT count(*) FROM audit_entry e WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id)"
    async with asyncio.timeout(20):
        while await db.run("test", lambda tx: tx.value(unsealed)):
            await sealer.seal()
            await asyncio.sleep(0.01)


async def fault(db: transaction.Database) -> str:
    return (await verification.verify(db, [primitives.ed25519_public(SEED)])).fault


async def test_a_backup_alone_says_nothing_about_anybody(story: Story) -> None:
    """Key-encryption keys and the index key are not in the database, so a backup without them opens nothing."""
    for text in (ONE, OTHER, "Nobody Inparticular"):
        assert text.encode() not in story.dump
    for key in (kek(1), INDEX_KEY):
        for form in (key, key.hex().encode(), primitives.sha256(key)):
            assert form not in story.dump
    stranger = story.restored._replace(vault=made(files.Files({1: kek(2)})))
    with pytest.raises(model.KeyServiceWrong):
        await stranger.read(story.erased)


async def test_what_a_restore_brought_back_is_erased_again(story: Story) -> None:
    assert (await story.restored.read(story.erased))["guest.email"] == ONE  # this is why there is a ledger
    found = story.ledger.read()
    assert found is not None
    assert await vault_jobs.reapply(story.restored.db, story.restored.vault, found) == 1
    with pytest.raises(model.Unreadable):
        await story.restored.read(story.erased)
    assert (await story.restored.read(story.stayed))["guest.email"] == OTHER
    index = story.restored.vault.blind("email", ONE)
    count = "SELECT count(*) FROM guest WHERE email_index = $1"
    assert await story.restored.db.run("test", lambda tx: tx.value(count, index)) == 0


async def test_applying_again_changes_nothing(story: Story) -> None:
    found = story.ledger.read()
    assert found is not None
    assert await vault_jobs.reapply(story.restored.db, story.restored.vault, found) == 1
    entries = await story.restored.db.run("test", lambda tx: tx.value("SELECT count(*) FROM audit_entry"))
    assert await vault_jobs.reapply(story.restored.db, story.restored.vault, found) == 0
    assert await story.restored.db.run("test", lambda tx: tx.value("SELECT count(*) FROM audit_entry")) == entries
    kept = await story.restored.db.run("test", story.restored.vault.erasures)
    assert kept == list(found.erasures)  # with the time at which it first happened


async def test_a_restored_database_is_not_served_before_that(story: Story) -> None:
    with pytest.raises(model.LedgerAhead) as refusal:
        await vault_jobs.must_be_applied(story.restored.db, story.restored.vault, story.ledger)
    assert refusal.value.code == "erasures_not_applied"
    found = story.ledger.read()
    assert found is not None
    await vault_jobs.reapply(story.restored.db, story.restored.vault, found)
    await vault_jobs.must_be_applied(story.restored.db, story.restored.vault, story.ledger)


async def test_a_restored_database_does_not_overwrite_the_ledger(story: Story) -> None:
    before = story.path.read_bytes()
    assert await vault_jobs.export(story.restored.db, story.restored.vault, story.ledger) == 1
    await story.restored.db.run("test", lambda tx: story.restored.vault.shred(tx, story.stayed))
    assert await vault_jobs.export(story.restored.db, story.restored.vault, story.ledger) == 1
    assert story.path.read_bytes() == before
    found = story.ledger.read()
    assert found is not None
    await vault_jobs.reapply(story.restored.db, story.restored.vault, found)
    assert await vault_jobs.export(story.restored.db, story.restored.vault, story.ledger) == 0
    after = story.ledger.read()
    assert after is not None
    assert {each.subject for each in after.erasures} == {story.erased, story.stayed}


async def test_a_changed_ledger_erases_nobody_and_lets_nobody_start(story: Story) -> None:
    story.path.write_bytes(story.path.read_bytes().replace(str(story.erased).encode(), str(story.stayed).encode()))
    with pytest.raises(model.LedgerRefused):
        story.ledger.read()
    with pytest.raises(model.LedgerRefused):
        await vault_jobs.must_be_applied(story.restored.db, story.restored.vault, story.ledger)
    assert (await story.restored.read(story.stayed))["guest.email"] == OTHER


async def test_the_audit_log_holds_after_shredding_and_after_applying_again(story: Story) -> None:
    found = story.ledger.read()
    assert found is not None
    await vault_jobs.reapply(story.restored.db, story.restored.vault, found)
    await seal(story.restored.db)
    report = await verification.verify(story.restored.db, [primitives.ed25519_public(SEED)])
    assert (report.fault, report.unsealed) == ("", 0)


async def test_the_file_is_private_and_replaced_whole(story: Story) -> None:
    assert story.path.stat().st_mode & 0o077 == 0
    assert [path.name for path in story.path.parent.iterdir()] == ["erasures.json"]


async def test_the_ledger_is_append_only_in_the_database(story: Story) -> None:
    found = story.ledger.read()
    assert found is not None
    await vault_jobs.reapply(story.restored.db, story.restored.vault, found)
    for statement in ("DELETE FROM erasure", "UPDATE erasure SET at = now()", "TRUNCATE erasure"):
        with pytest.raises(Exception, match="permission denied"):
            await story.restored.db.run("test", lambda tx, statement=statement: tx.execute(statement))
