"""WebSockets below the app: one connection after its upgrade, as ASGI sees it.

uvicorn brings no WebSocket of its own, and a library for one is one more thing to trust; the server's half of RFC 6455
is short. Here messages are small, what waits to be read is bounded, the kernel holds little of what waits to be sent, a
reader that does not read is let go with a code that says so, and silence is asked about.
"""

import asyncio
import socket
from typing import Any, NamedTuple, cast
from urllib.parse import unquote

import httptools
import uvicorn
from uvicorn.protocols import utils
from uvicorn.server import ServerState

from boundary.kernel.runtime import websocket_frames as frames

MESSAGE_BYTES_MAX = 16 * 1024
WAITING_MAX = 16
"""Messages that the app has not taken yet; then the connection is not read until it has."""
SEND_BUFFER_BYTES = 64 * 1024
UNSENT_BYTES_MAX = 64 * 1024
SLOW_SECONDS = 10.0
"""How long a reader may take to make room again."""
LINGER_SECONDS = 2.0
PING_SECONDS = 20.0
TOO_SLOW = 4008
"""Close code: the client read less than it was sent. It may connect again."""

_TEXT, _BINARY = frames.Opcode.TEXT, frames.Opcode.BINARY


class _Head(NamedTuple):
    """The request that asked for the upgrade."""

    target: bytes
    headers: list[tuple[bytes, bytes]]

    def value(self, name: bytes) -> bytes:
        return next((value.strip() for each, value in self.headers if each == name), b"")


class Gone(OSError):  # noqa: N818 -- as asyncio's own of this family
    """The client is not there any more."""


