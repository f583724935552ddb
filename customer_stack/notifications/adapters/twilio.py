"""SMS by Twilio's HTTP interface, or one that speaks the same.

The interface has no key that would make a repetition harmless, so a request that may have arrived and was not answered
is `UNKNOWN` and nobody repeats it here.
"""

from urllib.parse import unquote, urlsplit

import aiohttp

from boundary.kernel.runtime import settings
from customer_stack.notifications import model
from customer_stack.notifications.formats import twilio

CONNECT_SECONDS = 5
SECONDS = 20
ANSWER_BYTES_MAX = 64 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Twilio:
    """`https://ACCOUNT:TOKEN@api.twilio.com`; without TLS on this machine only."""

    def __init__(self, url: str, sender: str, *, seconds: int = SECONDS) -> None:
        parts = urlsplit(url)
        plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if not (parts.scheme == "https" or plain) or not (parts.hostname and parts.username and parts.password):
            raise settings.SettingsError("the SMS vendor's address is https://ACCOUNT:TOKEN@host")
        account = unquote(parts.username)
        if ":" in account:
            raise settings.SettingsError("the SMS vendor's account holds a colon, which no login may")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        port = f":{parts.port}" if parts.port else ""
        self._url = f"{parts.scheme}://{host}{port}{twilio.path(account)}"
        self._headers = {"Authorization": aiohttp.encode_basic_auth(account, unquote(parts.password))}
        self._sender = sender
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        self._session: aiohttp.ClientSession | None = None

    async def carry(self, message: model.Message) -> model.Outcome:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        try:
            async with self._session.post(
                self._url, data=twilio.form(message, self._sender), headers=self._headers, allow_redirects=False
            ) as answer:
                return twilio.read(answer.status, await _bounded(answer))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL):
            return model.Outcome(model.Verdict.LATER, "vendor_unreachable")
        except (aiohttp.ClientError, TimeoutError, OSError):
            return model.Outcome(model.Verdict.UNKNOWN, "vendor_silent")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    """A longer answer is cut off, and then cannot be read."""
    body = b""
    while len(body) < ANSWER_BYTES_MAX and (more := await answer.content.read(ANSWER_BYTES_MAX - len(body))):
        body += more
    return body
