"""`python -m tests.customer.kyc.running_saga DSN SAGA CHANNEL STEP WHERE`: runs a freeze and stops, to be killed, at a point.

A process of its own. Its steps are the product's, with two of others between them as quotes and intents will be.
"""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from customer_stack.gate.service import participants
from customer_stack.kyc import jobs, ports
from customer_stack.kyc.service import freezing, promises, wiring
from tests.customer.kyc import house


class Cancel(NamedTuple):
    """Somebody else's step: it cancels something, once."""

    name: str

    async def apply(self, tx: transaction.Tx, account: UUID, saga: UUID) -> None:
        del account
        await tx.execute("INSERT INTO cancelled VALUES ($1, $2)", self.name, saga)


class Stopping(NamedTuple):
    """A step within which the process waits for its end."""

    inner: ports.Step
    where: str

    @property
    def name(self) -> str:
        return self.inner.name

    async def apply(self, tx: transaction.Tx, account: UUID, saga: UUID) -> None:
        if self.where == "before":
            await here()
        await self.inner.apply(tx, account, saga)
        await here()


async def here() -> None:
    """The point: nothing comes after it."""
    sys.stdout.write("here\n")
    sys.stdout.flush()
    await asyncio.sleep(60)


def steps(channel: UUID) -> tuple[ports.Step, ...]:
    time, random = clock.SystemClock(), ids.SystemIds()
    outbound = participants.Participants(channel, random)
    return freezing.steps(outbound, house.Cases(), (Cancel("quotes"), Cancel("intents")), time, random)


def handlers(channel: UUID, made: Sequence[ports.Step]) -> jobs.Handlers:
    nothing: Any = None
    time, random = clock.SystemClock(), ids.SystemIds()
    kyc = wiring.Kyc(nothing, nothing, nothing, nothing, nothing, time, random)
    return jobs.Handlers(wiring.Workshop(kyc, nothing, None, participants.Participants(channel, random), made))


async def run(db: transaction.Database, saga: UUID, channel: UUID) -> None:
    await handlers(channel, steps(channel)).run_saga(db, promises.RunSaga(saga))


async def main(dsn: str, saga: str, channel: str, step: str, where: str) -> None:
    db = await transaction.connect(dsn, application="tests", size=2)
    made = list(steps(UUID(channel)))
    at = [each.name for each in made].index(step)
    if where == "after":  # committed, and the next not begun
        shop = handlers(UUID(channel), made).shop
        while True:
            done = await db.run("test", lambda tx: freezing.advance(tx, shop, UUID(saga)))
            names = await db.run("test", lambda tx: tx.fetch("SELECT name FROM kyc_saga_step"))
            if not done or step in {row["name"] for row in names}:
                await here()
    made[at] = Stopping(made[at], where)
    await handlers(UUID(channel), made).run_saga(db, promises.RunSaga(UUID(saga)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
