"""A national register over HTTP: `POST /v1/documents/check` with the document and who it is said to belong to.

Registers have no interface in common, so this is ours: an operator puts a small service of theirs before the register of
their country. What it answers is advice to an officer, and never an approval.
"""

from urllib.parse import unquote, urlsplit

import aiohttp
import msgspec

from boundary.kernel.runtime import settings
from customer_stack.kyc import model

SECONDS = 10
ANSWER_BYTES_MAX = 4096
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_A = model.RegisterAnswer


class _Answer(msgspec.Struct, frozen=True):
    result: str


class Register:
    """`https://:TOKEN@host`; without TLS on this machine only."""

    def __init__(self, url: str, *, seconds: int = SECONDS) -> None:
        parts = urlsplit(url)
        plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if not (parts.scheme == "https" or plain) or not (parts.hostname and parts.password):
            raise settings.SettingsError("the register's address is https://:TOKEN@host")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        port = f":{parts.port}" if parts.port else ""
        self._url = f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}/v1/documents/check"
        self._headers = {"Authorization": f"Bearer {unquote(parts.password)}"}
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, form: model.Form) -> model.RegisterAnswer:
        """`unavailable` for whatever is no answer: officers see that nobody vouched."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        document = form.document
        asked = {
            "kind": document.kind.value,
            "number": document.number,
            "country": document.country,
            "given_names": form.given_names,
            "family_names": form.family_names,
            "birth": form.birth.isoformat(),
        }
        try:
            async with self._session.post(
                self._url, json=asked, headers=self._headers, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    return _A.UNAVAILABLE
                body = await answer.content.read(ANSWER_BYTES_MAX)
                return _A(msgspec.json.decode(body, type=_Answer).result)
        except (aiohttp.ClientError, TimeoutError, OSError, msgspec.MsgspecError, ValueError):
            return _A.UNAVAILABLE

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
