"""A process that compares everybody with a changed list and waits to be killed: `python -m … URL CHUNK`.

It says on standard output how many subjects are done, and goes on for every line on standard input.
"""

import asyncio
import sys

from boundary.kernel import clock, ids
from boundary.kernel.runtime import telemetry, transaction
from customer_stack import tables
from customer_stack.screening.service import loaded, rescreening, wiring
from customer_stack.vault import service as vault_service
from customer_stack.vault.adapters import files, opening
from tests.customer.screening import conftest


async def main(url: str, chunk: int) -> None:
    telemetry.configure("rescreening-process")
    db = await transaction.connect(url, application="rescreening-process", size=2)
    time = clock.ManualClock(conftest.NOW)
    random = ids.SystemIds(time)
    vault = vault_service.Vault(
        files.Files({1: bytes(range(32))}), bytes(range(32)), random, time, columns=opening.columns(tables.METADATA)
    )

    def progress(more: int) -> None:
        sys.stdout.write(f"{more}\n")
        sys.stdout.flush()
        sys.stdin.readline()

    rescreening.CHUNK = chunk
    screening = wiring.Screening(vault, loaded.Lists(), conftest.POLICY, time, random)
    await rescreening.follow(db, screening, progress=progress)
    await vault.close()
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
