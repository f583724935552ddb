"""Public documents over HTTP, by their hash: no redirects, no compression, never more bytes than were announced."""

import aiohttp

from boundary.kernel import errors
from boundary.kernel.runtime import tls
from customer_stack.gate import ports

SECONDS_MAX = 20


class NotFetched(errors.Unavailable):
    """The execution stack did not hand the document out, or not all of it, or not in time."""

    code = "document_not_fetched"


class Documents:
    def __init__(self, url: str, secured: tls.Material | None = None) -> None:
        self._url = url.rstrip("/") + "/documents/"
        self._secured = secured
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, hashed: bytes, size: int) -> ports.Fetched:
        """What stands under a hash, at most so many bytes. Nothing of it is to be believed yet."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=SECONDS_MAX),
                auto_decompress=False,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"user-agent": "gate"},
            )
        try:
            secured = self._secured.current() if self._secured else True
            async with self._session.get(self._url + hashed.hex(), allow_redirects=False, ssl=secured) as response:
                if response.status != 200:
                    raise NotFetched("the execution stack refused the document", status=response.status)
                data = bytearray()
                while len(data) <= size and (more := await response.content.read(size + 1 - len(data))):
                    data += more
                return ports.Fetched(bytes(data), response.headers.get("content-type", ""))
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise NotFetched("the execution stack did not hand the document out") from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
