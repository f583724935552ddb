"""SIGKILL in the middle of re-wrapping, rotating and re-encrypting: nothing is lost, and the next run finishes the work."""

import asyncio
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from boundary.kernel.runtime import transaction
from customer_stack.vault import jobs as vault_jobs
from tests import stacks
from tests.customer.vault.conftest import Guests, made

ROOT = Path(__file__).resolve().parents[3]
PEOPLE = 2000
LATER = datetime(2100, 1, 1, tzinfo=UTC)


async def fill(guests: Guests) -> None:
    people = [guests.random.ref() for _ in range(PEOPLE)]

    async def work(tx: transaction.Tx) -> None:
        await guests.vault.create_many(tx, people)
        sealed = await guests.vault.seal_many(tx, {(each, "guest_note.body"): str(each) for each in people})
        insert = "INSERT INTO guest_note (guest, body) SELECT * FROM unnest($1::uuid[], $2::bytea[])"
        await tx.execute(insert, people, list(sealed.values()))

    await guests.db.run("test", work)


async def under(guests: Guests) -> set[int]:
    """The versions of the data keys that notes are under; every note opens, and says whose it is."""

    async def work(tx: transaction.Tx) -> set[int]:
        rows = await tx.fetch("SELECT guest, body FROM guest_note")
        values: dict[tuple[uuid.UUID, str], bytes] = {(row["guest"], "guest_note.body"): row["body"] for row in rows}
        opened = await made(keks=2).open_many(tx, values)
        assert len(opened) == PEOPLE
        assert all(str(subject) == text for (subject, _), text in opened.items())
        return {int.from_bytes(row["body"][1:5]) for row in rows}

    return await guests.db.run("test", work)


@pytest.mark.parametrize("steps", [13, 45])
async def test_a_killed_run_loses_nothing(guests: Guests, customer_schema: stacks.StackDatabase, steps: int) -> None:
    """Ten steps re-wrap, ten rotate, and more than forty re-encrypt."""
    await fill(guests)
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.customer.vault.re_encrypting", customer_schema.url("customer_worker")),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert running.stdout is not None
    try:
        for _ in range(steps):
            assert int(await running.stdout.readline()) >= 0
    finally:
        running.kill()
        await running.communicate()
    assert running.returncode == -9

    assert await under(guests) == ({1} if steps < 20 else {1, 2})
    newer = made(keks=2)
    await vault_jobs.rewrap(guests.db, newer)
    await vault_jobs.reencrypt(guests.db, newer)
    await vault_jobs.rotate(guests.db, newer, before=LATER)
    await vault_jobs.reencrypt(guests.db, newer)
    assert 1 not in await under(guests)
    state = await guests.db.run("test", lambda tx: newer.state(tx, 2))
    assert state.keys.keys() == {2}
    assert (state.subjects, state.erased) == (PEOPLE, 0)
