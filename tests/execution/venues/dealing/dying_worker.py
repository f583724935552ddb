"""A worker at the exchange that dies at a named step, as the kernel would end it; or one that works until all is quiet.

`python -m tests.execution.venues.dealing.dying_worker DSN URL KEYS STEP TIMES`: it dies when its step is reached that often.
Leases are short here, so that whoever comes next need not wait for them.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from execution_stack.venues import model
from execution_stack.venues.adapters.kalshi import client, signing
from execution_stack.venues.jobs import loops
from execution_stack.venues.model import dealing
from execution_stack.venues.rules import dealing as rules
from execution_stack.venues.service.wiring import Dealing

STEPS = ("before_send", "after_send", "before_recording", "after_recording")
_ACCEPTANCE = timedelta(milliseconds=600)
_QUIET = """
SELECT (SELECT count(*) FROM venue_order WHERE due_at IS NOT NULL)
  + (SELECT count(*) FROM venue_command WHERE state NOT IN ('done', 'refused'))"""


class Death:
    def __init__(self, step: str, times: int) -> None:
        self._step, self._left = step, times

    def at(self, step: str) -> None:
        if step == self._step:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Dying(client.Client):
    death: Death

    async def place(self, order: model.Wanted) -> model.Placed:
        self.death.at("before_send")
        placed = await super().place(order)
        self.death.at("after_send")
        return placed


class Writing(transaction.Database):
    death: Death

    async def run(self, name: str, work: Callable[[transaction.Tx], Awaitable[Any]], **more: Any) -> Any:
        async def dying(tx: transaction.Tx) -> Any:
            found = await work(tx)
            if name == "venues.sent":
                self.death.at("before_recording")
            return found

        found = await super().run(name, dying, **more)
        if name == "venues.sent":
            self.death.at("after_recording")
        return found


async def main(dsn: str, url: str, keys: str, step: str, times: int) -> None:
    rules.LEASE = timedelta(seconds=1)
    Writing.death = Dying.death = Death(step, times)
    plain = await transaction.connect(dsn, application="dying-worker", size=8)
    db = Writing(plain._pool)
    time, random = clock.SystemClock(), ids.SystemIds()
    venue = Dying(
        url, signing.Directory(Path(keys)), time, random, patience=timedelta(seconds=1), acceptance=_ACCEPTANCE
    )
    deal = Dealing(dealing.Name.KALSHI, venue, (), time, random)
    stop = asyncio.Event()
    working = [
        asyncio.create_task(each.loop(stop))
        for each in (loops.Sender(db, deal), loops.Reader(db, deal), loops.Poller(db, deal))
    ]
    while await db.read("quiet", lambda tx: tx.value(_QUIET)):  # noqa: ASYNC110 -- what it waits for is in the database
        await asyncio.sleep(0.05)
    stop.set()
    await asyncio.gather(*working)
    await venue.close()
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], int(sys.argv[5])))  # type: ignore[call-arg]  # four texts and a number
