"""The WebSocket: books that know when they are torn, own fills and orders as news, and a connection that comes back.

The order book's subscription is numbered. A number that is missing tears all of its books; each is whole again with
its next snapshot, which is asked for at once, and if none comes in time the connection is made anew. Whoever reads
slowly is waited for: nothing is kept but one bounded queue, and the exchange cuts off who waits too long.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import aiohttp
import msgspec

from execution_stack.venues import model
from execution_stack.venues.adapters.kalshi import http, parse, signing, stream_parse

PATH = "/trade-api/ws/v2"
QUEUE_MAX = 10_000
MESSAGE_BYTES_MAX = 4 << 20
HEARTBEAT = timedelta(seconds=10)
SNAPSHOT_PATIENCE = timedelta(milliseconds=700)
BACKOFF_FIRST = timedelta(milliseconds=100)
BACKOFF_MAX = timedelta(seconds=30)
STEADY = timedelta(seconds=10)
"""A connection that lasted so long was a good one: the next one is tried soon after it."""
_BOOKS, _TICKERS = "orderbook_delta", "ticker"
_TERMINAL = frozenset({10, 25})
"""Errors after which a subscription is over."""


class _GoneError(Exception):
    def __init__(self, why: model.Loss) -> None:
        super().__init__(why.value)
        self.why = why


class Stream:
    """Implements `ports.Stream`. Begins with its first reader."""

    def __init__(self, caller: http.Caller, markets: Sequence[str]) -> None:
        self._caller = caller
        self._markets = set(markets)
        self._news: asyncio.Queue[model.News] = asyncio.Queue(QUEUE_MAX)
        self._task: asyncio.Task[None] | None = None
        self._live: _Live | None = None

    def __aiter__(self) -> AsyncIterator[model.News]:
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return self._read()

    async def _read(self) -> AsyncIterator[model.News]:
        while self._task is not None:
            yield await self._news.get()

    async def watch(self, markets: Sequence[str]) -> None:
        wanted = set(markets)
        more, less = wanted - self._markets, self._markets - wanted
        self._markets = wanted
        if self._live is not None:
            await self._live.change(more, less)

    async def close(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        failures = 0
        while True:
            why, began = model.Loss.LOST, self._caller.clock.now()
            try:
                async with self._connected() as socket:
                    self._live = _Live(socket, self._markets, self._news, self._caller)
                    await self._live.subscribe()
                    await self._news.put(model.Connected())
                    await self._live.read()
            except _GoneError as gone:
                why = gone.why
            except aiohttp.WSServerHandshakeError as refused:
                why = _refusal(refused.status)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
                why = model.Loss.UNREACHABLE
            except (aiohttp.ClientError, TimeoutError, OSError):
                why = model.Loss.LOST
            finally:
                self._live = None
            if self._caller.clock.now() - began > STEADY:
                failures = 0
            await self._news.put(model.Disconnected(why))
            await asyncio.sleep(self._pause(failures, why).total_seconds())
            failures += 1

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        await self._caller.ring.look()
        signed = await signing.headers(self._caller.ring.signer, self._caller.clock, "GET", PATH)
        async with self._caller.session.ws_connect(
            self._caller.origin.replace("http", "ws", 1) + PATH,
            headers=signed,
            heartbeat=HEARTBEAT.total_seconds(),
            max_msg_size=MESSAGE_BYTES_MAX,
            compress=0,
        ) as socket:
            yield socket

    def _pause(self, failures: int, why: model.Loss) -> timedelta:
        """Twice as long each time, and never at the same moment as everybody else."""
        first = BACKOFF_FIRST * (20 if why in {model.Loss.UNAUTHORISED, model.Loss.LIMITED} else 1)
        pause = min(BACKOFF_MAX, first * (1 << min(failures, 12)))
        return pause // 2 + pause // 2 * int.from_bytes(self._caller.random.token(2), "big") // 65_536


class _Live:
    """One connection: its subscriptions, and which of its books hold together."""

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        markets: set[str],
        news: "asyncio.Queue[model.News]",
        caller: http.Caller,
    ) -> None:
        self._socket, self._news, self._caller = socket, news, caller
        self._markets = set(markets)
        self._torn = set(markets)
        self._awaited: set[str] = set()
        """Books that were whole and are asked for anew; those that were never told may be of markets without one."""
        self._awaited_since = caller.clock.now()
        self._sids: dict[str, int] = {}
        self._sequence = 0
        self._commands = 0

    async def subscribe(self) -> None:
        await self._send("subscribe", channels=["fill"])
        await self._send("subscribe", channels=["user_orders"])
        await self._send("subscribe", channels=["market_lifecycle_v2"])
        if self._markets:
            await self._subscribe_books()

    async def _subscribe_books(self) -> None:
        named = sorted(self._markets)
        await self._send("subscribe", channels=[_TICKERS], market_tickers=named, send_initial_snapshot=True)
        await self._send("subscribe", channels=[_BOOKS], market_tickers=named, use_yes_price=True)

    async def change(self, more: set[str], less: set[str]) -> None:
        fresh = not self._markets
        self._markets = (self._markets | more) - less
        self._torn = (self._torn | more) - less
        self._awaited -= less
        if fresh and more:
            await self._subscribe_books()
            return
        for channel in (_TICKERS, _BOOKS):
            sid = self._sids.get(channel)
            if sid is None:
                continue
            if more:
                await self._send("update_subscription", sid=sid, market_tickers=sorted(more), action="add_markets")
            if less:
                await self._send("update_subscription", sid=sid, market_tickers=sorted(less), action="delete_markets")

    async def _send(self, command: str, **params: object) -> None:
        self._commands += 1
        wanted = {"id": self._commands, "cmd": command, "params": params}
        await self._socket.send_str(msgspec.json.encode(wanted).decode())

    async def read(self) -> None:
        while True:
            wait = SNAPSHOT_PATIENCE.total_seconds() if self._awaited else None
            try:
                message = await self._socket.receive(wait)
            except TimeoutError:
                raise _GoneError(model.Loss.OUT_OF_STEP) from None
            if self._awaited and self._caller.clock.now() - self._awaited_since > 2 * SNAPSHOT_PATIENCE:
                raise _GoneError(model.Loss.OUT_OF_STEP)
            if message.type is aiohttp.WSMsgType.TEXT:
                await self._take(message.data)
            elif message.type is aiohttp.WSMsgType.BINARY:
                await self._unreadable(message.data)
            else:
                too_big = self._socket.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
                raise _GoneError(model.Loss.UNREADABLE if too_big else model.Loss.LOST)

    async def _take(self, data: str) -> None:
        try:
            found = stream_parse.envelope(data)
            if found.sid and found.sid == self._sids.get(_BOOKS):
                await self._book(found)
            else:
                await self._other(found)
        except (*parse.Unread, KeyError):
            await self._unreadable(data.encode())

    async def _unreadable(self, data: bytes) -> None:
        await self._news.put(model.Unreadable(hashlib.sha256(data).digest()))

    async def _other(self, found: stream_parse.Envelope) -> None:
        if found.type == "ticker":
            await self._news.put(stream_parse.ticker(found.msg))
        elif found.type == "fill":
            await self._news.put(stream_parse.fill(found.msg))
        elif found.type == "user_order":
            await self._news.put(stream_parse.user_order(found.msg))
        elif found.type == "market_lifecycle_v2":
            await self._news.put(stream_parse.lifecycle(found.msg))
        elif found.type == "subscribed":
            told = msgspec.json.decode(found.msg, type=stream_parse.Subscribed)
            self._sids[told.channel] = told.sid
            if told.channel == _BOOKS:
                self._sequence = 0
        elif found.type == "error":
            code = msgspec.json.decode(found.msg, type=stream_parse.Failed).code
            raise _GoneError(model.Loss.OUT_OF_STEP if code in _TERMINAL else model.Loss.UNREADABLE)
        elif found.type not in {"ok", "unsubscribed", "event_lifecycle", "event_fee_update"}:
            raise ValueError("a message of a type that we do not know")

    async def _book(self, found: stream_parse.Envelope) -> None:
        """In step, or torn: what is older than what we have is no news, and what skips a number tears.

        A snapshot that was asked for may bear the number of what came last.
        """
        if found.seq is None:
            await self._other(found)
            return
        if found.seq < self._sequence or (found.seq == self._sequence and found.type != "orderbook_snapshot"):
            return
        missed = found.seq > self._sequence + 1
        self._sequence = found.seq
        if missed:
            await self._tear()
        if found.type == "orderbook_snapshot":
            whole = stream_parse.snapshot(found.seq, found.msg)
            if whole.book.market in self._markets:
                self._torn.discard(whole.book.market)
                self._awaited.discard(whole.book.market)
                await self._news.put(whole)
        elif found.type == "orderbook_delta":
            await self._changed(found)
        else:
            await self._other(found)

    async def _changed(self, found: stream_parse.Envelope) -> None:
        try:
            change = stream_parse.delta(found.seq or 0, found.msg)
        except (*parse.Unread, KeyError):
            await self._tear()
            raise
        if change.market in self._markets and change.market not in self._torn:
            await self._news.put(change)

    async def _tear(self) -> None:
        """All books of the subscription: nobody can say whose change it was that we did not hear of."""
        if not self._awaited:
            self._awaited_since = self._caller.clock.now()
        self._awaited |= self._markets - self._torn
        self._torn = set(self._markets)
        await self._news.put(model.BookTorn(tuple(sorted(self._torn))))
        await self._send(
            "update_subscription", sid=self._sids[_BOOKS], market_tickers=sorted(self._torn), action="get_snapshot"
        )


def _refusal(status: int) -> model.Loss:
    return {401: model.Loss.UNAUTHORISED, 403: model.Loss.UNAUTHORISED, 429: model.Loss.LIMITED}.get(
        status, model.Loss.LOST
    )
