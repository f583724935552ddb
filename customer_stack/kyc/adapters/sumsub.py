"""Verification by Sumsub's HTTP API, or one that speaks the same. `formats.sumsub` names the pages that it is made from.

Creating is asked with our application's number as `externalUserId`, and one that is there already is found by it, so
asking twice makes one applicant. Whatever the vendor says in words is repeated nowhere: it may quote what it was sent.
"""

import json
from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import quote, unquote, urlsplit
from uuid import UUID

import aiohttp
import yarl

from boundary.kernel import clock
from boundary.kernel.runtime import settings
from customer_stack.kyc import model, ports
from customer_stack.kyc.formats import sumsub
from customer_stack.kyc.model import refusals

A = TypeVar("A")

SECONDS = 15
CONNECT_SECONDS = 5
ANSWER_BYTES_MAX = 1024 * 1024
LINK_SECONDS = 1800
LEVELS = ("basic-kyc-level", "full-kyc-level", "enhanced-kyc-level")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_KIND = {
    model.DocumentKind.PASSPORT: "PASSPORT",
    model.DocumentKind.NATIONAL_IDENTITY_CARD: "ID_CARD",
    model.DocumentKind.STATE_IDENTITY_CARD: "ID_CARD",
    model.DocumentKind.DRIVING_LICENCE: "DRIVERS",
    model.DocumentKind.RESIDENCE_PERMIT: "RESIDENCE_PERMIT",
}
_SIDE = {model.UploadKind.IDENTITY_FRONT: "FRONT_SIDE", model.UploadKind.IDENTITY_BACK: "BACK_SIDE"}
_OTHER = {
    model.UploadKind.SELFIE: "SELFIE",
    model.UploadKind.ADDRESS_PROOF: "UTILITY_BILL",
    model.UploadKind.FUNDS_PROOF: "INCOME_SOURCE",
}


