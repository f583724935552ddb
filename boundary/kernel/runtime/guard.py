"""The outermost layer of every app: one ASGI callable that no answer gets around.

It names each request, refuses a body that is too large, too slow, compressed, or JSON that two readers could read
differently before any handler runs, puts the security headers on every answer including the framework's own errors,
counts and times requests by route template, and answers a defect with a problem document that says nothing about it.
"""

import asyncio
import functools
import re
import time
import uuid
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, cast

import prometheus_client
from litestar import enums

from boundary.kernel import errors, ids, strict_json
from boundary.kernel.runtime import batch, cross_origin, problems, telemetry, websocket_frames

if TYPE_CHECKING:
    from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send, WebSocketScope

REQUESTS = prometheus_client.Counter("http_requests", "Requests answered", ["method", "route", "status"])
SECONDS = prometheus_client.Histogram(
    "http_seconds", "Time to answer", ["route"], buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)
)
NO_ORIGINS = cross_origin.Origins(())
CONCURRENT_MAX = 1000
BODY_SECONDS = 10
BYTES_PER_SECOND_MIN = 64 * 1024
LINGER_SECONDS = 2
_TWO_WAYS = re.compile(rb"%(?:00|2e|2f|5c)|\\|//|/\.\.?(?:/|\Z)", re.IGNORECASE)
"""Paths that a proxy before us and the router behind us could take for different ones."""
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

HEADERS: Mapping[bytes, bytes] = {
    b"content-security-policy": b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=(), payment=()",
    b"referrer-policy": b"no-referrer",
    b"strict-transport-security": b"max-age=31536000; includeSubDomains",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}
_DEFAULTS = [*HEADERS.items(), (b"cache-control", b"no-store")]
_DEFAULT_NAMES = frozenset(name for name, _ in _DEFAULTS)


class UnsupportedEncoding(errors.Invalid):
    """Compressed request bodies are not read."""

    code = "unsupported_encoding"


class Truncated(errors.Invalid):
    """The body ended before the length that its header announced."""

    code = "truncated_body"


class SlowBody(errors.Invalid):
    """The body did not arrive in the time that we wait for one."""

    code = "request_timeout"


