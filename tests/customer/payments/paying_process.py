"""A worker that hands over what is due and dies at a named step; or one that goes on undisturbed.

`python -m tests.customer.payments.paying_process DSN SIMULATOR PUBLIC_KEY_FILE HOURS STEP`. The clock is the machine's, so
many hours on, and two more after each round. At its step the process kills itself as the kernel would: nothing is closed, nothing is told.
"""

import asyncio
import os
import pathlib
import signal
import sys
from datetime import datetime, timedelta
from typing import Any

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from customer_stack.payments.adapters import currencycloud, payee
from customer_stack.payments.model.payouts import Found, Payout, Sent
from customer_stack.payments.service import sending, wiring
from customer_stack.payments.simulators.providers import server
from tests.customer.payments import conftest

STEPS = ("begun", "sent", "asked", "answered")


class Shifted:
    def __init__(self, hours: int) -> None:
        self.by = timedelta(hours=hours)

    def now(self) -> datetime:
        return clock.SystemClock().now() + self.by


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Dying(currencycloud.Currencycloud):
    """Dies before or after it has handed something over, or asked about it."""

    step = ""

    async def send(self, payout: Payout) -> Sent:
        if self.step == "begun":
            die()
        sent = await super().send(payout)
        if self.step == "sent":
            die()
        return sent

    async def find(self, payout: Payout) -> Found:
        if self.step == "asked":
            die()
        found = await super().find(payout)
        if self.step == "answered":
            die()
        return found


async def main(dsn: str, url: str, secret: str, hours: int, step: str) -> None:
    time = Shifted(hours)
    random = ids.SystemIds()
    db = await transaction.connect(dsn, application="paying-process", size=6)
    provider = Dying(url, server.LOGIN, server.KEY, [secret], seconds=30)
    provider.step = step
    waiting: Any = None
    pay = wiring.Payments(
        conftest.vault(random, time), waiting, conftest.Screener(), conftest.Customers(), waiting, payee.NoPayee(), {"currencycloud": provider},
        conftest.POLICY, time, random,
    )  # fmt: skip
    for _ in range(6):
        await sending.due(db, pay, 20)
        time.by += timedelta(hours=2)
    await provider.close()
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).read_text(), int(sys.argv[4]), sys.argv[5]))
