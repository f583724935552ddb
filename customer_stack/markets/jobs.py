"""Pulls public documents that were announced. What is wanted is a row, so a crash forgets nothing."""

import functools
from datetime import timedelta
from typing import NamedTuple

from boundary.kernel import clock, errors, records
from boundary.kernel.runtime import jobs, transaction
from customer_stack.markets import model, ports, service

AT_ONCE = 4
LOOK = timedelta(seconds=5)
SECONDS_MAX = 30


class PullDocuments(records.Job, frozen=True, tag="customer.markets.pull_documents.v1"):
    """Ask for the documents that are wanted and due."""


SCHEDULES = (jobs.Schedule(PullDocuments(), LOOK),)


class Puller(NamedTuple):
    """How documents come here. Talking to the other stack takes time, so no transaction is open meanwhile."""

    library: ports.Library
    clock: clock.Clock

    async def pull(self, db: transaction.Database, _job: PullDocuments) -> None:
        started = self.clock.now()
        tried: set[bytes] = set()
        while self.clock.now() - started < timedelta(seconds=SECONDS_MAX):
            due = await db.read("markets.due", lambda tx: service.due(tx, self.clock.now(), AT_ONCE))
            fresh = [wanted for wanted in due if wanted.hash not in tried]
            if not fresh:
                return
            for wanted in fresh:
                tried.add(wanted.hash)
                await self._one(db, wanted)

    async def _one(self, db: transaction.Database, wanted: model.Wanted) -> None:
        try:
            content, media_type = await self.library.pull(wanted.hash, wanted.size)
        except errors.Refusal as refusal:
            work = functools.partial(service.postpone, wanted=wanted, refusal=refusal, now=self.clock.now())
        else:
            work = functools.partial(service.hold, wanted=wanted, media_type=media_type, content=content)
        await db.run("markets.document", work)
