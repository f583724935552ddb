"""What a request says about who sends it: the credential it carries, the client, the token against forgery.

A credential is a bearer token in the `Authorization` header, or the session's cookie. A request with the header is
judged by the header alone: no page of another site can write it. A cookie is sent by browsers whoever wrote the page,
so with one an unsafe request must also bring the session's CSRF token and come from an origin of ours.
"""

import ipaddress
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from litestar import connection

from customer_stack.identity.model import refusals, sessions
from customer_stack.identity.rules import clients

Connection = connection.ASGIConnection[Any, Any, Any, Any]
Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

ACCESS_COOKIE = "__Host-access"
REFRESH_COOKIE = "__Host-refresh"
DEVICE_COOKIE = "__Host-device"
CSRF_HEADER = b"x-csrf-token"
BEFORE_FACTOR = "before_factor"
"""A route with this in its `opt` serves who still has to enrol a second factor."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
COOKIES_MAX = 16 * 1024
_BEARER = b"bearer "
_HEARD = "identity.headers"
_NAMES = frozenset({b"authorization", b"cookie", b"user-agent", b"x-forwarded-for", b"origin", b"host", CSRF_HEADER})


class Edge(NamedTuple):
    """What stands between a client and us: proxies that may speak for it, and origins that may call with cookies."""

    proxies: Networks = ()
    origins: frozenset[str] = frozenset()

    def client(self, request: Connection) -> sessions.Client:
        peer = request.scope.get("client")
        forwarded = b",".join(_all(request, b"x-forwarded-for")).decode("latin-1")
        address = clients.address(peer[0] if peer else "", forwarded, self.proxies)
        return clients.client(header(request, b"user-agent"), address)

    def same_site(self, request: Connection) -> None:
        """Refused if a browser says that the request comes from a page of somebody else."""
        origin = header(request, b"origin")
        if not origin:
            return
        host = header(request, b"host").lower()
        if origin not in self.origins and urlsplit(origin).netloc.lower() != host:
            raise refusals.CrossSite("the request comes from another site")


class Credential(NamedTuple):
    """What came, and whether a browser sent it by itself."""

    text: str
    from_cookie: bool


def credential(request: Connection) -> Credential | None:
    given = _all(request, b"authorization")
    if len(given) > 1:
        raise refusals.TokenRefused("two credentials were sent")
    if given:
        if not given[0].lower().startswith(_BEARER):
            raise refusals.TokenRefused("send a bearer token")
        return Credential(given[0][len(_BEARER) :].strip().decode("latin-1"), from_cookie=False)
    text = cookie(request, ACCESS_COOKIE)
    return Credential(text, from_cookie=True) if text else None


def cookie(request: Connection, name: str) -> str:
    """The one cookie of this name. Two of them mean that somebody planted one, and neither is believed."""
    found = []
    for line in _all(request, b"cookie"):
        if len(line) > COOKIES_MAX:
            raise refusals.TokenRefused("too many cookies")
        for pair in line.decode("latin-1").split(";"):
            key, _, value = pair.strip().partition("=")
            if key == name:
                found.append(value)
    if len(found) > 1:
        raise refusals.TokenRefused("a cookie was sent twice")
    return found[0] if found else ""


def is_safe(request: Connection) -> bool:
    return request.scope["method"] in SAFE  # type: ignore[typeddict-item]  # guards run for HTTP requests alone


def header(request: Connection, name: bytes) -> str:
    found = _all(request, name)
    return found[0].decode("latin-1") if found else ""


def _all(request: Connection, name: bytes) -> Sequence[bytes]:
    return _heard(request).get(name, ())


def _heard(request: Connection) -> dict[bytes, list[bytes]]:
    """The headers that matter here, gathered in one pass and kept for the request's other questions."""
    state = request.scope["state"]
    heard: dict[bytes, list[bytes]] | None = state.get(_HEARD)
    if heard is None:
        heard = {}
        for name, value in request.scope["headers"]:
            if name in _NAMES:
                heard.setdefault(name, []).append(value)
        state[_HEARD] = heard
    return heard


def networks(texts: Collection[str]) -> Networks:
    return tuple(ipaddress.ip_network(text) for text in texts)
