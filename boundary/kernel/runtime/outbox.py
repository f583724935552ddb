"""Side effects leave through here: a message is a row of the business transaction, delivered after it is committed.

Delivery is at least once and in the order of numbers per drainer, so whoever receives must tolerate a repetition.
A message that cannot be delivered stays; nothing is dropped because something is down.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import prometheus_client
import sqlalchemy as sa

from boundary.kernel import canonical, records
from boundary.kernel.runtime import columns, server, telemetry, transaction

TAKE_MAX = 200
IDLE_SECONDS = 0.1
DELIVERY_SECONDS_MAX = 0.8

DELIVERED = prometheus_client.Counter("outbox_delivered", "Messages delivered")
UNKNOWN = telemetry.Event("outbox.unknown", number=int)
BACKLOG_SEEN = prometheus_client.Gauge("outbox_taken", "Messages in the last batch taken")

_TAKE = """
SELECT id, payload FROM outbox WHERE id <> ALL($2::bigint[]) ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED"""
_DROP = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"


Deliver = Callable[[Sequence[records.Message]], Awaitable[None]]


def table(metadata: sa.MetaData, types: columns.Types) -> sa.Table:
    return sa.Table(
        "outbox",
        metadata,
        columns.numbered("outbox", metadata, types),
        sa.Column("payload", types.coded, nullable=False),
        sa.Column("at", types.moment, nullable=False, server_default=sa.text("now()")),
    )


async def put(tx: transaction.Tx, message: records.Message) -> None:
    await tx.execute("INSERT INTO outbox (payload) VALUES ($1)", records.encode(message))


class Drainer:
    """Hands committed messages on. Rows are removed in the transaction that held them while they were delivered."""

    def __init__(self, db: transaction.Database, deliver: Deliver) -> None:
        self._db = db
        self._deliver = deliver
        self._unknown: list[int] = []

    async def loop(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if await self.drain() < TAKE_MAX:
                await server.pause(stop, IDLE_SECONDS)

    async def drain(self) -> int:
        """Deliver one batch; how many it held. If delivery fails, the rows stay for the next time."""

        async def work(tx: transaction.Tx) -> int:
            rows = await tx.fetch(_TAKE, TAKE_MAX, self._unknown)
            known = self._known(rows)
            if known:
                async with asyncio.timeout(DELIVERY_SECONDS_MAX):  # nobody holds rows while something hangs
                    await self._deliver(list(known.values()))
                await tx.execute(_DROP, list(known))
            return len(known)

        delivered = await self._db.run("outbox.drain", work)
        BACKLOG_SEEN.set(delivered)
        DELIVERED.inc(delivered)
        return delivered

    def _known(self, rows: Sequence[transaction.Record]) -> dict[int, records.Message]:
        """The messages by number. One that another release wrote stays, for a process that knows it."""
        found: dict[int, records.Message] = {}
        for row in rows:
            try:
                found[row["id"]] = records.decode(row["payload"], records.Message)
            except (canonical.NotCanonical, LookupError):
                self._unknown.append(row["id"])
                telemetry.emit(UNKNOWN, "error", number=row["id"])
        return found
