"""A customer stack's intents as another process appends them, through the receiver's own transaction.

`python -m tests.bench.clob_load DSN CHANNEL INSTRUMENT SECONDS RATE PARTICIPANT…`: cores of half passive orders, three
eighths cancels and an eighth that takes, each judged, written, put into the journal, and answered in the channel's outbox.
Prints how many commands it placed, and how long a core's transaction took.
"""

import asyncio
import random  # noqa: TID251 -- seeded, and of the bench alone
import sys
import time
from collections import deque
from uuid import UUID

import uvloop

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from boundary.wire import messages, to_execution, values, words
from execution_stack import app
from execution_stack.gate.service import effects, outbound

CORE = 1_000
PLACE, CANCEL, TAKE = 500, 375, 125
MIDDLE = 5_000


class Load:
    def __init__(self, channel: UUID, instrument: UUID, people: list[UUID]) -> None:
        self._channel, self._instrument, self._people = channel, instrument, people
        self._random = random.Random(1)
        self._sequence = 0
        self._resting: deque[values.MessageName] = deque()
        self.placed = 0

    def _intent(self, side: words.Side, price: int, lots: int) -> to_execution.PlaceIntent:
        return to_execution.PlaceIntent(
            participant=self._random.choice(self._people),
            instrument=self._instrument,
            side=side,
            kind=words.IntentKind.LIMIT,
            time_in_force=words.TimeInForce.UNTIL_CANCELLED,
            limit_ticks=price,
            lots=lots,
            cost_cap=price * 10_000 * lots,
            expires_at=0,
        )

    def core(self) -> list[messages.Message]:
        """Cancels first, of orders that earlier cores placed; then orders."""
        pick = self._random
        self._sequence += 1
        said: list[messages.Message] = []
        if len(self._resting) > 20_000:
            said += [to_execution.CancelIntent(self._resting.popleft()) for _ in range(CANCEL)]
        for at in range(PLACE):
            side = words.Side.BUY if at % 2 else words.Side.SELL
            away = pick.randint(1, 400)
            price = MIDDLE - away if at % 2 else MIDDLE + away
            self._resting.append(values.MessageName(1, self._sequence, len(said)))
            said.append(self._intent(side, price, pick.randint(1, 20)))
        for at in range(TAKE):
            side = words.Side.BUY if at % 2 else words.Side.SELL
            price = MIDDLE + 400 if at % 2 else MIDDLE - 400
            said.append(self._intent(side, price, pick.randint(1, 20)))
        return said

    async def place(self, db: transaction.Database, said: list[messages.Message]) -> None:
        sequence = self._sequence

        async def work(tx: transaction.Tx) -> None:
            now = clock.SystemClock().now()
            context = effects.Context(self._channel, 1, sequence, now, ids.SystemIds(), app.LANES)
            outcomes = await effects.apply(tx, context, said)
            await outbound.say(tx, self._channel, outcomes)

        await db.run("gate.exchange", work)
        self.placed += len(said)


async def main(dsn: str, channel: str, instrument: str, seconds: str, rate: str, *people: str) -> None:
    db = await transaction.connect(dsn, application="bench-load", size=2)
    load = Load(UUID(channel), UUID(instrument), [UUID(each) for each in people])
    taken = []
    started = time.monotonic()
    try:
        while (now := time.monotonic()) - started < float(seconds):
            ahead = load.placed / float(rate) - (now - started)
            if ahead > 0:
                await asyncio.sleep(ahead)
            begun = time.monotonic()
            await load.place(db, load.core())
            taken.append(time.monotonic() - begun)
    finally:
        await db.close()
    taken.sort()
    sys.stdout.write(
        f"{load.placed} {time.monotonic() - started:.3f} {taken[len(taken) // 2]:.4f} {time.process_time():.2f}\n"
    )


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
