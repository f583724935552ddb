"""Closes instruments when their window is over."""

from datetime import timedelta
from typing import NamedTuple

from boundary.kernel import clock, records
from boundary.kernel.runtime import jobs, transaction
from execution_stack.instruments import ports, service


class CloseOver(records.Job, frozen=True, tag="execution.instruments.close_over.v1"):
    """Look for instruments whose window is over."""


SCHEDULES = (jobs.Schedule(CloseOver(), timedelta(seconds=5)),)


class Closer(NamedTuple):
    """Until it has looked, intents are refused by the window itself."""

    outbound: ports.Outbound
    clock: clock.Clock
    books: ports.Books | None = None

    async def close(self, tx: transaction.Tx, _job: CloseOver) -> None:
        await service.close_over(tx, self.clock.now(), self.outbound, self.books)
