"""HTTP below the guard: what a server must bear before a request exists that the guard could see.

uvicorn bounds neither the size of a request's head nor the time it may take, lets a reader that never reads hold its
answer for ever, forgets whoever closes the sending half first, and says "no" to broken HTTP in plain text. Here all
of these have bounds, connections are counted, and every refusal is a problem document under the house's headers.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias, cast

from uvicorn.protocols.http import httptools_impl

from boundary.kernel import ids
from boundary.kernel.runtime import guard, problems

CONNECTIONS_MAX = 2000
HEAD_BYTES_MAX = 16 * 1024
HEAD_SECONDS = 10
WRITE_SECONDS = 30

_IDS = ids.SystemIds()

Cycle: TypeAlias = httptools_impl.RequestResponseCycle | None  # none before the first request, whatever uvicorn says


class HeadTooLarge(Exception):  # noqa: N818 -- stops the parser; the parser hides it
    """The head of a request is longer than anybody needs."""


class Protocol(httptools_impl.HttpToolsProtocol):
    """One connection. `_head_bytes` is what the parser understood of a head, `_waiting_bytes` what it may still hold."""

    _timer: asyncio.TimerHandle | None = None
    _begun = False
    _in_head = True
    _head_bytes = 0
    _waiting_bytes = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect(HEAD_SECONDS, self._head_is_late)
        if len(self.connections) > CONNECTIONS_MAX:
            self._refuse("overloaded", 503)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._in_head:
            self._waiting_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._waiting_bytes > HEAD_BYTES_MAX:
            self._refuse("headers_too_large", 431)

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio asks for a bool; uvicorn says None
        """Who has said everything still hears the answer. A body cut short is the guard's to see, by its length; one
        without a length cannot be told from a whole one, so that connection is closed as lost.
        """
        cycle = cast("Cycle", self.cycle)
        if cycle is None or cycle.response_complete or self.transport.get_extra_info("sslcontext") is not None:
            return False  # TLS has no half of a connection to close
        if cycle.more_body and not any(name == b"content-length" for name, _ in cycle.scope["headers"]):
            return False
        cycle.more_body = False
        cycle.keep_alive = False
        cycle.message_event.set()
        return True

    def on_message_begin(self) -> None:
        self._begun = self._in_head = True
        self._head_bytes = self._waiting_bytes = 0
        self._expect(HEAD_SECONDS, self._head_is_late)
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._grow(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._grow(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._expect_no_more()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        self._expect(WRITE_SECONDS, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._expect_no_more()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 -- uvicorn's sentence in plain text
        if self._head_bytes > HEAD_BYTES_MAX:
            self._refuse("headers_too_large", 431)
        else:
            self._refuse("invalid", 400)

    def _grow(self, by: int) -> None:
        self._head_bytes += by
        if self._head_bytes > HEAD_BYTES_MAX:
            raise HeadTooLarge

    def _expect(self, seconds: float, otherwise: Callable[[], None]) -> None:
        self._expect_no_more()
        self._timer = self.loop.call_later(seconds, otherwise)

    def _expect_no_more(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _head_is_late(self) -> None:
        if not self._begun:
            self.transport.close()
        else:
            self._refuse("request_timeout", 408)

    def _refuse(self, code: str, status: int) -> None:
        """Say no and close; but never in the middle of another request's answer, nor in its place."""
        cycle = cast("Cycle", self.cycle)
        if cycle is not None and (self.pipeline or not (cycle.response_complete or cycle.more_body)):
            cycle.keep_alive = False
            return
        request_id = _IDS.ref().hex
        body = problems.make(code, status, request_id).encode()
        headers = {
            **dict(self.server_state.default_headers),
            **guard.HEADERS,
            b"cache-control": b"no-store",
            b"connection": b"close",
            b"content-length": b"%d" % len(body),
            b"content-type": problems.MEDIA_TYPE,
            b"x-request-id": request_id.encode(),
        }
        lines = [httptools_impl.STATUS_LINE[status], *(b"%s: %s\r\n" % pair for pair in headers.items())]
        self.transport.write(b"".join([*lines, b"\r\n", body]))
        self.transport.close()
        guard.REQUESTS.labels("other", "none", status).inc()
