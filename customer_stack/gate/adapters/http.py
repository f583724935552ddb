"""The channel over HTTP: one path, one content type, no redirects, no compression, a bounded answer."""

import aiohttp

from boundary.kernel import errors
from boundary.kernel.runtime import tls
from boundary.wire import frame

CONTENT_TYPE = "application/octet-stream"
ANSWER_BYTES_MAX = 2 * frame.SIZE_MAX
SECONDS_MAX = 6
"""Longer than the other side holds an empty exchange, or every idle one would count as not answered."""


class Unreachable(errors.Unavailable):
    """The execution stack did not answer at all."""

    code = "execution_unreachable"


class Http:
    def __init__(self, url: str, secured: tls.Material | None = None, *, path: str = "/channel") -> None:
        """`secured` is what an https address takes: our certificate, and the authorities that we believe."""
        self._url = url.rstrip("/") + path
        self._secured = secured
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: bytes) -> bytes:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=SECONDS_MAX),
                auto_decompress=False,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        try:
            async with self._session.post(
                self._url,
                data=body,
                headers={"content-type": CONTENT_TYPE},
                allow_redirects=False,
                ssl=self._secured.current() if self._secured else True,
            ) as response:
                if response.status != 200 or response.content_type != CONTENT_TYPE:
                    raise Unreachable("the execution stack refused the exchange", status=response.status)
                return await _bounded(response)
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Unreachable("the execution stack did not answer") from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    answer = await response.content.read(ANSWER_BYTES_MAX + 1)
    while len(answer) <= ANSWER_BYTES_MAX and (more := await response.content.read(ANSWER_BYTES_MAX)):
        answer += more
    if len(answer) > ANSWER_BYTES_MAX:
        raise Unreachable("the execution stack's answer is too long")
    return answer
