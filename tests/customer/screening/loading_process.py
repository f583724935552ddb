"""A process that loads a list of invented entries and waits to be killed: `python -m … URL COUNT`.

It says on standard output how many entries are stored, and goes on for every line on standard input.
"""

import asyncio
import sys
from datetime import UTC, datetime

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from customer_stack.screening import model
from customer_stack.screening.model import people
from customer_stack.screening.service import listing


def file_of(count: int, day: int = 27) -> model.ListFile:
    """So many people who are nobody."""
    lines = (
        f'{{"id":"n-{number}","schema":"Person","last_seen":"2026-02-{day}T06:00:00",'
        f'"properties":{{"name":["Nobody {number:06} Sample{number % 97}"],"topics":["sanction"]}}}}\n'
        for number in range(count)
    )
    return model.ListFile("nobodies.json", "".join(lines).encode())


async def main(url: str, count: int) -> None:
    db = await transaction.connect(url, application="loading-process", size=2)
    time = clock.ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))

    def progress(more: int) -> None:
        sys.stdout.write(f"{more}\n")
        sys.stdout.flush()
        sys.stdin.readline()

    await listing.load(db, [file_of(count)], model.Publisher.FTM, people.Policy(), time, ids.SystemIds(time), progress)
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
