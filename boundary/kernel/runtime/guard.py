"""The outermost layer of every app: one ASGI callable that no answer gets around.

It names each request, refuses a body that is too large, compressed, or JSON that two readers could read differently
before any handler runs, puts the security headers on every answer including the framework's own errors, counts and
times requests by route template, and answers a defect with a problem document that says nothing about it.
"""

import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import prometheus_client
from litestar import enums

from boundary.kernel import errors, ids, strict_json
from boundary.kernel.runtime import problems, telemetry

if TYPE_CHECKING:
    from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

REQUESTS = prometheus_client.Counter("http_requests", "Requests answered", ["method", "route", "status"])
SECONDS = prometheus_client.Histogram(
    "http_seconds", "Time to answer", ["route"], buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

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
_NO_STORE = (b"cache-control", b"no-store")


class UnsupportedEncoding(errors.Invalid):
    """Compressed request bodies are not read."""

    code = "unsupported_encoding"


class MethodRefused(errors.Invalid):
    """The method is not one that any route here answers."""

    code = "method_not_allowed"


class Truncated(errors.Invalid):
    """The body ended before the length that its header announced."""

    code = "truncated_body"


class Guard:
    def __init__(self, app: "ASGIApp", *, body_max: int, random: ids.Ids) -> None:
        self._app = app
        self._body_max = body_max
        self._ids = random

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] == enums.ScopeType.HTTP:
            await self._http(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: "HTTPScope", receive: "Receive", send: "Send") -> None:
        answer = _Answer(scope, send, self._ids.ref())
        try:
            headers = _headers(scope)
            if b"content-length" in headers or b"transfer-encoding" in headers:
                receive = _replay(await self._body(headers, receive))
            await self._app(scope, receive, answer.send)
        except errors.Refusal as refusal:
            await answer.problem(refusal)
        except Exception as error:  # noqa: BLE001 -- the last line of defence: everything is answered
            telemetry.fault(error, answer.request_id)
            await answer.problem(error)
        finally:
            answer.count()

    async def _body(self, headers: Mapping[bytes, bytes], receive: "Receive") -> bytes:
        announced = headers.get(b"content-length")
        if announced is not None and (not announced.isdigit() or int(announced) > self._body_max):
            raise errors.TooLarge("the body is too large", bytes_max=self._body_max)
        if headers.get(b"content-encoding", b"identity") != b"identity":
            raise UnsupportedEncoding("send the body as it is, without content-encoding")
        body = bytearray()
        more = True
        while more:
            message: Any = await receive()
            if message["type"] == "http.disconnect":
                raise Truncated("the body ended early")
            body += message.get("body", b"")
            if len(body) > self._body_max:
                raise errors.TooLarge("the body is too large", bytes_max=self._body_max)
            more = message.get("more_body", False)
        if announced is not None and len(body) != int(announced):
            raise Truncated("the body ended early")
        if body and headers.get(b"content-type", b"").split(b";")[0].strip().lower().endswith(b"json"):
            strict_json.check(bytes(body))
        return bytes(body)


class _Answer:
    """Watches one response on its way out."""

    __slots__ = ("_scope", "_send", "_started", "request_id", "status")

    def __init__(self, scope: "HTTPScope", send: "Send", request_id: uuid.UUID) -> None:
        self._scope = scope
        self._send = send
        self._started = time.perf_counter()
        self.request_id = request_id
        self.status = 0
        scope["state"] = {**scope.get("state", {}), "request_id": request_id.hex}

    async def send(self, message: "Message") -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            present = {name for name, _ in message["headers"]}
            extra = [pair for pair in HEADERS.items() if pair[0] not in present]
            if b"cache-control" not in present:
                extra.append(_NO_STORE)
            extra.append((b"x-request-id", self.request_id.hex.encode()))
            message["headers"] = [*message["headers"], *extra]
        await self._send(message)

    async def problem(self, error: Exception) -> None:
        """Answer with a problem document, unless the answer has begun: then the broken stream says it."""
        if self.status:
            return
        problem = problems.of(error, self.request_id.hex)
        body = problem.encode()
        headers = [(b"content-type", problems.MEDIA_TYPE), (b"content-length", b"%d" % len(body))]
        await self.send({"type": "http.response.start", "status": problem.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    def count(self) -> None:
        route = str(self._scope.get("path_template") or "none")  # a template is ours; a path is the caller's
        method = self._scope["method"] if self._scope["method"] in _METHODS else "other"
        REQUESTS.labels(method, route, self.status).inc()
        SECONDS.labels(route).observe(time.perf_counter() - self._started)


def _headers(scope: "HTTPScope") -> dict[bytes, bytes]:
    """The headers that say how to read the body."""
    if scope["method"] not in _METHODS:
        raise MethodRefused("no route here answers this method")
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in {b"content-length", b"content-type", b"content-encoding", b"transfer-encoding"}:
            if name in found:
                raise errors.Invalid("a header that says how to read the body is given twice")
            found[name] = value
    return found


def _replay(body: bytes) -> "Receive":
    """Hand the body, read and checked, to the framework as if it had just arrived."""
    given = False

    async def receive() -> Any:
        nonlocal given
        if given:
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