class Guard:
    def __init__(
        self,
        app: "ASGIApp",
        *,
        body_max: int,
        random: ids.Ids,
        origins: cross_origin.Origins = NO_ORIGINS,
        sockets: Collection[str] = (),
    ) -> None:
        self._app = app
        self._sockets = frozenset(sockets)
        self._body_max = body_max
        self._body_seconds = max(BODY_SECONDS, body_max // BYTES_PER_SECOND_MIN)
        self._ids = random
        self._origins = origins
        self._running = 0

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        kind: str = scope["type"]
        if kind == enums.ScopeType.HTTP:
            await self._http(cast("HTTPScope", scope), receive, send)
        elif kind == enums.ScopeType.WEBSOCKET:
            await self._socket(cast("WebSocketScope", scope), receive, send)
        else:
            await self._app(scope, receive, send)

    async def _socket(self, scope: "WebSocketScope", receive: "Receive", send: "Send") -> None:
        """An upgrade is let through to a route that takes one. Whatever else happens before it is accepted is answered
        with a problem document; afterwards the protocol closes the connection.
        """
        handshake = _Handshake(scope, send, self._ids.ref())
        try:
            _one_host(scope)
            _handshake(scope, self._sockets)
            await self._app(handshake.scope, receive, handshake.send)
        except errors.Refusal as refusal:
            await handshake.problem(refusal)
        except OSError:  # the client is gone: nobody is left to be answered
            return
        except Exception as error:  # noqa: BLE001 -- the last line of defence, as above
            telemetry.fault(error, handshake.request_id)
            await handshake.problem(error)

    async def _http(self, scope: "HTTPScope", receive: "Receive", send: "Send") -> None:
        answer = _Answer(scope, send, self._ids.ref(), self._origins.headers(scope["headers"]))
        self._running += 1
        try:
            await self._answer(answer, receive)
        except errors.Refusal as refusal:
            await answer.problem(refusal)
        except Exception as error:  # noqa: BLE001 -- the last line of defence: everything is answered
            telemetry.fault(error, answer.request_id)
            await answer.problem(error)
        except asyncio.CancelledError:
            await answer.problem(errors.OutcomeUnknown("the process had to stop; read back before repeating"))
            raise
        finally:
            self._running -= 1
            answer.count()

    async def _answer(self, answer: "_Answer", receive: "Receive") -> None:
        if self._running > CONCURRENT_MAX:
            raise batch.Overloaded("too many requests are being answered, please try again")
        if _TWO_WAYS.search(answer.scope.get("raw_path", b"")):
            raise errors.NotFound("no path here is written like that")
        preflight = self._origins.preflight(answer.scope["method"], answer.scope["headers"])
        if preflight is not None:
            await answer.whole(204, preflight, b"")
            return
        try:
            _one_host(answer.scope)
            headers = _body_headers(answer.scope)
            body = await self._body(headers, receive) if headers else None
        except errors.Refusal as refusal:
            await answer.problem(refusal, unread=receive)
            return
        if body is not None:
            receive = _replay(body, receive)
            if body and strict_json.is_named(headers.get(b"content-type", b"")):
                strict_json.check(body)
        await self._app(answer.scope, receive, answer.send)

    async def _body(self, headers: Mapping[bytes, bytes], receive: "Receive") -> bytes:
        announced = _length(headers)
        if announced is not None and announced > self._body_max:
            raise errors.TooLarge("the body is too large", bytes_max=self._body_max)
        body = bytearray()
        try:
            async with asyncio.timeout(self._body_seconds):
                await self._read(body, receive)
        except TimeoutError:
            raise SlowBody("the body did not arrive in time", seconds_max=self._body_seconds) from None
        if announced is not None and len(body) != announced:
            raise Truncated("the body ended early")
        return bytes(body)

    async def _read(self, body: bytearray, receive: "Receive") -> None:
        more = True
        while more:
            message: Any = await receive()
            if message["type"] == "http.disconnect":
                raise Truncated("the body ended early")
            body += message.get("body", b"")
            if len(body) > self._body_max:
                raise errors.TooLarge("the body is too large", bytes_max=self._body_max)
            more = message.get("more_body", False)


class _Answer:
    """Watches one response on its way out."""

    __slots__ = ("_cors", "_head", "_send", "_started", "request_id", "scope", "status")

    def __init__(self, scope: "HTTPScope", send: "Send", request_id: uuid.UUID, cors: cross_origin.Headers) -> None:
        self._send = send
        self._started = time.perf_counter()
        self._cors = cors
        self._head = scope["method"] == "HEAD"
        self.request_id = request_id
        self.status = 0
        state = {**scope.get("state", {}), "request_id": request_id.hex}
        method = "GET" if self._head else scope["method"]  # HEAD is GET without the body: no route needs to know it
        self.scope: Any = {**scope, "method": method, "state": state}

    async def send(self, message: "Message") -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            present = {name.lower() for name, _ in message["headers"]}
            ours = _DEFAULTS
            if not present.isdisjoint(_DEFAULT_NAMES):
                ours = [pair for pair in _DEFAULTS if pair[0] not in present]
            name = (b"x-request-id", self.scope["state"]["request_id"].encode())
            message["headers"] = [*message["headers"], *ours, name, *self._cors]
        elif self._head and message["type"] == "http.response.body":
            message["body"] = b""
        await self._send(message)

    async def problem(self, error: Exception, *, unread: "Receive | None" = None) -> None:
        """Answer with a problem document, unless the answer has begun: then the broken stream says it."""
        if self.status:
            return
        problem = problems.of(error, self.request_id.hex)
        await self.whole(problem.status, [(b"content-type", problems.MEDIA_TYPE)], problem.encode(), unread=unread)

    async def whole(
        self, status: int, headers: cross_origin.Headers, body: bytes, *, unread: "Receive | None" = None
    ) -> None:
        """A complete answer. When it refuses a body that still arrives, it says goodbye and listens a little longer:
        closing at once would reset the connection, and the sender would not see why.
        """
        length = [(b"content-length", b"%d" % len(body))] if status != 204 else []
        goodbye = [(b"connection", b"close")] if unread else []
        await self.send({"type": "http.response.start", "status": status, "headers": [*headers, *length, *goodbye]})
        if unread:
            await self.send({"type": "http.response.body", "body": body, "more_body": True})
            await _let_pass(unread)
            body = b""
        await self.send({"type": "http.response.body", "body": body, "more_body": False})

    def count(self) -> None:
        route = str(self.scope.get("path_template") or "none")  # a template is ours; a path is the caller's
        method = self.scope["method"] if self.scope["method"] in _METHODS else "other"
        requests, seconds = _meters(method, route, self.status)
        requests.inc()
        seconds.observe(time.perf_counter() - self._started)


class _Handshake:
    """Watches an upgrade until it is accepted."""

    def __init__(self, scope: "WebSocketScope", send: "Send", request_id: uuid.UUID) -> None:
        self._send = send
        self._decided = False
        self.request_id = request_id
        self.scope: Any = {**scope, "state": {**scope.get("state", {}), "request_id": request_id.hex}}

    async def send(self, message: "Message") -> None:
        """A route that closes before it has accepted failed: the framework has told nobody why."""
        if not self._decided and message["type"] == "websocket.close":
            await self.problem(errors.Unavailable("the connection could not be opened"))
            return
        self._decided = True
        await self._send(message)

    async def problem(self, error: Exception) -> None:
        if self._decided:
            return
        found = problems.of(error, self.request_id.hex)
        await refuse_upgrade(found, self.request_id.hex, self.send)


async def refuse_upgrade(found: problems.Problem, request_id: str, send: "Send") -> None:
    """Answer a request for a WebSocket with a problem document, under the headers of every other answer."""
    body = found.encode()
    headers = [
        (b"content-type", problems.MEDIA_TYPE),
        (b"content-length", b"%d" % len(body)),
        (b"x-request-id", request_id.encode()),
        *_DEFAULTS,
    ]
    if "retry_after_seconds" in found.facts:
        headers.append((b"retry-after", str(found.facts["retry_after_seconds"]).encode()))
    REQUESTS.labels("GET", "websocket", found.status).inc()
    start: Any = {"type": "websocket.http.response.start", "status": found.status, "headers": headers}
    whole: Any = {"type": "websocket.http.response.body", "body": body}
    await send(start)
    await send(whole)


def _handshake(scope: "WebSocketScope", sockets: Collection[str]) -> None:
    """A path as it is written, and RFC 6455 §4.2.1: version 13, one key of 16 bytes."""
    if scope["path"] not in sockets or scope["raw_path"] != scope["path"].encode():
        raise errors.NotFound("there is no WebSocket here")
    keys = [value for name, value in scope["headers"] if name == b"sec-websocket-key"]
    versions = [value for name, value in scope["headers"] if name == b"sec-websocket-version"]
    if len(keys) != 1 or not websocket_frames.is_key(keys[0]) or versions != [b"13"]:
        raise errors.Invalid("that is no handshake of WebSocket version 13")


@functools.lru_cache(maxsize=4096)
def _meters(method: str, route: str, status: int) -> tuple[prometheus_client.Counter, prometheus_client.Histogram]:
    """Finding a metric by its labels costs more than counting, so it is done once."""
    return REQUESTS.labels(method, route, status), SECONDS.labels(route)


async def _let_pass(receive: "Receive") -> None:
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            while (await receive()).get("more_body", False):
                pass
    except TimeoutError:
        return


def _one_host(scope: Any) -> None:
    """Two readers of a request with two hosts could take it for two different ones (RFC 9112 §3.2)."""
    hosts = sum(name == b"host" for name, _ in scope["headers"])
    if hosts > 1 or (hosts == 0 and scope["http_version"] != "1.0"):
        raise errors.Invalid("a request names its host once")


def _body_headers(scope: Any) -> dict[bytes, bytes]:
    """The headers that say how to read the body, if there is one."""
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in {b"content-length", b"content-type", b"content-encoding", b"transfer-encoding"}:
            if name in found:
                raise errors.Invalid("a header that says how to read the body is given twice")
            found[name] = value.strip().lower()
    if b"content-length" not in found and b"transfer-encoding" not in found:
        return {}
    if found.get(b"content-encoding", b"identity") != b"identity":
        raise UnsupportedEncoding("send the body as it is, without content-encoding")
    if found.get(b"transfer-encoding", b"chunked") != b"chunked":
        raise UnsupportedEncoding("send the body as it is, without a transfer-encoding but chunked")
    return found


def _length(headers: Mapping[bytes, bytes]) -> int | None:
    """The announced length. Digits and nothing else: a sign or a second header would read differently elsewhere."""
    announced = headers.get(b"content-length")
    if announced is None:
        return None
    if b"transfer-encoding" in headers or not announced.isdigit() or len(announced) > 18:
        raise errors.Invalid("the length of the body cannot be told")
    return int(announced)


def _replay(body: bytes, receive: "Receive") -> "Receive":
    """Hand the body, read and checked, to the framework as if it had just arrived; then what really comes."""
    given = False

    async def replayed() -> Any:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