class Sumsub:
    """`https://APP-TOKEN:SECRET-KEY@api.sumsub.com`; without TLS on this machine only. `secrets` sign webhooks: while they
    are being changed there are two.
    """

    hosted = True

    def __init__(
        self,
        url: str,
        secrets: Sequence[str],
        time: clock.Clock,
        *,
        levels: Sequence[str] = LEVELS,
        seconds: int = SECONDS,
    ) -> None:
        parts = urlsplit(url)
        plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if not (parts.scheme == "https" or plain) or not (parts.hostname and parts.username and parts.password):
            raise settings.SettingsError("the verification vendor's address is https://APP-TOKEN:SECRET-KEY@host")
        if not 1 <= len(secrets) <= 2 or not all(len(each) >= 16 for each in secrets):
            raise settings.SettingsError("one or two secrets of 16 or more characters sign the vendor's webhooks")
        if len(levels) != model.LEVEL_MAX:
            raise settings.SettingsError(f"the vendor's levels are {model.LEVEL_MAX} names")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        self._base = f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
        self._token, self._secret = unquote(parts.username), unquote(parts.password)
        self._secrets = tuple(secrets)
        self._levels = tuple(levels)
        self._clock = time
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        self._session: aiohttp.ClientSession | None = None

    def speaks_of(self, level: int, told: model.Told) -> bool:
        return told.level == self._levels[level - 1]

    async def create(self, application: UUID, level: int, form: model.Form) -> str:
        path = f"/resources/applicants?levelName={quote(self._levels[level - 1], safe='')}"
        try:
            said = sumsub.applicant(application, form)
        except sumsub.UnreadableError:
            raise refusals.ProviderWrong("the vendor has no letters for this country") from None
        status, body = await self._send("POST", path, said)
        if status == 409:
            status, body = await self._send("GET", f"/resources/applicants/-;externalUserId={application}/one", b"")
        return self._applicant(_read(status, body, sumsub.Made).id)

    async def link(self, application: UUID, level: int) -> str:
        body = sumsub.link(application, self._levels[level - 1], LINK_SECONDS)
        status, answer = await self._send("POST", "/resources/sdkIntegrations/levels/-/websdkLink", body)
        url = _read(status, answer, sumsub.Link).url
        if not url.startswith("https://") or len(url) > 2048:
            raise refusals.ProviderWrong("the vendor's answer makes no sense")
        return url

    async def upload(self, applicant: str, file: ports.File) -> None:
        identity = file.kind in _SIDE
        said = {"idDocType": _KIND[file.document] if identity else _OTHER[file.kind], "country": _country(file.country)}
        if identity and file.document is not model.DocumentKind.PASSPORT:
            said["idDocSubType"] = _SIDE[file.kind]
        form = aiohttp.FormData()
        form.add_field("metadata", json.dumps(said), content_type="application/json")
        form.add_field("content", file.data, filename="file", content_type=file.media)
        payload = form()
        body = await _bytes_of(payload)
        path = f"/resources/applicants/{self._applicant(applicant)}/info/idDoc"
        status, _ = await self._send("POST", path, body, str(payload.headers["Content-Type"]))
        _check(status)

    async def start(self, applicant: str) -> model.Event:
        """On the vendor's own pages the customer starts the check; where there are documents already, we do."""
        path = f"/resources/applicants/{self._applicant(applicant)}/status/pending"
        status, _ = await self._send("POST", path, b"")
        if status not in {400, 409}:  # nothing was uploaded yet, or it is under way
            _check(status)
        return model.Event.NOTED

    async def fetch(self, application: UUID, applicant: str) -> model.Told | None:
        status, body = await self._send("GET", f"/resources/applicants/{self._applicant(applicant)}/status", b"")
        _check(status)
        try:
            return sumsub.status(body, application, applicant)
        except sumsub.UnreadableError:
            raise refusals.ProviderWrong("the vendor's answer makes no sense") from None

    def believe(self, hook: ports.Hook) -> model.Told | None:
        if not sumsub.is_signed(self._secrets, hook.headers, hook.body):
            raise refusals.HookRefused("signature")
        try:
            return sumsub.hook(hook.body)
        except sumsub.UnreadableError:
            raise refusals.HookRefused("unreadable") from None

    async def redact(self, applicant: str) -> None:
        """The vendor's API can only hide a profile; that it deletes, and when, is agreed with it in its console."""
        path = f"/resources/applicants/{self._applicant(applicant)}/presence/deactivated"
        status, _ = await self._send("PATCH", path, b"")
        if status != 404:
            _check(status)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _send(self, method: str, path: str, body: bytes, kind: str = "application/json") -> tuple[int, bytes]:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        seconds = clock.to_micros(self._clock.now()) // 1_000_000
        headers = {
            "X-App-Token": self._token,
            "X-App-Access-Ts": str(seconds),
            "X-App-Access-Sig": sumsub.signature(self._secret, seconds, method, path, body),
            "Content-Type": kind,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
        url = yarl.URL(self._base + path, encoded=True)
        try:
            async with self._session.request(
                method, url, data=body or None, headers=headers, allow_redirects=False
            ) as answer:
                return answer.status, await _bounded(answer)
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise refusals.ProviderDown("the vendor does not answer") from None

    def _applicant(self, text: str) -> str:
        if not sumsub.APPLICANT.fullmatch(text):
            raise refusals.ProviderWrong("the vendor's answer makes no sense")
        return text


def _country(code: str) -> str:
    try:
        return sumsub.country(code)
    except sumsub.UnreadableError:
        raise refusals.ProviderWrong("the vendor has no letters for this country") from None


def _read(status: int, body: bytes, type_: type[A]) -> A:
    _check(status)
    try:
        return sumsub.decoded(body, type_)
    except sumsub.UnreadableError:
        raise refusals.ProviderWrong("the vendor's answer makes no sense") from None


def _check(status: int) -> None:
    if 200 <= status < 300:
        return
    if status >= 500 or status in {401, 403, 408, 425, 429}:
        raise refusals.ProviderDown("the vendor cannot answer now", status=status)
    raise refusals.ProviderWrong("the vendor refuses", status=status)


async def _bytes_of(payload: aiohttp.payload.Payload) -> bytes:
    return await payload.as_bytes()


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for part in answer.content.iter_chunked(1 << 16):
        body += part
        if len(body) > ANSWER_BYTES_MAX:
            raise refusals.ProviderWrong("the vendor's answer is too long")
    return body
