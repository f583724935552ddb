"""Prices without a channel: what the gate would tell is told here, and the API serves it on loopback."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec

from boundary.kernel import clock
from boundary.kernel.runtime import app as apps
from boundary.kernel.runtime import transaction
from customer_stack.access import api as access_api
from customer_stack.gate import ports
from customer_stack.identity.service import requests
from customer_stack.markets import service as markets
from customer_stack.prices import api as prices_api
from customer_stack.prices.service import keeping, relaying
from tests.boundary.kernel.runtime import loopback
from tests.stacks import StackDatabase

NOON = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
ONE, TWO, THREE = (uuid.UUID(int=4 << 76 | 2 << 62 | number) for number in (1, 2, 3))
Levels = tuple[tuple[int, int], ...]


class House:
    """A worker that is told of prices, and an API process with its hub."""

    def __init__(self, worker: transaction.Database, api: transaction.Database) -> None:
        self.worker = worker
        self.api = api
        self.time = clock.ManualClock(NOON)
        self.edge = requests.Edge(origins=frozenset({"https://app.people.example"}))
        self.hub = relaying.Hub(api, self.time)
        self.books: dict[uuid.UUID, ports.BookHeard] = {}
        self._told = 0
        self._trades: dict[uuid.UUID, int] = {}
        self.port = 0

    async def listed(self, *refs: uuid.UUID) -> None:
        for ref in refs:
            listing = ports.Listing(
                ref, "clob", "security_token", 10_000, 1_000_000, 10**6, 500, NOON, NOON + timedelta(days=9), bytes(32)
            )
            await self.worker.run("test.listed", lambda tx, of=listing: markets.Register().listed(tx, [of]))

    async def heard(self, **more: Any) -> frozenset[uuid.UUID]:
        self._told += 1
        heard, place = ports.Heard(**more), (7, self._told)
        now = self.time.now()
        return await self.worker.run("test.heard", lambda tx: keeping.Prices().heard(tx, place, heard, now))

    async def book(self, ref: uuid.UUID, bids: Levels, asks: Levels, **more: Any) -> None:
        """The next state of a book."""
        known = self.books.get(ref, ports.BookHeard(ref))
        more.setdefault("sequence", known.sequence + 3)
        self.books[ref] = msgspec.structs.replace(known, bids=bids, asks=asks, **more)
        await self.heard(books=(self.books[ref],))

    async def traded(self, ref: uuid.UUID, *prices: int) -> None:
        """Trades, a second apart, with the candles that follow from them."""
        after = self._trades.get(ref, 0)
        trades = tuple(
            ports.TradeHeard(number, price, 2, "buy", False, NOON + timedelta(seconds=number))
            for number, price in enumerate(prices, after + 1)
        )
        self._trades[ref] = last = after + len(prices)
        minute = ports.CandleHeard(NOON, 50, max(prices), min(prices), prices[-1], 2 * last, 1, last)
        known = self.books.get(ref, ports.BookHeard(ref))
        self.books[ref] = msgspec.structs.replace(
            known, trade_number=last, trade_ticks=prices[-1], trade_at=trades[-1].at,
            day_open=50, day_high=max(prices), day_low=min(prices), day_lots=2 * last, day_trades=last,
        )  # fmt: skip
        await self.heard(
            books=(self.books[ref],),
            trades=(ports.TradesHeard(ref, after, trades),),
            candles=(ports.CandlesHeard(ref, "minute", (minute,)),),
        )


@contextlib.asynccontextmanager
async def opened(schema: StackDatabase, worker: transaction.Database, *, looping: bool = True) -> AsyncIterator[House]:
    api = await schema.connect("customer_api")
    made = House(worker, api)
    app = apps.create(
        title="Prices",
        version="1",
        description="",
        routes=prices_api.HANDLERS,
        readiness=apps.Readiness({}),
        state={"db": api, "clock": made.time, "hub": made.hub, "edge": made.edge},
        guards=[access_api.guard],
    )
    server = loopback.Served(app, websockets=True)
    made.port = await server.start()
    stop = asyncio.Event()
    loop = asyncio.create_task(made.hub.loop(stop)) if looping else None
    try:
        yield made
    finally:
        stop.set()
        if loop is not None:
            await loop
        await server.stop()
        await api.close()


class Client:
    """A WebSocket client of another make, which puts together what it is told."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []
        self.channels: dict[int, tuple[str, str]] = {}
        self.books: dict[str, tuple[dict[int, int], dict[int, int]]] = {}
        self.sequences: dict[str, int] = {}
        self.sizes: list[int] = []

    async def say(self, **message: Any) -> None:
        await self.socket.send_str(json.dumps(message))

    async def subscribe(self, channel: str, ref: uuid.UUID, **more: Any) -> None:
        await self.say(op="subscribe", channel=channel, instrument=str(ref), **more)

    async def hear(self) -> dict[str, Any]:
        """The next message that is no heartbeat."""
        while True:
            message = await self.socket.receive(timeout=10)
            assert message.type is aiohttp.WSMsgType.TEXT, (message.type, message.data)
            self.sizes.append(len(message.data))
            found: dict[str, Any] = json.loads(message.data)
            if found["type"] != "heartbeat":
                self._take(found)
                return found

    async def until(self, holds: Callable[["Client"], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds(self):
                await self.hear()

    def _take(self, message: dict[str, Any]) -> None:
        self.heard.append(message)
        if message["type"] == "subscribed":
            self.channels[message["topic"]] = (message["channel"], message["instrument"])
        elif message["type"] in {"snapshot", "delta"}:
            ref = self.channels[message["topic"]][1]
            self._book(ref, message)

    def _book(self, ref: str, message: dict[str, Any]) -> None:
        if message["type"] == "snapshot":
            self.books[ref] = dict(message["bids"]), dict(message["asks"])
            self.sequences[ref] = message["sequence"]
            return
        assert message["from"] == self.sequences[ref], "a delta continues what the client has"
        for side, changed in zip(self.books[ref], (message.get("b", []), message.get("a", [])), strict=True):
            for ticks, lots in changed:
                if lots:
                    side[ticks] = lots
                else:
                    del side[ticks]
        self.sequences[ref] = message["to"]
