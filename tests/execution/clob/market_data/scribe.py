"""An engine as small as can be: it matches in the readable book and writes batches, trades and pictures as the engine does."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from execution_stack.clob import book, model
from execution_stack.clob.formats import batches, pictures, records
from execution_stack.clob.market_data import candles

Command = model.Command


class Scribe:
    """One shard with its books, by instrument. `connection` may write all of it."""

    def __init__(self, connection: Any, now: datetime, shard: int = 1) -> None:
        self._connection = connection
        self._shard = shard
        self.now = now
        self.books: dict[uuid.UUID, book.Book] = {}
        self.trades: dict[uuid.UUID, list[candles.Trade]] = {}
        self._numbers: dict[uuid.UUID, int] = {}
        self.batch = 0

    async def open(self, instrument: uuid.UUID) -> None:
        number = 100 * self._shard + len(self.books) + 1
        if not self.books:
            await self._connection.execute("INSERT INTO clob_shard (shard) VALUES ($1)", self._shard)
            await self._connection.execute(
                "INSERT INTO clob_cursor (shard, hash) VALUES ($1, $2)", self._shard, bytes(32)
            )
        await self._connection.execute(
            "INSERT INTO clob_book (number, instrument, shard, day_ends, next_day) VALUES ($1, $2, $3, 0, $4)",
            number, instrument, self._shard, self.now,
        )  # fmt: skip
        self.books[instrument], self._numbers[instrument] = book.Book(), number
        self.trades[instrument] = []

    async def tell(self, instrument: uuid.UUID, *commands: Command, seconds: int = 0) -> list[model.Event]:
        """One batch, committed at once."""
        return await self.write([(instrument, commands)], seconds)

    async def write(self, told: list[tuple[uuid.UUID, Any]], seconds: int = 0) -> list[model.Event]:
        self.now += timedelta(seconds=seconds)
        said: list[tuple[int, bytes]] = []
        heard: list[model.Event] = []
        rows: list[Any] = []
        self.batch += 1
        for instrument, commands in told:
            made = self.books[instrument]
            events = [model.Event(*each) for each in made.run_rows([tuple(map(int, each)) for each in commands])]
            said.append((self._numbers[instrument], records.pack_events(events, 0)))
            heard += events
            rows += [self._trade(instrument, each) for each in events if each.kind == model.Kind.TRADED]
        async with self._connection.transaction():
            for payload in batches.cut(said):
                await self._connection.execute(
                    "INSERT INTO clob_batch (shard, number, first, last, done, events, payload, hash, at)"
                    " VALUES ($1, $2, 1, 1, true, $3, $4, $5, $6)",
                    self._shard, self.batch, batches.count(payload), payload or None, bytes(32), self.now,
                )  # fmt: skip
            await self._connection.executemany(
                "INSERT INTO clob_trade (instrument, number, price, lots, taker_side, auction, taker, maker, batch, at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                rows,
            )
            await self._connection.execute(
                "UPDATE clob_cursor SET batch = $1 WHERE shard = $2", self.batch, self._shard
            )
        return heard

    def _trade(self, instrument: uuid.UUID, event: model.Event) -> tuple[Any, ...]:
        known = self.trades[instrument]
        auction, at = bool(event.flags), int(self.now.timestamp())
        known.append(candles.Trade(len(known) + 1, event.price, event.quantity, event.side, auction, at))
        side = model.Side(event.side).name.lower()
        numbers = (event.id, event.other, self.batch, self.now)
        return (instrument, len(known), event.price, event.quantity, side, auction, *numbers)

    async def picture(self) -> None:
        """Keep a snapshot of all books."""
        states = [pictures.Kept(self._numbers[each], made.snapshot(), b"") for each, made in self.books.items()]
        parts = list(pictures.split(states))
        async with self._connection.transaction():
            for number, part in enumerate(parts, 1):
                await self._connection.execute(
                    "INSERT INTO clob_snapshot_part (shard, batch, part, payload) VALUES ($1, $2, $3, $4)",
                    self._shard, self.batch, number, part,
                )  # fmt: skip
            await self._connection.execute(
                "INSERT INTO clob_snapshot (shard, batch, command, parts, orders, digest) VALUES ($1, $2, 1, $3, 0, $4)",
                self._shard, self.batch, len(parts), pictures.digest(states),
            )  # fmt: skip


def new(side: int, price: int, quantity: int, **more: int) -> Command:
    return Command(model.Op.NEW, side=side, price=price, quantity=quantity, **more)
