"""The clock's part in the worker."""

import asyncio
from typing import NamedTuple

from boundary.kernel import clock
from boundary.kernel.runtime import server, transaction
from execution_stack.clob.service import calendar

LOOK_MILLIS = 500


class Timers(NamedTuple):
    """The loop that tells books the time and the end of their day."""

    db: transaction.Database
    clock: clock.Clock

    async def loop(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.look()
            await server.pause(stop, LOOK_MILLIS / 1000)

    async def look(self) -> int:
        """How many commands were due."""
        now = self.clock.now()
        if not await self.db.look("clob.timers", lambda tx: calendar.is_due(tx, now)):
            return 0
        return await self.db.run("clob.timers", lambda tx: calendar.pass_time(tx, now))
