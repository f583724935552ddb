"""Which other origins a browser may let read our answers: exactly those that the operator lists, with credentials.

It works from the guard, so that a refusal of the guard's own can be read by the web app that caused it too. There is
no wildcard: a pattern in this list would hand the session of every customer to whoever registers a matching name.
"""

import re
from collections.abc import Iterable, Sequence

from boundary.kernel.runtime import settings

Headers = list[tuple[bytes, bytes]]

_ORIGIN = re.compile(r"https?://(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::[1-9][0-9]{0,4})?")
_PREFLIGHT = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", b"authorization, content-type, idempotency-key, if-match, x-csrf-token"),
    (b"access-control-max-age", b"600"),
]


class Origins:
    def __init__(self, allowed: Sequence[str]) -> None:
        for origin in allowed:
            if not _ORIGIN.fullmatch(origin):
                raise settings.SettingsError(
                    f"CORS_ALLOWED_ORIGINS: {origin} is not an origin like https://app.example"
                )
        self._allowed = frozenset(origin.encode() for origin in allowed)

    def headers(self, request: Iterable[tuple[bytes, bytes]]) -> Headers:
        """What an answer to this request carries. `Vary` stands on all of them, or a cache would mix them up."""
        if not self._allowed:
            return []
        origin = _first(request, b"origin")
        vary = [(b"vary", b"origin")]
        if origin not in self._allowed:
            return vary
        return [
            *vary,
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", b"etag, retry-after, x-request-id"),
        ]

    def preflight(self, method: str, request: Sequence[tuple[bytes, bytes]]) -> Headers | None:
        """The further headers that answer a browser's question before a request, if this is one that we allow."""
        asks = method == "OPTIONS" and _first(request, b"access-control-request-method")
        return _PREFLIGHT if asks and _first(request, b"origin") in self._allowed else None


def _first(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> bytes:
    return next((value for name, value in headers if name == wanted), b"")
