"""Tells what stands in the books."""

from collections.abc import Sequence
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.ledger import model
from customer_stack.ledger.repo import reading as repo


async def transfers(tx: transaction.Tx, ids: Sequence[UUID]) -> dict[UUID, model.Stored]:
    return await repo.by_id(tx, ids)
