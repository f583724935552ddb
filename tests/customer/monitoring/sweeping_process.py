"""A process that sweeps over and over, one movement at a time, until it is killed.

`python -m tests.customer.monitoring.sweeping_process URL KEK`. It says a line for each batch that it has done.
"""

import asyncio
import sys

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from customer_stack.monitoring.adapters import people, rates
from customer_stack.monitoring.service import sweeping
from tests.customer.vault import conftest as vaults


async def main(url: str) -> None:
    db = await transaction.connect(url, application="sweeping-process", size=2)
    time = clock.SystemClock()
    watch = sweeping.Watch(vaults.made(), rates.OwnCurrency(), people.Unknown(), ids.SystemIds(time), 1)
    while True:
        more = await db.run("sweep", lambda tx: sweeping.step(tx, watch, time.now()))
        print("more" if more else "done", flush=True)  # noqa: T201 -- whoever kills it listens


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
