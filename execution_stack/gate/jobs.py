"""The gate's periodic work in the worker."""

import asyncio
from datetime import timedelta
from typing import NamedTuple

from boundary.kernel import clock, records
from boundary.kernel.runtime import jobs, server, telemetry, transaction
from execution_stack.gate.service import channels

CHECK_SECONDS = 5.0
LINK_LOST = telemetry.Event("gate.links_lost", count=int)


class ForgetNonces(records.Job, frozen=True, tag="execution.gate.forget_nonces.v1"):
    """Remove nonces that no acceptable frame could repeat."""


async def forget_nonces(tx: transaction.Tx, _job: ForgetNonces) -> None:
    await channels.forget_nonces(tx)


SCHEDULES = (jobs.Schedule(ForgetNonces(), timedelta(minutes=1)),)


class Silence(NamedTuple):
    """The loop that notices customer stacks that went quiet."""

    db: transaction.Database
    clock: clock.Clock

    async def loop(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            lost = await self.db.run("gate.silence", self._notice)
            if lost:
                telemetry.emit(LINK_LOST, "error", count=lost)
            await server.pause(stop, CHECK_SECONDS)

    async def _notice(self, tx: transaction.Tx) -> int:
        return await channels.notice_silence(tx, self.clock.now())
