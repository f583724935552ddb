"""A worker process to be killed: claims the job it is told of and never gets to its end.

`python -m tests.boundary.kernel.runtime.job_process DSN JOB LEASE_SECONDS` says `running` when it is in the middle.
"""

import asyncio
import sys
import uuid
from datetime import timedelta

from boundary.kernel import clock, ids
from boundary.kernel.runtime import jobs, transaction
from tests.boundary.kernel.runtime import sample_jobs


async def hang(tx_or_db: transaction.Tx | transaction.Database, job: sample_jobs.Inside | sample_jobs.Outside) -> None:
    await sample_jobs.record(tx_or_db, f"half of {job.number}")
    sys.stdout.write("running\n")
    sys.stdout.flush()
    await asyncio.sleep(3600)


async def main(dsn: str, number: str, lease: str) -> None:
    jobs.LEASE = timedelta(seconds=float(lease))
    db = await transaction.connect(dsn, application="to be killed", size=2)
    runner = jobs.Runner(
        db,
        inside={sample_jobs.Inside: hang},
        outside={sample_jobs.Outside: hang},
        schedules=(),
        redis_url="redis://127.0.0.1:1/0",
        queue="test",
        time=clock.SystemClock(),
        random=ids.SystemIds(),
    )
    await runner.run(uuid.UUID(number))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
