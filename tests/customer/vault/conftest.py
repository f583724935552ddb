"""A vault over keys made for the test, and a table of somebody else's with fields in its care."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from customer_stack.vault import model, ports, service
from customer_stack.vault.adapters import files
from tests import stacks

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
COLUMNS = model.Columns(
    sealed=(
        model.SealedColumn("guest", "name", "id", "guest.name"),
        model.SealedColumn("guest", "email", "id", "guest.email"),
        model.SealedColumn("guest_note", "body", "guest", "guest_note.body"),
    ),
    blind=(model.BlindColumn("guest", "email_index", "id"),),
)
GUESTS = """
CREATE TABLE guest (id uuid PRIMARY KEY, name bytea, email bytea NOT NULL, email_index bytea NOT NULL UNIQUE);
CREATE TABLE guest_note (no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, guest uuid NOT NULL, body bytea);
CREATE INDEX guest_note_guest ON guest_note (guest);
GRANT SELECT, INSERT, UPDATE, DELETE ON guest, guest_note TO customer_api, customer_worker, customer_operator;
"""
INDEX_KEY = bytes(range(32))


def kek(version: int) -> bytes:
    return bytes((version * 37 + place) % 256 for place in range(32))


class Guests(NamedTuple):
    """The other capability, as far as a test needs one."""

    vault: service.Vault
    db: transaction.Database
    random: ids.Ids

    async def register(self, email: str, name: str = "Nobody Inparticular") -> uuid.UUID:
        subject = self.random.ref()

        async def work(tx: transaction.Tx) -> None:
            await self.vault.create(tx, subject)
            sealed = await self.vault.seal(tx, subject, {"guest.name": name, "guest.email": email})
            await tx.execute(
                "INSERT INTO guest VALUES ($1, $2, $3, $4)",
                subject,
                sealed["guest.name"],
                sealed["guest.email"],
                self.vault.blind("email", email),
            )
            for line in range(3):
                note = await self.vault.seal(tx, subject, {"guest_note.body": f"note {line} of {name}"})
                await tx.execute(
                    "INSERT INTO guest_note (guest, body) VALUES ($1, $2)", subject, note["guest_note.body"]
                )

        await self.db.run("test.register", work)
        return subject

    async def read(self, subject: uuid.UUID) -> dict[str, str]:
        async def work(tx: transaction.Tx) -> dict[str, str]:
            row = await tx.row("SELECT name, email FROM guest WHERE id = $1", subject)
            assert row is not None
            return await self.vault.open(tx, subject, {"guest.name": row["name"], "guest.email": row["email"]})

        return await self.db.run("test.read", work)


def made(
    provider: ports.KeyProvider | None = None,
    *,
    keks: int = 1,
    remembered_max: int = service.REMEMBERED_MAX,
) -> service.Vault:
    time = clock.ManualClock(START)
    keys = files.Files({version: kek(version) for version in range(1, keks + 1)})
    return service.Vault(
        provider or keys,
        INDEX_KEY,
        ids.SystemIds(time),
        time,
        columns=COLUMNS,
        remembered_max=remembered_max,
    )


@pytest.fixture
def vault() -> service.Vault:
    return made()


@pytest.fixture
async def guests(customer_schema: stacks.StackDatabase, vault: service.Vault) -> AsyncIterator[Guests]:
    await with_guests(customer_schema)
    db = await customer_schema.connect("customer_worker", size=8)
    yield Guests(vault, db, ids.SystemIds())
    await db.close()


async def with_guests(schema: stacks.StackDatabase) -> None:
    superuser = await schema.superuser()
    await superuser.execute(GUESTS)
    await superuser.close()
