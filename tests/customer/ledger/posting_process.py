"""A process that posts so many commands and says on standard output which were answered; to be disturbed and killed.

`python -m tests.customer.ledger.posting_process URL COUNT CALLERS HOUSE ACCOUNT…`. Command N moves one unit from the
house to account N mod accounts, holds another one and posts or voids it. Ids and keys follow from N, so whoever starts
the process again repeats what it may have done before. A caller that does not know how its command ended sends it
again, as the API says.
"""

import asyncio
import itertools
import sys
from uuid import UUID

import uvloop

from boundary.kernel import clock, errors
from boundary.kernel.runtime import transaction
from customer_stack.ledger import model
from customer_stack.ledger.service import posting

SCOPE = UUID(int=4242)


def command(number: int, house: UUID, accounts: list[UUID]) -> posting.Command:
    """Three transfers that net to one unit, and one more for every third that posts its hold."""
    account = accounts[number % len(accounts)]
    base = number * 8 + (1 << 80)
    hold = UUID(int=base + 2)
    ends = model.Flag.POST if number % 3 == 0 else model.Flag.VOID
    amount = model.AMOUNT_MAX if ends is model.Flag.POST else 0
    return posting.Command(
        SCOPE,
        str(number),
        (
            model.Transfer(UUID(int=base + 1), house, account, 1, 1, 1, int(model.Flag.LINKED)),
            model.Transfer(hold, house, account, 1, 1, 1, int(model.Flag.LINKED | model.Flag.PENDING)),
            model.Transfer(UUID(int=base + 3), model.NIL, model.NIL, amount, 0, 0, int(ends), hold),
        ),
    )


def expected(count: int, accounts: int) -> list[int]:
    """The units of each account when every command took effect once."""
    totals = [0] * accounts
    for number in range(count):
        totals[number % accounts] += 2 if number % 3 == 0 else 1
    return totals


async def main(url: str, count: int, callers: int, house: UUID, accounts: list[UUID]) -> None:
    db = await transaction.connect(url, application="posting-process", size=4)
    groups = [posting.Poster(db, clock.SystemClock()) for _ in range(3)]  # as three processes would
    numbers = iter(range(count))
    turn = itertools.count()

    async def caller() -> None:
        for number in numbers:
            while True:
                try:
                    results = await groups[next(turn) % 3].submit(command(number, house, accounts))
                except (errors.Unavailable, errors.OutcomeUnknown):
                    await asyncio.sleep(0.02)
                    continue
                assert {result.status.value for result in results} == {"created"}, results
                sys.stdout.write(f"{number}\n")
                sys.stdout.flush()
                break

    await asyncio.gather(*(caller() for _ in range(callers)))
    await db.close()


if __name__ == "__main__":
    uvloop.run(
        main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), UUID(sys.argv[4]), [UUID(a) for a in sys.argv[5:]])
    )
