"""One HTTP client for all providers: patience with an end, answers with a bound, and whether a request left at all."""

import base64
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp

from boundary.kernel.runtime import settings

CONNECT_SECONDS = 5
SECONDS = 20
ANSWER_BYTES_MAX = 1024 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Answer(NamedTuple):
    """A status and a body; status 0 when there was no answer, and then whether the request may have arrived."""

    status: int
    body: bytes = b""
    arrived: bool = True

    @property
    def silent(self) -> bool:
        return self.status == 0


def check(url: str) -> str:
    """An address without a slash at its end; without TLS on this machine only."""
    parts = urlsplit(url)
    plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not (plain or parts.scheme == "https") or not parts.hostname or parts.username:
        raise settings.SettingsError("a provider's address is https://host, without a login in it")
    return url.rstrip("/")


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Client:
    def __init__(self, url: str, *, seconds: int = SECONDS) -> None:
        self._url = check(url)
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
        body: Any = None,
        query: dict[str, str] | None = None,
    ) -> Answer:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        try:
            async with self._session.request(
                method, f"{self._url}{path}", headers=headers, data=form, json=body, params=query, allow_redirects=False
            ) as answer:
                return Answer(answer.status, await _bounded(answer))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL):
            return Answer(0, arrived=False)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return Answer(0)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    """A longer answer is cut off, and then cannot be read."""
    body = b""
    while len(body) < ANSWER_BYTES_MAX and (more := await answer.content.read(ANSWER_BYTES_MAX - len(body))):
        body += more
    return body
