"""Which audit entries hold what is on file about a customer."""

from uuid import UUID

from boundary.kernel.runtime import transaction

_ENTRIES = """
SELECT e.id, e.payload FROM audit_entry e
WHERE e.xid IN (SELECT c.xid FROM clearance c WHERE c.account = $1) ORDER BY e.id DESC LIMIT $2"""


async def entries(tx: transaction.Tx, account: UUID, limit: int) -> list[tuple[int, bytes]]:
    """The newest first, of the transactions in which verdicts about the customer were reached."""
    return [(row["id"], row["payload"]) for row in await tx.fetch(_ENTRIES, account, limit)]
