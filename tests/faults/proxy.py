"""A bad network between the stacks' processes: an HTTP proxy that loses, doubles, reorders, delays and spoils exchanges.

It runs in a thread with a loop of its own, so that tests stay plain functions.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

import aiohttp
from aiohttp import web

from tests import embedded
from tests.faults import network

CONTENT_TYPE = "application/octet-stream"
PATIENCE = aiohttp.ClientTimeout(total=20)


class Proxy:
    """Listens on a port of its own; `network` says what befalls an exchange and may be changed at any time."""

    def __init__(self, upstream: str, seed: int) -> None:
        (self.port,) = embedded.free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self.network = network.Network(self._forward, seed)
        self._upstream = upstream
        self._session: aiohttp.ClientSession | None = None

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        app = web.Application(client_max_size=1 << 20)
        app.router.add_post("/channel", self._exchange)
        app.router.add_post("/market", self._pass)
        app.router.add_get("/documents/{name}", self._pass)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        connector = aiohttp.TCPConnector(force_close=False, limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=PATIENCE, auto_decompress=False) as self._session:
            await web.TCPSite(runner, "127.0.0.1", self.port).start()
            ready.set()
            await stop.wait()
            await runner.cleanup()

    async def _exchange(self, request: web.Request) -> web.StreamResponse:
        try:
            answer = await self.network.carry(await request.read())
        except (network.Lost, aiohttp.ClientError, TimeoutError, OSError):
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=502)
        return web.Response(body=answer, content_type=CONTENT_TYPE)

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        """What is lossy or named by its hash anyway goes through as it is."""
        assert self._session is not None
        headers = {"content-type": request.headers.get("content-type", CONTENT_TYPE)}
        body = await request.read() if request.can_read_body else None
        try:
            async with self._session.request(
                request.method, self._upstream + request.path, data=body, headers=headers, allow_redirects=False
            ) as answer:
                kind = {"content-type": answer.headers.get("content-type", CONTENT_TYPE)}
                return web.Response(body=await answer.read(), status=answer.status, headers=kind)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return web.Response(status=502)

    async def _forward(self, body: bytes) -> bytes:
        assert self._session is not None
        headers = {"content-type": CONTENT_TYPE}
        async with self._session.post(
            f"{self._upstream}/channel", data=body, headers=headers, allow_redirects=False
        ) as response:
            if response.status != 200:
                raise network.Lost
            return await response.read()


@contextlib.contextmanager
def running(upstream: str, seed: int) -> Iterator[Proxy]:
    proxy = Proxy(upstream, seed)
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(proxy.serve(ready, stop)), name="proxy")
    thread.start()
    try:
        assert ready.wait(10), "the proxy did not start"
        yield proxy
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
