"""Key-encryption keys in a key service, over the HTTP API of HashiCorp Vault's transit engine (OpenBao speaks it too).

Format: https://developer.hashicorp.com/vault/api-docs/secret/transit, sections Read Key, Encrypt, Decrypt and Rewrap Data.
A wrapped key is the service's own text, `vault:v<version>:<base64>`. Everything goes in batches. The bytes that come back
name their subject (`formats.data_key`), so a service that mixes up two answers is found out by the caller.

A call takes at most `ATTEMPTS` times `SECONDS`, which is less than a transaction may sit idle. Wrapping twice does no
harm, so an attempt that failed on the way is repeated once; a refusal is not. Whatever the service says in words is not
repeated anywhere: it may quote what it was sent.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec

from boundary.kernel.runtime import settings
from customer_stack.vault import model

A = TypeVar("A")

SECONDS = 2
ATTEMPTS = 2
ANSWER_BYTES_MAX = 4 * 1024 * 1024
TOKEN_BYTES_MAX = 4096

_CIPHERTEXT = re.compile(r"vault:v([1-9][0-9]{0,8}):[A-Za-z0-9+/]+={0,2}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_TOKEN = re.compile(rb"[\x21-\x7e]+")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_COME_BACK = frozenset({307, 408, 412, 425, 429})  # beside 5xx: a standby, or too much at once


class _Item(msgspec.Struct, frozen=True):
    ciphertext: str = ""
    plaintext: str = ""
    error: str = ""


class _Batch(msgspec.Struct, frozen=True):
    batch_results: list[_Item]


class _Answer(msgspec.Struct, frozen=True):
    data: _Batch


class _Key(msgspec.Struct, frozen=True):
    keys: dict[int, Any]
    """Versions; of a symmetric key the value is the time it was made."""


class _KeyAnswer(msgspec.Struct, frozen=True):
    data: _Key


class Transit:
    """The provider over a key that never leaves its service."""

    def __init__(self, url: str, key: str, token_file: Path) -> None:
        parts = urlsplit(url)
        here = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if not parts.hostname or not (here or parts.scheme == "https"):
            raise settings.SettingsError("the key service's address is https://host/v1/<mount>")
        if not _NAME.fullmatch(key):
            raise settings.SettingsError("the key service's key has no usable name")
        self._url = url.rstrip("/")
        self._key = key
        self._token_file = token_file
        self._session: aiohttp.ClientSession | None = None
        self._token()  # a process that cannot read it had better not start

    async def newest(self) -> int:
        answer = await self._ask("GET", f"keys/{self._key}", None)
        versions = _decoded(answer, _KeyAnswer).data.keys
        if not versions or min(versions) < 1:
            raise model.KeyServiceWrong("the key service does not know our key")
        return max(versions)

    async def wrap(self, secrets: Sequence[bytes]) -> list[model.Wrapped]:
        return await self._wrapped("encrypt", [{"plaintext": base64.b64encode(each).decode()} for each in secrets])

    async def unwrap(self, wrapped: Sequence[model.Wrapped]) -> list[bytes]:
        items = await self._batch("decrypt", [{"ciphertext": _text(each)} for each in wrapped])
        try:
            return [base64.b64decode(item.plaintext, validate=True) for item in items]
        except (binascii.Error, ValueError):
            raise model.KeyServiceWrong("the key service's answer makes no sense") from None

    async def rewrap(self, wrapped: Sequence[model.Wrapped]) -> list[model.Wrapped]:
        return await self._wrapped("rewrap", [{"ciphertext": _text(each)} for each in wrapped])

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _wrapped(self, verb: str, batch: list[dict[str, str]]) -> list[model.Wrapped]:
        found = []
        for item in await self._batch(verb, batch):
            form = _CIPHERTEXT.fullmatch(item.ciphertext)
            if form is None:
                raise model.KeyServiceWrong("the key service's answer makes no sense")
            found.append(model.Wrapped(int(form[1]), item.ciphertext.encode()))
        return found

    async def _batch(self, verb: str, batch: list[dict[str, str]]) -> list[_Item]:
        if not batch:
            return []
        answer = await self._ask("POST", f"{verb}/{self._key}", msgspec.json.encode({"batch_input": batch}))
        items = _decoded(answer, _Answer).data.batch_results
        if len(items) != len(batch) or any(item.error for item in items):
            raise model.KeyServiceWrong("the key service did not do all that it was asked")
        return items

    async def _ask(self, method: str, path: str, body: bytes | None) -> bytes:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(method, path, body)
            except model.KeyServiceDown:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _once(self, method: str, path: str, body: bytes | None) -> bytes:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=SECONDS),
                auto_decompress=False,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        try:
            token = self._token()
        except settings.SettingsError:
            raise model.KeyServiceDown("the key service's token cannot be read") from None
        headers = {"x-vault-token": token, "content-type": "application/json", "x-vault-request": "true"}
        try:
            async with self._session.request(
                method, f"{self._url}/{path}", data=body, headers=headers, allow_redirects=False
            ) as response:
                _check(response.status)
                return await _bounded(response)
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise model.KeyServiceDown("the key service does not answer") from None

    def _token(self) -> str:
        """Read for every call: whoever renews it writes the file anew."""
        try:
            status = self._token_file.stat()
            text = self._token_file.read_bytes()[: TOKEN_BYTES_MAX + 1].strip()
        except OSError:
            raise settings.SettingsError(f"{self._token_file}: not a readable file") from None
        if status.st_mode & 0o077:
            raise settings.SettingsError(f"{self._token_file}: others may read this token; run: chmod 600")
        if len(text) > TOKEN_BYTES_MAX or not _TOKEN.fullmatch(text):
            raise settings.SettingsError(f"{self._token_file}: holds no token")
        return text.decode()


def _check(status: int) -> None:
    if status == 200:
        return
    if status >= 500 or status in _COME_BACK:
        raise model.KeyServiceDown("the key service cannot answer now", status=status)
    raise model.KeyServiceWrong("the key service refuses", status=status)


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    answer = b""
    async for part in response.content.iter_chunked(1 << 16):
        answer += part
        if len(answer) > ANSWER_BYTES_MAX:
            raise model.KeyServiceWrong("the key service's answer is too long")
    return answer


def _text(wrapped: model.Wrapped) -> str:
    """The ciphertext as the service gave it; what another provider wrapped is none, and is not sent anywhere."""
    text = wrapped.data.decode("ascii", "replace")
    if not _CIPHERTEXT.fullmatch(text):
        raise model.KeyServiceWrong("a data key was wrapped by somebody else than this key service")
    return text


def _decoded(answer: bytes, type_: type[A]) -> A:
    try:
        return msgspec.json.decode(answer, type=type_)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise model.KeyServiceWrong("the key service's answer makes no sense") from None
