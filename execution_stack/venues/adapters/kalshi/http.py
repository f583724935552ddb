"""Signed requests, one connection pool, and what each way of not being answered means.

A request that changes something is sent once. It ends in its answer, in a refusal that says that nothing happened, or
in `Unknown`; it is never repeated here, and neither may the library below repeat it on a connection that went stale.
"""

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email import utils
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp

from boundary.kernel import clock, ids, strict_json
from boundary.kernel.errors import Invalid
from execution_stack.venues import model
from execution_stack.venues.adapters.kalshi import errors, pacing, signing

PREFIX = "/trade-api/v2"
CONNECT_SECONDS = 5
PATIENCE = timedelta(seconds=10)
BEGIN_MAX = pacing.PATIENCE + timedelta(seconds=2)
"""How long after it was asked for a request may be signed at the latest; one that waited longer is not sent."""
ANSWER_BYTES_MAX = 8 << 20
SKEW_MAX = timedelta(seconds=2)
CONNECTIONS_MAX = 64
RETRY_AFTER_MAX = 3600
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_TIMEOUT, _BUSY, _UNAUTHORISED, _SERVER = 408, 429, 401, 500


class BadAddress(Invalid):
    """The venue's address is not https, or not only scheme, host and port."""

    code = "venue_address_invalid"


class Asked(NamedTuple):
    """A request. `route` is its path with names for what varies, by which its price is known."""

    method: str
    path: str
    route: str
    query: Mapping[str, str] = {}
    body: bytes | None = None
    moves: bool = False
    cancels: bool = False
    places: bool = False
    weight: int = 1


def origin(url: str) -> str:
    """`https://host[:port]`; without TLS on this machine only."""
    parts = urlsplit(url)
    plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not (plain or parts.scheme == "https") or not parts.hostname or parts.username or parts.query:
        raise BadAddress("a venue's address is https://host, without a login in it")
    if parts.path.strip("/"):
        raise BadAddress("a venue's address has no path")
    return url.rstrip("/")


class Caller:
    def __init__(
        self,
        url: str,
        ring: signing.Ring,
        time: clock.Clock,
        random: ids.Ids,
        *,
        patience: timedelta = PATIENCE,
        context: ssl.SSLContext | None = None,
        pacer: pacing.Pacer | None = None,
    ) -> None:
        self.origin = origin(url)
        self.ring, self.clock, self.random = ring, time, random
        self.pacer = pacer or pacing.Pacer(time, random)
        self.skew = timedelta()
        """Our clock less the venue's, as the last answer had it, to the second."""
        self._context = context
        self._timeout = aiohttp.ClientTimeout(total=patience.total_seconds(), sock_connect=CONNECT_SECONDS)
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS_MAX, ssl=self._context or True)
            self._session = aiohttp.ClientSession(
                timeout=self._timeout,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                connector=connector,
                headers={"Accept-Encoding": "identity", "User-Agent": "bulkhead"},
            )
            self._session._retry_connection = False  # noqa: SLF001 -- it repeats DELETE on a stale connection, and has no public switch
        return self._session

    async def ask(self, asked: Asked) -> bytes:
        """The body of an answer that says yes."""
        reads, began = asked.method == "GET", self.clock.now()
        cost = self.pacer.cost(asked.method, PREFIX + asked.route) * asked.weight
        await self.pacer.turn(cost, reads=reads, cancels=asked.cancels)
        await self.ring.look()
        if self.clock.now() - began > BEGIN_MAX:
            raise model.Limited(timedelta(seconds=1))
        signer = self.ring.signer
        signed = await signing.headers(signer, self.clock, asked.method, PREFIX + asked.path)
        status, body, headers = await self._send(asked, signed)
        self._look_at_clock(headers.get("Date", ""))
        if 200 <= status < 300:
            self.pacer.accepted(reads=reads)
            if body is None:
                raise _lost(asked)
            return body
        raise self._failure(asked, status, body or b"", headers)

    async def _send(self, asked: Asked, signed: dict[str, str]) -> tuple[int, bytes | None, Mapping[str, str]]:
        headers = signed if asked.body is None else {**signed, "Content-Type": "application/json"}
        try:
            async with self.session.request(
                asked.method,
                f"{self.origin}{PREFIX}{asked.path}",
                params=asked.query or None,
                data=asked.body,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                return answer.status, await _bounded(answer), answer.headers
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL):
            raise model.Unreachable("the venue cannot be reached") from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            raise _lost(asked) from None

    def _failure(self, asked: Asked, status: int, body: bytes, headers: Mapping[str, str]) -> Exception:
        if status == _BUSY:
            return model.Limited(self.pacer.refused(_retry_after(headers), reads=asked.method == "GET"))
        told = errors.read(body)
        if status == _UNAUTHORISED:
            if told.code == errors.EXPIRED:
                return model.ClockSkew(self.skew)
            return model.Unauthorised("the venue does not accept our key or signature")
        if status in errors.REJECTED:
            found = errors.refusal(status, told, places=asked.places)
            return found if asked.moves or isinstance(found, model.Refused) else _lost(asked)
        return _lost(asked)

    def _look_at_clock(self, date: str) -> None:
        try:
            theirs = utils.parsedate_to_datetime(date).astimezone(UTC)
        except (ValueError, TypeError):
            return
        self.skew = _beyond_second(self.clock.now(), theirs)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def _beyond_second(ours: datetime, theirs: datetime) -> timedelta:
    """A date says its second only, so what lies within it is no difference."""
    if theirs <= ours < theirs + timedelta(seconds=1):
        return timedelta()
    return ours - theirs if ours < theirs else ours - theirs - timedelta(seconds=1)


def _lost(asked: Asked) -> Exception:
    if asked.moves:
        return model.Unknown("sent, and not answered with a clear yes or no: read back")
    return model.Silent("the venue does not answer, or not readably")


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    said = headers.get("Retry-After", "")
    if said.isascii() and said.isdigit() and len(said) < 6:
        return timedelta(seconds=min(int(said), RETRY_AFTER_MAX))
    return None


async def _bounded(answer: aiohttp.ClientResponse) -> bytes | None:
    """The whole body, or nothing if it is longer than any answer is, compressed, or not JSON."""
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        return None
    parts, size = [], 0
    while more := await answer.content.read(1 << 16):
        size += len(more)
        if size > ANSWER_BYTES_MAX:
            return None
        parts.append(more)
    body = b"".join(parts)
    if not body:
        return body
    try:
        strict_json.check(body)
    except strict_json.NotJson:
        return None
    return body


__all__ = ["PREFIX", "Asked", "BadAddress", "Caller", "origin"]
