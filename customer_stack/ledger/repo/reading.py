"""Reads of transfers, as they were asked for and with the balances that they left behind."""

from collections.abc import Sequence
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.ledger import model
from customer_stack.ledger.repo import posting

_COLUMNS = """
t.seq, t.id, t.debit, t.credit, t.amount::text, t.released::text, t.asset, t.code, t.flags, t.pending_id, t.timeout,
t.reference, t.tag64, t.tag32, t.effective_at, t.reverses, t.posted_at, t.chain, t.debits_pending::text,
t.debits_posted::text, t.credits_pending::text, t.credits_posted::text,
(SELECT e.flags FROM ledger_transfer e WHERE e.pending_id = t.id AND t.flags & 2 <> 0) AS ended"""
_BY_ID = f"SELECT {_COLUMNS} FROM ledger_transfer t WHERE t.id = ANY($1) AND t.debit IS NOT NULL"  # noqa: S608 -- constants


async def by_id(tx: transaction.Tx, ids: Sequence[UUID]) -> dict[UUID, model.Stored]:
    return {row["id"]: stored(row) for row in await tx.fetch(_BY_ID, list(ids))}


def stored(row: transaction.Record) -> model.Stored:
    return model.Stored(
        seq=row["seq"],
        transfer=posting.transfer(row),
        released=int(row["released"]),
        chain=row["chain"] or 0,
        posted_at=row["posted_at"],
        debits_pending=int(row["debits_pending"]),
        debits_posted=int(row["debits_posted"]),
        credits_pending=int(row["credits_pending"]),
        credits_posted=int(row["credits_posted"]),
        resolution=posting.resolution(row["ended"]) if row["flags"] & model.Flag.PENDING else None,
    )
