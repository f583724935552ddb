"""A process that ends the withdrawals of a frozen account, and is killed when it has ended so many of them.

`python -m tests.customer.payments.freezing_process DSN ACCOUNT COUNT`. It dies inside its transaction, as the kernel kills.
"""

import asyncio
import os
import signal
import sys
from typing import Any
from uuid import UUID

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from customer_stack.payments.adapters import payee
from customer_stack.payments.repo import withdrawals as repo
from customer_stack.payments.service import wiring, withdrawals
from tests.customer.payments import conftest


async def main(dsn: str, account: UUID, count: int) -> None:
    time, random = clock.ManualClock(conftest.NOW), ids.SystemIds()
    db = await transaction.connect(dsn, application="freezing-process", size=2)
    waiting: Any = object()
    pay = wiring.Payments(
        conftest.vault(random, time), waiting, waiting, waiting, waiting, payee.NoPayee(), {}, conftest.POLICY, time,
        random,
    )  # fmt: skip
    left, step = count, repo.step

    async def dying(tx: transaction.Tx, *more: Any) -> None:
        nonlocal left
        await step(tx, *more)
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    repo.step = dying  # type: ignore[assignment]  # the same, and then death
    await db.run("t", lambda tx: withdrawals.CancelWithdrawals(pay).apply(tx, account, UUID(int=9)))
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], UUID(sys.argv[2]), int(sys.argv[3])))
