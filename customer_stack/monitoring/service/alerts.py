"""Alerts as officers read them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.monitoring import model
from customer_stack.monitoring.repo import alerts as repo


async def some(
    tx: transaction.Tx,
    account: UUID | None,
    rule: str | None,
    severity: model.Severity | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[transaction.Record]:
    """The newest first."""
    return await repo.some(tx, account, rule, severity and severity.value, None, after, limit)


async def one(tx: transaction.Tx, alert: UUID) -> transaction.Record:
    found = await repo.one(tx, alert)
    if found is None:
        raise model.UnknownAlert("there is no such alert")
    return found
