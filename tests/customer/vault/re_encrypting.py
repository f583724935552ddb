"""`python -m tests.customer.vault.re_encrypting DSN`: rotates everybody's key and re-encrypts, telling each step.

A process of its own, so that it can be killed in the middle.
"""

import asyncio
import sys
from datetime import UTC, datetime

from boundary.kernel.runtime import transaction
from customer_stack.vault import jobs as vault_jobs
from tests.customer.vault import conftest


def tell(count: int) -> None:
    sys.stdout.write(f"{count}\n")
    sys.stdout.flush()


async def main(dsn: str) -> None:
    db = await transaction.connect(dsn, application="tests", size=2)
    vault = conftest.made(keks=2)
    await vault_jobs.rewrap(db, vault, progress=tell)
    await vault_jobs.rotate(db, vault, before=datetime(2100, 1, 1, tzinfo=UTC), progress=tell)
    await vault_jobs.reencrypt(db, vault, progress=tell)
    await db.close()


if __name__ == "__main__":
    vault_jobs.KEYS, vault_jobs.VALUES, vault_jobs.SUBJECTS = 200, 100, 50
    asyncio.run(main(sys.argv[1]))
