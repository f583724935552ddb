"""A process that judges an operation, says so, and waits to be killed before it posts, or before it commits.

`python -m tests.customer.compliance.judging_process URL STEP`: STEP is `judged` or `posted`. Customers and accounts are
those of the room, whose ids follow from its seed; nothing is known of anybody but what is written here.
"""

import asyncio
import sys
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from customer_stack.compliance import model
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import posting
from tests.customer.compliance import house


async def main(url: str, step: str, account: UUID, cash: UUID, bank: UUID, operation: UUID) -> None:
    db = await transaction.connect(url, application="judging-process", size=1)
    neighbours = house.Neighbours()
    neighbours.knows(account)
    clearance = house.clearance(neighbours, ids.SystemIds())
    asked = model.Operation(
        id=operation, kind=model.OperationKind.WITHDRAWAL, account=account, ledger_account=cash, amount=100, asset=1
    )

    async def work(tx: transaction.Tx) -> None:
        (verdict,) = await clearance.evaluate(tx, [asked], house.NOON)
        if step == "posted":
            made = ledger.Transfer(operation, cash, bank, 100, 1, 1, verdict=verdict.id)
            await posting.post_all(tx, [made], house.NOON)
        sys.stdout.write(f"{step} {verdict.answer.value}\n")
        sys.stdout.flush()
        await asyncio.sleep(3600)

    await db.run("test.judge", work, seconds_max=3000)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], *(UUID(each) for each in sys.argv[3:])))
