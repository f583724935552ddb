"""`Service`: one named key with versions, behind `/v1/transit`, under one token.

It encrypts for real (AES-256-GCM, as the engine's default key type does) and keeps its keys in memory. `misbehave` makes
the next answers wrong, in each way that a network or a service can be.
"""

import asyncio
import base64
import binascii
import enum
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from boundary.kernel import ids

_NONCE = 12


class Fault(enum.StrEnum):
    """What goes wrong."""

    SLOW = "slow"
    CUT = "cut"
    INTERNAL = "internal"
    SEALED = "sealed"
    STANDBY = "standby"
    LIMITED = "limited"
    DENIED = "denied"
    NO_KEY = "no_key"
    GARBAGE = "garbage"
    EMPTY = "empty"
    HUGE = "huge"
    OTHER_SHAPE = "other_shape"
    ONE_SHORT = "one_short"
    ONE_FAILED = "one_failed"
    SWAPPED = "swapped"
    WRONG_KEY = "wrong_key"


_REFUSALS = {
    Fault.INTERNAL: (500, "internal error"),
    Fault.SEALED: (503, "Vault is sealed"),
    Fault.STANDBY: (307, ""),
    Fault.LIMITED: (429, "request path rate limit quota exceeded"),
    Fault.DENIED: (403, "permission denied"),
    Fault.NO_KEY: (400, "encryption key not found"),
}
_BODIES = {
    Fault.GARBAGE: b"<html>Bad Gateway</html>",
    Fault.EMPTY: b"",
    Fault.HUGE: b'{"data": {"batch_results": [' + b" " * (5 << 20) + b"]}}",
    Fault.OTHER_SHAPE: b'{"data": {"ciphertext": 17, "keys": []}}',
}


class Service:
    """The state of the service, and the requests it has seen: method, path and whether the token was right."""

    def __init__(self, random: ids.Ids, *, name: str, token: str) -> None:
        self._ids = random
        self._name = name
        self._token = token
        self._keys = {1: random.token(32)}
        self._fault: Fault | None = None
        self._left = 0
        self._runner: web.AppRunner | None = None
        self.seen: list[tuple[str, str, bool]] = []
        self.address = ""

    def misbehave(self, fault: Fault | None, times: int = 1_000_000) -> None:
        self._fault, self._left = fault, times

    def rotate(self) -> int:
        """As `POST /transit/keys/:name/rotate` does."""
        newest = max(self._keys) + 1
        self._keys[newest] = self._ids.token(32)
        return newest

    def trim(self, least: int) -> None:
        """Forget versions below, as `min_available_version` does."""
        self._keys = {version: key for version, key in self._keys.items() if version >= least}

    async def start(self, port: int = 0) -> None:
        """Serve on loopback; `address` is then that of the mount."""
        app = web.Application(client_max_size=32 << 20)
        app.router.add_get("/v1/transit/keys/{name}", self._guarded(self._read))
        for verb, work in (("encrypt", self._encrypt), ("decrypt", self._decrypt), ("rewrap", self._rewrap)):
            app.router.add_post(f"/v1/transit/{verb}/{{name}}", self._guarded(self._batch(work)))
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, bound = self._runner.addresses[0][:2]
        self.address = f"http://{host}:{bound}/v1/transit"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    # ---- one request

    def _guarded(self, handler: Callable[[web.Request], Awaitable[Any]]) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            known = request.headers.get("X-Vault-Token") == self._token
            self.seen.append((request.method, request.path, known))
            fault = self._next_fault()
            if fault is Fault.SLOW:
                await asyncio.sleep(30)
            if fault is Fault.CUT and request.transport is not None:
                request.transport.close()
            if fault in _REFUSALS:
                status, words = _REFUSALS[fault]
                headers = {"Location": str(request.url)} if status == 307 else {}
                return web.json_response({"errors": [words]}, status=status, headers=headers)
            if fault in _BODIES:
                return web.Response(body=_BODIES[fault], content_type="application/json")
            if not known:
                return web.json_response({"errors": ["permission denied"]}, status=403)
            if request.match_info["name"] != self._name:
                return web.json_response({"errors": ["encryption key not found"]}, status=400)
            data = await handler(request)
            status = 200
            if "batch_results" in data:
                status = self._spoil(data["batch_results"], fault)
            return web.json_response({"request_id": "sim", "lease_id": "", "data": data}, status=status)

        return handle

    def _next_fault(self) -> Fault | None:
        if self._left <= 0:
            return None
        self._left -= 1
        return self._fault

    def _spoil(self, results: list[dict[str, str]], fault: Fault | None) -> int:
        """Change a batch's results as the fault says; the status that the answer then has."""
        if fault is Fault.ONE_SHORT:
            results.pop()
        elif fault is Fault.SWAPPED:
            results.reverse()
        elif fault is Fault.ONE_FAILED:
            results[-1] = {"error": "cipher: message authentication failed"}
        elif fault is Fault.WRONG_KEY:
            for result in results:
                if "plaintext" in result:
                    result["plaintext"] = base64.b64encode(self._ids.token(53)).decode()
        return 400 if any("error" in result for result in results) else 200

    # ---- what the engine does

    async def _read(self, _request: web.Request) -> dict[str, Any]:
        versions = {str(version): 1_442_851_412 + version for version in self._keys}
        return {
            "name": self._name,
            "type": "aes256-gcm96",
            "keys": versions,
            "latest_version": max(self._keys),
            "min_decryption_version": 1,
            "min_encryption_version": 0,
            "supports_encryption": True,
            "supports_decryption": True,
        }

    def _batch(self, work: Callable[[dict[str, str]], dict[str, str]]) -> Callable[[web.Request], Awaitable[Any]]:
        async def handle(request: web.Request) -> dict[str, Any]:
            body = json.loads(await request.read())
            results = []
            for item in body["batch_input"]:
                try:
                    results.append(work(item))
                except (InvalidTag, KeyError, IndexError, ValueError, binascii.Error):
                    results.append({"error": "invalid ciphertext: no prefix"})
            return {"batch_results": results}

        return handle

    def _encrypt(self, item: dict[str, str]) -> dict[str, str]:
        newest = max(self._keys)
        nonce = self._ids.token(_NONCE)
        body = nonce + AESGCM(self._keys[newest]).encrypt(
            nonce, base64.b64decode(item["plaintext"], validate=True), None
        )
        return {"ciphertext": f"vault:v{newest}:{base64.b64encode(body).decode()}", "key_version": str(newest)}

    def _decrypt(self, item: dict[str, str]) -> dict[str, str]:
        brand, version, text = item["ciphertext"].split(":")
        if brand != "vault":
            raise ValueError(brand)
        body = base64.b64decode(text, validate=True)
        plain = AESGCM(self._keys[int(version[1:])]).decrypt(body[:_NONCE], body[_NONCE:], None)
        return {"plaintext": base64.b64encode(plain).decode()}

    def _rewrap(self, item: dict[str, str]) -> dict[str, str]:
        return self._encrypt(self._decrypt(item))
