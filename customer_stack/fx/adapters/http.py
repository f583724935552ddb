"""Requests to vendors, and what their failures mean.

A request that asks can fail and be asked again. A request that moves money and was not answered with a clear yes or no
may have been carried out: it ends in `OrderUnknown`, whoever sent it reads back, and nothing here repeats it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email import utils
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import aiohttp

from boundary.kernel import clock
from boundary.kernel.runtime import settings
from customer_stack.fx.model import refusals

CONNECT_SECONDS = 5
PATIENCE = timedelta(seconds=15)
ANSWER_BYTES_MAX = 2 << 20
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_BUSY = 429
_PERHAPS_DONE = frozenset({408})
_SERVER = 500


class Address(NamedTuple):
    """Where a vendor is, and who we are to them. The origin is scheme, host and port, and nothing of ours."""

    origin: str
    login: str
    password: str


class Answer(NamedTuple):
    """A status below 500, the body, and the time that the answer says it was made."""

    status: int
    body: bytes
    at: datetime


def address(name: str, url: str, *, login: bool) -> Address:
    """`https://LOGIN:KEY@host`; without TLS on this machine only."""
    parts = urlsplit(url)
    plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not (parts.scheme == "https" or plain) or not parts.hostname or parts.path.strip("/") or parts.query:
        raise settings.SettingsError(f"{name} is https://{'LOGIN:KEY@' if login else ''}host")
    if login != bool(parts.username and parts.password):
        raise settings.SettingsError(f"{name} {'lacks LOGIN:KEY' if login else 'needs no login'}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return Address(f"{parts.scheme}://{host}{port}", unquote(parts.username or ""), unquote(parts.password or ""))


class Caller:
    """One vendor's interface over HTTP."""

    def __init__(self, origin: str, time: clock.Clock, *, patience: timedelta = PATIENCE) -> None:
        self.origin = origin
        self._clock = time
        self._timeout = aiohttp.ClientTimeout(total=patience.total_seconds(), sock_connect=CONNECT_SECONDS)
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self, method: str, path: str, *, moves: bool = False, headers: Mapping[str, str] | None = None, **more: Any
    ) -> Answer:
        """What the vendor answers, unless they cannot."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        try:
            async with self._session.request(
                method, self.origin + path, headers=headers, allow_redirects=False, **more
            ) as answer:
                body = await _bounded(answer)
                status, date = answer.status, answer.headers.get("Date", "")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL):
            raise refusals.ProviderSilent("the vendor cannot be reached") from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise _lost(moves=moves) from None
        if status >= _SERVER or status in _PERHAPS_DONE:
            raise _lost(moves=moves)
        if status == _BUSY:
            raise refusals.ProviderSilent("the vendor has no time for us now")
        return Answer(status, body, self._moment(date))

    def _moment(self, date: str) -> datetime:
        """The vendor's own time, to the second; ours, where they do not say."""
        try:
            return utils.parsedate_to_datetime(date).astimezone(UTC)
        except ValueError:
            return self._clock.now()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def _lost(*, moves: bool) -> Exception:
    if moves:
        return refusals.OrderUnknown("the vendor may or may not have done it: read back")
    return refusals.ProviderSilent("the vendor does not answer")


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    """A longer answer is cut off, and then cannot be read."""
    body = b""
    while len(body) < ANSWER_BYTES_MAX and (more := await answer.content.read(ANSWER_BYTES_MAX - len(body))):
        body += more
    return body
