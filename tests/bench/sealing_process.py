"""The product's sealer as a process of its own, as the worker runs it: `python -m tests.bench.sealing_process DSN`."""

import asyncio
import signal
import sys

import uvloop

from boundary.kernel import clock
from boundary.kernel.runtime import sealing, transaction

SEED = bytes(range(32))


async def main(dsn: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    db = await transaction.connect(dsn, application="bench-sealer", size=1)
    try:
        await sealing.Sealer(db, SEED, clock.SystemClock()).loop(stop)
    finally:
        await db.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
