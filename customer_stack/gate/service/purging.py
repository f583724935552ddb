"""Which of the gate's rows go when they are old: the transcript's, and what came of messages long ago."""

from boundary.kernel.runtime import retention, transaction
from customer_stack.gate import repo

STATEMENTS = (*retention.STATEMENTS, ("channel_subject", repo.PURGE_SUBJECTS))


async def purge(db: transaction.Database) -> list[retention.Removed]:
    return await retention.purge(db, STATEMENTS)
