"""Movements of the books as the rules take them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.monitoring.repo import facts as repo
from customer_stack.monitoring.rules import operations as rules


def read(row: transaction.Record) -> rules.Move:
    also = tuple(each for each in (row["reference"], row["pending_id"]) if each is not None)
    return rules.Move(
        row["seq"],
        row["id"],
        also,
        row["posted_at"],
        int(row["amount"]),
        row["asset"],
        rules.Side(row["debit"], row["debit_kind"], row["debtor"]),
        rules.Side(row["credit"], row["credit_kind"], row["creditor"]),
    )


async def since(tx: transaction.Tx, after: int, since_: datetime, until: datetime, limit: int) -> list[rules.Move]:
    """Movements of a stretch of time behind a row, in the order of the books."""
    return [read(row) for row in await repo.since(tx, after, since_, until, limit)]


async def named(tx: transaction.Tx, transfers: Sequence[UUID]) -> list[rules.Move]:
    return [read(row) for row in await repo.named(tx, transfers)]


async def opened(tx: transaction.Tx, accounts: Collection[UUID]) -> dict[UUID, datetime]:
    """When accounts were opened."""
    return await repo.opened(tx, accounts)
