"""What travels with a payment: judged against the jurisdiction's minimum, kept sealed with its operation."""

from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import primitives
from boundary.kernel.runtime import audit, transaction
from customer_stack.monitoring.model import entries, travel
from customer_stack.monitoring.repo import reports as repo
from customer_stack.vault import service as vault_service

FIELDS = "travel_fields"


async def keep(
    tx: transaction.Tx,
    vault: vault_service.Vault,
    operation: UUID,
    account: UUID,
    fields: travel.TravelFields,
    now: datetime,
) -> None:
    """Keep them under the customer's key; what is kept for an operation stays as it was."""
    sealed = (await vault.seal(tx, account, {FIELDS: msgspec.json.encode(fields)}))[FIELDS]
    if await repo.keep_travel(tx, operation, account, sealed, now):
        await audit.write(tx, entries.TravelKept(operation, primitives.sha256(sealed)))


async def of(tx: transaction.Tx, vault: vault_service.Vault, operation: UUID) -> travel.TravelFields | None:
    found = await repo.travel(tx, operation)
    if found is None:
        return None
    account, sealed = found
    opened = await vault.open_bytes(tx, account, {FIELDS: sealed})
    return msgspec.json.decode(opened[FIELDS], type=travel.TravelFields)
