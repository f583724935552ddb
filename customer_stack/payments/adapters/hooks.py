"""Tells operators' systems over HTTP. A status of the two hundreds is "taken"; nothing else is, a redirection neither."""

from collections.abc import Mapping

import aiohttp

SECONDS = 15
CONNECT_SECONDS = 5


class Hooks:
    """`ports.Teller`."""

    def __init__(self, *, seconds: int = SECONDS) -> None:
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        self._session: aiohttp.ClientSession | None = None

    async def tell(self, url: str, headers: Mapping[str, str], body: bytes) -> str:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                return "" if 200 <= answer.status < 300 else f"http_{answer.status}"
        except (aiohttp.ClientError, TimeoutError, OSError):
            return "silent"

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
