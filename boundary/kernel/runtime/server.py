"""Runs a process: the public app if it has one, the operations app always, and the loops, until it is told to stop.

A stop is graceful: readiness falls first, connections in flight are answered, loops finish the step they are in.
Metrics and health have a port of their own, so the public port serves nothing that only operators may see.
"""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import litestar
import prometheus_client
import uvicorn
from litestar import response

from boundary.kernel import errors, ids
from boundary.kernel.runtime import app as apps
from boundary.kernel.runtime import guard, http_protocol, settings, telemetry, websocket_protocol

if TYPE_CHECKING:
    from litestar.types import ASGIApp

STARTED = telemetry.Event("process.started")
STOPPING = telemetry.Event("process.stopping")
LOOP_FAILED = telemetry.Event("loop.failed", loop=telemetry.Word)
GRACE_SECONDS = 10
PATIENCE_SECONDS_MAX = 5.0
HANDSHAKE_SECONDS = 5.0


class Ended(errors.Unavailable):
    """The process ended without being told to."""

    code = "process_ended"


Loop = Callable[[asyncio.Event], Awaitable[None]]


def operations(readiness: apps.Readiness) -> "ASGIApp":
    """Health and Prometheus metrics, for the port that only operators reach."""

    @litestar.get("/metrics", sync_to_thread=False)
    def metrics() -> response.Response[bytes]:
        return response.Response(prometheus_client.generate_latest(), media_type=prometheus_client.CONTENT_TYPE_LATEST)

    inner = apps.framework([apps.live, apps.ready_handler(readiness), metrics], openapi_config=None)
    return guard.Guard(inner, body_max=0, random=ids.SystemIds())


async def run(
    *,
    host: str,
    operations_port: int,
    readiness: apps.Readiness,
    public: "tuple[ASGIApp, int] | None" = None,
    loops: Sequence[tuple[str, Loop]] = (),
    drain_seconds: int = 0,
    tls: ssl.SSLContext | None = None,
    websockets: bool = False,
) -> None:
    """Serve until SIGTERM or SIGINT; a second one cuts the wait short. Ports are taken before anything starts.

    `tls` is for the public app; the operations port has none, and is for the machine and its probes alone.
    """
    stop, hurry = asyncio.Event(), asyncio.Event()

    def told() -> None:
        (hurry if stop.is_set() else stop).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told)
    operations_app = operations(readiness)
    ports = [operations_port, *([public[1]] if public else [])]
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(listen(host, port)) for port in ports]
        served = [_server(public[0], tls, websockets=websockets)] if public else []
        servers = [_server(operations_app), *served]
        tasks = [asyncio.create_task(_serve(*pair, stop), name="server") for pair in zip(servers, sockets, strict=True)]
        tasks += [asyncio.create_task(_forever(name, each, stop), name=name) for name, each in loops]
        gc.freeze()  # what a program is made of stays: the collector need not stop requests to look through it again
        telemetry.emit(STARTED)
        try:
            await _first(tasks, stop)
        finally:
            telemetry.emit(STOPPING)
            readiness.draining = True
            if stop.is_set():
                await pause(hurry, drain_seconds)
            stop.set()
            await _stop(servers, tasks, hurry)
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


async def _serve(server: uvicorn.Server, listening: socket.socket, stop: asyncio.Event) -> None:
    try:
        await server.serve(sockets=[listening])
    except SystemExit:  # uvicorn's way of saying that it could not start
        raise Ended("the HTTP server could not start") from None
    if not stop.is_set():
        raise Ended("the HTTP server ended by itself")


async def _first(tasks: "Sequence[asyncio.Task[None]]", stop: asyncio.Event) -> None:
    """Wait until we are told to stop. No task may end before; one that does says why."""
    told = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([told, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
    finally:
        told.cancel()


async def _stop(servers: Sequence[uvicorn.Server], tasks: "Sequence[asyncio.Task[None]]", hurry: asyncio.Event) -> None:
    """Let requests and loops finish what they are at, for as long as nobody is in a hurry."""
    for server in servers:
        server.should_exit = True
    waiting = asyncio.create_task(asyncio.wait(tasks, timeout=GRACE_SECONDS))
    hurried = asyncio.create_task(hurry.wait())
    await asyncio.wait([waiting, hurried], return_when=asyncio.FIRST_COMPLETED)
    for server in servers:
        server.force_exit = hurry.is_set()
    for task in (waiting, hurried, *tasks):
        task.cancel()
    await asyncio.gather(waiting, hurried, *tasks, return_exceptions=True)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, or one line that says why there is none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise settings.SettingsError(f"cannot listen on {host} port {port}: {reason}") from None


async def _forever(name: str, loop: Loop, stop: asyncio.Event) -> None:
    """A loop that fails is started again, with patience; its fault is told by class and place."""
    patience = 0.1
    while not stop.is_set():
        started = asyncio.get_running_loop().time()
        try:
            await loop(stop)
        except (Exception, asyncio.CancelledError) as error:  # one broken loop must not end the process
            if _cancelled():
                raise
            telemetry.emit(LOOP_FAILED, "error", loop=telemetry.Word(name))
            telemetry.fault(error)
        if stop.is_set():
            return
        if asyncio.get_running_loop().time() - started > 60:
            patience = 0.1
        await pause(stop, patience)
        patience = min(patience * 2, PATIENCE_SECONDS_MAX)


def _cancelled() -> bool:
    """Whether somebody cancelled this task, rather than something inside it having been cancelled."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Sleep, but wake at once when the process is told to stop."""
    try:
        async with asyncio.timeout(seconds):  # wait_for may swallow a cancellation until Python 3.12
            await stop.wait()
    except TimeoutError:
        return


class _Server(uvicorn.Server):
    """Signals belong to `run`, which drains before it stops the servers."""

    def __init__(self, config: uvicorn.Config, tls: ssl.SSLContext | None) -> None:
        super().__init__(config)
        self._tls = tls

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """With TLS: as uvicorn does it, but a handshake has its time too, which uvicorn leaves at a minute."""
        if self._tls is None:
            await super().startup(sockets)
            return
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            raise Ended("the HTTP server could not start")

        def protocol() -> asyncio.Protocol:
            return http_protocol.Protocol(self.config, self.server_state, self.lifespan.state)

        self.servers = [
            await asyncio.get_running_loop().create_server(
                protocol,
                sock=each,
                ssl=self._tls,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
                ssl_shutdown_timeout=HANDSHAKE_SECONDS,
                backlog=self.config.backlog,
            )
            for each in sockets or ()
        ]
        self.started = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(asgi: "ASGIApp", tls: ssl.SSLContext | None = None, *, websockets: bool = False) -> uvicorn.Server:
    config = uvicorn.Config(
        asgi,
        http=http_protocol.Protocol,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,  # nothing here believes a header about who is asking
        lifespan="on",
        timeout_keep_alive=65,
        timeout_graceful_shutdown=GRACE_SECONDS - 1,
        ws=websocket_protocol.Protocol if websockets else "none",
    )
    return _Server(config, tls)
