"""The exchange over HTTP: routes, signatures, limits, faults."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC
from email import utils
from typing import Any

from aiohttp import web

from boundary.kernel import clock
from execution_stack.venues.simulators.kalshi import (
    control,
    limits,
    lives,
    orders,
    questions,
    reading,
    signatures,
    state,
    stream,
)
from execution_stack.venues.simulators.kalshi.exchange import RejectionError
from execution_stack.venues.simulators.kalshi.faults import Fault

PREFIX = "/trade-api/v2"
SOCKET = "/trade-api/ws/v2"
WINDOW_MS = 30_000
_BEFORE = {
    Fault.ERROR_408_BEFORE: 408,
    Fault.ERROR_500_BEFORE: 500,
    Fault.ERROR_503_BEFORE: 503,
}
_AFTER = {Fault.ERROR_408_AFTER: 408, Fault.ERROR_500_AFTER: 500, Fault.ERROR_504_AFTER: 504}
_STRIKING = frozenset(
    {
        *_BEFORE,
        *_AFTER,
        Fault.SILENT_BEFORE,
        Fault.SILENT_AFTER,
        Fault.LATE_ACCEPT,
        Fault.RESET_BEFORE,
        Fault.RESET_AFTER,
        Fault.LIMITED,
        Fault.LIMITED_RETRY_AFTER,
        Fault.MALFORMED,
        Fault.TRUNCATED,
        Fault.WRONG_TYPE,
        Fault.UNKNOWN_ENUM,
        Fault.OVERSIZED,
        Fault.UNAUTHORISED,
        Fault.SLOW,
    }
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server(state.State):
    """One exchange with one member, served."""

    def __init__(self, seed: int = 1, time: clock.Clock | None = None, window_ms: int = WINDOW_MS) -> None:
        super().__init__(seed, time or clock.SystemClock(), window_ms)
        self.origin = ""
        self._runner: web.AppRunner | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0, *, context: ssl.SSLContext | None = None, pace_ms: int = 0) -> None:
        app = web.Application(middlewares=[self._guard], client_max_size=4 << 20)
        orders.routes(app, self)
        questions.routes(app, self)
        control.routes(app, self)
        app.router.add_get(SOCKET, self._socket)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0, handler_cancellation=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=context).start()
        bound = self._runner.addresses[0][1]
        self.origin = f"{'https' if context else 'http'}://127.0.0.1:{bound}"
        if pace_ms:
            self._spawn(self._run(pace_ms))

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, pace_ms: int) -> None:
        while True:
            self.step()
            await asyncio.sleep(pace_ms / 1000)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(control.PREFIX):
            return await handler(request)
        name = _name(request)
        self.seen[name] = self.seen.get(name, 0) + 1
        answer = await self._guarded(request, handler, name)
        moment = self.clock.now().astimezone(UTC)
        if not answer.prepared:
            answer.headers["Date"] = utils.format_datetime(moment, usegmt=True)
        return answer

    async def _guarded(self, request: web.Request, handler: Handler, name: str) -> web.StreamResponse:
        fault = self.members.fault(request.headers, request.method, request.path, self.exchange.now() // 1000)
        if fault is None and self.faults.strikes(name, Fault.UNAUTHORISED):
            fault = "authentication_error"
        if fault is not None and not _public(request):
            return web.json_response({"error": {"code": fault, "message": fault.replace("_", " ")}}, status=401)
        bucket = self.read if request.method == "GET" else self.write
        if not bucket.take(await _cost(request)):
            return _limited(None)
        if request.path == SOCKET:
            return await handler(request)
        struck = self.faults.next(name, _STRIKING) or self.faults.drawn(name)
        lives.step(self.exchange)
        return await self._badly(request, handler, struck)

    async def _badly(self, request: web.Request, handler: Handler, fault: Fault | None) -> web.StreamResponse:
        """The request handled, or what a fault makes of it."""
        if (broken := await self._before(request, handler, fault)) is not None:
            return broken
        answer = await self._handled(request, handler, fault)
        if fault in _AFTER:
            return _broken(_AFTER[fault])
        if fault is Fault.SILENT_AFTER:
            return await self._silence()
        if fault is Fault.RESET_AFTER:
            return _reset(request)
        return control.distorted(answer, fault)

    async def _before(self, request: web.Request, handler: Handler, fault: Fault | None) -> web.Response | None:
        if fault in {Fault.LIMITED, Fault.LIMITED_RETRY_AFTER}:
            return _limited(1 if fault is Fault.LIMITED_RETRY_AFTER else None)
        if fault in _BEFORE:
            return _broken(_BEFORE[fault])
        if fault is Fault.SILENT_BEFORE:
            return await self._silence()
        if fault is Fault.RESET_BEFORE:
            return _reset(request)
        if fault is Fault.LATE_ACCEPT:
            await request.read()
            self._spawn(self._later(request, handler))
            return _reset(request)
        if fault is Fault.SLOW:
            await asyncio.sleep(self.faults.slow_ms / 1000)
        return None

    async def _handled(self, request: web.Request, handler: Handler, fault: Fault | None) -> web.Response:
        exchange = self.exchange
        exchange.one_lot = fault is Fault.ONE_LOT
        if fault is Fault.LATE_FILL or self.faults.strikes(_name(request), Fault.LATE_FILL):
            exchange.hide_fills_until = exchange.now() + max(self.faults.slow_ms, 1) * 1000
            orders.meet(self, request)
        if self.faults.strikes(_name(request), Fault.ONE_LOT):
            exchange.one_lot = True
        try:
            answer = await handler(request)
        except RejectionError as rejection:
            answer = web.json_response(reading.error(rejection), status=rejection.status)
        finally:
            exchange.one_lot, exchange.hide_fills_until = False, 0
        if not isinstance(answer, web.Response):
            raise TypeError("a handler answers whole")
        return answer

    async def _later(self, request: web.Request, handler: Handler) -> None:
        """Taken long after whoever sent it has given up, if its time is still good then."""
        await asyncio.sleep(self.faults.slow_ms / 1000)
        stamp = int(request.headers[signatures.TIMESTAMP])
        if not self.members.expired(stamp, self.exchange.now() // 1000):
            await self._handled(request, handler, None)

    async def _silence(self) -> web.Response:
        await asyncio.sleep(self.faults.silent_ms / 1000)
        return _broken(504)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=stream.PING_SECONDS)
        await socket.prepare(request)
        await stream.Connection(self.exchange, self.faults, socket).run()
        return socket


def _public(request: web.Request) -> bool:
    """Market data needs no signature; a wrong one does no harm there."""
    path = request.path.removeprefix(PREFIX)
    return request.method == "GET" and path.startswith(("/exchange", "/series", "/events", "/markets"))


def _name(request: web.Request) -> str:
    """What a request is about: `place`, `cancel_many`, `orders`, …"""
    return request.match_info.route.name or "unknown"


async def _cost(request: web.Request) -> int:
    resource = request.match_info.route.resource
    path = resource.canonical if resource else request.path
    each = limits.COSTS.get((request.method, path), limits.DEFAULT_COST)
    if path.endswith("/batched"):
        items: Any = reading.body(await request.read()).get("orders") or []
        return each * max(1, len(items))
    return each


def _limited(retry_after: int | None) -> web.Response:
    headers = {"Retry-After": str(retry_after)} if retry_after else None
    return web.json_response({"error": "too many requests"}, status=429, headers=headers)


def _broken(status: int) -> web.Response:
    return web.json_response({"error": {"code": "internal_server_error"}}, status=status)


def _reset(request: web.Request) -> web.Response:
    """The connection is gone before an answer is."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
