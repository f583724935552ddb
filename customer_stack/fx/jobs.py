"""The worker's part: hear the sources, end quotes that are over, even positions, open the house's accounts."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from boundary.kernel import errors, records
from boundary.kernel.runtime import jobs, telemetry, transaction
from customer_stack.fx import ports
from customer_stack.fx.model import policy
from customer_stack.fx.service import board, hedging, house, quotes

SILENT = telemetry.Event("fx.feed_silent", feed=telemetry.Word, code=telemetry.Word)


class Listen(records.Job, frozen=True, tag="customer.fx.listen.v1"):
    """Hear what one source says now."""

    feed: str


class Expire(records.Job, frozen=True, tag="customer.fx.expire.v1"):
    """End quotes whose time is over, and write the time down."""


class Hedge(records.Job, frozen=True, tag="customer.fx.hedge.v1"):
    """Plan orders for positions that are too far from even, and take every open order one step further."""


class Open(records.Job, frozen=True, tag="customer.fx.open.v1"):
    """Register currencies and open the house's accounts, where they are missing."""


class Handlers(NamedTuple):
    """How these jobs are done."""

    policy: policy.Policy
    feeds: Mapping[str, ports.Feed]
    hedger: hedging.Hedger

    async def listen(self, db: transaction.Database, job: Listen) -> None:
        """A feed that is not configured has nothing to say; one that is silent is heard again when it is due."""
        feed = self.feeds.get(job.feed)
        if feed is None:
            return
        try:
            await hear(db, feed, self.policy.pairs)
        except errors.Refusal as refusal:
            telemetry.emit(SILENT, "warning", feed=telemetry.Word(job.feed), code=telemetry.Word(refusal.code))

    async def expire(self, tx: transaction.Tx, _job: Expire) -> None:
        await quotes.expire(tx)

    async def hedge(self, db: transaction.Database, _job: Hedge) -> None:
        await db.run("fx.hedge.plan", lambda tx: hedging.plan(tx, self.hedger))
        await hedging.carry(db, self.hedger)

    async def open(self, tx: transaction.Tx, _job: Open) -> None:
        await house.ensure(tx, self.policy.pairs, self.hedger.ids)

    async def close(self) -> None:
        for feed in self.feeds.values():
            await feed.close()
        for provider in self.hedger.providers.values():
            await provider.close()


async def hear(db: transaction.Database, feed: ports.Feed, wanted: Sequence[policy.Terms]) -> int:
    """Read a feed, outside of any transaction, and write down what it said; how many rates."""
    name = feed.source.adapter
    pairs = [terms.pair for terms in wanted if name in {each.adapter for each in terms.feeds}]
    said = await feed.read(pairs) if pairs else []
    return await db.run("fx.hear", lambda tx: board.hear(tx, feed.source, said))


SCHEDULES = (
    jobs.Schedule(Open(), timedelta(hours=1)),
    jobs.Schedule(Expire(), timedelta(seconds=2)),
    jobs.Schedule(Hedge(), timedelta(minutes=1)),
    jobs.Schedule(Listen("currencycloud"), timedelta(seconds=30)),
    jobs.Schedule(Listen("openpayd"), timedelta(seconds=30)),
    jobs.Schedule(Listen("cbsl"), timedelta(minutes=30)),
    jobs.Schedule(Listen("ecb"), timedelta(hours=1)),
)
