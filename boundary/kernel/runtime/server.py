"""Runs a process: the public app if it has one, the operations app always, and the loops, until it is told to stop.

A stop is graceful: readiness falls first, connections in flight are answered, loops finish the step they are in.
Metrics and health have a port of their own, so the public port serves nothing that only operators may see.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import litestar
import prometheus_client
import uvicorn
from litestar import response

from boundary.kernel import ids
from boundary.kernel.runtime import app as apps
from boundary.kernel.runtime import guard, telemetry

if TYPE_CHECKING:
    from litestar.types import ASGIApp

STARTED = telemetry.Event("process.started")
STOPPING = telemetry.Event("process.stopping")
LOOP_FAILED = telemetry.Event("loop.failed", loop=telemetry.Word)
GRACE_SECONDS = 10

Loop = Callable[[asyncio.Event], Awaitable[None]]


def operations(readiness: apps.Readiness) -> "ASGIApp":
    """Health and Prometheus metrics, for the port that only operators reach."""

    @litestar.get("/metrics", sync_to_thread=False)
    def metrics() -> response.Response[bytes]:
        return response.Response(prometheus_client.generate_latest(), media_type=prometheus_client.CONTENT_TYPE_LATEST)

    routes = [apps.live, apps.ready_handler(readiness), metrics]
    inner = litestar.Litestar(route_handlers=routes, openapi_config=None, logging_config=None)
    return guard.Guard(inner, body_max=0, random=ids.SystemIds())


async def run(
    *,
    host: str,
    operations_port: int,
    readiness: apps.Readiness,
    public: "tuple[ASGIApp, int] | None" = None,
    loops: Sequence[tuple[str, Loop]] = (),
    drain_seconds: int = 0,
) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    servers = [_server(operations(readiness), host, operations_port)]
    if public is not None:
        servers.append(_server(public[0], host, public[1]))
    tasks = [asyncio.create_task(server.serve(), name="server") for server in servers]
    tasks += [asyncio.create_task(_forever(name, loop, stop), name=name) for name, loop in loops]
    telemetry.emit(STARTED)
    try:
        await asyncio.wait([*tasks, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
    finally:
        telemetry.emit(STOPPING)
        readiness.draining = True
        if stop.is_set():
            await asyncio.sleep(drain_seconds)
        stop.set()
        for server in servers:
            server.should_exit = True
        await asyncio.wait(tasks, timeout=GRACE_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _forever(name: str, loop: Loop, stop: asyncio.Event) -> None:
    """A loop that fails is started again, with patience; its fault is told by class and place."""
    patience = 0.1
    while not stop.is_set():
        started = asyncio.get_running_loop().time()
        try:
            await loop(stop)
        except Exception as error:  # noqa: BLE001 -- one broken loop must not end the process
            telemetry.emit(LOOP_FAILED, "error", loop=name)
            telemetry.fault(error)
        if stop.is_set():
            return
        if asyncio.get_running_loop().time() - started > 60:
            patience = 0.1
        await pause(stop, patience)
        patience = min(patience * 2, 5.0)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Sleep, but wake at once when the process is told to stop."""
    try:
        await asyncio.wait_for(stop.wait(), timeout=seconds)
    except TimeoutError:
        return


class _Quiet(uvicorn.Server):
    """Signals belong to `run`, which drains before it stops the servers."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(asgi: "ASGIApp", host: str, port: int) -> uvicorn.Server:
    config = uvicorn.Config(
        asgi,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        lifespan="on",
        timeout_keep_alive=65,
        timeout_graceful_shutdown=GRACE_SECONDS - 1,
        h11_max_incomplete_event_size=16 * 1024,
        limit_concurrency=2000,
        ws_max_size=256 * 1024,
    )
    return _Quiet(config)
