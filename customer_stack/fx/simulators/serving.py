"""What the stand-ins share: a server on loopback that counts requests, and faults that one can order."""

import argparse
import asyncio
import enum
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, timedelta
from decimal import Decimal
from email import utils
from typing import Any, TypeVar

from aiohttp import web

from boundary.kernel import clock

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
V = TypeVar("V", bound="Vendor")
LONG = 30


class Fault(enum.StrEnum):
    """What goes wrong. BEFORE means that nothing was taken, AFTER that it was and nobody is told so."""

    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    SILENT_BEFORE = "silent_before"
    SILENT_AFTER = "silent_after"
    CUT_AFTER = "cut_after"
    LISTED_TWICE = "listed_twice"
    DONE_TWICE = "done_twice"
    STALE = "stale"
    CROSSED = "crossed"
    GARBAGE = "garbage"
    EMPTY = "empty"
    HUGE = "huge"
    REFUSED = "refused"
    LIMITED = "limited"
    FORGETFUL = "forgetful"


_BODIES = {
    Fault.GARBAGE: b"<html>Bad Gateway</html>",
    Fault.EMPTY: b"",
    Fault.HUGE: b'{"rates": {' + b" " * (3 << 20) + b"}}",
}


class Vendor:
    """`rates` are bid and ask by pair (`USDLKR`). Faults of orders strike orders, the others strike every request."""

    orders: frozenset[str] = frozenset()
    """Paths of requests that move money."""
    tokens: frozenset[str] = frozenset()
    """Paths of requests for a token, which no fault strikes."""

    def __init__(self, rates: Mapping[str, tuple[str, str]], time: clock.Clock | None = None) -> None:
        self.rates = {code: (Decimal(bid), Decimal(ask)) for code, (bid, ask) in rates.items()}
        self.time = time or clock.SystemClock()
        self.seen: list[tuple[str, str]] = []
        self.origin = ""
        self._fault: Fault | None = None
        self._left = 0
        self._runner: web.AppRunner | None = None

    def misbehave(self, fault: Fault | None, times: int = 1_000_000) -> None:
        self._fault, self._left = fault, times

    def is_at(self, fault: Fault) -> bool:
        """Whether this fault is ordered now; each time it shows counts."""
        if self._fault is not fault or self._left <= 0:
            return False
        self._left -= 1
        return True

    def shown(self, code: str) -> tuple[Decimal, Decimal]:
        """Bid and ask as they are told: the wrong way round, if that is the fault."""
        bid, ask = self.rates[code]
        return (ask, bid) if self._fault is Fault.CROSSED else (bid, ask)

    def routes(self, app: web.Application) -> None:
        """Each vendor's own."""

    async def start(self, port: int = 0) -> None:
        app = web.Application(middlewares=[self._faulty])
        app.router.add_post("/_simulator", self._ordered)
        self.routes(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        host, bound = self._runner.addresses[0][:2]
        self.origin = f"http://{host}:{bound}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _ordered(self, request: web.Request) -> web.Response:
        """`{"fault": "crossed", "times": 1}` or `{"pair": "USDLKR", "bid": "1", "ask": "2"}`."""
        wanted: dict[str, Any] = json.loads(await request.read())
        if "fault" in wanted:
            self.misbehave(Fault(wanted["fault"]) if wanted["fault"] else None, int(wanted.get("times", 1_000_000)))
        if "pair" in wanted:
            self.rates[wanted["pair"]] = Decimal(wanted["bid"]), Decimal(wanted["ask"])
        return web.Response(status=204)

    @web.middleware
    async def _faulty(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path == "/_simulator":
            return await handler(request)
        self.seen.append((request.method, request.path))
        is_order = request.path in self.orders
        if request.path not in self.tokens and (broken := await self._before(request, is_order=is_order)) is not None:
            return broken
        answer = await handler(request)
        if is_order and self.is_at(Fault.DONE_TWICE):
            answer = await handler(request)
        if is_order and (lost := await self._after(request)) is not None:
            return lost
        at = self.time.now() - (timedelta(days=1) if self._fault is Fault.STALE else timedelta())
        answer.headers["Date"] = utils.format_datetime(at.astimezone(UTC), usegmt=True)
        return answer

    async def _before(self, request: web.Request, *, is_order: bool) -> web.StreamResponse | None:
        if self.is_at(Fault.REFUSED):
            return web.json_response({"error_code": "bad_request", "error_messages": {}}, status=400)
        if self.is_at(Fault.LIMITED):
            return web.json_response({"error_code": "too_many_requests"}, status=429)
        for fault, body in _BODIES.items():
            if self.is_at(fault):
                return web.Response(body=body, content_type="application/json")
        if is_order and self.is_at(Fault.ERROR_BEFORE):
            return web.json_response({"error_code": "internal"}, status=500)
        if is_order and self.is_at(Fault.SILENT_BEFORE):
            await _nothing(request)
        return None

    async def _after(self, request: web.Request) -> web.StreamResponse | None:
        if self.is_at(Fault.ERROR_AFTER):
            return web.json_response({"error_code": "internal"}, status=502)
        if self.is_at(Fault.SILENT_AFTER):
            await _nothing(request)
        if self.is_at(Fault.CUT_AFTER) and request.transport is not None:
            request.transport.close()
        return None


async def _nothing(request: web.Request) -> None:
    """No answer for longer than anybody waits."""
    del request
    await asyncio.sleep(LONG)


def main(vendor: Vendor, name: str) -> None:
    """Serve until the process is told to stop."""
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port

    async def serve() -> None:
        await vendor.start(port)
        await asyncio.Event().wait()

    asyncio.run(serve())
