"""A process that uses every quote there is and says on standard output which were answered; to be disturbed and killed.

`python -m tests.customer.fx.converting_process URL CALLERS`. A command's key follows from its quote, so whoever starts
the process again repeats what it may have done before. A caller that does not know how its command ended sends it
again, as the API says.
"""

import asyncio
import itertools
import sys

import uvloop

from boundary.kernel import errors, ids, primitives
from boundary.kernel.runtime import transaction
from customer_stack.fx import model
from customer_stack.fx.service import converting, house, quotes
from tests.customer.fx import conftest

MANY = 100_000


def command(quote: model.Quote) -> converting.Command:
    return converting.Command(quote.account, quote.id, primitives.sha256(quote.id.bytes), quote.id.bytes * 2)


async def main(url: str, callers: int) -> None:
    db = await transaction.connect(url, application="converting-process", size=4)
    desk = quotes.Desk(conftest.POLICY, conftest.SEED, house.House(), conftest.Clearance(), ids.SystemIds())
    groups = [converting.Converter(db, desk) for _ in range(3)]  # as three processes would
    waiting = iter(await db.read("t", lambda tx: quotes.listed(tx, None, None, None, MANY)))
    turn = itertools.count()

    async def caller() -> None:
        for quote in waiting:
            while True:
                try:
                    made = await groups[next(turn) % 3].submit(command(quote))
                except (errors.Unavailable, errors.OutcomeUnknown):
                    await asyncio.sleep(0.02)
                    continue
                sys.stdout.write(f"{made.quote}\n")
                sys.stdout.flush()
                break

    await asyncio.gather(*(caller() for _ in range(callers)))
    await db.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
