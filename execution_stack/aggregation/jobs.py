"""The loop that moves omnibus orders on. Each step is a transaction of its own, and any of them may be the last one
before a crash: whoever comes next finds in the tables what is to be done.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple

import prometheus_client

from boundary.kernel import clock, errors
from boundary.kernel.runtime import server, telemetry, transaction
from execution_stack.aggregation import ports
from execution_stack.aggregation.service import hearing, leaving, manifesting, weighing
from execution_stack.allocation import ports as sharing_ports
from execution_stack.allocation import service as sharing

LOOK = timedelta(milliseconds=10)
REST = timedelta(milliseconds=500)

NOT_MOVED = telemetry.Event("aggregation.not_moved", code=telemetry.Word)
STEPS = prometheus_client.Counter("omnibus_steps", "Steps of omnibus orders", ["step"])

Step = Callable[[transaction.Tx], Awaitable[object]]


class Moving(NamedTuple):
    """Closes windows, lets sealed orders leave, makes new versions of manifests, shares fills."""

    db: transaction.Database
    around: ports.Around
    sharing: sharing_ports.Outbound
    holdings: sharing_ports.Holdings
    clock: clock.Clock

    async def loop(self, stop: asyncio.Event) -> None:
        sharer = sharing.Sharer(sharing.Around(weighing.Members(self.around.outbound), self.sharing, self.holdings))
        while not stop.is_set():
            try:
                moved = [
                    await self._all("close", self._close),
                    await self._all("leave", self._leave),
                    await self._all("revise", manifesting.revise),
                    await self._all("share", sharer.next),
                    await self._all("settle", self._settle),
                ]
            except errors.Refusal as refusal:
                telemetry.emit(NOT_MOVED, "warning", code=telemetry.Word(refusal.code))
                await server.pause(stop, REST / timedelta(seconds=1))
                continue
            if not any(moved):
                await server.pause(stop, LOOK / timedelta(seconds=1))

    async def _all(self, name: str, step: Step) -> bool:
        """Until there is nothing more to do of this kind; whether there was anything."""
        moved = False
        while await self.db.run(f"aggregation.{name}", step):
            STEPS.labels(name).inc()
            moved = True
        return moved

    async def _close(self, tx: transaction.Tx) -> object:
        return await manifesting.close(tx, self.clock.now())

    async def _settle(self, tx: transaction.Tx) -> object:
        return await hearing.settle(tx, self.around, self.clock.now())

    async def _leave(self, tx: transaction.Tx) -> object:
        return await leaving.leave(tx, self.around.desk, self.clock.now())
