"""A process that imports a statement and is killed, as the kernel would, while it books the lines after a number.

`python -m tests.customer.payments.importing_process DSN FILE LINES`. Ten lines at a time; it dies inside the transaction
of the ten that come next, so nothing of them may be there.
"""

import asyncio
import os
import pathlib
import signal
import sys
from typing import Any
from uuid import UUID

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from customer_stack.payments.adapters import payee
from customer_stack.payments.model.deposits import AlreadyImported
from customer_stack.payments.repo import deposits as repo
from customer_stack.payments.service import deposits, importing, wiring
from tests.customer.payments import conftest


async def main(dsn: str, data: bytes, last: int) -> None:
    time, random = clock.ManualClock(conftest.NOW), ids.SystemIds()
    db = await transaction.connect(dsn, application="importing-process", size=2)
    waiting: Any = object()
    pay = wiring.Payments(
        conftest.vault(random, time), conftest.Clearance(random), waiting, waiting, waiting, payee.NoPayee(),
        {"bank": waiting}, conftest.POLICY, time, random,
    )  # fmt: skip
    deposits.AT_ONCE = 10
    progress = repo.progress

    async def dying(tx: transaction.Tx, id_: UUID, *more: Any, **named: Any) -> None:
        await progress(tx, id_, *more, **named)
        found = await repo.statement(tx, id_)
        if found is not None and found.lines > last:
            os.kill(os.getpid(), signal.SIGKILL)

    repo.progress = dying  # type: ignore[assignment]  # the same, and then death
    try:
        kept = (await importing.take(db, pay, "bank", data, UUID(int=5))).id
    except AlreadyImported as before:
        kept = UUID(str(before.facts["id"]))
    await importing.read(db, pay, kept)
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], pathlib.Path(sys.argv[2]).read_bytes(), int(sys.argv[3])))