class Protocol(asyncio.Protocol):
    """One WebSocket."""

    def __init__(self, config: uvicorn.Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        self._app: Any = config.loaded_app
        self._state = server_state
        self._app_state = app_state
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport = asyncio.Transport()
        self._reader = frames.Reader(MESSAGE_BYTES_MAX)
        self._waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._writable = asyncio.Event()
        self._writable.set()
        self._begun = self._accepted = self._closing = self._over = False
        self._heard = True
        self._timer: asyncio.TimerHandle | None = None
        self._ping: asyncio.TimerHandle | None = None
        self._head = _Head(b"", [])

    # ---- of the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass of it
        self._transport.set_write_buffer_limits(high=UNSENT_BYTES_MAX)
        under = transport.get_extra_info("socket")
        if under is not None:
            under.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        self._state.connections.add(self)  # type: ignore[arg-type]  # it has what a server asks of one: shutdown

    def data_received(self, data: bytes) -> None:
        if not self._begun:
            self._begun = True
            self._begin(data)
            return
        self._heard = True
        if self._over:
            return
        try:
            messages = self._reader.feed(data)
            for message in messages:
                self._take(message)
        except frames.Violation as violation:
            self._end(violation.code)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio's; lost is lost
        self._state.connections.discard(self)
        self._over = True
        for timer in (self._timer, self._ping):
            if timer is not None:
                timer.cancel()
        self._writable.set()
        self._waiting.put_nowait({"type": "websocket.disconnect", "code": frames.Code.LOST})

    def pause_writing(self) -> None:
        self._writable.clear()
        self._transport.pause_reading()  # who does not read its answers asks nothing more
        self._timer = self._loop.call_later(SLOW_SECONDS, self._end, TOO_SLOW)

    def resume_writing(self) -> None:
        self._writable.set()
        if self._timer is not None and not self._closing:
            self._timer.cancel()
        if self._waiting.qsize() < WAITING_MAX and not self._transport.is_closing():
            self._transport.resume_reading()

    def shutdown(self) -> None:
        """The server stops: clients may come back at once, to another one."""
        if self._accepted:
            self._end(frames.Code.RESTART)
        else:
            self._transport.close()

    # ---- the beginning

    def _begin(self, data: bytes) -> None:
        """The head of the request, as uvicorn hands it over: it has parsed and bounded it before."""
        lines = data.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
        target = lines[0].split(b" ")[1]
        pairs = (line.partition(b":") for line in lines[1:])
        self._head = _Head(target, [(name.lower(), value.strip()) for name, _, value in pairs])
        url = httptools.parse_url(target)
        secure = utils.is_ssl(self._transport)
        scope: dict[str, Any] = {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "wss" if secure else "ws",
            "server": utils.get_local_addr(self._transport),
            "client": utils.get_remote_addr(self._transport),
            "root_path": "",
            "path": unquote(url.path.decode("ascii")),
            "raw_path": url.path,
            "query_string": url.query or b"",
            "headers": self._head.headers,
            "subprotocols": [],
            "state": self._app_state.copy(),
            "extensions": {"websocket.http.response": {}},
        }
        self._waiting.put_nowait({"type": "websocket.connect"})
        task = self._loop.create_task(self._run(scope))
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)

    async def _run(self, scope: dict[str, Any]) -> None:
        """Whatever the app leaves undone is ended here; its faults are the guard's to tell."""
        try:
            await self._app(scope, self._receive, self._send)
        except Gone:
            return
        finally:
            if self._accepted:
                self._end(frames.Code.BROKEN)
            elif not self._over:
                self._transport.close()

    # ---- messages

    def _take(self, message: frames.Message) -> None:
        opcode, payload = message
        if opcode is frames.Opcode.PING:
            self._transport.write(frames.frame(frames.Opcode.PONG, payload))
        elif opcode is frames.Opcode.CLOSE:
            code = frames.close_code(payload)
            self._waiting.put_nowait({"type": "websocket.disconnect", "code": int(code)})
            self._end(frames.Code.NORMAL if code is frames.Code.NO_CODE else int(code))
        elif opcode is not frames.Opcode.PONG and not self._closing:
            said = {"text": payload.decode()} if opcode is _TEXT else {"bytes": payload}
            self._waiting.put_nowait({"type": "websocket.receive", **said})
            if self._waiting.qsize() >= WAITING_MAX:
                self._transport.pause_reading()

    async def _receive(self) -> dict[str, Any]:
        message = await self._waiting.get()
        if self._waiting.qsize() == WAITING_MAX // 2 and self._writable.is_set() and not self._over:
            self._transport.resume_reading()
        return message

    async def _send(self, message: dict[str, Any]) -> None:
        if not self._writable.is_set():
            await self._writable.wait()
        if self._over or self._closing:
            raise Gone("the client is gone")
        match message["type"]:
            case "websocket.send":
                self._say(message)
            case "websocket.accept":
                self._accept()
            case "websocket.close":
                self._end(message.get("code") or frames.Code.NORMAL, message.get("reason") or "")
            case "websocket.http.response.start":
                self._refuse_head(message["status"], message["headers"])
            case "websocket.http.response.body":
                self._transport.write(message.get("body", b""))
                self._transport.close()
            case other:
                raise ValueError(f"no such message: {other}")

    def _say(self, message: dict[str, Any]) -> None:
        text = message.get("text")
        if text is not None:
            self._transport.write(frames.frame(_TEXT, text.encode() if isinstance(text, str) else text))
        else:
            self._transport.write(frames.frame(_BINARY, message["bytes"]))

    def _accept(self) -> None:
        lines = [
            b"HTTP/1.1 101 Switching Protocols",
            b"upgrade: websocket",
            b"connection: Upgrade",
            b"sec-websocket-accept: " + frames.accept(self._head.value(b"sec-websocket-key")),
        ]
        self._transport.write(b"\r\n".join([*lines, b"", b""]))
        self._accepted = True
        self._ask_again()

    def _refuse_head(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        lines = [b"HTTP/1.1 %d " % status, *(b"%s: %s" % pair for pair in headers), b"connection: close"]
        self._transport.write(b"\r\n".join([*lines, b"", b""]))

    # ---- the end

    def _ask_again(self) -> None:
        """Ask whether anybody is there, unless something was heard since we asked last."""
        if not self._heard:
            self._end(frames.Code.BROKEN, "no answer to a ping")
            return
        self._heard = False
        self._transport.write(frames.frame(frames.Opcode.PING, b""))
        self._ping = self._loop.call_later(PING_SECONDS, self._ask_again)

    def _end(self, code: int, reason: str = "") -> None:
        """Say why, once, and go: at once if the client reads, and in a little while if it does not."""
        if self._closing or self._over:
            return
        self._closing = True
        if self._ping is not None:
            self._ping.cancel()
        if self._timer is not None:
            self._timer.cancel()
        if self._accepted:
            self._transport.write(frames.closing(code, reason))
        self._waiting.put_nowait({"type": "websocket.disconnect", "code": int(code)})
        self._writable.set()
        self._transport.close()
        self._timer = self._loop.call_later(LINGER_SECONDS, self._transport.abort)
